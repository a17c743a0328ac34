// Opens files inside a folder and never outside it, whatever links or names lie in the way.
// Thread: any; blocks on the disk. It judges no names beyond that: net/transfer/safe_name.hpp.
#pragma once

#include <sys/types.h>

#include <string>

#include "net/platform/file_descriptor.hpp"

namespace dropline {

/// An open file, or why there is none.
struct OpenedFile {
    FileDescriptor file;
    int error_number = 0;  // an errno; 0 when `file` is open
};

/// Like openat(2) below `folder_fd` (O_PATH will do), close-on-exec, but follows no symbolic link
/// in any component (ELOOP or ENOTDIR) and refuses absolute paths, ".." and empty components
/// (EXDEV). `mode` counts with O_CREAT.
OpenedFile open_beneath(int folder_fd, const std::string& relative, int flags, mode_t mode);

/// The same promise kept one component at a time, for systems whose kernel or sandbox has no
/// openat2(2). Called by `open_beneath`; apart only so that tests can hold both to one table.
OpenedFile open_beneath_by_component(int folder_fd, const std::string& relative, int flags,
                                     mode_t mode);

}  // namespace dropline
