// settings.toml: what a person chose, kept between starts.
// Thread: any; one caller at a time for each file. It reads and writes blocking, so not inside a
// frame. Keys it does not know, a newer version's perhaps, are kept when it writes. Its first line
// is a seal over the rest, so that a file changed by a failing disk is not taken for a person's
// wish; a person may change it all the same, and is only asked to open the room themself the next
// time.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "net/api/fault.hpp"
#include "ui/settings.hpp"

namespace dropline::app {

enum class LastRole { none, host, join };

struct Settings {
    std::string name;                      // empty: the account's name
    std::filesystem::path receive_folder;  // empty: the user's download folder
    LastRole last_role = LastRole::none;   // the one to go back to at the next start
    ui::Settings window;                   // with the last room, port and target

    friend bool operator==(const Settings&, const Settings&) = default;
};

struct LoadedSettings {
    Settings settings;
    /// What the person should know: a damaged file was put aside, or it is not as it was written
    /// and `last_role` is none whatever it says. Full sentences; not escaped.
    std::optional<std::string> notice;
};

/// DIR/settings.toml when a profile folder is given, else $XDG_CONFIG_HOME/dropline/settings.toml
/// (~/.config when that is not set). Thread: any.
std::filesystem::path settings_file(const std::filesystem::path& profile);

/// What the text of a settings file says, with defaults for values of the wrong type or out of
/// range; nothing when it is no TOML. Thread: any; pure.
std::optional<Settings> parse_settings(std::string_view text);

/// The text of a file that holds these, and whatever else `before` held. Thread: any; pure.
std::string settings_text(const Settings& settings, std::string_view before);

/// A missing file means defaults; so does a value of the wrong type or out of range. A file that
/// is no TOML is renamed to settings.toml.damaged-<UTC time>. One without its seal counts, but
/// opens and joins nothing by itself. Thread: any.
LoadedSettings load_settings(const std::filesystem::path& file);

/// Replaces the file atomically, mode 0600, making its folder (0700) when it is missing. What is
/// there and is no TOML is renamed as above, never overwritten.
/// Faults: file_error, disk_full. Thread: any.
Result<void> store_settings(const std::filesystem::path& file, const Settings& settings);

}  // namespace dropline::app
