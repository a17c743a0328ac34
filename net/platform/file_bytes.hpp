// Reads and writes that go on after a signal and after a part.
// Thread: any; blocks on the disk.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace dropline {

/// As pread(2), but never EINTR: how many bytes were there (fewer than asked only at the end or by
/// the disk's whim, 0 at the end), or -1 with errno.
ssize_t read_at(int fd, std::uint64_t offset, std::span<std::byte> into);

/// All of it, where the descriptor stands. 0, or the errno of the write that failed; what came
/// before that one is written.
int write_all(int fd, std::span<const std::byte> bytes);

}  // namespace dropline
