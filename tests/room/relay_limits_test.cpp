#include "net/room/relay_limits.hpp"

#include <catch2/catch_test_macros.hpp>

#include "net/api/limits.hpp"

namespace dropline {
namespace {

PeerId person(char letter) { return *PeerId::from_bytes(std::string(PeerId::size_bytes, letter)); }

TEST_CASE("a member's relayed streams are ten, whoever is at their other ends, and not one more") {
    std::vector<RelayEnds> running;
    for (std::size_t i = 0; i < limits::relay_streams_per_member_max; ++i) {
        const PeerId other = person(static_cast<char>('b' + i));
        CHECK(may_relay_also(running, {person('a'), other}));
        running.push_back(i % 2 == 0 ? RelayEnds(person('a'), other)
                                     : RelayEnds(other, person('a')));
    }
    CHECK_FALSE(may_relay_also(running, {person('a'), person('z')}));
    CHECK_FALSE(may_relay_also(running, {person('z'), person('a')}));
    // E7: that is nobody else's loss.
    CHECK(may_relay_also(running, {person('b'), person('z')}));
    running.pop_back();
    CHECK(may_relay_also(running, {person('z'), person('a')}));
}

TEST_CASE("all relayed streams of a host together are 32 and not one more") {
    std::vector<RelayEnds> running;
    for (std::size_t i = 0; i < limits::relay_streams_max; ++i) {
        const RelayEnds ends(person(static_cast<char>(1 + 2 * i)),
                             person(static_cast<char>(2 + 2 * i)));
        CHECK(may_relay_also(running, ends));
        running.push_back(ends);
    }
    CHECK_FALSE(may_relay_also(running, {person('\x70'), person('\x71')}));
}

}  // namespace
}  // namespace dropline
