// What one member may ask of his host: at the limit and one above, and none at another's cost.
#include <catch2/catch_test_macros.hpp>

#include "net/api/limits.hpp"
#include "net/room/host_members.hpp"

namespace dropline {
namespace {

constexpr TimePoint start{std::chrono::hours(1)};

int taken_at_once(RateLimit& limit, TimePoint now) {
    int taken = 0;
    while (limit.take(now)) ++taken;
    return taken;
}

TEST_CASE("history, connections and new names have each a burst and a rate of their own") {
    HostedMember member(Peer{}, 0, {}, start);
    CHECK(taken_at_once(member.history, start) ==
          static_cast<int>(limits::history_requests_per_second * 2));
    CHECK(taken_at_once(member.streams, start) == static_cast<int>(limits::streams_burst));
    CHECK(taken_at_once(member.renames, start) == static_cast<int>(limits::renames_burst));
    const TimePoint later = start + std::chrono::seconds(5);
    CHECK(taken_at_once(member.history, later) ==
          static_cast<int>(limits::history_requests_per_second * 2));
    CHECK(taken_at_once(member.streams, later) == static_cast<int>(limits::streams_per_second * 5));
    CHECK(taken_at_once(member.renames, later) == 1);
}

TEST_CASE("E7 what one member has used up is still there for another") {
    HostedMember flooder(Peer{}, 0, {}, start);
    HostedMember other(Peer{}, 0, {}, start);
    taken_at_once(flooder.streams, start);
    CHECK(other.streams.take(start));
    CHECK_FALSE(flooder.streams.take(start));
}

}  // namespace
}  // namespace dropline
