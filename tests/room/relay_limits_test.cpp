#include "net/room/relay_limits.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

#include "net/api/limits.hpp"

namespace dropline {
namespace {

/// As many streams as this one asks for, each of somebody else.
std::vector<RelayEnds> asked_by(const std::string& asker, std::size_t count) {
    std::vector<RelayEnds> streams;
    for (std::size_t i = 0; i < count; ++i) {
        streams.push_back({asker, asker + " asks " + std::to_string(i)});
    }
    return streams;
}

void check_limits(const RelayBudget& budget) {
    std::vector<RelayEnds> running;
    for (const RelayEnds& ends : asked_by("a", budget.asked)) {
        CHECK(may_relay_also(running, ends, budget));
        running.push_back(ends);
    }
    CHECK_FALSE(may_relay_also(running, {"a", "z"}, budget));
    // E7: that is nobody else's loss, and even "a" may still be asked.
    CHECK(may_relay_also(running, {"y", "z"}, budget));
    while (running.size() < budget.at_an_end) {
        const RelayEnds ends{"somebody " + std::to_string(running.size()), "a"};
        CHECK(may_relay_also(running, ends, budget));
        running.push_back(ends);
    }
    CHECK_FALSE(may_relay_also(running, {"y", "a"}, budget));
    CHECK(may_relay_also(running, {"y", "z"}, budget));
    while (running.size() < budget.in_all) {
        const std::string number = std::to_string(running.size());
        const RelayEnds ends{"one " + number, "other " + number};
        CHECK(may_relay_also(running, ends, budget));
        running.push_back(ends);
    }
    CHECK_FALSE(may_relay_also(running, {"y", "z"}, budget));
}

TEST_CASE("relayed transfers are 8 at the wish of one, 16 that one has a part in, 32 in all") {
    CHECK(bulk_budget.asked == 8);
    CHECK(bulk_budget.at_an_end == 16);
    CHECK(bulk_budget.in_all == 32);
    check_limits(bulk_budget);
}

TEST_CASE("conversations have places of their own, one with everybody in a full room") {
    CHECK(conversation_budget.asked == limits::members_default_max);
    check_limits(conversation_budget);
}

TEST_CASE("what one asks of another leaves that one as many of its own") {
    for (const RelayBudget& budget : {bulk_budget, conversation_budget}) {
        const std::vector<RelayEnds> running(budget.asked, RelayEnds{"mallory", "bob"});
        CHECK(may_relay_also(running, {"bob", "chen"}, budget));
        CHECK(may_relay_also(running, {"chen", "bob"}, budget));
    }
}

}  // namespace
}  // namespace dropline
