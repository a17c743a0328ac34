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

/// For disks that cannot rename without replacing: a hard link never replaces.
int link_then_unlink(int folder_fd, const std::string& from, const std::string& to) {
    if (::linkat(folder_fd, from.c_str(), folder_fd, to.c_str(), 0) != 0) return errno;
    if (::unlinkat(folder_fd, from.c_str(), 0) != 0) return errno;
    return 0;
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
    if (errno != EINVAL && errno != ENOSYS) return errno;
    return link_then_unlink(folder_fd, from, to);
}

int sync_open_folder(int folder_fd) {
    const FileDescriptor folder(::openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.is_open()) return errno == EACCES ? 0 : errno;
    if (::fsync(folder.number()) == 0) return 0;
    return errno == EINVAL || errno == ENOSYS || errno == ENOTSUP ? 0 : errno;
}

FileDescriptor open_disk_of(int folder_fd) {
    return FileDescriptor(::openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
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
