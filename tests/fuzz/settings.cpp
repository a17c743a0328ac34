// settings.toml, which people edit and disks damage.
#include "app/settings.hpp"

#include <algorithm>

#include "tests/fuzz/targets.hpp"

namespace dropline::fuzz {

namespace {

void check(std::string_view input) {
    const auto settings = app::parse_settings(input);
    if (!settings) return;
    const ui::Settings& window = settings->window;
    require(window.font_size >= ui::font_size_min && window.font_size <= ui::font_size_max,
            "letters can be read");
    require(window.window_width >= 0 && window.window_width <= 32'000 &&
                window.window_height >= 0 && window.window_height <= 32'000,
            "a window has a size that a screen has");
    const std::string stored = app::settings_text(*settings, input);
    require(app::parse_settings(stored) == settings, "settings come back as they were stored");
    require(app::settings_text(*settings, stored) == stored, "storing twice changes nothing more");
    const std::string defaults = app::settings_text({}, input);
    require(app::parse_settings(defaults) == app::Settings{}, "what is stored takes the place");
}

std::vector<std::string> seeds() {
    app::Settings unusual;
    unusual.name = "Zoë \"Z\"";
    unusual.receive_folder = "/data/下载";
    unusual.last_role = app::LastRole::join;
    unusual.window.theme = ui::ThemeChoice::light;
    unusual.window.language = ui::LanguageChoice::chinese;
    unusual.window.role_tab = ui::RoleTab::join;
    unusual.window.join_target = "[::1]:9";
    unusual.window.rate_limit_down = 5'000'000;
    return {"",
            app::settings_text({}, ""),
            app::settings_text(unusual, "[newer]\nshiny = [1, {a = true}]\n"),
            "name = 7\nport = 70000\nfont_size = 400\ntheme = \"pink\"\nrate_limit_up = -1\n",
            "name = \"Ann\nport = ",
            "\"'\" = 5\n[x.\"a\\tb\"]\n",
            "later = '''\n\nempty\nline first'''\n",
            "room = '''\nmany\nlines'''\nwhen = 1979-05-27T07:32:00Z\nhex = 0xff\nx.y.z = 1e3\n"};
}

}  // namespace

Target settings() { return {"settings", 2048, check, seeds}; }

}  // namespace dropline::fuzz
