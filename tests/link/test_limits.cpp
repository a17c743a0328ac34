#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "net/api/host_address.hpp"
#include "net/api/limits.hpp"
#include "net/link/address_groups.hpp"
#include "net/link/rate_limit.hpp"
#include "net/link/stranger_limit.hpp"
#include "net/room/candidate_rules.hpp"

namespace dropline {
namespace {

const TimePoint begin{std::chrono::hours(1)};

TEST_CASE("what is given back can be taken again, and never more than the burst") {
    RateLimit rate(2, 1, begin);
    CHECK(rate.take(begin));
    CHECK(rate.take(begin));
    rate.give_back(begin);
    CHECK(rate.take(begin));
    CHECK_FALSE(rate.take(begin));
    for (int i = 0; i < 3; ++i) rate.give_back(begin);
    CHECK(rate.is_full(begin));
    CHECK(rate.take(begin));
    CHECK(rate.take(begin));
    CHECK_FALSE(rate.take(begin));
}

TEST_CASE("a rate allows its burst, refuses one more, and refills with time") {
    RateLimit rate(3, 2, begin);
    CHECK(rate.take(begin));
    CHECK(rate.take(begin));
    CHECK(rate.take(begin));
    CHECK_FALSE(rate.take(begin));
    CHECK(rate.wait(begin) == std::chrono::milliseconds(500));
    CHECK(rate.take(begin + std::chrono::milliseconds(500)));
    CHECK_FALSE(rate.take(begin + std::chrono::milliseconds(500)));
    CHECK(rate.is_full(begin + std::chrono::hours(1)));
}

TEST_CASE("E1 E7 strangers of one address get their places and not one more") {
    StrangerLimit limit;
    const auto address = asio::ip::make_address("192.168.1.9");
    std::vector<StrangerPlace> places;
    for (std::size_t i = 0; i < limits::unadmitted_connections_per_address_max; ++i) {
        auto place = limit.enter(address, begin);
        REQUIRE(place);
        places.push_back(std::move(*place));
    }
    CHECK_FALSE(limit.enter(address, begin));
    CHECK(limit.enter(asio::ip::make_address("192.168.1.10"), begin));
    places.pop_back();
    CHECK(limit.enter(address, begin));
}

TEST_CASE("E1 all strangers together get 64 places and not one more, loopback included") {
    StrangerLimit limit;
    std::vector<StrangerPlace> places;
    for (std::size_t i = 0; i < limits::unadmitted_connections_max; ++i) {
        auto place = limit.enter(asio::ip::make_address("127.0.0.1"), begin);
        REQUIRE(place);
        places.push_back(std::move(*place));
    }
    for (const char* newcomer : {"127.0.0.1", "10.1.2.3"}) {
        auto place = limit.enter(asio::ip::make_address(newcomer), begin);
        REQUIRE(place);
        places.push_back(std::move(*place));
        CHECK(limit.count() == limits::unadmitted_connections_max);
    }
    places.clear();
    CHECK(limit.count() == 0);
    CHECK(limit.enter(asio::ip::make_address("10.1.2.3"), begin));
}

// ---- Who gives way ------------------------------------------------------------------------------

/// The door, and who had to give way at it, in order.
struct DoorForStrangers {
    StrangerLimit limit;
    std::vector<StrangerPlace> places;
    std::vector<std::string> gone;

    bool come(const std::string& address, bool greets = false) {
        auto place = limit.enter(asio::ip::make_address(address), begin);
        if (!place) return false;
        (*place)->on_give_way([this, address] { gone.push_back(address); });
        if (greets) (*place)->note_greeted();
        places.push_back(std::move(*place));
        return true;
    }
    void crowd_of_a_net(const std::string& net, int addresses) {
        for (int i = 1; i <= addresses; ++i) {
            for (std::size_t k = 0; k < limits::unadmitted_connections_per_address_max; ++k) {
                REQUIRE(come(net + std::to_string(i)));
            }
        }
    }
    bool has_lost(const std::string& address) const {
        return std::ranges::find(gone, address) != gone.end();
    }
};

TEST_CASE_METHOD(DoorForStrangers,
                 "E1 sixteen silent addresses of one network cannot hold the door") {
    crowd_of_a_net("10.9.0.", 16);
    CHECK(come("10.9.0.99"));
    CHECK(gone == std::vector<std::string>{"10.9.0.1"});
    CHECK(come("10.9.0.98"));
    CHECK(come("192.168.7.7"));
    CHECK(limit.count() == limits::unadmitted_connections_max);
    CHECK_FALSE(has_lost("10.9.0.99"));
    CHECK_FALSE(has_lost("10.9.0.98"));
}

TEST_CASE_METHOD(DoorForStrangers,
                 "E7 who comes alone keeps their place however long the crowd goes on") {
    crowd_of_a_net("10.9.0.", 15);
    REQUIRE(come("10.9.0.200"));
    REQUIRE(come("192.168.7.7"));
    REQUIRE(come("192.168.7.8", true));
    for (int i = 16; i <= 60; ++i) {
        for (int k = 0; k < 2; ++k) REQUIRE(come("10.9.0." + std::to_string(i)));
    }
    CHECK_FALSE(has_lost("10.9.0.200"));
    CHECK_FALSE(has_lost("192.168.7.7"));
    CHECK_FALSE(has_lost("192.168.7.8"));
}

TEST_CASE_METHOD(DoorForStrangers,
                 "E7 one local process with silent connections keeps nobody out") {
    for (std::size_t i = 0; i < limits::unadmitted_connections_max; ++i) REQUIRE(come("127.0.0.1"));
    CHECK(come("10.1.2.3"));
    CHECK(come("127.0.0.1", true));  // who does more than to be silent stays longer
    for (std::size_t i = 0; i < 3 * limits::unadmitted_connections_max; ++i) {
        REQUIRE(come("::1"));
    }
    CHECK_FALSE(has_lost("10.1.2.3"));
    CHECK(std::ranges::count(gone, "127.0.0.1") ==
          static_cast<std::ptrdiff_t>(limits::unadmitted_connections_max));
}

TEST_CASE_METHOD(DoorForStrangers,
                 "who has given way is told once, also when told how only afterwards") {
    crowd_of_a_net("10.9.0.", 16);
    places.front()->on_give_way({});
    REQUIRE(come("10.9.0.99"));
    CHECK(gone.empty());
    int told = 0;
    places.front()->on_give_way([&told] { ++told; });
    places.front()->on_give_way([&told] { ++told; });
    CHECK(told == 2);  // each owner of the connection for itself
    places.front().reset();
    CHECK(limit.count() == limits::unadmitted_connections_max);
}

TEST_CASE("a place may outlive its door") {
    StrangerPlace place;
    {
        StrangerLimit limit;
        place = *limit.enter(asio::ip::make_address("10.1.2.3"), begin);
    }
    place->give_rate_back(begin);
    CHECK(place.use_count() == 1);
    place.reset();
}

TEST_CASE("E7 any number of addresses cannot make a host refuse one more") {
    StrangerLimit limit;
    for (std::size_t i = 0; i < limits::addresses_remembered_max + 100; ++i) {
        const std::string address =
            "10.1." + std::to_string(i / 256) + "." + std::to_string(i % 256);
        CHECK(limit.enter(asio::ip::make_address(address), begin));
    }
    const auto busy = asio::ip::make_address("10.200.0.1");
    for (double i = 0; i < limits::connections_per_address_burst; ++i) limit.enter(busy, begin);
    for (int i = 0; i < 300; ++i) {
        limit.enter(asio::ip::make_address("10.2.2." + std::to_string(i % 256)), begin);
    }
    CHECK_FALSE(limit.enter(busy, begin));  // who has used up most is forgotten last
}

// ---- What is one address ------------------------------------------------------------------------

TEST_CASE("an IPv6 address of our own network is one by itself, elsewhere a /64 is one") {
    const auto own = [] {
        return std::vector{asio::ip::make_address("2001:db8:7:7::1"),
                           asio::ip::make_address("192.168.1.1")};
    };
    const auto is_one = [&](const char* a, const char* b) {
        return groups_of(asio::ip::make_address(a), own).address ==
               groups_of(asio::ip::make_address(b), own).address;
    };
    CHECK_FALSE(is_one("fe80::2", "fe80::3"));
    CHECK_FALSE(is_one("fd00::2", "fd00::3"));
    CHECK_FALSE(is_one("2001:db8:7:7::2", "2001:db8:7:7::3"));
    CHECK(is_one("2001:db8:7:8::2", "2001:db8:7:8::3"));
    CHECK_FALSE(is_one("2001:db8:7:8::2", "2001:db8:7:9::2"));
    CHECK(is_one("::ffff:10.0.0.1", "10.0.0.1"));
    CHECK(is_one("127.0.0.1", "::1"));
    CHECK_FALSE(is_one("10.0.0.1", "10.0.0.2"));
}

TEST_CASE("a network is a /24, the /64 of neighbours, the /48 of others") {
    const auto is_one = [](const char* a, const char* b) {
        return groups_of(asio::ip::make_address(a), {}).network ==
               groups_of(asio::ip::make_address(b), {}).network;
    };
    CHECK(is_one("10.0.0.1", "10.0.0.254"));
    CHECK_FALSE(is_one("10.0.0.1", "10.0.1.1"));
    CHECK(is_one("fd00::2", "fd00::3"));
    CHECK_FALSE(is_one("fd00::2", "fd00:0:0:1::2"));
    CHECK(is_one("2001:db8:7:8::2", "2001:db8:7:9::2"));
    CHECK_FALSE(is_one("2001:db8:7:8::2", "2001:db8:8:8::2"));
}

TEST_CASE("E7 a neighbour's four silent connections keep no other neighbour out") {
    StrangerLimit limit;
    std::vector<StrangerPlace> places;
    for (std::size_t i = 0; i < limits::unadmitted_connections_per_address_max; ++i) {
        places.push_back(*limit.enter(asio::ip::make_address("fd00::2"), begin));
    }
    CHECK_FALSE(limit.enter(asio::ip::make_address("fd00::2"), begin));
    CHECK(limit.enter(asio::ip::make_address("fd00::3"), begin));
}

TEST_CASE(
    "E1 E13 one address may knock twenty times, then every two seconds; one IPv6 /64 is one") {
    StrangerLimit limit;
    for (int i = 0; i < 20; ++i) {
        const auto address = asio::ip::make_address("2001:db8::" + std::to_string(i + 1));
        CHECK(limit.enter(address, begin));
    }
    CHECK_FALSE(limit.enter(asio::ip::make_address("2001:db8::99"), begin));
    CHECK(limit.enter(asio::ip::make_address("2001:db8::99"), begin + std::chrono::seconds(2)));
    CHECK(limit.enter(asio::ip::make_address("2001:db8:0:1::1"), begin));
}

TEST_CASE("who turns out to be no stranger costs their address nothing, each of them once") {
    StrangerLimit limit;
    const auto address = asio::ip::make_address("10.1.2.3");
    for (int i = 0; i < 100; ++i) {
        const auto place = limit.enter(address, begin);
        REQUIRE(place);
        (*place)->give_rate_back(begin);
    }
    for (int i = 0; i < 19; ++i) REQUIRE(limit.enter(address, begin));
    const auto last = limit.enter(address, begin);
    REQUIRE(last);
    CHECK_FALSE(limit.enter(address, begin));
    (*last)->give_rate_back(begin);
    (*last)->give_rate_back(begin);
    CHECK(limit.enter(address, begin));
    CHECK_FALSE(limit.enter(address, begin));
}

/// A door at which some connections of 10.1.2.3 are expected.
struct Expecting {
    const asio::ip::address busy = asio::ip::make_address("10.1.2.3");
    std::size_t expected = 0;
    StrangerLimit limit{{}, [this](const std::string& address) {
                            if (address != "10.1.2.3" || expected == 0) return false;
                            --expected;
                            return true;
                        }};
    std::vector<StrangerPlace> places;

    bool comes(const asio::ip::address& from) {
        auto place = limit.enter(from, begin);
        if (!place) return false;
        places.push_back(std::move(*place));
        return true;
    }
};

TEST_CASE_METHOD(Expecting, "E7 who is expected comes in where strangers have no place left") {
    for (std::size_t i = 0; i < limits::unadmitted_connections_per_address_max; ++i) {
        CHECK(comes(busy));
    }
    CHECK_FALSE(comes(busy));
    expected = 3;
    for (int i = 0; i < 3; ++i) CHECK(comes(busy));
    CHECK_FALSE(comes(busy));
    const auto other = asio::ip::make_address("10.1.2.4");
    for (std::size_t i = 0; i < limits::unadmitted_connections_per_address_max; ++i) {
        CHECK(comes(other));
    }
    CHECK_FALSE(comes(other));
}

TEST_CASE_METHOD(Expecting, "E7 who is expected comes in where too many strangers have come") {
    for (double i = 0; i < limits::connections_per_address_burst; ++i) limit.enter(busy, begin);
    CHECK_FALSE(comes(busy));
    expected = 2;
    CHECK(comes(busy));
    CHECK(comes(busy));
    CHECK_FALSE(comes(busy));
    // They have taken nothing of the rate that they could give back.
    for (const auto& place : places) place->give_rate_back(begin);
    CHECK_FALSE(comes(busy));
}

TEST_CASE("C20 only near addresses with high ports are dialled, at most eight, each once") {
    const std::vector<asio::ip::address> own = {asio::ip::make_address("203.0.113.7")};
    const auto dialled = [&](std::vector<std::string> named, bool loopback = false) {
        return dialable(named, own, loopback).size();
    };
    CHECK(dialled({"8.8.8.8:4430"}) == 0);
    CHECK(dialled({"127.0.0.1:22"}, true) == 0);
    CHECK(dialled({"127.0.0.1:4022"}, false) == 0);
    CHECK(dialled({"127.0.0.1:4022"}, true) == 1);
    CHECK(dialled({"10.0.0.1:25"}) == 0);
    CHECK(dialled({"10.0.0.1:1023", "10.0.0.1:1024"}) == 1);
    CHECK(dialled({"203.0.113.200:5000"}) == 1);
    CHECK(dialled({"203.0.114.200:5000"}) == 0);
    CHECK(dialled({"[fd12::1]:5000", "[fe80::1]:5000", "[2001:db8::1]:5000"}) == 2);
    CHECK(dialled({"0.0.0.0:5000", "224.0.0.1:5000", "example.org:5000", "", "10.0.0.1"}) == 0);
    CHECK(dialled({"10.0.0.1:5000", "10.0.0.1:5000"}) == 1);
    std::vector<std::string> many;
    for (int i = 1; i <= 200; ++i) {
        many.push_back("10.0.0." + std::to_string(i) + ":5000");
        CHECK(dialled(many) == std::min(many.size(), limits::candidates_max));
    }
}

TEST_CASE("a target is a host, a host with a port, or an IPv6 address in brackets") {
    CHECK(parse_host_address("192.168.1.2")->text() == "192.168.1.2:7788");
    CHECK(parse_host_address(" Anna-PC:9000 ")->text() == "anna-pc:9000");
    CHECK(parse_host_address("[fd00::1]:9000")->text() == "[fd00::1]:9000");
    CHECK(parse_host_address("[::1]")->port == default_port);
    CHECK(parse_host_address("fd00::1")->host == "fd00::1");
    for (const char* wrong : {"", "  ", ":9000", "host:", "host:0", "host:65536", "host:x", "[::1",
                              "[::1]9000", "a b", "http://x/y"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_host_address(wrong));
    }
}

}  // namespace
}  // namespace dropline
