// A folder that is gone at the end of the test. In memory (/dev/shm) where the system has that: a
// busy disk makes a test of order a test of patience.
// Thread: any.
#pragma once

#include <filesystem>

namespace dropline::testing {

class ScratchFolder {
  public:
    ScratchFolder();
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

}  // namespace dropline::testing
