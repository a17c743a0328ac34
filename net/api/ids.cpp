#include "net/api/ids.hpp"

#include <openssl/rand.h>

#include <stdexcept>

#include "net/api/ascii.hpp"
#include "net/api/base32.hpp"
#include "net/api/fingerprint_words.hpp"

namespace dropline {

namespace {

constexpr std::string_view hex_alphabet = "0123456789abcdef";

/// The Luhn algorithm over base 32, as Syncthing adds it to its device ids: a single mistyped or
/// swapped character shows.
char luhn_check_character(std::string_view text) {
    std::uint32_t factor = 1;
    std::uint32_t sum = 0;
    for (const char character : text) {
        const auto code = static_cast<std::uint32_t>(base32_alphabet.find(character));
        const std::uint32_t addend = factor * code;
        factor = factor == 2 ? 1 : 2;
        sum += addend / 32 + addend % 32;
    }
    return base32_alphabet[(32 - sum % 32) % 32];
}

std::string with_check_characters(std::string_view text) {
    constexpr std::size_t stretch = 13;
    std::string checked;
    for (std::size_t begin = 0; begin < text.size(); begin += stretch) {
        const auto part = text.substr(begin, stretch);
        checked += part;
        checked += luhn_check_character(part);
    }
    return checked;
}

std::string without_check_characters(std::string_view checked) {
    constexpr std::size_t stretch = 13;
    std::string text;
    for (std::size_t begin = 0; begin < checked.size(); begin += stretch + 1) {
        text += checked.substr(begin, stretch);
    }
    return text;
}

std::string normalised_prefix(std::string_view prefix) {
    std::string normalised;
    for (const char character : prefix) {
        if (character == '-' || character == ' ') continue;
        normalised += upper_case(character);
    }
    return normalised;
}

std::optional<unsigned> hex_value(char digit) {
    if (is_digit(digit)) return static_cast<unsigned>(digit - '0');
    if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a') + 10U;
    if (digit >= 'A' && digit <= 'F') return static_cast<unsigned>(digit - 'A') + 10U;
    return std::nullopt;
}

}  // namespace

template <typename Id>
Id random_id() {
    Id id;
    // Without a working generator nothing here is safe: there is no sensible way to go on.
    if (RAND_bytes(id.bytes.data(), static_cast<int>(id.bytes.size())) != 1) {
        throw std::runtime_error("the system's random generator failed");
    }
    return id;
}

template MessageId random_id<MessageId>();
template TransferId random_id<TransferId>();
template StreamId random_id<StreamId>();
template LogId random_id<LogId>();

std::string to_hex(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char byte : bytes) {
        const auto value = static_cast<std::uint8_t>(byte);
        text += hex_alphabet[value >> 4U];
        text += hex_alphabet[value & 15U];
    }
    return text;
}

std::optional<std::string> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const auto high = hex_value(text[i]);
        const auto low = hex_value(text[i + 1]);
        if (!high || !low) return std::nullopt;
        bytes += static_cast<char>((*high << 4U) | *low);
    }
    return bytes;
}

std::string to_text(const PeerId& id) { return to_base32(id.as_bytes()); }

std::string fingerprint_text(const PeerId& id) {
    constexpr std::size_t group = 7;
    const std::string checked = with_check_characters(to_text(id));
    std::string text;
    for (std::size_t begin = 0; begin < checked.size(); begin += group) {
        if (begin > 0) text += '-';
        text += checked.substr(begin, group);
    }
    return text;
}

std::string fingerprint_words(const PeerId& id) {
    std::string words;
    for (const std::uint8_t byte : id.bytes) {
        if (!words.empty()) words += ' ';
        words += fingerprint_word_list[byte];
    }
    return words;
}

std::string key_tag(const PeerId& id) { return to_text(id).substr(0, 7); }

std::optional<PeerId> peer_id_from_text(std::string_view text) {
    constexpr std::size_t plain_length = 52;
    constexpr std::size_t checked_length = 56;
    const std::string written = normalised_prefix(text);
    const bool is_checked = written.size() == checked_length;
    if (!is_checked && written.size() != plain_length) return std::nullopt;
    const std::string plain = is_checked ? without_check_characters(written) : written;
    if (is_checked && with_check_characters(plain) != written) return std::nullopt;
    const auto bytes = from_base32(plain);
    return bytes ? PeerId::from_bytes(*bytes) : std::nullopt;
}

bool matches_fingerprint_prefix(const PeerId& id, std::string_view prefix) {
    constexpr std::size_t shortest = 4;
    const std::string wanted = normalised_prefix(prefix);
    if (wanted.size() < shortest) return false;
    const std::string text = to_text(id);
    return text.starts_with(wanted) || with_check_characters(text).starts_with(wanted);
}

}  // namespace dropline
