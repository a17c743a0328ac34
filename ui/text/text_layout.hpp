// Breaks what somebody wrote into lines of a given width, where Unicode allows it: between
// Chinese characters, after spaces, and inside a word only when it is wider than a whole line.
// Thread: ui. Draws nothing; the width of a character is asked of the caller.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace dropline::ui {

struct TextLine {
    std::size_t begin = 0;  // bytes of the text
    std::size_t end = 0;
    float width = 0;
    /// Left-to-right order for the eye, when the line holds right-to-left letters; else empty.
    std::string visual;
};

struct TextLayout {
    std::vector<TextLine> lines;  // never empty
    float width = 0;              // of the widest line
};

using CharWidth = std::function<float(char32_t)>;

TextLayout lay_out(std::string_view text, float width_max, const CharWidth& char_width);

/// One character of UTF-8 at `at`; a wrong byte counts as one U+FFFD. `at` is within the text.
struct DecodedChar {
    char32_t value = 0;
    std::size_t bytes = 1;
};
DecodedChar decode_at(std::string_view text, std::size_t at);

/// Empty when there is nothing to reorder: no right-to-left letter in `line`.
std::string visual_order(std::string_view line);

}  // namespace dropline::ui
