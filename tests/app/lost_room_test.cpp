#include "app/lost_room.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/app/sample_events.hpp"

using namespace dropline;
using namespace dropline::app;
using namespace std::chrono_literals;

namespace {

const SteadyTime begin{1h};

Event joined() { return event_of(event::Joined{"Studio", ann(), ann(), {ann()}, false}); }
Event lost() { return event_of(event::Disconnected{"The host closed the room.", 1, 500ms}); }

}  // namespace

TEST_CASE("a host that is out of reach is waited for a minute, however often it is tried") {
    LostRoom room;
    room.notice(joined(), begin);
    CHECK_FALSE(room.gives_up_at());
    room.notice(lost(), begin + 10s);
    CHECK(room.gives_up_at() == begin + 70s);
    room.notice(event_of(event::Connecting{"10.0.0.1:7788", "", 2}), begin + 11s);
    room.notice(lost(), begin + 40s);
    CHECK(room.gives_up_at() == begin + 70s);
}

TEST_CASE("a host that is back has a whole minute the next time") {
    LostRoom room;
    room.notice(joined(), begin);
    room.notice(lost(), begin + 10s);
    room.notice(joined(), begin + 69s);
    CHECK_FALSE(room.gives_up_at());
    room.notice(lost(), begin + 100s);
    CHECK(room.gives_up_at() == begin + 160s);
}
