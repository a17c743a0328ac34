// A disk beside the one in memory that a test works on, which can be taken away: a link leads to
// it, as long as it is there. Thread: any.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace dropline::testing {

class OtherDisk {
  public:
    /// Seen from there as the folder "disk".
    explicit OtherDisk(const std::filesystem::path& seen_from) : path_(seen_from / "disk") {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "dropline-test-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
        disk_ = pattern;
        put_back();
    }
    ~OtherDisk() {
        std::error_code ignored;
        std::filesystem::remove_all(disk_, ignored);
    }
    OtherDisk(const OtherDisk&) = delete;
    OtherDisk& operator=(const OtherDisk&) = delete;
    const std::filesystem::path& path() const { return path_; }
    /// A machine may have no second one.
    bool is_another() const { return device_of(path_) != device_of(path_.parent_path()); }

    void take_away() const { std::filesystem::remove(path_); }
    void put_back() const { std::filesystem::create_directory_symlink(disk_, path_); }
    /// As the folder is that it was mounted on.
    void leave_empty() const {
        take_away();
        std::filesystem::create_directory(path_);
    }

  private:
    static dev_t device_of(const std::filesystem::path& path) {
        struct stat status {};
        return ::stat(path.c_str(), &status) == 0 ? status.st_dev : 0;
    }

    std::filesystem::path disk_;
    std::filesystem::path path_;
};

}  // namespace dropline::testing
