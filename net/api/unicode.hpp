// The few questions about Unicode that names and messages raise, answered by ICU.
// Thread: any. Pure functions; nobody else includes ICU. What is done with the answers is
// decided in net/api/safe_text.hpp and net/transfer/safe_name.hpp.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace dropline {

/// The first character of `bytes`, or the bytes at its beginning that are none.
struct Utf8Step {
    std::optional<char32_t> character;  // empty: not UTF-8
    std::size_t bytes = 0;              // at least 1
};
/// `bytes` must not be empty.
Utf8Step first_character(std::string_view bytes);

/// True for strict UTF-8: shortest form, no surrogates, nothing above U+10FFFF.
bool is_valid_utf8(std::string_view bytes);

/// Empty when `bytes` is not strict UTF-8.
std::optional<std::u32string> decode_utf8(std::string_view bytes);
std::string encode_utf8(std::u32string_view text);

/// The longest beginning of valid UTF-8 `text` that has at most `bytes_max` bytes and cuts no
/// character in two.
std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max);

/// C0, DEL and C1: what steers a terminal.
bool is_control(char32_t character);
/// Changes the order in which neighbours are drawn (U+061C, U+200E/F, U+202A–E, U+2066–9).
bool is_bidi_control(char32_t character);
/// Leaves no mark on the screen and is no space: default-ignorable code points, bidi controls,
/// line and paragraph separators, annotation marks. Two texts that differ only in these look
/// the same.
bool is_invisible(char32_t character);
bool is_white_space(char32_t character);
/// A code point that Unicode promises never to assign (U+FFFE, U+FDD0 ...).
bool is_noncharacter(char32_t character);

/// Normalization Form C, so that one text has one spelling. `text` must be valid UTF-8.
std::string to_nfc(std::string_view text);
/// Equal for two texts that differ only in case or in composition; not for showing.
std::string fold_case(std::string_view text);
/// Equal for two names that a reader may take for one: in another case, composition or spacing, in
/// letters of other scripts that look alike (ICU's confusable skeleton, UTS 39), with I for l.
/// Not for showing. `text` must be valid UTF-8.
std::string look_alike_key(std::string_view text);
/// What a reader counts as characters. `text` must be valid UTF-8.
std::size_t count_graphemes(std::string_view text);
/// The longest beginning of `text` that has at most so many of them, and bytes, and cuts none in
/// two.
std::string_view grapheme_prefix(std::string_view text, std::size_t graphemes_max,
                                 std::size_t bytes_max);

}  // namespace dropline
