#include "ui/file_uri.hpp"

#include <algorithm>

#include "net/api/ascii.hpp"
#include "net/api/limits.hpp"

namespace dropline::ui {
namespace {

/// Takes `start` off the front of `text`, letters of either case; false when it begins otherwise.
bool take_word(std::string_view& text, std::string_view start) {
    if (text.size() < start.size()) return false;
    if (!std::equal(start.begin(), start.end(), text.begin(),
                    [](char wanted, char found) { return wanted == lower_case(found); })) {
        return false;
    }
    text.remove_prefix(start.size());
    return true;
}

std::optional<unsigned> hex_digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
    return std::nullopt;
}

/// The byte that `text`, behind a %, begins with. None for one that no path may hold, or that
/// would change which folders the path goes through.
std::optional<char> escaped_byte(std::string_view text) {
    if (text.size() < 2) return std::nullopt;
    const auto high = hex_digit(text[0]);
    const auto low = hex_digit(text[1]);
    if (!high || !low) return std::nullopt;
    const char byte = static_cast<char>(*high << 4U | *low);
    if (byte == '\0' || byte == '/') return std::nullopt;
    return byte;
}

}  // namespace

std::string file_uri(const std::string& path) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view plain = "-._~/";
    std::string uri = "file://";
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (is_letter || (c >= '0' && c <= '9') || plain.find(c) != std::string_view::npos) {
            uri += c;
        } else {
            uri += '%';
            uri += digits[byte >> 4U];
            uri += digits[byte & 0xFU];
        }
    }
    return uri;
}

std::optional<std::filesystem::path> path_of_file_uri(std::string_view uri) {
    if (!take_word(uri, "file://")) return std::nullopt;
    take_word(uri, "localhost");
    if (!uri.starts_with('/')) return std::nullopt;
    std::string path;
    for (std::size_t at = 0; at < uri.size(); ++at) {
        char c = uri[at];
        if (c == '\0' || c == '?' || c == '#') return std::nullopt;
        if (c == '%') {
            const auto byte = escaped_byte(uri.substr(at + 1));
            if (!byte) return std::nullopt;
            c = *byte;
            at += 2;
        }
        path += c;
        if (path.size() > limits::chosen_path_bytes_max) return std::nullopt;
    }
    return path;
}

}  // namespace dropline::ui
