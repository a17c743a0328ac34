// Which file it is, and when it was written to last: what tells that somebody else has touched it.
// Thread: any.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <optional>

namespace dropline {

/// One inode, for as long as it exists.
struct FileIdentity {
    dev_t device = 0;
    ino_t inode = 0;
    std::int64_t born_at_ns = 0;  // since 1970 UTC; 0 where the disk does not keep it
    friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

/// Nothing when the descriptor (O_PATH will do) cannot be looked at; errno says why.
std::optional<FileIdentity> identity_of(int fd);
/// Of what the path leads to, links included.
std::optional<FileIdentity> identity_of(const std::filesystem::path& path);

/// Whether `kept`, from before a restart of the program or of the machine, is `found`. The number
/// of a device may have become another one meanwhile (a disk that was plugged in again, a network
/// disk, a subvolume); what was made at the same nanosecond under the same number is the same.
bool is_same_after_restart(const FileIdentity& kept, const FileIdentity& found);

/// False of disks that number their files anew whenever they are mounted, or even while they are:
/// FAT, FUSE ones, overlays. True when the system cannot say.
bool is_numbering_kept(int fd);

/// For what lies on such a disk: what was made at the same moment may be the same, whatever its
/// number is. Several things may be made at one moment, and none of them keeps it on some disks.
inline bool may_be_same_after_mount(const FileIdentity& kept, const FileIdentity& found) {
    return kept.born_at_ns == found.born_at_ns;
}

/// Since 1970 UTC, as fine as the disk keeps it.
inline std::int64_t modified_at_ns(const struct stat& status) {
    constexpr std::int64_t ns_per_s = 1'000'000'000;
    return status.st_mtim.tv_sec * ns_per_s + status.st_mtim.tv_nsec;
}

}  // namespace dropline
