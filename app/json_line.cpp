#include "app/json_line.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string_view>

namespace dropline::app {

namespace {

/// True for the bytes of a character that is valid in JSON but acts on a terminal or on the order
/// of the text around it: DEL, C1, the bidi controls, line separators, the byte order mark.
bool acts_on_text(std::string_view character) {
    const auto byte = [&character](std::size_t index) {
        return static_cast<unsigned char>(character[index]);
    };
    if (character.size() == 1) return byte(0) == 0x7F;
    if (character.size() == 2) {
        return (byte(0) == 0xC2 && byte(1) < 0xA0) || character == "\u061C";
    }
    if (character.size() != 3) return false;
    if (byte(0) == 0xE2 && byte(1) == 0x80) {
        return byte(2) == 0x8E || byte(2) == 0x8F || (byte(2) >= 0xA8 && byte(2) <= 0xAE);
    }
    if (byte(0) == 0xE2 && byte(1) == 0x81) return byte(2) >= 0xA0 && byte(2) <= 0xAF;
    return character == "\uFEFF";
}

std::size_t utf8_length(char first) {
    const auto byte = static_cast<unsigned char>(first);
    if (byte < 0x80) return 1;
    if (byte < 0xE0) return 2;
    return byte < 0xF0 ? 3 : 4;
}

/// \uXXXX of a character of one to three bytes.
std::string json_escape(std::string_view character) {
    static constexpr std::array<unsigned, 4> lead_mask{0, 0x7F, 0x1F, 0x0F};
    unsigned code = static_cast<unsigned char>(character[0]) & lead_mask.at(character.size());
    for (const char next : character.substr(1)) {
        code = (code << 6U) | (static_cast<unsigned char>(next) & 0x3FU);
    }
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "\\u%04x", code);
    return text.data();
}

}  // namespace

std::string line_of(const Json& object) {
    // `dump` already escapes below 0x20 and makes everything valid UTF-8; outside of strings it
    // writes ASCII, so what acts on text can only be inside one.
    const std::string dumped = object.dump(-1, ' ', false, Json::error_handler_t::replace);
    std::string line;
    line.reserve(dumped.size() + 1);
    for (std::size_t at = 0; at < dumped.size();) {
        const auto character = std::string_view(dumped).substr(at, utf8_length(dumped[at]));
        if (acts_on_text(character)) {
            line += json_escape(character);
        } else {
            line += character;
        }
        at += character.size();
    }
    return line + '\n';
}

std::string rfc3339(WallTime any_time) {
    using namespace std::chrono;
    constexpr WallTime first = sys_days(year(0) / January / 1);
    constexpr WallTime last = sys_days(year(10'000) / January / 1) - milliseconds(1);
    const WallTime time = std::clamp(any_time, first, last);
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()),
                  static_cast<int>(clock.subseconds().count()));
    return text.data();
}

}  // namespace dropline::app
