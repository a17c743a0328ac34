// A folder of one test's own, gone with it.
// Thread: any.
#pragma once

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace dropline::test {

/// In memory where the system offers that: what is tested is what the program does, and a sync
/// of a busy disk only makes it slow.
inline std::filesystem::path scratch_parent() {
    const std::filesystem::path in_memory = "/dev/shm";
    const bool is_usable = ::access(in_memory.c_str(), W_OK | X_OK) == 0;
    return is_usable ? in_memory : std::filesystem::temp_directory_path();
}

class ScratchFolder {
  public:
    explicit ScratchFolder(const std::filesystem::path& parent = scratch_parent()) {
        std::string name = (parent / "dropline-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch folder");
        path_ = name;
    }
    ~ScratchFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

inline std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void write_file(const std::filesystem::path& path, std::string_view content) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
}

/// Permission bits; links are not followed.
inline unsigned mode_of(const std::filesystem::path& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) throw std::runtime_error("no " + path.string());
    return status.st_mode & 07777U;
}

/// Names in `folder` that contain `part`, sorted.
inline std::vector<std::string> names_with(const std::filesystem::path& folder,
                                           std::string_view part) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::string name = entry.path().filename().string();
        if (name.find(part) != std::string::npos) names.push_back(std::move(name));
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace dropline::test
