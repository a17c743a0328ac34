// The one door through which a peer's file name comes in.
// Thread: any. Pure functions over bytes; they touch no disk. That what comes out stays inside the
// chosen folder is enforced a second time by the kernel: net/platform/beneath.hpp.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "net/api/fault.hpp"

namespace dropline {

struct SafePath {
    std::string relative;      // components joined by '/', each fit for any system's disk
    bool was_changed = false;  // `relative` is not what was sent: show both
    bool is_risky = false;     // hidden, runnable or read by a system: show first, mark
};

/// Makes one component of a path safe. Applied to its own result it changes nothing.
/// bad_name: empty, "." and ".." (also once invisible characters and trailing dots are gone),
/// '/', '\\', NUL, other control characters, invalid UTF-8. Everything else is mapped: invisible
/// and bidi characters are dropped, the rest is NFC, `<>:"|?*` become '_', trailing dots and spaces
/// go, Windows device names get a '_' in front, names over limits::file_name_bytes_max are cut
/// before their extension.
Result<SafePath> make_safe_component(std::string_view sent_name);

/// As above for each component of a path with '/' between them.
/// bad_name also for absolute paths, drive letters, more than limits::path_depth_max components,
/// more than limits::path_bytes_max bytes sent or left.
Result<SafePath> make_safe_path(std::string_view sent_path);

/// Equal for two safe names or paths that are one on a disk without case or composition.
std::string name_key(std::string_view safe_path);

/// bad_name: "The file name "..." cannot be used: `why`."
Fault bad_file_name(std::string_view sent, const std::string& why);

/// "name (2).ext" for the second file of that name; "name.ext" itself for number 1. Never over
/// limits::file_name_bytes_max.
std::string numbered_name(std::string_view safe_name, std::size_t number);

/// What a file is called until it is whole: "name.ext.part", "name (2).ext.part", ...
std::string part_name(std::string_view safe_name, std::size_t number);

/// Where a folder is built until it is whole, hidden: ".name.part", ".name (2).part", ...
std::string staging_name(std::string_view safe_name, std::size_t number);

}  // namespace dropline
