#include "ui/enter_gate.hpp"

#include <catch2/catch_test_macros.hpp>

using dropline::ui::EnterGate;
using namespace std::chrono_literals;

namespace {
const EnterGate::Clock::time_point start{};
}

TEST_CASE("an Enter that nothing follows is the person's, a moment later") {
    EnterGate gate;
    gate.hold(start);
    CHECK_FALSE(gate.take(start + 10ms, false));
    CHECK(gate.release_at() == start + EnterGate::hold_max);
    CHECK(gate.take(start + EnterGate::hold_max, false));
    CHECK_FALSE(gate.is_holding());
}

TEST_CASE("an Enter followed by composed text only committed it") {
    EnterGate gate;
    gate.hold(start);
    gate.see_character();
    CHECK_FALSE(gate.take(start + 1s, false));
    CHECK_FALSE(gate.release_at());
}

TEST_CASE("a key pressed after Enter lets it through first") {
    EnterGate gate;
    gate.hold(start);
    CHECK(gate.take(start + 1ms, true));
    CHECK_FALSE(gate.take(start + 2ms, true));
}
