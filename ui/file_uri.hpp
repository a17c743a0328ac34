// Paths as other programs of the desktop write them: file:// and everything odd escaped.
// Thread: any. Looks at no disk: whether a file is there is for whoever opens it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace dropline::ui {

/// file:// with everything escaped that is not a letter, a digit or one of -._~/.
std::string file_uri(const std::string& path);

/// The absolute path a file URI names (RFC 8089). Empty for every other scheme, a host that is
/// neither none nor localhost, a relative path, a query or fragment, a broken escape, one that
/// stands for NUL or for a slash, and a path longer than limits::chosen_path_bytes_max. Bytes that
/// should have been escaped are taken as they are: some desktops leave letters beyond ASCII alone.
std::optional<std::filesystem::path> path_of_file_uri(std::string_view uri);

}  // namespace dropline::ui
