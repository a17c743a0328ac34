// Many members who say more than they may, all at once. The clock stands still all the while: who
// is heard here has waited for no timer, and the limits show exactly.
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "net/api/limits.hpp"
#include "net/wire/codec.hpp"
#include "tests/pair/room_steps.hpp"
#include "tests/pair/stranger.hpp"

namespace dropline::testing {
namespace {

/// A member by hand, and what it has heard of its own words.
struct Flooder {
    Stranger stranger;
    FrameStream room;
    std::vector<MessageId> said;
    std::set<MessageId> stored;
    std::size_t refused = 0;
    bool is_shown_out = false;

    Flooder(World& world, std::size_t number)
        : stranger(world, "10.1.0." + std::to_string(1 + number)),
          room(stranger.join(host_target, "Flood " + std::to_string(number))) {}
    /// All of it in one piece.
    asio::awaitable<void> speak(std::size_t count) {
        std::string frames;
        for (std::size_t i = 0; i < count; ++i) {
            said.push_back(random_id<MessageId>());
            frames += *wire::encode(wire::Say{said.back(), "flood"});
        }
        [[maybe_unused]] const auto written =
            co_await room.stream().write(std::as_bytes(std::span(frames)));
    }
    asio::awaitable<void> listen() {
        for (;;) {
            const auto heard = co_await room.receive(wire::Phase::member_in_room);
            if (!heard) co_return;
            if (const auto* sent = std::get_if<wire::Sent>(&*heard)) stored.insert(sent->id);
            if (std::holds_alternative<wire::SayRefused>(*heard)) ++refused;
            if (std::holds_alternative<wire::Kicked>(*heard)) is_shown_out = true;
        }
    }
};

struct Flood : HostAndTwoMembers {
    static constexpr std::size_t flooders = 50;
    static constexpr std::size_t words = 50;  // of Bob, who is honest
    static constexpr auto burst = static_cast<std::size_t>(limits::chat_burst_messages);
    static constexpr std::size_t refusals = limits::chat_refused_per_10_s_max;
    std::vector<std::unique_ptr<Flooder>> crowd;

    void flood(std::size_t count_each) {
        for (std::size_t number = 0; number < flooders; ++number) {
            crowd.push_back(std::make_unique<Flooder>(world, number));
        }
        for (const auto& one : crowd) {
            asio::co_spawn(world.loop, one->listen(), asio::detached);
            asio::co_spawn(world.loop, one->speak(count_each), asio::detached);
        }
        for (std::size_t i = 0; i < words; ++i) bob.submit(say("", "word " + std::to_string(i)));
        world.run_until(
            [this] {
                return std::ranges::all_of(std::vector{&anna, &bob, &chen}, [](Person* person) {
                    return person->all<event::Message>().size() >= flooders * burst + words;
                });
            },
            "all that the host has taken");
        world.settle();
    }
    static std::vector<MessageId> ids(Person& person, const PeerId* but_of = nullptr) {
        std::vector<MessageId> heard;
        for (const auto& event : person.all<event::Message>()) {
            if (but_of == nullptr || event.message.from != *but_of) {
                heard.push_back(event.message.id);
            }
        }
        return heard;
    }
    /// The burst of each, nothing of it twice; to all in one order.
    void check_bursts_are_heard() {
        const auto heard = ids(chen);
        CHECK(heard.size() == flooders * burst + words);
        CHECK(ids(anna) == heard);
        // His own he saw before they were sent.
        const PeerId bobs = bob.id();
        CHECK(ids(bob, &bobs) == ids(chen, &bobs));
        std::multiset<MessageId> expected;
        for (const auto& one : crowd) {
            expected.insert(one->said.begin(), one->said.begin() + burst);
            CHECK(std::ranges::includes(expected, one->stored));
            CHECK(one->refused == refusals);
        }
        for (const auto& event : chen.all<event::Message>()) {
            if (event.message.from == bobs) expected.insert(event.message.id);
        }
        CHECK(std::multiset<MessageId>(heard.begin(), heard.end()) == expected);
    }
    void check_no_word_is_lost() {
        std::vector<std::string> heard;
        for (const auto& event : chen.all<event::Message>()) {
            if (event.message.from == bob.id()) heard.push_back(event.message.text);
        }
        REQUIRE(heard.size() == words);
        for (std::size_t i = 0; i < words; ++i) CHECK(heard[i] == "word " + std::to_string(i));
        CHECK(bob.all<event::Sent>().size() == words);
        CHECK(bob.all<event::Error>().empty());
    }
};

TEST_CASE_METHOD(Flood,
                 "E7 T13 fifty who flood at once are shown out, and nobody else loses a word") {
    flood(burst + refusals + 1);
    world.run_until(
        [this] {
            return chen.all<event::PeerLeft>().size() == flooders &&
                   std::ranges::all_of(crowd, [](const auto& one) { return one->is_shown_out; });
        },
        "the last of them is gone and knows why");
    check_bursts_are_heard();
    check_no_word_is_lost();
    for (const auto& event : chen.all<event::PeerLeft>()) CHECK(event.reason == "flooded the room");
    for (const auto& one : crowd) CHECK(one->is_shown_out);
}

TEST_CASE_METHOD(
    Flood, "E7 T13 fifty who are refused as often as may be stay, and have all they may say") {
    flood(burst + refusals);
    const auto is_answered = [](const auto& one) {
        return one->stored.size() + one->refused == burst + refusals;
    };
    world.run_until([&] { return std::ranges::all_of(crowd, is_answered); }, "all answers");
    check_bursts_are_heard();
    check_no_word_is_lost();
    CHECK(chen.all<event::PeerLeft>().empty());
    for (const auto& one : crowd) {
        CHECK(one->stored == std::set(one->said.begin(), one->said.begin() + burst));
        CHECK_FALSE(one->is_shown_out);
    }
}

}  // namespace
}  // namespace dropline::testing
