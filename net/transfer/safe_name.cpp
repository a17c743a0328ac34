#include "net/transfer/safe_name.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>
#include <vector>

#include "net/api/ascii.hpp"
#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/api/unicode.hpp"
#include "net/transfer/risky_names.hpp"

namespace dropline {

namespace {

/// Longer "extensions" are taken as part of the name: cutting must have something to cut.
constexpr std::size_t extension_bytes_max = 32;
constexpr std::string_view part_extension = ".part";

/// Reserved by Windows with any extension behind them; COM and LPT with a digit are besides these.
constexpr std::array<std::string_view, 7> device_names = {"con",    "prn",    "aux",    "nul",
                                                          "clock$", "conin$", "conout$"};

std::string lower_ascii(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) c = lower_case(c);
    return lower;
}

/// "name" and ".ext" of "name.ext"; a leading dot begins no extension, and ".tar.gz" is one.
std::pair<std::string_view, std::string_view> split_extension(std::string_view name) {
    std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0) return {name, {}};
    constexpr std::string_view tar = ".tar";
    if (dot > tar.size() && lower_ascii(name.substr(dot - tar.size(), tar.size())) == tar) {
        dot -= tar.size();
    }
    if (name.size() - dot > extension_bytes_max) return {name, {}};
    return {name.substr(0, dot), name.substr(dot)};
}

/// `stem` is cut so that all of it fits into `bytes_max`.
std::string fitted(std::string_view stem, std::string_view ending, std::size_t bytes_max) {
    return std::string(utf8_prefix(stem, bytes_max - ending.size())) + std::string(ending);
}

std::string shortened(std::string_view name, std::size_t bytes_max) {
    if (name.size() <= bytes_max) return std::string(name);
    const auto [stem, extension] = split_extension(name);
    return fitted(stem, extension, bytes_max);
}

std::string numbered(std::string_view name, std::size_t number, std::size_t bytes_max) {
    if (number <= 1) return shortened(name, bytes_max);
    const auto [stem, extension] = split_extension(name);
    return fitted(stem, " (" + std::to_string(number) + ")" + std::string(extension), bytes_max);
}

void trim_end(std::string& name) {
    while (!name.empty() && (name.back() == '.' || name.back() == ' ')) name.pop_back();
}

bool is_port_number(std::string_view text) {
    if (text.size() == 1) return is_digit(text[0]);
    return text == "\u00b9" || text == "\u00b2" || text == "\u00b3";
}

bool is_device_name(std::string_view name) {
    // Windows looks at what stands before the first dot, without the spaces at its end.
    std::string stem = lower_ascii(name.substr(0, name.find('.')));
    trim_end(stem);
    if (std::ranges::find(device_names, stem) != device_names.end()) return true;
    const std::string_view port = std::string_view(stem).substr(0, 3);
    return (port == "com" || port == "lpt") && is_port_number(std::string_view(stem).substr(3));
}

/// Empty when every character may be part of a name, else what is wrong.
std::string forbidden_character(std::u32string_view characters) {
    for (const char32_t character : characters) {
        if (character == U'/' || character == U'\\') return "it contains a path separator";
        if (is_control(character)) return "it contains a control character";
    }
    return {};
}

std::u32string without_invisible(std::u32string_view characters) {
    std::u32string visible;
    std::ranges::remove_copy_if(characters, std::back_inserter(visible), is_invisible);
    return visible;
}

/// Characters that some system gives a meaning inside a name.
std::string without_reserved(std::string_view name) {
    constexpr std::u32string_view reserved = U"<>:\"|?*";
    std::u32string characters = decode_utf8(name).value_or(std::u32string());
    std::ranges::replace_if(
        characters,
        [=](char32_t c) { return reserved.find(c) != reserved.npos || is_noncharacter(c); }, U'_');
    return encode_utf8(characters);
}

/// Of an otherwise safe name: fits every disk and is no device. Cutting can bring a device name
/// or trailing spaces to light, and the '_' in front can make it too long again.
std::string fit_for_disk(std::string name) {
    trim_end(name);
    name = shortened(name, limits::file_name_bytes_max);
    trim_end(name);
    if (!is_device_name(name)) return name;
    name = shortened("_" + name, limits::file_name_bytes_max);
    trim_end(name);
    return name;
}

std::vector<std::string_view> split_path(std::string_view path) {
    std::vector<std::string_view> components;
    for (std::size_t slash = path.find('/'); slash != path.npos; slash = path.find('/')) {
        components.push_back(path.substr(0, slash));
        path.remove_prefix(slash + 1);
    }
    components.push_back(path);
    return components;
}

bool is_absolute(std::string_view path) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    if (path.starts_with('/')) return true;
    return path.size() >= 3 && is_letter(path[0]) && path[1] == ':' && path[2] == '/';
}

}  // namespace

Fault bad_file_name(std::string_view sent, const std::string& why) {
    constexpr std::size_t shown_bytes_max = 120;
    std::string shown = escape_for_display(sent.substr(0, shown_bytes_max));
    if (sent.size() > shown_bytes_max) shown += "...";
    return {FaultCode::bad_name, "The file name \"" + shown + "\" cannot be used: " + why + "."};
}

Result<SafePath> make_safe_component(std::string_view sent_name) {
    if (sent_name.size() > limits::path_bytes_max)
        return bad_file_name(sent_name, "it is too long");
    const auto characters = decode_utf8(sent_name);
    if (!characters) return bad_file_name(sent_name, "it is not valid text (UTF-8)");
    if (std::string why = forbidden_character(*characters); !why.empty()) {
        return bad_file_name(sent_name, why);
    }
    // Replacing comes after composing: "<" with a stroke is a letter of its own, not a "<".
    std::string name = to_nfc(encode_utf8(without_invisible(*characters)));
    name = fit_for_disk(without_reserved(name));
    if (name.empty()) return bad_file_name(sent_name, "nothing is left of it that names a file");
    SafePath safe{.relative = std::move(name)};
    safe.was_changed = safe.relative != sent_name;
    safe.is_risky = is_risky_component(safe.relative);
    return safe;
}

Result<SafePath> make_safe_path(std::string_view sent_path) {
    if (sent_path.size() > limits::path_bytes_max) {
        return bad_file_name(sent_path, "the path is longer than " +
                                            std::to_string(limits::path_bytes_max) + " bytes");
    }
    if (is_absolute(sent_path)) return bad_file_name(sent_path, "it is an absolute path");
    const std::vector<std::string_view> components = split_path(sent_path);
    if (components.size() > limits::path_depth_max) {
        return bad_file_name(
            sent_path, "it is deeper than " + std::to_string(limits::path_depth_max) + " folders");
    }
    SafePath path;
    for (const std::string_view component : components) {
        auto safe = make_safe_component(component);
        if (!safe) return safe.fault();
        if (!path.relative.empty()) path.relative += '/';
        path.relative += safe->relative;
        path.was_changed |= safe->was_changed;
        path.is_risky |= safe->is_risky;
    }
    if (path.relative.size() > limits::path_bytes_max) {
        return bad_file_name(sent_path, "the path is too long once it is made safe");
    }
    return path;
}

std::string name_key(std::string_view safe_path) { return fold_case(safe_path); }

std::string numbered_name(std::string_view safe_name, std::size_t number) {
    return numbered(safe_name, number, limits::file_name_bytes_max);
}

std::string part_name(std::string_view safe_name, std::size_t number) {
    constexpr std::size_t whole_bytes_max = limits::file_name_bytes_max - part_extension.size();
    return numbered(safe_name, number, whole_bytes_max) + std::string(part_extension);
}

std::string staging_name(std::string_view safe_name, std::size_t number) {
    constexpr std::size_t whole_bytes_max = limits::file_name_bytes_max - part_extension.size() - 1;
    return "." + numbered(safe_name, number, whole_bytes_max) + std::string(part_extension);
}

}  // namespace dropline
