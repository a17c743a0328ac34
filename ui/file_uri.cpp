#include "ui/file_uri.hpp"

#include <algorithm>

#include "net/api/ascii.hpp"
#include "net/api/ids.hpp"
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

/// The byte that `text`, behind a %, begins with. None for one that no path may hold, or that
/// would change which folders the path goes through.
std::optional<char> escaped_byte(std::string_view text) {
    const auto byte = from_hex(text.substr(0, 2));
    if (!byte || byte->empty() || byte->front() == '\0' || byte->front() == '/')
        return std::nullopt;
    return byte->front();
}

}  // namespace

std::string file_uri(const std::string& path) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view plain = "-._~/";
    std::string uri = "file://";
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (is_letter || is_digit(c) || plain.find(c) != std::string_view::npos) {
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
