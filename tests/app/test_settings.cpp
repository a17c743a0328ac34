#include <catch2/catch_test_macros.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "app/settings.hpp"

using namespace dropline;
using namespace dropline::app;
namespace fs = std::filesystem;

namespace {

class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string name = (fs::temp_directory_path() / "dropline-settings-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

void write(const fs::path& file, const std::string& text) {
    std::ofstream(file, std::ios::binary) << text;
}

std::string content(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

Settings unusual_settings() {
    Settings settings;
    settings.name = "Zoë \"Z\"";
    settings.receive_folder = "/data/下载";
    settings.last_role = LastRole::join;
    settings.window.theme = ui::ThemeChoice::light;
    settings.window.language = ui::LanguageChoice::chinese;
    settings.window.font_size = 20;
    settings.window.role_tab = ui::RoleTab::join;
    settings.window.room_name = "房间";
    settings.window.port = 9;
    settings.window.join_target = "[::1]:9";
    settings.window.window_width = 1200;
    settings.window.window_height = 800;
    return settings;
}

}  // namespace

TEST_CASE("settings come back as they were stored, readable only by their owner") {
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "made" / "settings.toml";
    REQUIRE(store_settings(file, unusual_settings()));
    CHECK(load_settings(file).settings == unusual_settings());
    CHECK_FALSE(load_settings(file).notice);
    CHECK(fs::status(file).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    CHECK(fs::status(file.parent_path()).permissions() == fs::perms::owner_all);
}

TEST_CASE("a missing settings file means defaults and no word about it") {
    const TemporaryFolder folder;
    const auto loaded = load_settings(folder.path() / "settings.toml");
    CHECK(loaded.settings == Settings{});
    CHECK_FALSE(loaded.notice);
}

TEST_CASE("damaged settings are put aside, not lost, and the person is told") {
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "settings.toml";
    write(file, "name = \"Ann\nport = ");
    const auto loaded = load_settings(file);
    CHECK(loaded.settings == Settings{});
    REQUIRE(loaded.notice);
    CHECK_FALSE(fs::exists(file));
    std::size_t kept = 0;
    for (const auto& entry : fs::directory_iterator(folder.path())) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with("settings.toml.damaged-")) continue;
        CHECK(content(entry.path()) == "name = \"Ann\nport = ");
        CHECK(loaded.notice->find(name) != std::string::npos);
        ++kept;
    }
    CHECK(kept == 1);
    REQUIRE(store_settings(file, unusual_settings()));
    CHECK(load_settings(file).settings == unusual_settings());
}

TEST_CASE("a value of the wrong type or out of range is its default, the others count") {
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "settings.toml";
    write(file, "name = 7\nport = 70000\nfont_size = 400\ntheme = \"pink\"\nroom = \"R\"\n");
    Settings expected;
    expected.window.room_name = "R";
    CHECK(load_settings(file).settings == expected);
}

TEST_CASE("keys of a newer version survive a store") {
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "settings.toml";
    write(file, "port = 1\n[newer]\nshiny = true\n");
    REQUIRE(store_settings(file, unusual_settings()));
    CHECK(content(file).find("shiny = true") != std::string::npos);
    CHECK(load_settings(file).settings == unusual_settings());
}

TEST_CASE("settings stand in the profile folder, or where the desktop keeps them") {
    CHECK(settings_file("/p") == "/p/settings.toml");
    ::setenv("XDG_CONFIG_HOME", "/config", 1);
    CHECK(settings_file("") == "/config/dropline/settings.toml");
    ::setenv("XDG_CONFIG_HOME", "relative", 1);
    ::setenv("HOME", "/home/ann", 1);
    CHECK(settings_file("") == "/home/ann/.config/dropline/settings.toml");
}
