// A disk that is busy for as long as a test says: what a history of this process brings to it
// waits. It stands in for the system's fdatasync, for the threads that only wait for the disk.
// Whatever has such a thread is to be made before it. Thread: any. One at a time.
#pragma once

#include <filesystem>

namespace dropline::test {

class HeldDisk {
  public:
    /// From here on no sync of this history ends; without a path, of no history.
    explicit HeldDisk(const std::filesystem::path& history = {});
    ~HeldDisk();
    HeldDisk(const HeldDisk&) = delete;
    HeldDisk& operator=(const HeldDisk&) = delete;

    /// What waits and what comes reaches the disk.
    void go_on();
    /// What waits and what comes fails with this errno.
    void fail(int error);
};

}  // namespace dropline::test
