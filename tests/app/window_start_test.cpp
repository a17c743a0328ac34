#include "app/window_start.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

using namespace dropline;
using namespace dropline::app;

namespace {

Settings guarded_room() {
    Settings settings;
    settings.window.port = 9000;
    settings.window.bind_address = "10.0.0.5";
    settings.window.room_name = "Studio";
    settings.window.is_invite_only = true;
    settings.window.has_password = true;
    return settings;
}

command::Host room_of(const std::vector<std::string>& arguments, const Settings& settings) {
    const auto run = std::get<WindowRun>(parse_arguments(arguments).run);
    return std::get<command::Host>(start_of(run, settings));
}

}  // namespace

TEST_CASE("a room opened by `host` is as the window kept it where nothing else is said") {
    const Settings kept = guarded_room();
    const auto room = room_of({"host"}, kept);
    CHECK(room.port == 9000);
    CHECK(room.bind_address == "10.0.0.5");
    CHECK(room.room_name == "Studio");
    CHECK(room.is_invite_only);
    CHECK(room.keeps_password);
    CHECK(fields_of(kept.window, room) == kept.window);
}

TEST_CASE("what `host` says goes before what the window kept, and is there the next time") {
    const Settings kept = guarded_room();
    const auto room =
        room_of({"host", "--port", "0", "--bind", "127.0.0.1", "--room", "Lab"}, kept);
    CHECK(room.port == 0);
    CHECK(room.bind_address == "127.0.0.1");
    CHECK(room.room_name == "Lab");
    CHECK(room.is_invite_only);
    CHECK(fields_of(kept.window, room).room_name == "Lab");
    CHECK(fields_of(kept.window, room).bind_address == "127.0.0.1");
}

TEST_CASE("a room of which the window knows no password keeps one that the profile knows") {
    const auto room = room_of({"host", "--invite-only"}, {});
    CHECK(room.is_invite_only);
    CHECK_FALSE(room.keeps_password);
    CHECK(room.keeps_password_if_any);
}

TEST_CASE("a new password takes the place of the one that was kept") {
    WindowRun run{HostWish{}, ""};
    std::get<HostWish>(run.start).password = Secret("correct horse battery");
    const auto room = std::get<command::Host>(start_of(run, guarded_room()));
    CHECK(room.password);
    CHECK_FALSE(room.keeps_password);
    CHECK_FALSE(room.keeps_password_if_any);
}

TEST_CASE("without a verb the window begins with the role and the room of last time") {
    Settings settings = guarded_room();
    CHECK(std::holds_alternative<std::monostate>(start_of({}, settings)));
    settings.last_role = LastRole::host;
    CHECK(std::get<command::Host>(start_of({}, settings)).bind_address == "10.0.0.5");
    settings.window.join_target = "10.0.0.2:7788";
    settings.last_role = LastRole::join;
    CHECK(std::get<command::Join>(start_of({}, settings)).target.view() == "10.0.0.2:7788");
}
