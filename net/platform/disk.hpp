// What a file needs of its disk besides reading and writing: room, order, a name of its own.
// Thread: any; blocks on the disk. Errors are plain errno numbers, 0 for success; who calls knows
// the file and makes a fault of it (net/platform/file_fault.hpp).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "net/platform/file_descriptor.hpp"

namespace dropline {

struct FreeSpace {
    std::uint64_t available_bytes = 0;  // for this user, not for root
    std::uint64_t total_bytes = 0;
    std::optional<std::uint64_t> available_files;  // empty where the disk has no such limit
};

/// Of the disk that holds `fd` (a file or folder, O_PATH will do) or `path`. Empty when the system
/// cannot say.
std::optional<FreeSpace> free_space(int fd);
std::optional<FreeSpace> free_space(const std::filesystem::path& path);

/// Renames inside one folder; EEXIST when anything at all, a dangling link included, has `to`.
int rename_no_replace(int folder_fd, const std::string& from, const std::string& to);

enum class HardLinks {
    as_disk_can,
    none  // as if it knew none, for tests
};

/// The same where the disk has no such call: NTFS, NFS, sshfs and other FUSE ones. Killed in the
/// middle of it, `from` is there as it was, and `to` is not, or is the same file, or, where there
/// are no hard links, is empty.
int rename_in_steps(int folder_fd, const std::string& from, const std::string& to,
                    HardLinks links = HardLinks::as_disk_can);

/// Makes names in the folder survive a power cut. `folder_fd` may be O_PATH. Disks that know no
/// such promise (some network and FUSE ones), and folders that may be written but not read, count
/// as success.
int sync_open_folder(int folder_fd);
/// The same of a folder that is open for reading.
int sync_names_in(const FileDescriptor& folder);

/// For `sync_disk`, to be opened before anything is written: what fails to reach the disk from then
/// on is told to who holds it. Closed for a folder that may be written but not read. `folder_fd`
/// may be O_PATH.
FileDescriptor open_disk_of(int folder_fd);

/// False when the disk of an open folder was pulled out, or its server or driver has gone. That
/// writing failed with EIO says nothing about that: a disk that is there and broken says the same.
bool is_disk_there(int folder_fd);

/// True also of one that the system has taken from writing, after failures.
bool is_disk_read_only(int folder_fd);

/// Everything that was written to the disk is on it after this; it may take long. A closed one
/// stands for every disk there is, whose errors nobody hears.
int sync_disk(const FileDescriptor& disk);

/// What was written through this descriptor is on the disk; also tells earlier failures to get it
/// there, if no other call on the same descriptor has told them.
int sync_file(int fd);

/// Asks the disk to begin writing these bytes without waiting for it, so that a sync at the end
/// of a large file finds little left to do. EIO, ENOSPC or EDQUOT when what was written before
/// could not reach the disk: those bytes are lost, and no later sync tells it again.
int begin_writing_back(int fd, std::uint64_t offset, std::uint64_t bytes);

/// Waits until what was begun above is written (but not safe from a power cut), so that a fast
/// writer does not fill the disk's queue for everybody else. Errors as above.
int wait_for_writing_back(int fd, std::uint64_t offset, std::uint64_t bytes);

/// From now on files of this process are their owner's alone, but for those that are received:
/// they get the rights that the user's umask gives. Once, before other threads run.
void keep_own_files_private();

/// 0644 less what the process's umask takes away; never executable. Does not touch the umask,
/// which belongs to all threads.
mode_t mode_of_finished_file();

}  // namespace dropline
