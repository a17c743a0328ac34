// Small files that only their owner may read: the identity key, settings, stamps.
// Thread: any; every call blocks on the disk. It never creates folders, never follows a symbolic
// link in the last component, and never shows content in a fault.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "net/api/fault.hpp"

namespace dropline {

/// False only when nothing has that name, not even a dangling link: what a caller asks before it
/// makes a new identity. Faults: file_error. Thread: any.
Result<bool> file_exists(const std::filesystem::path& path);

/// The whole file. Faults: profile_unsafe when group or others have any right on it, when it is a
/// symbolic link, no regular file or not ours; too_large above `bytes_max`; file_error for what
/// the system refuses, a missing file included. Thread: any.
Result<std::string> read_private_file(const std::filesystem::path& path, std::size_t bytes_max);

/// A new file of mode 0600, on the disk (file and folder synced) before this returns. Whatever
/// has the name already stays untouched and is a fault. A file half written because of a fault is
/// removed. Faults: file_error, disk_full. Thread: any.
Result<void> create_private_file(const std::filesystem::path& path, std::string_view content);

/// Old content or new content, mode 0600, even after a power cut: written beside `path` as
/// `path`.new, synced, renamed over it, folder synced. One caller at a time for each path.
/// Faults: file_error, disk_full. Thread: any.
Result<void> replace_file_atomically(const std::filesystem::path& path, std::string_view content);

/// Makes what was created, renamed or removed in `folder` survive a power cut.
/// Faults: file_error. Thread: any.
Result<void> sync_folder(const std::filesystem::path& folder);

}  // namespace dropline
