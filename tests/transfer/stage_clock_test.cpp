#include "net/transfer/stage_clock.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace dropline;
using namespace std::chrono_literals;

namespace {

/// A clock that has begun, and a second in which the stages waited so long.
struct OneSecond {
    StageClock clock;
    StageClock::TimePoint begin{1000s};

    OneSecond() { REQUIRE_FALSE(clock.judge(begin, {}, Bottleneck::unknown)); }
    std::optional<Bottleneck> judge(const StageWaits& waits,
                                    Bottleneck other_side = Bottleneck::unknown) {
        return clock.judge(begin + 1s, waits, other_side);
    }
};

}  // namespace

TEST_CASE("A verdict comes once a second and not before") {
    StageClock clock;
    const StageClock::TimePoint begin{1000s};
    CHECK_FALSE(clock.judge(begin, {}, Bottleneck::unknown));
    CHECK_FALSE(clock.judge(begin + 999ms, {}, Bottleneck::unknown));
    CHECK(clock.judge(begin + 1s, {}, Bottleneck::unknown));
    CHECK_FALSE(clock.judge(begin + 1999ms, {}, Bottleneck::unknown));
    CHECK(clock.judge(begin + 2s, {}, Bottleneck::unknown));
}

TEST_CASE("Each stage is named by the one that waits for it") {
    CHECK(OneSecond().judge({}) == Bottleneck::sender_encryption);
    CHECK(OneSecond().judge({.for_source = 900ms}) == Bottleneck::sender_disk);
    CHECK(OneSecond().judge({.for_other_side = 900ms}) == Bottleneck::network);
    CHECK(OneSecond().judge({.for_target = 900ms}) == Bottleneck::receiver_disk);
    CHECK(OneSecond().judge({.for_limit = 900ms}) == Bottleneck::rate_limit);
}

TEST_CASE("What every transfer costs anyway names nobody") {
    CHECK(OneSecond().judge({599ms, 299ms, 599ms, 299ms}) == Bottleneck::sender_encryption);
    CHECK(OneSecond().judge({.for_source = 600ms}) == Bottleneck::sender_disk);
    CHECK(OneSecond().judge({.for_target = 600ms}) == Bottleneck::receiver_disk);
    CHECK(OneSecond().judge({.for_other_side = 300ms}) == Bottleneck::network);
}

TEST_CASE("The user's own limit is named first: it is what the user can change") {
    CHECK(OneSecond().judge({700ms, 500ms, 700ms, 500ms}) == Bottleneck::rate_limit);
}

TEST_CASE("A receiver that says what it waits for is believed rather than the network blamed") {
    const StageWaits blocked{.for_other_side = 900ms};
    CHECK(OneSecond().judge(blocked, Bottleneck::receiver_disk) == Bottleneck::receiver_disk);
    CHECK(OneSecond().judge(blocked, Bottleneck::rate_limit) == Bottleneck::rate_limit);
    CHECK(OneSecond().judge({}, Bottleneck::receiver_disk) == Bottleneck::sender_encryption);
}

TEST_CASE("A verdict is about the last second, not about everything before it") {
    OneSecond second;
    CHECK(second.judge({.for_source = 900ms}) == Bottleneck::sender_disk);
    CHECK(second.clock.judge(second.begin + 2s, {.for_source = 900ms}, Bottleneck::unknown) ==
          Bottleneck::sender_encryption);
    CHECK(second.clock.judge(second.begin + 3s, {.for_source = 900ms, .for_target = 700ms},
                             Bottleneck::unknown) == Bottleneck::receiver_disk);
}
