#include "net/platform/user_folders.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace dropline {
namespace {

namespace fs = std::filesystem;

std::optional<fs::path> absolute_from_environment(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr || value[0] != '/') return std::nullopt;
    return fs::path(value);
}

/// The value of one line of user-dirs.dirs, `"$HOME/Downloads"` or `"/data/in"`, where a
/// backslash takes the next character as it is; empty when it has another form.
std::optional<fs::path> unquoted_folder(std::string_view quoted) {
    if (quoted.size() < 2 || quoted.front() != '"') return std::nullopt;
    std::string text;
    std::size_t at = 1;
    while (at < quoted.size() && quoted[at] != '"') {
        if (quoted[at] == '\\' && at + 1 < quoted.size()) ++at;
        text += quoted[at++];
    }
    if (at == quoted.size()) return std::nullopt;
    constexpr std::string_view in_home = "$HOME/";
    if (text.starts_with(in_home)) return home_folder() / text.substr(in_home.size());
    if (text.starts_with('/')) return fs::path(text);
    return std::nullopt;
}

std::optional<fs::path> desktop_download_folder() {
    constexpr std::string_view key = "XDG_DOWNLOAD_DIR=";
    std::ifstream file(config_home() / "user-dirs.dirs");
    std::string line;
    std::optional<fs::path> found;
    while (std::getline(file, line)) {
        const std::size_t start = line.find_first_not_of(" \t");
        if (start == std::string::npos || line.compare(start, key.size(), key) != 0) continue;
        found = unquoted_folder(std::string_view(line).substr(start + key.size()));
    }
    return found;
}

bool is_folder(const fs::path& path) {
    std::error_code ignored;
    return fs::is_directory(path, ignored);
}

}  // namespace

fs::path home_folder() {
    if (auto home = absolute_from_environment("HOME")) return *home;
    struct passwd entry {};
    struct passwd* found = nullptr;
    std::array<char, 16 * 1024> strings{};
    ::getpwuid_r(::getuid(), &entry, strings.data(), strings.size(), &found);
    return found == nullptr ? fs::path("/") : fs::path(found->pw_dir);
}

fs::path data_home() {
    if (auto folder = absolute_from_environment("XDG_DATA_HOME")) return *folder;
    return home_folder() / ".local" / "share";
}

fs::path config_home() {
    if (auto folder = absolute_from_environment("XDG_CONFIG_HOME")) return *folder;
    return home_folder() / ".config";
}

fs::path default_receive_folder() {
    const auto desktop = desktop_download_folder();
    if (desktop && is_folder(*desktop)) return *desktop;
    const fs::path downloads = home_folder() / "Downloads";
    return is_folder(downloads) ? downloads : home_folder();
}

}  // namespace dropline
