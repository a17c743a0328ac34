// What somebody wrote, as it is shown: line ends stay, and nothing is left that could turn the
// reading order, hide letters or draw as nothing.
// Thread: any. Pure.
#pragma once

#include <string>
#include <string_view>

namespace dropline::ui {

/// The characters in question are written out, "\u{202e}". A tab becomes four spaces.
std::string shown_text(std::string_view text);

}  // namespace dropline::ui
