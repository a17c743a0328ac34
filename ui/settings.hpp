// What a person may choose about the window, and the fields to offer again at the next start.
// Thread: ui. Values only: the caller of `run_window` loads and stores them.
#pragma once

#include <cstdint>
#include <string>

namespace dropline::ui {

enum class ThemeChoice { dark, light };
enum class LanguageChoice { system, english, chinese };
enum class RoleTab { host, join };

inline constexpr int font_size_min = 12;
inline constexpr int font_size_default = 16;
inline constexpr int font_size_max = 28;

struct Settings {
    ThemeChoice theme = ThemeChoice::dark;
    LanguageChoice language = LanguageChoice::system;
    int font_size = font_size_default;  // in units of 1/96 inch; the monitor's scale comes on top

    RoleTab role_tab = RoleTab::host;
    std::string room_name;  // empty: the network's default
    std::uint16_t port = 7788;
    std::string bind_address;     // of ours, the only one the room listens on; empty: all
    bool is_invite_only = false;  // the room
    bool has_password = false;    // the room; the password itself is the network's to keep
    std::string join_target;

    std::uint64_t rate_limit_up = 0;  // bytes per second for all transfers; 0: none
    std::uint64_t rate_limit_down = 0;

    int window_width = 0;  // 0: the default size
    int window_height = 0;

    friend bool operator==(const Settings&, const Settings&) = default;
};

}  // namespace dropline::ui
