// How a path is written so that its last part is the name the other side sees.
// Thread: any; pure: it looks at no file.
#pragma once

#include <filesystem>

namespace dropline::ui {

/// "/a/b/" and "/a/b/." as "/a/b": file managers and shells write folders that way.
std::filesystem::path without_slash(std::filesystem::path path);

}  // namespace dropline::ui
