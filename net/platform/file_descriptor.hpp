// Owns one file descriptor and closes it.
// Thread: any; one owner at a time. It does not report what close() says: who writes data that
// matters syncs it and looks at that result before.
#pragma once

#include <unistd.h>

#include <utility>

namespace dropline {

class FileDescriptor {
  public:
    FileDescriptor() = default;
    explicit FileDescriptor(int fd) : fd_(fd) {}
    ~FileDescriptor() { reset(); }
    FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        if (this != &other) {
            reset();
            fd_ = std::exchange(other.fd_, -1);
        }
        return *this;
    }

    bool is_open() const { return fd_ >= 0; }
    int number() const { return fd_; }

    void reset() {
        if (fd_ >= 0) ::close(fd_);
        fd_ = -1;
    }

  private:
    int fd_ = -1;
};

}  // namespace dropline
