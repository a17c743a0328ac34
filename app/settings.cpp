#include "app/settings.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <span>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "net/api/ids.hpp"
#include "net/api/safe_text.hpp"
#include "net/api/unicode.hpp"
#include "net/platform/damaged_file.hpp"
#include "net/platform/private_file.hpp"
#include "net/transfer/file_hash.hpp"

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

/// Takes values out of a table, and remembers what there was no use for.
struct TableReader {
    const toml::table& table;
    std::vector<std::string_view> known;  // keys that were asked for
    std::vector<std::string> unusable;    // those of them whose value cannot be

    void note(const char* key, bool is_taken) {
        known.emplace_back(key);
        if (!is_taken && table.contains(key)) unusable.emplace_back(key);
    }

    void take(const char* key, std::string& into) {
        const auto value = table[key].value_exact<std::string>();
        note(key, value.has_value());
        if (value) into = *value;
    }

    /// Of a person: one that others would not take is no reason not to start.
    void take_name(const char* key, std::string& into) {
        const auto value = table[key].value_exact<std::string>();
        auto name = value && !value->empty() ? make_safe_person_name(*value)
                                             : Result<std::string>(std::string());
        note(key, value && name);
        if (name) into = std::move(*name);
    }

    void take_flag(const char* key, bool& into) {
        const auto value = table[key].value_exact<bool>();
        note(key, value.has_value());
        if (value) into = *value;
    }

    template <typename Number>
    void take_number(const char* key, Number& into, Number min, Number max) {
        const auto value = table[key].value_exact<std::int64_t>();
        const bool is_in_range = value && std::in_range<Number>(*value) &&
                                 std::cmp_greater_equal(*value, min) &&
                                 std::cmp_less_equal(*value, max);
        note(key, is_in_range);
        if (is_in_range) into = static_cast<Number>(*value);
    }

    template <typename Choice, std::size_t Count>
    void take_choice(const char* key, Choice& into, const std::array<Word<Choice>, Count>& words) {
        const auto value = table[key].value_exact<std::string>();
        bool is_taken = false;
        for (const auto& [word, choice] : words) {
            if (value != word) continue;
            into = choice;
            is_taken = true;
        }
        note(key, is_taken);
    }

    std::vector<std::string> unknown() const {
        std::vector<std::string> keys;
        for (const auto& [key, value] : table) {
            if (std::ranges::find(known, key.str()) == known.end()) keys.emplace_back(key.str());
        }
        return keys;
    }
};

template <typename Choice, std::size_t Count>
std::string word_of(Choice choice, const std::array<Word<Choice>, Count>& words) {
    for (const auto& [word, candidate] : words) {
        if (candidate == choice) return std::string(word);
    }
    return std::string(words.front().first);
}

Settings take_settings(TableReader& reader) {
    Settings settings;
    ui::Settings& window = settings.window;
    std::string receive_folder;
    reader.take_name("name", settings.name);
    reader.take("receive_folder", receive_folder);
    settings.receive_folder = receive_folder;
    reader.take_choice("last_role", settings.last_role, role_words);
    reader.take_choice("role_tab", window.role_tab, tab_words);
    reader.take("room", window.room_name);
    reader.take("bind", window.bind_address);
    reader.take("target", window.join_target);
    reader.take_flag("invite_only", window.is_invite_only);
    reader.take_flag("password", window.has_password);
    reader.take_number<std::uint16_t>("port", window.port, 0,
                                      std::numeric_limits<std::uint16_t>::max());
    reader.take_choice("theme", window.theme, theme_words);
    reader.take_choice("language", window.language, language_words);
    reader.take_number("font_size", window.font_size, ui::font_size_min, ui::font_size_max);
    reader.take_number<std::uint64_t>("rate_limit_up", window.rate_limit_up, 0, rate_limit_max);
    reader.take_number<std::uint64_t>("rate_limit_down", window.rate_limit_down, 0, rate_limit_max);
    reader.take_number("window_width", window.window_width, 0, 32'000);
    reader.take_number("window_height", window.window_height, 0, 32'000);
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

std::string formatted(const toml::table& table) {
    std::ostringstream text;
    // Plain strings only: in the other forms one that begins with an empty line loses it.
    const auto flags =
        toml::toml_formatter::default_flags &
        ~(toml::format_flags::allow_multi_line_strings | toml::format_flags::allow_literal_strings |
          toml::format_flags::allow_real_tabs_in_strings);
    text << toml::toml_formatter(table, flags) << '\n';
    return text.str();
}

// toml++ 3.3 writes a key without quotes when an apostrophe, a tab or a line end is all that is
// unusual in it, and cannot read it again. With a mark behind it, the key gets its quotes.

template <typename Value>
const toml::value<Value>& with_marked_keys(const toml::value<Value>& value, const std::string&) {
    return value;
}

toml::table with_marked_keys(const toml::table& table, const std::string& mark);

toml::array with_marked_keys(const toml::array& array, const std::string& mark) {
    toml::array marked;
    for (const toml::node& item : array) {
        item.visit([&](const auto& node) { marked.push_back(with_marked_keys(node, mark)); });
    }
    return marked;
}

toml::table with_marked_keys(const toml::table& table, const std::string& mark) {
    toml::table marked;
    marked.is_inline(table.is_inline());
    for (const auto& [key, value] : table) {
        std::string name(key.str());
        if (name.find_first_of("'\t\n") != std::string::npos) name += mark;
        value.visit([&](const auto& node) { marked.insert(name, with_marked_keys(node, mark)); });
    }
    return marked;
}

/// A character that occurs nowhere in `text`.
std::string unused_mark(std::string_view text) {
    char32_t character = 0xF0000;  // where the private use begins
    std::string mark;
    do {
        mark = encode_utf8({&character, 1});
        ++character;
    } while (text.find(mark) != std::string_view::npos);
    return mark;
}

std::string text_of(const toml::table& table) {
    const std::string mark = unused_mark(formatted(table));
    std::string text = formatted(with_marked_keys(table, mark));
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
        text.erase(at, mark.size());
    }
    return text;
}

/// The first line of a file as we left it: a comment with the hash of everything below.
std::string seal_of(std::string_view body) {
    FileHash hash;
    hash.update(std::as_bytes(std::span(body)));
    const FileDigest digest = hash.digest();
    const std::string_view bytes(reinterpret_cast<const char*>(digest.data()), digest.size());
    return "# seal " + to_hex(bytes) + '\n';
}

std::string sealed(const std::string& body) { return seal_of(body) + body; }

bool has_its_seal(std::string_view text) {
    const std::size_t line = std::min(text.find('\n'), text.size() - 1) + 1;
    return !text.empty() && text.substr(0, line) == seal_of(text.substr(line));
}

struct ReadFile {
    toml::table table;
    bool is_as_we_left_it = true;  // also when there is none yet
};

/// nullopt when it is damaged. A missing one is an empty table.
std::optional<ReadFile> read_settings_file(const fs::path& file) {
    std::error_code error;
    const auto bytes = fs::file_size(file, error);
    if (error == std::errc::no_such_file_or_directory) return ReadFile{};
    if (error || bytes > settings_bytes_max) return std::nullopt;
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return std::nullopt;
    std::ostringstream text;
    text << stream.rdbuf();
    auto table = parse_table(text.str());
    if (!table) return std::nullopt;
    return ReadFile{std::move(*table), has_its_seal(text.str())};
}

/// "'port', 'theme' and others"
std::string listed(const std::vector<std::string>& keys) {
    constexpr std::size_t keys_listed_max = 4;
    constexpr std::size_t key_bytes_shown_max = 40;  // it may be what a disk made of a page
    std::string list;
    for (std::size_t i = 0; i < std::min(keys.size(), keys_listed_max); ++i) {
        const std::string_view key = utf8_prefix(keys[i], key_bytes_shown_max);
        list += (i == 0 ? "'" : ", '") + std::string(key) + "'";
    }
    return keys.size() > keys_listed_max ? list + " and others" : list;
}

std::string doubt_about(const fs::path& file, const TableReader& reader) {
    std::string sentence = "The settings in " + file.string() +
                           " were changed outside dropline or damaged; nothing was opened by "
                           "itself. Look through them before you open a room.";
    if (const auto unknown = reader.unknown(); !unknown.empty()) {
        sentence += " They hold what dropline does not know: " + listed(unknown) + ".";
    }
    if (!reader.unusable.empty()) {
        sentence += " They hold a value that cannot be, for " + listed(reader.unusable) + ".";
    }
    return sentence;
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
    if (!table) return std::nullopt;
    TableReader reader{*table, {}, {}};
    return take_settings(reader);
}

std::string settings_text(const Settings& settings, std::string_view before) {
    toml::table table = parse_table(before).value_or(toml::table{});
    apply_to_table(settings, table);
    return sealed(text_of(table));
}

LoadedSettings load_settings(const fs::path& file) {
    const auto read = read_settings_file(file);
    if (!read) return {{}, put_aside(file)};
    TableReader reader{read->table, {}, {}};
    Settings settings = take_settings(reader);
    if (read->is_as_we_left_it) return {std::move(settings), std::nullopt};
    // One bit decides who may come into a room, and whose room this is.
    settings.last_role = LastRole::none;
    return {std::move(settings), doubt_about(file, reader)};
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
    auto before = read_settings_file(file);
    if (!before) put_aside(file);  // damaged since it was loaded
    toml::table table = before ? std::move(before->table) : toml::table{};
    apply_to_table(settings, table);
    return replace_file_atomically(file, sealed(text_of(table)));
}

}  // namespace dropline::app
