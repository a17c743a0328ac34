#include "net/api/base32.hpp"

#include <cstddef>
#include <cstdint>

namespace dropline {

std::string to_base32(std::string_view bytes) {
    std::string text;
    std::uint32_t bits = 0;
    unsigned bit_count = 0;
    for (const char byte : bytes) {
        bits = (bits << 8U) | static_cast<std::uint8_t>(byte);
        bit_count += 8;
        while (bit_count >= 5) {
            bit_count -= 5;
            text += base32_alphabet[(bits >> bit_count) & 31U];
        }
    }
    if (bit_count > 0) text += base32_alphabet[(bits << (5 - bit_count)) & 31U];
    return text;
}

std::optional<std::string> from_base32(std::string_view text) {
    std::string bytes;
    std::uint32_t bits = 0;
    unsigned bit_count = 0;
    for (const char character : text) {
        const std::size_t code = base32_alphabet.find(character);
        if (code == std::string_view::npos) return std::nullopt;
        bits = (bits << 5U) | static_cast<std::uint32_t>(code);
        bit_count += 5;
        if (bit_count < 8) continue;
        bit_count -= 8;
        bytes += static_cast<char>((bits >> bit_count) & 0xFFU);
    }
    if (to_base32(bytes) != text) return std::nullopt;
    return bytes;
}

}  // namespace dropline
