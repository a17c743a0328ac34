#include "net/room/relay_limits.hpp"

#include <catch2/catch_test_macros.hpp>

#include "net/api/limits.hpp"

namespace dropline {
namespace {

PeerId person(char letter) { return *PeerId::from_bytes(std::string(PeerId::size_bytes, letter)); }

TEST_CASE("a member's relayed transfers are eight, whoever is at their other ends, not one more") {
    std::vector<RelayEnds> running;
    for (std::size_t i = 0; i < limits::relay_streams_per_member_max; ++i) {
        const PeerId other = person(static_cast<char>('b' + i));
        CHECK(may_relay_also(running, {person('a'), other}, bulk_budget));
        running.push_back(i % 2 == 0 ? RelayEnds(person('a'), other)
                                     : RelayEnds(other, person('a')));
    }
    CHECK_FALSE(may_relay_also(running, {person('a'), person('z')}, bulk_budget));
    CHECK_FALSE(may_relay_also(running, {person('z'), person('a')}, bulk_budget));
    // E7: that is nobody else's loss.
    CHECK(may_relay_also(running, {person('b'), person('z')}, bulk_budget));
    running.pop_back();
    CHECK(may_relay_also(running, {person('z'), person('a')}, bulk_budget));
}

TEST_CASE("all relayed transfers of a host together are 32 and not one more") {
    std::vector<RelayEnds> running;
    for (std::size_t i = 0; i < limits::relay_streams_max; ++i) {
        const RelayEnds ends(person(static_cast<char>(1 + 2 * i)),
                             person(static_cast<char>(2 + 2 * i)));
        CHECK(may_relay_also(running, ends, bulk_budget));
        running.push_back(ends);
    }
    CHECK_FALSE(may_relay_also(running, {person('\x70'), person('\x71')}, bulk_budget));
}

TEST_CASE("conversations have places of their own, one with everybody in a full room") {
    std::vector<RelayEnds> running;
    for (std::size_t i = 0; i < limits::relay_conversations_per_member_max; ++i) {
        std::string other(PeerId::size_bytes, 'b');
        other.back() = static_cast<char>(i % 256);
        other.front() = static_cast<char>('A' + i / 256);
        const RelayEnds ends(person('a'), *PeerId::from_bytes(other));
        CHECK(may_relay_also(running, ends, conversation_budget));
        running.push_back(ends);
    }
    CHECK_FALSE(may_relay_also(running, {person('a'), person('z')}, conversation_budget));
    // E7: that is nobody else's loss.
    CHECK(may_relay_also(running, {person('y'), person('z')}, conversation_budget));
    while (running.size() < limits::relay_conversations_max) {
        running.emplace_back(person('c'), person('d'));
    }
    CHECK_FALSE(may_relay_also(running, {person('y'), person('z')}, conversation_budget));
}

}  // namespace
}  // namespace dropline
