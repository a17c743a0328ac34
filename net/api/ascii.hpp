// Texts that somebody typed or pasted, as far as they are ASCII: what stands around words, and the
// case of letters. Whatever the locale; people's names have rules of their own, in
// net/api/safe_text.hpp.
// Thread: any. Pure functions.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace dropline {

inline constexpr std::string_view blanks = " \t\r\n";

/// `text` without the blanks at either end.
inline std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

/// Any other character stays as it is.
constexpr char upper_case(char letter) {
    return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
}
constexpr char lower_case(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

inline bool is_ascii(std::string_view text) {
    return std::ranges::none_of(text, [](char c) { return (c & 0x80) != 0; });
}

}  // namespace dropline
