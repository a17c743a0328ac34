// Who may use up the host's places for relayed streams, and who must not be kept from them.
#include <catch2/catch_test_macros.hpp>

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/api/limits.hpp"
#include "tests/pair/stranger.hpp"
#include "tests/pair/transfer_steps.hpp"

namespace dropline::testing {
namespace {

/// A member by hand, who has come with one of the keys that a person can make any number of.
struct Key {
    Stranger stranger;
    FrameStream room;
    std::deque<FrameStream> relays{};

    Key(World& world, const std::string& address, const std::string& name)
        : stranger(world, address), room(stranger.join(host_target, name)) {}

    wire::StreamTicket ask_for(const PeerId& peer, std::uint32_t request) {
        stranger.send(room, wire::StreamRequest{request, peer});
        return next_ticket();
    }
    wire::StreamTicket next_ticket() {
        return stranger.next<wire::StreamTicket>(room, wire::Phase::member_in_room);
    }
    void open_relay(World& world, const PeerId& host, const std::string& token) {
        auto tls = stranger.run(dial(world.clock, stranger.network(), stranger.tls(),
                                     *parse_endpoint(host_target), Channel::relay, host));
        REQUIRE(tls);
        stranger.send(relays.emplace_back(std::move(*tls)), wire::RelayOpen{token});
        world.settle();
    }
};

/// Nobody reaches anybody but the host; Bob has a file for Chen, who has not answered yet.
struct FileForChen : HostAndTwoMembers {
    ScratchFolder folder;
    TransferId id;
    std::deque<Key> keys;

    FileForChen() {
        allow_only_the_host(world);
        const auto file = write_file(folder.path() / "a.txt", "hello");
        bob.submit(command::Send{"小陈", {file}});
        world.run_until_in_time([this] { return !chen.all<event::Offer>().empty(); }, "the offer");
        id = chen.all<event::Offer>().front().transfer;
    }
    Key& come_in(const std::string& address) {
        return keys.emplace_back(world, address, "Mallory " + std::to_string(keys.size()));
    }
    /// It comes, without that the host has refused to relay it.
    void check_file_comes() {
        chen.submit(command::Accept{id, {}, {}, {}});
        const auto outcome = await_transfer(
            world, chen, id,
            [](const Transfer& transfer) {
                const bool is_refused =
                    transfer.fault && transfer.fault->code == FaultCode::slow_down;
                return transfer.state == TransferState::done || is_refused;
            },
            "it comes, or has to wait");
        CHECK(outcome.state == TransferState::done);
    }
};

TEST_CASE_METHOD(FileForChen,
                 "E7 one person with any number of keys leaves others places to be relayed") {
    constexpr std::size_t each = 8;
    for (std::size_t pair = 0; pair < limits::relay_streams_max / each; ++pair) {
        Key& one = come_in("10.0.0.9");
        Key& other = come_in("10.0.0.9");
        for (std::uint32_t i = 1; i <= each; ++i) {
            const auto ticket = one.ask_for(other.stranger.id(), i);
            one.open_relay(world, anna.id(), ticket.relay_token);
            other.open_relay(world, anna.id(), other.next_ticket().relay_token);
        }
    }
    check_file_comes();
}

TEST_CASE_METHOD(FileForChen, "E7 who is asked for streams that nobody comes to keeps own places") {
    constexpr std::size_t each = 8;
    Key& mallory = come_in("10.0.0.9");
    for (std::uint32_t i = 1; i <= each; ++i) mallory.ask_for(chen.id(), i);
    // Chen's program comes to each, as it must: it cannot know better.
    world.advance(limits::direct_attempt_max + std::chrono::seconds(1));
    check_file_comes();
}

}  // namespace
}  // namespace dropline::testing
