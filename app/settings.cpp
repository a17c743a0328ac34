#include "app/settings.hpp"

#include <toml++/toml.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>
#include <string_view>
#include <utility>

#include "net/platform/damaged_file.hpp"
#include "net/platform/private_file.hpp"

namespace dropline::app {

namespace fs = std::filesystem;

namespace {

// People edit this file, nobody fills it: anything larger is not a settings file.
constexpr std::uintmax_t settings_bytes_max = 256 * 1024;
/// The largest rate that the window's own field takes, in bytes per second.
constexpr std::uint64_t rate_limit_max = 1'000'000'000'000;

template <typename Choice>
using Word = std::pair<std::string_view, Choice>;

constexpr std::array<Word<LastRole>, 3> role_words{
    {{"none", LastRole::none}, {"host", LastRole::host}, {"join", LastRole::join}}};
constexpr std::array<Word<ui::ThemeChoice>, 2> theme_words{
    {{"dark", ui::ThemeChoice::dark}, {"light", ui::ThemeChoice::light}}};
constexpr std::array<Word<ui::LanguageChoice>, 3> language_words{
    {{"system", ui::LanguageChoice::system},
     {"en", ui::LanguageChoice::english},
     {"zh-CN", ui::LanguageChoice::chinese}}};
constexpr std::array<Word<ui::RoleTab>, 2> tab_words{
    {{"host", ui::RoleTab::host}, {"join", ui::RoleTab::join}}};

void load(const toml::table& table, const char* key, std::string& into) {
    if (const auto value = table[key].value_exact<std::string>()) into = *value;
}

void load_flag(const toml::table& table, const char* key, bool& into) {
    if (const auto value = table[key].value_exact<bool>()) into = *value;
}

template <typename Number>
void load_number(const toml::table& table, const char* key, Number& into, Number min, Number max) {
    const auto value = table[key].value_exact<std::int64_t>();
    if (value && std::in_range<Number>(*value) && std::cmp_greater_equal(*value, min) &&
        std::cmp_less_equal(*value, max)) {
        into = static_cast<Number>(*value);
    }
}

template <typename Choice, std::size_t Count>
void load_choice(const toml::table& table, const char* key, Choice& into,
                 const std::array<Word<Choice>, Count>& words) {
    const auto value = table[key].value_exact<std::string>();
    for (const auto& [word, choice] : words) {
        if (value == word) into = choice;
    }
}

template <typename Choice, std::size_t Count>
std::string word_of(Choice choice, const std::array<Word<Choice>, Count>& words) {
    for (const auto& [word, candidate] : words) {
        if (candidate == choice) return std::string(word);
    }
    return std::string(words.front().first);
}

Settings from_table(const toml::table& table) {
    Settings settings;
    ui::Settings& window = settings.window;
    std::string receive_folder;
    load(table, "name", settings.name);
    load(table, "receive_folder", receive_folder);
    settings.receive_folder = receive_folder;
    load_choice(table, "last_role", settings.last_role, role_words);
    load_choice(table, "role_tab", window.role_tab, tab_words);
    load(table, "room", window.room_name);
    load(table, "bind", window.bind_address);
    load(table, "target", window.join_target);
    load_flag(table, "invite_only", window.is_invite_only);
    load_flag(table, "password", window.has_password);
    load_number<std::uint16_t>(table, "port", window.port, 0,
                               std::numeric_limits<std::uint16_t>::max());
    load_choice(table, "theme", window.theme, theme_words);
    load_choice(table, "language", window.language, language_words);
    load_number(table, "font_size", window.font_size, ui::font_size_min, ui::font_size_max);
    load_number<std::uint64_t>(table, "rate_limit_up", window.rate_limit_up, 0, rate_limit_max);
    load_number<std::uint64_t>(table, "rate_limit_down", window.rate_limit_down, 0, rate_limit_max);
    load_number(table, "window_width", window.window_width, 0, 32'000);
    load_number(table, "window_height", window.window_height, 0, 32'000);
    return settings;
}

void apply_to_table(const Settings& settings, toml::table& table) {
    const ui::Settings& window = settings.window;
    table.insert_or_assign("name", settings.name);
    table.insert_or_assign("receive_folder", settings.receive_folder.string());
    table.insert_or_assign("last_role", word_of(settings.last_role, role_words));
    table.insert_or_assign("role_tab", word_of(window.role_tab, tab_words));
    table.insert_or_assign("room", window.room_name);
    table.insert_or_assign("bind", window.bind_address);
    table.insert_or_assign("target", window.join_target);
    table.insert_or_assign("invite_only", window.is_invite_only);
    table.insert_or_assign("password", window.has_password);
    table.insert_or_assign("port", std::int64_t{window.port});
    table.insert_or_assign("theme", word_of(window.theme, theme_words));
    table.insert_or_assign("language", word_of(window.language, language_words));
    table.insert_or_assign("font_size", std::int64_t{window.font_size});
    table.insert_or_assign("rate_limit_up", static_cast<std::int64_t>(window.rate_limit_up));
    table.insert_or_assign("rate_limit_down", static_cast<std::int64_t>(window.rate_limit_down));
    table.insert_or_assign("window_width", std::int64_t{window.window_width});
    table.insert_or_assign("window_height", std::int64_t{window.window_height});
}

std::optional<toml::table> parse_table(std::string_view text) {
    try {
        return toml::parse(text);
    } catch (const toml::parse_error&) {
        return std::nullopt;
    }
}

std::string text_of(const toml::table& table) {
    std::ostringstream text;
    // Plain strings only: in the other forms one that begins with an empty line loses it.
    const auto flags =
        toml::toml_formatter::default_flags &
        ~(toml::format_flags::allow_multi_line_strings | toml::format_flags::allow_literal_strings);
    text << toml::toml_formatter(table, flags) << '\n';
    return text.str();
}

/// The parsed file; nullopt when it is damaged. A missing one is an empty table.
std::optional<toml::table> read_table(const fs::path& file) {
    std::error_code error;
    const auto bytes = fs::file_size(file, error);
    if (error == std::errc::no_such_file_or_directory) return toml::table{};
    if (error || bytes > settings_bytes_max) return std::nullopt;
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return std::nullopt;
    std::ostringstream text;
    text << stream.rdbuf();
    return parse_table(text.str());
}

/// Keeps what the person wrote, so that it can be mended by hand; says so in one sentence.
std::string put_aside(const fs::path& file) {
    const fs::path aside = name_for_damaged(file);
    std::error_code error;
    fs::rename(file, aside, error);
    if (error) {
        return "The settings in " + file.string() + " cannot be read (" + error.message() +
               "); the defaults are used.";
    }
    return "The settings were damaged and are now in " + aside.string() +
           "; the defaults are used.";
}

}  // namespace

fs::path settings_file(const fs::path& profile) {
    if (!profile.empty()) return profile / "settings.toml";
    const char* config = std::getenv("XDG_CONFIG_HOME");
    // The base directory specification: a relative path in the variable is to be ignored.
    if (config != nullptr && fs::path(config).is_absolute()) {
        return fs::path(config) / "dropline" / "settings.toml";
    }
    const char* home = std::getenv("HOME");
    return fs::path(home != nullptr ? home : "/") / ".config" / "dropline" / "settings.toml";
}

std::optional<Settings> parse_settings(std::string_view text) {
    const auto table = parse_table(text);
    return table ? std::optional(from_table(*table)) : std::nullopt;
}

std::string settings_text(const Settings& settings, std::string_view before) {
    toml::table table = parse_table(before).value_or(toml::table{});
    apply_to_table(settings, table);
    return text_of(table);
}

LoadedSettings load_settings(const fs::path& file) {
    const auto table = read_table(file);
    if (!table) return {{}, put_aside(file)};
    return {from_table(*table), std::nullopt};
}

Result<void> store_settings(const fs::path& file, const Settings& settings) {
    std::error_code error;
    if (fs::create_directories(file.parent_path(), error)) {
        fs::permissions(file.parent_path(), fs::perms::owner_all, error);
    }
    if (error) {
        return Fault{FaultCode::file_error,
                     "The folder " + file.parent_path().string() +
                         " for the settings cannot be made: " + error.message() + "."};
    }
    auto before = read_table(file);
    if (!before) put_aside(file);  // damaged since it was loaded
    toml::table table = std::move(before).value_or(toml::table{});
    apply_to_table(settings, table);
    return replace_file_atomically(file, text_of(table));
}

}  // namespace dropline::app
