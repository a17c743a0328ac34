#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "app/settings.hpp"
#include "app/settings_keeper.hpp"

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
    settings.window.bind_address = "fd00::7";
    settings.window.join_target = "[::1]:9";
    settings.window.rate_limit_up = 5'000'000;
    settings.window.rate_limit_down = 1'000'000'000'000;
    settings.window.window_width = 1200;
    settings.window.window_height = 800;
    return settings;
}

/// Stands between a window and a network that are not there; `on_disk` is what a start after a
/// kill would find.
struct KeptRun {
    explicit KeptRun(const Settings& before = {}) : keeper(before, file, self.id, {}) {}

    void submits(CommandBody body) { keeper.notice(Command{std::move(body), ""}); }
    void hears(EventBody body) { keeper.notice(Event{std::move(body), "", {}}); }
    void joins(const std::string& target) {
        submits(command::Join{target});
        hears(event::Joined{"Studio", self, {}, {}, false, target});
    }
    Settings on_disk() const { return load_settings(file).settings; }

    const TemporaryFolder folder;
    const fs::path file = folder.path() / "settings.toml";
    const Peer self = [] {
        Peer peer;
        peer.id.bytes.fill(7);
        peer.name = "Ann";
        return peer;
    }();
    SettingsKeeper keeper;
};

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

TEST_CASE("D13 damaged settings are put aside, not lost, and the person is told") {
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

TEST_CASE("T32 settings damaged between two stores are kept aside, each under a name of its own") {
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "settings.toml";
    for (const std::string damaged : {"port = ", "= 7", ""}) {
        write(file, damaged);
        REQUIRE(store_settings(file, unusual_settings()));
        CHECK(load_settings(file).settings == unusual_settings());
    }
    std::size_t kept = 0;
    for (const auto& entry : fs::directory_iterator(folder.path())) {
        if (entry.path().filename().string().starts_with("settings.toml.damaged-")) ++kept;
    }
    CHECK(kept == 2);  // an empty file is a good one that says nothing
}

TEST_CASE("T32 settings cut off or with a bit flipped say so and open nothing, or say the same") {
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "settings.toml";
    REQUIRE(store_settings(file, unusual_settings()));
    const std::string whole = content(file);
    int kept_aside = 0;
    int in_doubt = 0;
    const auto check = [&](const std::string& damaged) {
        write(file, damaged);
        const auto loaded = load_settings(file);
        if (!loaded.notice) {
            CHECK(loaded.settings == unusual_settings());
            return;
        }
        CHECK(loaded.settings.last_role == LastRole::none);
        const auto at = loaded.notice->find(file.string() + ".damaged-");
        if (at == std::string::npos) {
            CHECK(content(file) == damaged);
            ++in_doubt;
            return;
        }
        CHECK(loaded.settings == Settings{});
        const std::string aside = loaded.notice->substr(at, loaded.notice->find(';') - at);
        CHECK(content(aside) == damaged);
        REQUIRE(fs::remove(aside));
        ++kept_aside;
    };
    for (std::size_t size = 0; size < whole.size(); ++size) check(whole.substr(0, size));
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        std::string flipped = whole;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        check(flipped);
    }
    CHECK(kept_aside > 100);
    CHECK(in_doubt > 100);
}

TEST_CASE("D13 T32 a key damaged by one bit opens no room by itself, and is named") {
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "settings.toml";
    Settings settings;
    settings.last_role = LastRole::host;
    settings.window.is_invite_only = true;
    settings.window.room_name = "Studio";
    REQUIRE(store_settings(file, settings));
    std::string text = content(file);
    const auto at = text.find("invite_only");
    REQUIRE(at != std::string::npos);
    text[at + 10] = 'x';
    write(file, text);
    const auto loaded = load_settings(file);
    CHECK(loaded.settings.last_role == LastRole::none);
    CHECK(loaded.settings.window.room_name == "Studio");
    REQUIRE(loaded.notice);
    CHECK(loaded.notice->find("'invite_onlx'") != std::string::npos);
    CHECK(content(file) == text);
}

TEST_CASE("settings changed by hand count, and open a room again once the person has opened one") {
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "settings.toml";
    write(file, "room = \"Studio\"\nlast_role = \"host\"\nport = \"9\"\n");
    const auto loaded = load_settings(file);
    CHECK(loaded.settings.window.room_name == "Studio");
    CHECK(loaded.settings.last_role == LastRole::none);
    REQUIRE(loaded.notice);
    CHECK(loaded.notice->find("opened by itself") != std::string::npos);
    CHECK(loaded.notice->find("'port'") != std::string::npos);
    SettingsKeeper keeper(loaded.settings, file, {}, {}, true);
    keeper.notice(Event{event::Peers{}, "", {}});
    // From the first occasion on it says what this run began with: not what was doubted.
    CHECK_FALSE(load_settings(file).notice);
    CHECK(load_settings(file).settings == loaded.settings);
    keeper.notice(Command{command::Host{7788, "", "Studio"}, ""});
    keeper.notice(Event{event::Hosting{"Studio", {}, 7788, "", {}}, "", {}});
    CHECK_FALSE(load_settings(file).notice);
    CHECK(load_settings(file).settings.last_role == LastRole::host);
}

TEST_CASE("a password that only the profile knew of is in the settings once the room is open") {
    KeptRun run;
    run.submits(command::Host{9000, "", "Studio"});
    run.hears(event::Hosting{"Studio", {}, 9000, "", run.self, false, true});
    CHECK(run.on_disk().window.has_password);
}

TEST_CASE("any port that is free is taken for this run, and the usual one the next time") {
    KeptRun run;
    run.submits(command::Host{9000, "", "Studio"});
    run.hears(event::Hosting{"Studio", {}, 9000, "", run.self});
    run.submits(command::Host{0, "", "Attic"});
    run.hears(event::Hosting{"Attic", {}, 41234, "", run.self});
    CHECK(run.on_disk().window.room_name == "Attic");
    CHECK(run.on_disk().window.port == 9000);
}

TEST_CASE("T32 a folder in the settings' place is kept aside with what is in it") {
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "settings.toml";
    fs::create_directory(file);
    write(file / "letter", "dear");
    CHECK(load_settings(file).notice);
    REQUIRE(store_settings(file, unusual_settings()));
    CHECK(load_settings(file).settings == unusual_settings());
    bool is_kept = false;
    for (const auto& entry : fs::directory_iterator(folder.path())) {
        is_kept |= fs::exists(entry.path() / "letter");
    }
    CHECK(is_kept);
}

TEST_CASE("a value of the wrong type or out of range is its default, the others count") {
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "settings.toml";
    write(file,
          "name = 7\nport = 70000\nfont_size = 400\ntheme = \"pink\"\nroom = \"R\"\n"
          "rate_limit_up = -1\nrate_limit_down = \"5M\"\n");
    Settings expected;
    expected.window.room_name = "R";
    CHECK(load_settings(file).settings == expected);
}

TEST_CASE("a name that nobody would take is its default, and the program starts all the same") {
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "settings.toml";
    const std::string name = GENERATE(std::string(300, 'n'), std::string("\u200b"));
    write(file, "name = \"" + name + "\"\nroom = \"R\"\n");
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

TEST_CASE("T32 keys that need quotes come back, whatever they are made of") {
    const std::string text =
        "\"'\" = 5\n\"it's\" = 'here'\n\"a\\tb\" = 0x10\n\"a\\nb\" = [1, {\"'\" = \"'\"}]\n"
        "\"\U000F0000\" = \"\U000F0001'\"\n\"\" = 1\n[x.\"'y'\".z]\nw = 2\n[[\"q'\"]]\nr = 3\n";
    const std::string stored = settings_text({}, text);
    CAPTURE(stored);
    CHECK(parse_settings(stored) == Settings{});
    CHECK(settings_text({}, stored) == stored);
    for (const char* kept :
         {"\"'\" = 5\n", "\"it's\" = ", "\"a\\tb\" = ", "\"a\\nb\" = [ 1, { \"'\" = \"'\" } ]\n",
          "\"\U000F0000\" = \"\U000F0001'\"\n", "[x.\"'y'\".z]\n", "[[\"q'\"]]\n"}) {
        CAPTURE(kept);
        CHECK(stored.find(kept) != std::string::npos);
    }
}

TEST_CASE("settings stand in the profile folder, or where the desktop keeps them") {
    CHECK(settings_file("/p") == "/p/settings.toml");
    ::setenv("XDG_CONFIG_HOME", "/config", 1);
    CHECK(settings_file("") == "/config/dropline/settings.toml");
    ::setenv("XDG_CONFIG_HOME", "relative", 1);
    ::setenv("HOME", "/home/ann", 1);
    CHECK(settings_file("") == "/home/ann/.config/dropline/settings.toml");
}

TEST_CASE("a room that is joined is on the disk at once, with the way to it") {
    KeptRun run;
    run.submits(command::Join{"10.0.0.2:7788"});
    CHECK_FALSE(fs::exists(run.file));
    run.hears(event::Joined{"Studio", run.self, {}, {}, false, "10.0.0.2:7788"});
    CHECK(run.on_disk().last_role == LastRole::join);
    CHECK(run.on_disk().window.join_target == "10.0.0.2:7788");
    CHECK(run.on_disk().window.role_tab == ui::RoleTab::join);
}

TEST_CASE("a room that is opened is on the disk at once, with its name and port") {
    KeptRun run;
    run.submits(command::Host{9000, "", "Studio"});
    run.hears(event::Hosting{"Studio", {}, 9000, "", run.self});
    CHECK(run.on_disk().last_role == LastRole::host);
    CHECK(run.on_disk().window.port == 9000);
    CHECK(run.on_disk().window.room_name == "Studio");
    CHECK(run.on_disk().window.role_tab == ui::RoleTab::host);
}

TEST_CASE("a name that is said for one run is not stored when something else of us changes") {
    KeptRun run;
    Peer muted = run.self;
    muted.name = "Temp";
    muted.is_muted = true;
    run.hears(event::PeerChanged{muted, "Temp"});
    CHECK(run.on_disk().name.empty());
    muted.name = "Anna";
    run.hears(event::PeerChanged{muted, "Temp"});
    CHECK(run.on_disk().name == "Anna");
}

TEST_CASE("a room that was opened on one address alone is so the next time, until it is widened") {
    KeptRun run;
    run.submits(command::Host{9000, "127.0.0.1", "Studio"});
    run.hears(event::Hosting{"Studio", {}, 9000, "", run.self});
    CHECK(run.on_disk().window.bind_address == "127.0.0.1");
    run.submits(command::Host{9000, "", "Studio"});
    run.hears(event::Hosting{"Studio", {}, 9000, "", run.self});
    CHECK(run.on_disk().window.bind_address.empty());
}

TEST_CASE("a room is forgotten when it is left or one is removed, not when it is out of reach") {
    KeptRun run;
    run.joins("a:1");
    run.hears(event::RoleEnded{Fault{FaultCode::disconnected, "The host is away."}});
    CHECK(run.on_disk().last_role == LastRole::join);
    run.hears(event::RoleEnded{});
    CHECK(run.on_disk().last_role == LastRole::none);
    run.joins("a:1");
    CHECK(run.on_disk().last_role == LastRole::join);
    run.hears(event::Kicked{});
    run.hears(event::RoleEnded{Fault{FaultCode::refused, "Removed by the host."}});
    CHECK(run.on_disk().last_role == LastRole::none);
}

TEST_CASE("a room that has banned us is not tried again at the next start") {
    KeptRun run;
    run.joins("a:1");
    run.hears(event::RoleEnded{Fault{FaultCode::banned, "Banned by the host."}});
    CHECK(run.on_disk().last_role == LastRole::none);
}

TEST_CASE("a room that has banned us does not take the place of the one that was joined") {
    KeptRun run;
    run.joins("a:1");
    run.submits(command::Join{"b:1"});
    run.hears(event::RoleEnded{Fault{FaultCode::banned, "Banned by the host."}});
    CHECK(run.on_disk().last_role == LastRole::join);
    CHECK(run.on_disk().window.join_target == "a:1");
}

TEST_CASE("C15 what lets in is never written: of an invite or a password only the address stays") {
    KeptRun run;
    run.submits(command::Join{"10.0.0.2 correct horse battery"});
    run.hears(event::Joined{"Studio", run.self, {}, {}, false, "10.0.0.2:7788"});
    CHECK(run.on_disk().window.join_target == "10.0.0.2:7788");
    command::Host wish{9000, "", "Studio", true};
    wish.password = Secret("correct horse battery");
    run.submits(wish);
    run.hears(event::Hosting{"Studio", {}, 9000, "dropline://join?h=a&k=b&t=SECRET", run.self});
    CHECK(run.on_disk().window.is_invite_only);
    CHECK(run.on_disk().window.has_password);
    std::ifstream file(run.file);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    CHECK(text.find("horse") == std::string::npos);
    CHECK(text.find("SECRET") == std::string::npos);
    CHECK(text.find("invite_only = true") != std::string::npos);
}

TEST_CASE("a target nobody answered at does not take the place of the room that was joined") {
    KeptRun run;
    run.joins("a:1");
    run.submits(command::Join{"b:1"});
    run.hears(event::RoleEnded{Fault{FaultCode::disconnected, "Nobody answers."}});
    CHECK(run.on_disk().window.join_target == "a:1");
}

TEST_CASE(
    "settings that cannot be stored are told once and tried again, at the latest at the end") {
    KeptRun run;
    run.joins("a:1");
    REQUIRE(run.on_disk().last_role == LastRole::join);
    // No file can be made beside it: the folder has become a file.
    const fs::path away = run.folder.path().string() + ".away";
    fs::rename(run.folder.path(), away);
    std::ofstream(run.folder.path()) << "in the way";
    run.submits(command::Host{9000, "", "Studio", true});
    run.hears(event::Hosting{"Studio", {}, 9000, "", run.self});
    const auto failure = run.keeper.take_failure();
    REQUIRE(failure);
    CHECK(failure->sentence.find("could not be stored") != std::string::npos);
    run.keeper.store(run.keeper.settings().window);
    CHECK_FALSE(run.keeper.take_failure());

    fs::remove(run.folder.path());
    fs::rename(away, run.folder.path());
    run.keeper.store(run.keeper.settings().window);
    CHECK(run.on_disk().last_role == LastRole::host);
    CHECK(run.on_disk().window.is_invite_only);
}

TEST_CASE("coming back to the same room again writes nothing") {
    KeptRun run;
    run.joins("a:1");
    REQUIRE(fs::remove(run.file));
    run.hears(event::Joined{"Studio", run.self, {}, {}, false, "a:1"});
    CHECK_FALSE(fs::exists(run.file));
}

TEST_CASE("a new name of one's own is on the disk at once, another's is not") {
    KeptRun run;
    Peer other = run.self;
    other.id.bytes.fill(9);
    run.hears(event::PeerChanged{other, "Bo"});
    CHECK_FALSE(fs::exists(run.file));
    run.hears(event::PeerChanged{run.self, "Bo"});
    CHECK(run.on_disk().name == "Ann");
}

TEST_CASE("a speed limit from the command line is not stored, one from the window is") {
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "settings.toml";
    SettingsKeeper keeper({}, file, {}, {1'000, 0});
    ui::Settings window;
    window.font_size = 20;
    window.rate_limit_up = 1'000;
    keeper.store(window);
    CHECK(load_settings(file).settings.window.font_size == 20);
    CHECK(load_settings(file).settings.window.rate_limit_up == 0);
    window.rate_limit_up = 2'000;
    keeper.store(window);
    CHECK(load_settings(file).settings.window.rate_limit_up == 2'000);
}
