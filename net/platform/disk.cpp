#include "net/platform/disk.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <fstream>

namespace dropline {

namespace {

bool is_same_file(int folder_fd, const std::string& one, const std::string& other) {
    struct stat first {};
    struct stat second {};
    return ::fstatat(folder_fd, one.c_str(), &first, AT_SYMLINK_NOFOLLOW) == 0 &&
           ::fstatat(folder_fd, other.c_str(), &second, AT_SYMLINK_NOFOLLOW) == 0 &&
           first.st_nlink > 1 && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/// A hard link never replaces. Killed between the two, we find our own file under the new name.
int link_then_unlink(int folder_fd, const std::string& from, const std::string& to) {
    if (::linkat(folder_fd, from.c_str(), folder_fd, to.c_str(), 0) != 0) {
        const int error_number = errno;
        const bool is_linked = error_number == EEXIST && is_same_file(folder_fd, from, to);
        if (!is_linked) return error_number;
    }
    return ::unlinkat(folder_fd, from.c_str(), 0) == 0 ? 0 : errno;
}

/// An empty file takes the name, so that a rename replaces nothing else. It is closed before: some
/// disks keep what is open under a name of theirs.
int claim_then_rename(int folder_fd, const std::string& from, const std::string& to) {
    constexpr mode_t private_file = 0600;
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    if (!FileDescriptor(::openat(folder_fd, to.c_str(), flags, private_file)).is_open()) {
        return errno;
    }
    struct stat claim {};
    const bool is_ours = ::fstatat(folder_fd, to.c_str(), &claim, AT_SYMLINK_NOFOLLOW) == 0 &&
                         S_ISREG(claim.st_mode) && claim.st_size == 0;
    if (!is_ours) return EEXIST;  // somebody uses it already
    if (::renameat(folder_fd, from.c_str(), folder_fd, to.c_str()) == 0) return 0;
    const int error_number = errno;
    (void)::unlinkat(folder_fd, to.c_str(), 0);
    return error_number;
}

/// A folder can have no second link, and needs none: a rename puts it in the place of nothing but
/// an empty folder. One that somebody makes this very moment he finds full; nothing of his is lost.
/// Taking the name first would leave an empty folder under it when we are killed.
int look_then_rename(int folder_fd, const std::string& from, const std::string& to) {
    struct stat taken {};
    if (::fstatat(folder_fd, to.c_str(), &taken, AT_SYMLINK_NOFOLLOW) == 0) return EEXIST;
    if (errno != ENOENT) return errno;
    if (::renameat(folder_fd, from.c_str(), folder_fd, to.c_str()) == 0) return 0;
    return errno == ENOTDIR || errno == ENOTEMPTY ? EEXIST : errno;
}

/// A disk that cannot do this, or not now, does it at the sync. But that bytes could not be written
/// the system says only once to each descriptor: whoever drops it here has them lost for good.
int write_back(int fd, std::uint64_t offset, std::uint64_t bytes, unsigned how) {
    const auto from = static_cast<off64_t>(offset);
    if (::sync_file_range(fd, from, static_cast<off64_t>(bytes), how) == 0) return 0;
    return errno == EIO || errno == ENOSPC || errno == EDQUOT ? errno : 0;
}

FreeSpace space_of(const struct statvfs& disk) {
    FreeSpace space;
    space.available_bytes = std::uint64_t{disk.f_bavail} * disk.f_frsize;
    space.total_bytes = std::uint64_t{disk.f_blocks} * disk.f_frsize;
    if (disk.f_files != 0) space.available_files = disk.f_favail;
    return space;
}

/// What is pulled out is no device any more at once, though what was read of it still answers.
bool is_device_there(unsigned major, unsigned minor) {
    constexpr const char* devices = "/sys/dev/block";
    const bool is_known = major != 0 && ::access(devices, F_OK) == 0;
    if (!is_known) return true;  // a disk in memory or on a network, or a system without this list
    const std::string device =
        std::string(devices) + "/" + std::to_string(major) + ":" + std::to_string(minor);
    return ::access(device.c_str(), F_OK) == 0;
}

/// The user's, from before this process took a stricter one; -1 while it has not.
std::atomic<int> former_umask{-1};

mode_t process_umask() {
    if (const int former = former_umask; former >= 0) return static_cast<mode_t>(former);
    // umask(2) can only be read by changing it, for every thread; Linux also tells it here.
    std::ifstream status("/proc/self/status");
    constexpr mode_t strictest = 077;
    for (std::string word; status >> word;) {
        if (word != "Umask:") continue;
        unsigned mask = strictest;
        status >> std::oct >> mask;
        return static_cast<mode_t>(mask);
    }
    return strictest;
}

}  // namespace

std::optional<FreeSpace> free_space(int fd) {
    struct statvfs disk {};
    if (::fstatvfs(fd, &disk) != 0) return std::nullopt;
    return space_of(disk);
}

std::optional<FreeSpace> free_space(const std::filesystem::path& path) {
    struct statvfs disk {};
    if (::statvfs(path.c_str(), &disk) != 0) return std::nullopt;
    return space_of(disk);
}

int rename_no_replace(int folder_fd, const std::string& from, const std::string& to) {
    if (::renameat2(folder_fd, from.c_str(), folder_fd, to.c_str(), RENAME_NOREPLACE) == 0) {
        return 0;
    }
    if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) return errno;
    return rename_in_steps(folder_fd, from, to);
}

int rename_in_steps(int folder_fd, const std::string& from, const std::string& to,
                    HardLinks links) {
    struct stat status {};
    if (::fstatat(folder_fd, from.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return errno;
    if (S_ISDIR(status.st_mode)) return look_then_rename(folder_fd, from, to);
    if (links == HardLinks::none) return claim_then_rename(folder_fd, from, to);
    const int error_number = link_then_unlink(folder_fd, from, to);
    const bool has_no_links =
        error_number == EPERM || error_number == ENOSYS || error_number == EOPNOTSUPP;
    return has_no_links ? claim_then_rename(folder_fd, from, to) : error_number;
}

int sync_names_in(const FileDescriptor& folder) {
    if (::fsync(folder.number()) == 0) return 0;
    return errno == EINVAL || errno == ENOSYS || errno == ENOTSUP ? 0 : errno;
}

int sync_open_folder(int folder_fd) {
    const FileDescriptor folder(::openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.is_open()) return errno == EACCES ? 0 : errno;
    return sync_names_in(folder);
}

FileDescriptor open_disk_of(int folder_fd) {
    return FileDescriptor(::openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

bool is_disk_there(int folder_fd) {
    struct statx status {};
    // Not from what a network disk has told before.
    constexpr int flags = AT_EMPTY_PATH | AT_STATX_FORCE_SYNC;
    if (::statx(folder_fd, "", flags, STATX_INO, &status) != 0) return false;
    return is_device_there(status.stx_dev_major, status.stx_dev_minor);
}

bool is_disk_read_only(int folder_fd) {
    struct statvfs disk {};
    return ::fstatvfs(folder_fd, &disk) == 0 && (disk.f_flag & ST_RDONLY) != 0;
}

int sync_disk(const FileDescriptor& disk) {
    if (!disk.is_open()) {
        ::sync();
        return 0;
    }
    return ::syncfs(disk.number()) == 0 ? 0 : errno;
}

int sync_file(int fd) { return ::fsync(fd) == 0 ? 0 : errno; }

int begin_writing_back(int fd, std::uint64_t offset, std::uint64_t bytes) {
    return write_back(fd, offset, bytes, SYNC_FILE_RANGE_WRITE);
}

int wait_for_writing_back(int fd, std::uint64_t offset, std::uint64_t bytes) {
    return write_back(fd, offset, bytes, SYNC_FILE_RANGE_WAIT_BEFORE);
}

void keep_own_files_private() {
    constexpr mode_t only_the_owner = 077;
    former_umask = static_cast<int>(::umask(only_the_owner));
}

mode_t mode_of_finished_file() { return 0644 & ~process_umask(); }

}  // namespace dropline
