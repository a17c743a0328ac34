// What a host can make a member hold: a forged one, who says what no host of ours would.
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/api/limits.hpp"
#include "net/link/listener.hpp"
#include "net/room/room_messages.hpp"
#include "tests/pair/room_steps.hpp"
#include "tests/pair/stranger.hpp"

namespace dropline::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

wire::Member listed(std::size_t number) {
    wire::Member somebody;
    somebody.id.bytes.fill(1);
    somebody.id.bytes[0] = static_cast<std::uint8_t>(number / 256);
    somebody.id.bytes[1] = static_cast<std::uint8_t>(number % 256);
    somebody.name = "Person " + std::to_string(number);
    return somebody;
}

/// Lets everybody in, and then tells of the people it was given.
struct ForgedHost {
    World world;
    Person bob{world, "Bob", "10.0.0.2"};
    Stranger mallory{world, host_address};
    std::vector<wire::Roster> pages;
    std::shared_ptr<FrameStream> room;  // of whoever came last
    bool is_silent = false;             // when somebody has greeted it
    std::string asked_to_be;            // the name whoever came last wishes for
    std::uint64_t last_seq = 0;         // of its log, as it says
    LogId log = random_id<LogId>();
    Listener listener{world.loop.get_executor(), world.clock, mallory.network(), mallory.tls(),
                      [this](TlsStream stream, const StrangerPlace&) {
                          room = std::make_shared<FrameStream>(std::move(stream));
                          asio::co_spawn(world.loop, let_in(room), asio::detached);
                      }};

    ForgedHost() { REQUIRE(listener.open("", 7788)); }

    wire::Member self() const {
        wire::Member host;
        host.id = mallory.id();
        host.name = "Mallory";
        host.is_host = true;
        return host;
    }
    asio::awaitable<void> let_in(std::shared_ptr<FrameStream> stream) {
        const wire::Message welcome = wire::Welcome{};
        wire::Member newcomer = listed(0);
        newcomer.id = stream->peer();
        const wire::Message accepted =
            wire::JoinAccepted{"Physics 101", log, last_seq, newcomer, self()};
        const std::vector<wire::Message> list(pages.begin(), pages.end());
        [[maybe_unused]] auto heard = co_await stream->receive(wire::Phase::host_expects_hello);
        [[maybe_unused]] auto sent = co_await stream->send(welcome);
        heard = co_await stream->receive(wire::Phase::host_expects_join_request);
        if (heard) asked_to_be = std::get<wire::JoinRequest>(*heard).name;
        if (is_silent) co_return;
        sent = co_await stream->send(accepted);
        for (const wire::Message& page : list) sent = co_await stream->send(page);
    }

    /// A list of so many, the host among them as in any list.
    void tell_of(std::size_t people) {
        constexpr std::size_t people_a_page = 250;
        pages.assign(1, {});
        pages.back().members.push_back(self());
        for (std::size_t number = 1; number < people; ++number) {
            if (pages.back().members.size() == people_a_page) pages.emplace_back();
            pages.back().members.push_back(listed(number));
        }
        pages.back().is_last = true;
    }
    /// What else is said before it is passed over.
    wire::HistoryRequest next_history_request() {
        for (;;) {
            const auto heard = mallory.receive(*room, wire::Phase::host_serves_member);
            REQUIRE(heard);
            const auto* request = std::get_if<wire::HistoryRequest>(&*heard);
            if (request != nullptr) return *request;
        }
    }
    /// It is there, and says nothing of what it is asked.
    void say_nothing_for(Duration time) {
        for (Duration silent{0}; silent < time; silent += seconds(3)) {
            world.advance(seconds(3));
            mallory.send(*room, wire::Ping{});
            world.settle();
        }
    }
    void check_is_refused() {
        bob.submit(command::Join{host_target});
        const auto fault = bob.await<event::RoleEnded>().fault;
        REQUIRE(fault);
        CHECK(fault->code == FaultCode::protocol_error);
        CHECK(fault->sentence == "The host's list of people has no end.");
        CHECK(bob.all<event::Joined>().empty());
        // It was only this room.
        tell_of(2);
        join(bob);
    }
};

TEST_CASE_METHOD(ForgedHost, "T6 E13 a list of a thousand people is believed, and no one more") {
    tell_of(limits::members_max);
    bob.submit(command::Join{host_target});
    CHECK(bob.await<event::Joined>().peers.size() == limits::members_max);
    // Whoever comes now is above them all; who goes is told behind it.
    mallory.send(*room, wire::PeerJoined{listed(limits::members_max)});
    mallory.send(*room, wire::PeerLeft{listed(1).id, "has gone", false});
    CHECK(bob.await<event::PeerLeft>().peer.id == listed(1).id);
    CHECK(bob.all<event::PeerJoined>().empty());
    mallory.send(*room, wire::PeerJoined{listed(limits::members_max)});
    CHECK(bob.await<event::PeerJoined>().peer.id == listed(limits::members_max).id);
}

TEST_CASE_METHOD(ForgedHost, "T6 E13 a member leaves a room whose list has a thousand and one") {
    tell_of(limits::members_max + 1);
    check_is_refused();
}

TEST_CASE_METHOD(ForgedHost, "T6 E13 a member leaves a room whose list goes on with nobody") {
    tell_of(2);
    pages.insert(pages.begin(), wire::Roster{});
    check_is_refused();
}

TEST_CASE_METHOD(ForgedHost, "a host that passes over a new name has done so after five seconds") {
    tell_of(2);
    join(bob);
    bob.submit(command::Rename{"Robin"});
    world.advance(limits::rename_answer_max - milliseconds(1));
    CHECK(bob.all<event::Error>().empty());
    world.advance(milliseconds(1));
    CHECK(bob.await<event::Error>().fault.code == FaultCode::slow_down);
}

TEST_CASE_METHOD(ForgedHost, "a host gives nobody a name that they have not asked for") {
    tell_of(2);
    join(bob);
    CHECK(bob.all<event::Joined>().back().self.name == "Bob");  // who is let in as "Person 0"
    wire::Member changed = listed(0);
    changed.id = bob.id();
    changed.name = "Alice";
    changed.is_muted = true;
    mallory.send(*room, wire::PeerChanged{changed});
    const auto heard = bob.await<event::PeerChanged>();
    CHECK(heard.peer.is_muted);
    CHECK(heard.peer.name == "Bob");
    CHECK(heard.previous_name == "Bob");
}

TEST_CASE_METHOD(ForgedHost, "a new name that is confirmed late is the name all the same") {
    tell_of(2);
    join(bob);
    bob.submit(command::Rename{"Robin"});
    world.advance(limits::rename_answer_max);
    CHECK(bob.await<event::Error>().fault.code == FaultCode::slow_down);
    wire::Member changed = listed(0);
    changed.id = bob.id();
    changed.name = "Robin";
    mallory.send(*room, wire::PeerChanged{changed});
    CHECK(bob.await<event::PeerChanged>().peer.name == "Robin");
    room->stream().close();
    world.run_until_in_time([&] { return bob.all<event::Joined>().size() == 2; }, "the return");
    CHECK(asked_to_be == "Robin");
}

TEST_CASE_METHOD(ForgedHost, "a host that never says what was said keeps nobody from talking") {
    last_seq = 5;
    tell_of(2);
    join(bob);
    bob.submit(command::Say{"everyone", "hello", {}, false});
    constexpr milliseconds later(1000);
    std::size_t asked = 0;
    for (;;) {
        const auto heard = mallory.receive(*room, wire::Phase::host_serves_member);
        REQUIRE(heard);
        if (std::holds_alternative<wire::Say>(*heard)) break;
        const auto* request = std::get_if<wire::HistoryRequest>(&*heard);
        if (request == nullptr) continue;
        REQUIRE(++asked < 200);
        mallory.send(*room, wire::HistoryPage{request->request, {}, true, later.count()});
        world.settle();
        world.advance(later + milliseconds(1));
    }
    CHECK(asked > 60);
}

/// What this host says now.
wire::RoomMessage said_by(const ForgedHost& host, std::uint64_t seq) {
    wire::RoomMessage message;
    message.seq = seq;
    message.id.bytes.fill(static_cast<std::uint8_t>(seq));
    message.id.bytes[0] = static_cast<std::uint8_t>(seq / 256);
    message.from = host.mallory.id();
    message.from_name = "Mallory";
    message.text = "m" + std::to_string(seq);
    return message;
}

TEST_CASE_METHOD(ForgedHost,
                 "what a host did not send is told, and asked for again after the next return") {
    last_seq = 3;
    tell_of(2);
    join(bob);
    CHECK(next_history_request().after_seq == 0);
    say_nothing_for(limits::history_answer_max);
    CHECK(bob.await<event::Error>().fault.code == FaultCode::disconnected);
    mallory.send(*room, said_by(*this, 4));
    bob.await<event::Message>(says("m4"));
    room->stream().close();
    world.run_until_in_time([&] { return bob.all<event::Joined>().size() == 2; }, "the return");
    const auto again = next_history_request();
    CHECK(again.after_seq == 0);
    wire::HistoryPage page{again.request, {}, true, 0};
    for (std::uint64_t seq = 1; seq <= 4; ++seq) page.messages.push_back(said_by(*this, seq));
    mallory.send(*room, page);
    bob.await<event::Message>(says("m3"));
    CHECK(heard_by(bob) == std::vector<std::string>{"m4", "m1", "m2", "m3"});
}

/// What a host with messages up to `last` answers.
wire::HistoryPage page_for(const ForgedHost& host, const wire::HistoryRequest& request,
                           std::uint64_t last) {
    wire::HistoryPage page{request.request, {}, true, 0};
    std::uint64_t first = request.after_seq + 1;
    if (request.before_seq > 0) {
        last = std::min(last, request.before_seq - 1);
        first = last >= request.limit ? last - request.limit + 1 : 1;
    }
    last = std::min(last, first + request.limit - 1);
    for (std::uint64_t seq = first; seq <= last; ++seq) {
        page.messages.push_back(said_by(host, seq));
    }
    return page;
}

TEST_CASE_METHOD(ForgedHost, "what was said behind a hole is not told twice, however much it was") {
    constexpr std::uint64_t last = 1500;
    last_seq = 3;
    tell_of(2);
    join(bob);
    mallory.send(*room, page_for(*this, next_history_request(), 1));
    CHECK(next_history_request().after_seq == 1);
    say_nothing_for(limits::history_answer_max);
    CHECK(bob.await<event::Error>().fault.code == FaultCode::disconnected);
    for (std::uint64_t seq = 4; seq <= last; ++seq) mallory.send(*room, said_by(*this, seq));
    bob.await<event::Message>(says("m" + std::to_string(last)));
    last_seq = last;
    room->stream().close();
    world.run_until_in_time([&] { return bob.all<event::Joined>().size() == 2; }, "the return");
    for (std::uint64_t told = 0; told < last;) {
        const wire::HistoryRequest request = next_history_request();
        mallory.send(*room, page_for(*this, request, last));
        if (request.before_seq == 0) told = request.after_seq + request.limit;
    }
    mallory.send(*room, said_by(*this, last + 1));
    bob.await<event::Message>(says("m" + std::to_string(last + 1)));
    auto heard = heard_by(bob);
    CHECK(heard.size() == last + 1);
    std::ranges::sort(heard);
    CHECK(std::ranges::adjacent_find(heard) == heard.end());
}

TEST_CASE_METHOD(ForgedHost,
                 "what stands behind a gap that nobody fills, as a guest's copy has it, is heard") {
    const std::vector<std::uint64_t> kept{1, 2, 5, 6};
    std::vector<LogEntry> copy;
    copy.reserve(kept.size());
    for (const std::uint64_t seq : kept) copy.push_back(from_wire(said_by(*this, seq)));
    bob.store().remember({mallory.id(), log}, copy);
    last_seq = 6;
    tell_of(2);
    join(bob);
    while (heard_by(bob).size() < 4) {
        const wire::HistoryRequest request = next_history_request();
        wire::HistoryPage page{request.request, {}, true, 0};
        // It is compared with our copy first; behind the gap there is nothing for us.
        for (const std::uint64_t seq : kept) {
            if (request.before_seq > seq) page.messages.push_back(said_by(*this, seq));
        }
        mallory.send(*room, page);
        world.settle();
    }
    CHECK(heard_by(bob) == std::vector<std::string>{"m1", "m2", "m5", "m6"});
}

TEST_CASE_METHOD(ForgedHost, "a host that says 'later' once is not given up for our own pause") {
    last_seq = 1;
    tell_of(2);
    join(bob);
    const auto first = mallory.receive(*room, wire::Phase::host_serves_member);
    REQUIRE(first);
    const auto* request = std::get_if<wire::HistoryRequest>(&*first);
    REQUIRE(request != nullptr);
    world.settle();
    bob.hold_reading();
    mallory.send(*room, wire::HistoryPage{request->request, {}, true, 1000});
    say_nothing_for(60 * seconds(3));
    bob.go_on_reading();
    world.settle();
    world.advance(seconds(2));
    CHECK(bob.all<event::Error>().empty());
    const std::uint32_t again = next_history_request().request;
    mallory.send(*room, wire::HistoryPage{again, {said_by(*this, 1)}, true, 0});
    bob.await<event::Message>(says("m1"));
}

TEST_CASE_METHOD(ForgedHost, "what a host does not tell is not taken for the beginning") {
    last_seq = 5;
    tell_of(2);
    join(bob);
    bob.submit(command::LoadHistory{"everyone", std::nullopt, 10}, "history");
    world.run_until_in_time([&] { return !bob.all<event::Error>().empty(); }, "an answer");
    CHECK(bob.all<event::Error>().back().fault.code == FaultCode::disconnected);
    CHECK(bob.all<event::History>().empty());
}

// ---- Tickets ------------------------------------------------------------------------------------

/// Tells Chen, who is told nothing else, that people want to reach him.
struct ForgedTickets : ForgedHost {
    static constexpr std::uint16_t first_port = 7000;
    Person chen{world, "Chen", "10.0.0.3", PathPolicy::direct_only};
    std::size_t dialled = 0;  // of what the tickets named

    void let_chen_in(bool do_others_answer) {
        tell_of(3);
        join(chen);
        world.network.may_connect = [this, do_others_answer](const auto&, const Endpoint& to) {
            if (to.port() < first_port || to.port() >= first_port + limits::candidates_max) {
                return true;
            }
            ++dialled;
            return do_others_answer;
        };
    }
    void send_ticket(std::size_t candidates) {
        wire::StreamTicket ticket;
        ticket.stream = random_id<StreamId>();
        ticket.peer = listed(1).id;
        ticket.relay_token = std::string(limits::relay_token_bytes, 'x');
        for (std::size_t i = 0; i < candidates; ++i) {
            ticket.candidates.push_back("10.0.0.50:" + std::to_string(first_port + i));
        }
        mallory.send(*room, ticket);
    }
};

TEST_CASE_METHOD(ForgedTickets, "E7 128 connections are tried at once, and one more in its turn") {
    // Somebody listens there, and does not even greet.
    const auto silent = world.network.machine("10.0.0.50");
    std::vector<std::unique_ptr<Acceptor>> acceptors;
    for (std::size_t i = 0; i < limits::candidates_max; ++i) {
        auto listening = silent->listen("", static_cast<std::uint16_t>(first_port + i));
        REQUIRE(listening);
        acceptors.push_back(std::move(listening->front()));
    }
    let_chen_in(true);
    constexpr std::size_t tickets = limits::direct_dials_max / limits::candidates_max;
    for (std::size_t i = 0; i < tickets; ++i) send_ticket(limits::candidates_max);
    world.settle();
    CHECK(dialled == limits::direct_dials_max);
    send_ticket(1);
    world.settle();
    CHECK(dialled == limits::direct_dials_max);
    world.advance(limits::tls_handshake_max);
    CHECK(dialled == limits::direct_dials_max + 1);
}

TEST_CASE_METHOD(ForgedTickets,
                 "E7 1024 tickets that nobody here has asked for, and not one more") {
    let_chen_in(false);
    for (std::size_t i = 0; i < limits::unasked_streams_max; ++i) send_ticket(1);
    world.settle();
    CHECK(dialled == limits::unasked_streams_max);
    send_ticket(1);
    world.settle();
    CHECK(dialled == limits::unasked_streams_max);
    // Until the first of them are over.
    for (int passed = 0; passed < 13; ++passed) {
        world.advance(std::chrono::seconds(1));
        mallory.send(*room, wire::Ping{});
    }
    send_ticket(1);
    world.settle();
    CHECK(dialled == limits::unasked_streams_max + 1);
}

// ---- Hosts that say nothing ---------------------------------------------------------------------

TEST_CASE_METHOD(ForgedHost, "a host that greets and does not answer is given up after 20 s") {
    is_silent = true;
    bob.submit(command::Join{host_target});
    world.run_until([this] { return room != nullptr; }, "Bob at the door");
    world.settle();
    world.advance(limits::admission_max - milliseconds(1));
    CHECK(bob.all<event::RoleEnded>().empty());
    world.advance(milliseconds(1));
    CHECK(bob.await<event::RoleEnded>().fault);
}

TEST_CASE("a host that does not even greet in TLS is given up after five seconds") {
    World world;
    Person bob(world, "Bob", "10.0.0.2");
    const auto mallory = world.network.machine(host_address);
    const auto silent = mallory->listen("", 7788);
    REQUIRE(silent);
    bool has_dialled = false;
    world.network.may_connect = [&](const auto&, const auto&) { return has_dialled = true; };
    bob.submit(command::Join{host_target});
    world.run_until([&] { return has_dialled; }, "Bob at the door");
    world.settle();
    world.advance(limits::dial_timeout - milliseconds(1));
    CHECK(bob.all<event::RoleEnded>().empty());
    world.advance(milliseconds(1));
    CHECK(bob.await<event::RoleEnded>().fault);
}

}  // namespace
}  // namespace dropline::testing
