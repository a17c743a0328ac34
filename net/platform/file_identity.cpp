#include "net/platform/file_identity.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>

namespace dropline {

namespace {

std::optional<FileIdentity> identity_of(int folder_fd, const char* path, int flags) {
    struct statx status {};
    if (::statx(folder_fd, path, flags, STATX_INO | STATX_BTIME, &status) != 0) {
        return std::nullopt;
    }
    FileIdentity identity{makedev(status.stx_dev_major, status.stx_dev_minor), status.stx_ino, 0};
    if ((status.stx_mask & STATX_BTIME) != 0) {
        constexpr std::int64_t ns_per_s = 1'000'000'000;
        identity.born_at_ns = status.stx_btime.tv_sec * ns_per_s + status.stx_btime.tv_nsec;
    }
    return identity;
}

}  // namespace

std::optional<FileIdentity> identity_of(int fd) { return identity_of(fd, "", AT_EMPTY_PATH); }

std::optional<FileIdentity> identity_of(const std::filesystem::path& path) {
    return identity_of(AT_FDCWD, path.c_str(), 0);
}

bool is_same_after_restart(const FileIdentity& kept, const FileIdentity& found) {
    if (kept.inode != found.inode) return false;
    const bool is_birth_kept = kept.born_at_ns != 0;
    const bool is_birth_found = found.born_at_ns != 0;
    if (is_birth_kept && is_birth_found) return kept.born_at_ns == found.born_at_ns;
    // Kept by an earlier version, which knew only the device: that has to be the same.
    return (!is_birth_kept && !is_birth_found) || kept.device == found.device;
}

bool is_numbering_kept(int fd) {
    constexpr unsigned long exfat = 0x2011bab0;  // in <linux/magic.h> since 6.4
    constexpr std::array<unsigned long, 4> numbered_anew = {
        MSDOS_SUPER_MAGIC, exfat, FUSE_SUPER_MAGIC, OVERLAYFS_SUPER_MAGIC};
    struct statfs disk {};
    if (::fstatfs(fd, &disk) != 0) return true;
    const auto kind = static_cast<unsigned long>(disk.f_type);
    return std::ranges::find(numbered_anew, kind) == numbered_anew.end();
}

}  // namespace dropline
