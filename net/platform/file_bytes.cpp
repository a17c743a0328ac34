#include "net/platform/file_bytes.hpp"

#include <unistd.h>

#include <cerrno>

namespace dropline {

ssize_t read_at(int fd, std::uint64_t offset, std::span<std::byte> into) {
    while (true) {
        const ssize_t count = ::pread(fd, into.data(), into.size(), static_cast<off_t>(offset));
        if (count >= 0 || errno != EINTR) return count;
    }
}

int write_all(int fd, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(fd, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno;
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return 0;
}

}  // namespace dropline
