// How often one member may speak: at the limit and one above.
#include "net/room/chat_turn.hpp"

#include <catch2/catch_test_macros.hpp>

#include "net/api/limits.hpp"

namespace dropline {
namespace {

using Verdict = ChatTurn::Verdict;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint start{std::chrono::hours(1)};
constexpr int burst = static_cast<int>(limits::chat_burst_messages);

MessageId message(int number) {
    MessageId id;
    id.bytes[0] = static_cast<std::uint8_t>(number);
    id.bytes[1] = static_cast<std::uint8_t>(number / 256);
    id.bytes[15] = 1;
    return id;
}

/// Says that many different things at once, and how many of them were taken.
int taken_at_once(ChatTurn& turn, int count, TimePoint now) {
    int taken = 0;
    for (int i = 0; i < count; ++i) {
        taken += turn.ask(message(i), now).verdict == Verdict::speak ? 1 : 0;
    }
    return taken;
}

TEST_CASE("a burst is taken to its last message, and the one above it waits") {
    ChatTurn turn(start);
    CHECK(taken_at_once(turn, burst, start) == burst);
    const auto above = turn.ask(message(burst), start);
    CHECK(above.verdict == Verdict::wait);
    CHECK(above.wait == milliseconds(static_cast<int>(1000 / limits::chat_messages_per_second)));
    CHECK(turn.ask(message(burst), start + above.wait).verdict == Verdict::speak);
}

TEST_CASE("after a burst so many a second are taken, and not one more") {
    ChatTurn turn(start);
    taken_at_once(turn, burst, start);
    const int a_second = static_cast<int>(limits::chat_messages_per_second);
    CHECK(taken_at_once(turn, a_second, start + seconds(1)) == a_second);
    CHECK(turn.ask(message(1000), start + seconds(1)).verdict == Verdict::wait);
}

TEST_CASE("a hundred refusals in ten seconds are borne, and the next one ends it") {
    ChatTurn turn(start);
    taken_at_once(turn, burst, start);
    for (std::uint32_t i = 0; i < limits::chat_refused_per_10_s_max; ++i) {
        CHECK(turn.ask(message(2000), start).verdict == Verdict::wait);
    }
    CHECK(turn.ask(message(2000), start).verdict == Verdict::flood);
}

TEST_CASE("what comes after a refused message waits until that one was said again") {
    ChatTurn turn(start);
    taken_at_once(turn, burst, start);
    const auto refused = turn.ask(message(500), start);
    const TimePoint later = start + refused.wait;
    CHECK(turn.ask(message(501), later).verdict == Verdict::wait);
    CHECK(turn.ask(message(500), later).verdict == Verdict::speak);
    CHECK(turn.ask(message(501), later + refused.wait).verdict == Verdict::speak);
}

TEST_CASE("on a new connection nothing is awaited, and nothing is given back") {
    ChatTurn turn(start);
    taken_at_once(turn, burst, start);
    const auto refused = turn.ask(message(500), start);
    turn.begin_session();
    CHECK(turn.ask(message(501), start).verdict == Verdict::wait);
    turn.begin_session();
    CHECK(turn.ask(message(502), start + refused.wait).verdict == Verdict::speak);
}

TEST_CASE("a turn is full again when its burst is back and its refusals are forgotten") {
    ChatTurn turn(start);
    CHECK(turn.full_at() == start);
    taken_at_once(turn, burst, start);
    CHECK(turn.full_at() ==
          start + seconds(burst) / static_cast<int>(limits::chat_messages_per_second));
    for (std::uint32_t i = 0; i < limits::chat_refused_per_10_s_max; ++i) {
        turn.ask(message(2000), start);
    }
    CHECK(turn.full_at() == start + seconds(10));
}

TEST_CASE("E7 one who floods the room takes nothing from another") {
    ChatTurn flooder(start);
    ChatTurn other(start);
    while (flooder.ask(message(1), start).verdict != Verdict::flood) {
    }
    CHECK(taken_at_once(other, burst, start) == burst);
}

}  // namespace
}  // namespace dropline
