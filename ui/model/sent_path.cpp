#include "ui/model/sent_path.hpp"

namespace dropline::ui {

std::filesystem::path without_slash(std::filesystem::path path) {
    while (path.has_relative_path() && (!path.has_filename() || path.filename() == ".")) {
        path = path.parent_path();
    }
    return path;
}

}  // namespace dropline::ui
