#include "net/api/safe_text.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "net/api/limits.hpp"
#include "net/api/unicode.hpp"

namespace dropline {

namespace {

std::string escaped(char letter, std::uint32_t value) {
    std::array<char, 16> text{};
    const int length = std::snprintf(text.data(), text.size(), "\\%c{%x}", letter, value);
    return {text.data(), static_cast<std::size_t>(length)};
}

bool is_dangerous_to_show(char32_t character) {
    return is_control(character) || is_bidi_control(character) || character == 0x2028 ||
           character == 0x2029;
}

Fault bad_person_name(std::string why) {
    return {FaultCode::bad_name, "This name cannot be used: " + std::move(why) + "."};
}

/// Without what cannot be seen, every run of white space as one space, none at the ends.
std::u32string visible_characters(std::u32string_view text) {
    std::u32string visible;
    bool is_space_due = false;
    for (const char32_t character : text) {
        if (is_white_space(character)) {
            is_space_due = !visible.empty();
            continue;
        }
        if (is_control(character) || is_invisible(character) || is_noncharacter(character)) {
            continue;
        }
        if (is_space_due) visible.push_back(U' ');
        is_space_due = false;
        visible.push_back(character);
    }
    return visible;
}

}  // namespace

std::string escape_for_display(std::string_view text) {
    std::string safe;
    safe.reserve(text.size());
    while (!text.empty()) {
        const Utf8Step step = first_character(text);
        const std::string_view bytes = text.substr(0, step.bytes);
        text.remove_prefix(step.bytes);
        if (!step.character) {
            for (const char byte : bytes) safe += escaped('x', static_cast<std::uint8_t>(byte));
        } else if (is_dangerous_to_show(*step.character)) {
            safe += escaped('u', static_cast<std::uint32_t>(*step.character));
        } else {
            safe += bytes;
        }
    }
    return safe;
}

Result<std::string> make_safe_person_name(std::string_view sent_name) {
    // Characters may vanish, but nobody types kilobytes of them: bound the work before it.
    if (sent_name.size() > 4 * limits::name_bytes_max) return bad_person_name("it is too long");
    const auto characters = decode_utf8(sent_name);
    if (!characters) return bad_person_name("it is not valid text (UTF-8)");
    std::string name = to_nfc(encode_utf8(visible_characters(*characters)));
    if (name.empty()) return bad_person_name("it has no visible character");
    if (name.size() > limits::name_bytes_max ||
        count_graphemes(name) > limits::name_graphemes_max) {
        return bad_person_name("it is longer than " + std::to_string(limits::name_graphemes_max) +
                               " characters");
    }
    return name;
}

}  // namespace dropline
