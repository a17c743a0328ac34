// What one member may ask of their host: at the limit and one above, and none at another's cost.
#include "net/room/member_rates.hpp"

#include <catch2/catch_test_macros.hpp>

#include "net/api/limits.hpp"

namespace dropline {
namespace {

using std::chrono::seconds;

constexpr TimePoint beginning{std::chrono::hours(1)};

int taken_at_once(RateLimit& limit, TimePoint now) {
    int taken = 0;
    while (limit.take(now)) ++taken;
    return taken;
}

PeerId key_of(std::size_t number) {
    PeerId id;
    id.bytes[0] = static_cast<std::uint8_t>(number);
    id.bytes[1] = static_cast<std::uint8_t>(number / 256);
    id.bytes[31] = 1;
    return id;
}

TEST_CASE("history, connections, new names and returns have each a burst and a rate of their own") {
    MemberRates member(beginning);
    CHECK(taken_at_once(member.history, beginning) ==
          static_cast<int>(limits::history_requests_per_second * 2));
    CHECK(taken_at_once(member.streams, beginning) == static_cast<int>(limits::streams_burst));
    CHECK(taken_at_once(member.renames, beginning) == static_cast<int>(limits::renames_burst));
    CHECK(taken_at_once(member.returns, beginning) ==
          static_cast<int>(limits::connections_per_address_burst));
    const TimePoint later = beginning + std::chrono::seconds(5);
    CHECK(taken_at_once(member.history, later) ==
          static_cast<int>(limits::history_requests_per_second * 2));
    CHECK(taken_at_once(member.streams, later) == static_cast<int>(limits::streams_per_second * 5));
    CHECK(taken_at_once(member.renames, later) == 1);
    CHECK(taken_at_once(member.returns, later) == 2);
}

TEST_CASE("E7 what one member has used up is still there for another") {
    MemberRatesBook book;
    const auto flooder = book.of(key_of(1), beginning);
    const auto other = book.of(key_of(2), beginning);
    taken_at_once(flooder->streams, beginning);
    CHECK(other->streams.take(beginning));
    CHECK_FALSE(flooder->streams.take(beginning));
}

TEST_CASE("E7 who comes back on a new connection has what they had left, and no more") {
    MemberRatesBook book;
    taken_at_once(book.of(key_of(1), beginning)->streams, beginning);
    for (std::size_t i = 2; i < 50; ++i) book.of(key_of(i), beginning);
    CHECK_FALSE(book.of(key_of(1), beginning)->streams.take(beginning));
    CHECK(taken_at_once(book.of(key_of(1), beginning + seconds(5))->streams,
                        beginning + seconds(5)) ==
          static_cast<int>(limits::streams_per_second * 5));
}

TEST_CASE("what is full again is forgotten, and what somebody in the room has is not") {
    MemberRatesBook book;
    const auto stays = book.of(key_of(1), beginning);
    taken_at_once(book.of(key_of(2), beginning)->renames, beginning);
    book.of(key_of(3), beginning);
    CHECK(book.count() == 3);
    const auto refilled =
        seconds(static_cast<int>(limits::renames_burst / limits::renames_per_second));
    book.of(key_of(4), beginning + refilled - seconds(1));
    CHECK(book.count() == 3);  // the third had used up nothing
    book.of(key_of(5), beginning + refilled);
    CHECK(book.count() == 2);
    CHECK(book.of(key_of(1), beginning + refilled) == stays);
}

TEST_CASE("E7 any number of keys cannot make a host forget who has used up most") {
    MemberRatesBook book;
    taken_at_once(book.of(key_of(0), beginning)->renames, beginning);
    for (std::size_t i = 1; i <= limits::member_rates_remembered_max + 10; ++i) {
        book.of(key_of(i), beginning)->history.take(beginning);
        CHECK(book.count() <= limits::member_rates_remembered_max);
    }
    CHECK(book.count() == limits::member_rates_remembered_max);
    CHECK_FALSE(book.of(key_of(0), beginning)->renames.take(beginning));
}

}  // namespace
}  // namespace dropline
