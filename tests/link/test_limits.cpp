#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

#include "net/api/host_address.hpp"
#include "net/api/limits.hpp"
#include "net/link/rate_limit.hpp"
#include "net/link/stranger_limit.hpp"
#include "net/room/candidate_rules.hpp"

namespace dropline {
namespace {

const TimePoint start{std::chrono::hours(1)};

TEST_CASE("a rate allows its burst, refuses one more, and refills with time") {
    RateLimit rate(3, 2, start);
    CHECK(rate.take(start));
    CHECK(rate.take(start));
    CHECK(rate.take(start));
    CHECK_FALSE(rate.take(start));
    CHECK(rate.wait(start) == std::chrono::milliseconds(500));
    CHECK(rate.take(start + std::chrono::milliseconds(500)));
    CHECK_FALSE(rate.take(start + std::chrono::milliseconds(500)));
    CHECK(rate.is_full(start + std::chrono::hours(1)));
}

TEST_CASE("strangers of one address get their places and not one more") {
    StrangerLimit limit;
    const auto address = asio::ip::make_address("192.168.1.9");
    std::vector<StrangerPlace> places;
    for (std::size_t i = 0; i < limits::unadmitted_connections_per_address_max; ++i) {
        auto place = limit.enter(address, start);
        REQUIRE(place);
        places.push_back(std::move(*place));
    }
    CHECK_FALSE(limit.enter(address, start));
    CHECK(limit.enter(asio::ip::make_address("192.168.1.10"), start));
    places.pop_back();
    CHECK(limit.enter(address, start));
}

TEST_CASE("all strangers together get 64 places and not one more, loopback included") {
    StrangerLimit limit;
    std::vector<StrangerPlace> places;
    for (std::size_t i = 0; i < limits::unadmitted_connections_max; ++i) {
        auto place = limit.enter(asio::ip::make_address("127.0.0.1"), start);
        REQUIRE(place);
        places.push_back(std::move(*place));
    }
    CHECK_FALSE(limit.enter(asio::ip::make_address("127.0.0.1"), start));
    CHECK_FALSE(limit.enter(asio::ip::make_address("10.1.2.3"), start));
    places.clear();
    CHECK(limit.count() == 0);
    CHECK(limit.enter(asio::ip::make_address("10.1.2.3"), start));
}

TEST_CASE("one address may knock twenty times, then every two seconds; one IPv6 /64 is one") {
    StrangerLimit limit;
    for (int i = 0; i < 20; ++i) {
        const auto address = asio::ip::make_address("2001:db8::" + std::to_string(i + 1));
        CHECK(limit.enter(address, start));
    }
    CHECK_FALSE(limit.enter(asio::ip::make_address("2001:db8::99"), start));
    CHECK(limit.enter(asio::ip::make_address("2001:db8::99"), start + std::chrono::seconds(2)));
    CHECK(limit.enter(asio::ip::make_address("2001:db8:0:1::1"), start));
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
    for (int i = 1; i <= 200; ++i) many.push_back("10.0.0." + std::to_string(i) + ":5000");
    CHECK(dialled(many) == limits::candidates_max);
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
