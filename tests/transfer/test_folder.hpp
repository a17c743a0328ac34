// A fresh folder tree for one test: where files arrive, where they come from, and a canary beside
// them that nothing may touch.
// Thread: the test's. Removed with everything in it at the end. In memory (/dev/shm) where the
// system has that: a hundred thousand cuts of a transfer need not wear a disk.
#pragma once

#include <fcntl.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "net/platform/file_descriptor.hpp"

namespace dropline::tests {

/// The folder itself, as what is opened beneath it asks for; not open when there is none.
inline FileDescriptor open_folder(const std::filesystem::path& path) {
    return FileDescriptor(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

class TestFolder {
  public:
    enum class Place { memory, disk };
    explicit TestFolder(Place place = Place::memory);
    ~TestFolder();
    TestFolder(const TestFolder&) = delete;
    TestFolder& operator=(const TestFolder&) = delete;

    const std::filesystem::path& all() const { return all_; }
    std::filesystem::path receive() const { return all_ / "receive"; }
    std::filesystem::path send() const { return all_ / "send"; }

    /// Writes a file, making it or replacing what it held; the path.
    std::filesystem::path write(const std::filesystem::path& path, std::string_view content) const;

    /// Every entry below `folder`, as "relative path, kind, size, inode", sorted.
    static std::vector<std::string> listing(const std::filesystem::path& folder);
    /// Names directly in `receive()`, sorted.
    std::vector<std::string> received_names() const;
    /// Everything but what is in `receive()` is as it was when the folder was made or `remember`
    /// was last called.
    bool is_rest_untouched() const { return rest() == remembered_; }
    void remember() { remembered_ = rest(); }

  private:
    std::vector<std::string> rest() const;

    std::filesystem::path all_;
    std::vector<std::string> remembered_;
};

std::string read_file(const std::filesystem::path& path);
/// Compares without printing what may be megabytes of noise.
bool holds(const std::filesystem::path& path, std::string_view content);

/// Bytes that look random and are the same on every run.
std::string content_of(std::size_t bytes, std::uint32_t seed);

}  // namespace dropline::tests
