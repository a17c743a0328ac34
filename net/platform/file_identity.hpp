// Which file it is, and when it was written to last: what tells that somebody else has touched it.
// Thread: any.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>

namespace dropline {

/// One inode, for as long as it exists.
struct FileIdentity {
    dev_t device = 0;
    ino_t inode = 0;
    friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

inline FileIdentity identity_of(const struct stat& status) {
    return {status.st_dev, status.st_ino};
}

/// Nothing when the descriptor cannot be looked at; errno says why.
inline std::optional<FileIdentity> identity_of(int fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) return std::nullopt;
    return identity_of(status);
}

/// Since 1970 UTC, as fine as the disk keeps it.
inline std::int64_t modified_at_ns(const struct stat& status) {
    constexpr std::int64_t ns_per_s = 1'000'000'000;
    return status.st_mtim.tv_sec * ns_per_s + status.st_mtim.tv_nsec;
}

}  // namespace dropline
