// What one person may use up of another's attention, memory and time: at each limit, and one above.
#include "net/api/limits.hpp"

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <string>

#include "net/link/session.hpp"
#include "tests/pair/stranger.hpp"
#include "tests/pair/transfer_steps.hpp"

namespace dropline::testing {
namespace {

using std::chrono::seconds;

// ---- Offers -------------------------------------------------------------------------------------

struct Offers : HostAndMember {
    ScratchFolder folder;
    std::filesystem::path file = write_file(folder.path() / "a.txt", "a");

    std::vector<event::Offer> make_as_many_as_wait() {
        std::vector<event::Offer> made;
        for (std::size_t i = 0; i < limits::offers_pending_per_peer_max; ++i) {
            made.push_back(offer(bob, anna, {file}));
        }
        return made;
    }

    /// What Bob reads about one that Anna never gets to see.
    std::string refusal() {
        const std::size_t seen = anna.all<event::Offer>().size();
        bob.submit(command::Send{anna.text_id(), {file}});
        const auto over = bob.await<event::TransferChanged>(
            [](const event::TransferChanged& event) { return event.transfer.is_over(); });
        REQUIRE(over.transfer.fault);
        CHECK(anna.all<event::Offer>().size() == seen);
        return over.transfer.fault->sentence;
    }
};

TEST_CASE_METHOD(Offers, "twenty offers of one person wait, and the one above is refused") {
    const auto waiting = make_as_many_as_wait();
    world.advance(seconds(60));  // the rate has long allowed more
    CHECK(refusal().find("Too many offers") != std::string::npos);
    anna.submit(command::Decline{waiting.front().transfer});
    bob.await<event::TransferChanged>([&](const event::TransferChanged& event) {
        return event.transfer.id == waiting.front().transfer && event.transfer.is_over();
    });
    offer(bob, anna, {file});
    CHECK(refusal().find("Too many offers") != std::string::npos);
}

TEST_CASE_METHOD(Offers, "twenty offers come at once, and then one in ten seconds") {
    for (const event::Offer& made : make_as_many_as_wait()) {
        anna.submit(command::Decline{made.transfer});
        bob.await<event::TransferChanged>(
            [](const event::TransferChanged& event) { return event.transfer.is_over(); });
    }
    CHECK(refusal().find("Too many offers") != std::string::npos);
    world.advance(seconds(11));
    offer(bob, anna, {file});
    CHECK(refusal().find("Too many offers") != std::string::npos);
}

TEST_CASE_METHOD(Offers, "E7 offers of one person take no place of another's") {
    make_as_many_as_wait();
    CHECK(refusal().find("Too many offers") != std::string::npos);
    Person chen(world, "Chen", "10.0.0.3");
    join(chen);
    offer(chen, anna, {file});
}

// ---- Who does not read --------------------------------------------------------------------------

/// Joins as anybody does, and then reads nothing any more.
struct DeafMember : HostAndMember {
    Stranger deaf{world, "10.0.0.9"};
    FrameStream stream = deaf.greet(host_target);

    DeafMember() {
        deaf.send(stream, wire::JoinRequest{"Deaf", 0, {}});
        deaf.receive<wire::JoinAccepted>(stream, wire::Phase::member_expects_acceptance);
        bob.await<event::PeerJoined>();
    }

    bool is_there() { return bob.all<event::PeerLeft>().empty(); }

    /// It still speaks: it is not silent, only deaf.
    void pass(Duration time) {
        for (Duration passed{0}; passed < time; passed += seconds(1)) {
            deaf.send(stream, wire::Ping{});
            world.advance(seconds(1));
        }
    }

    /// More than what the network between them holds.
    void fill() {
        const std::string text(limits::chat_text_bytes_max, 'x');
        for (int i = 0; i < 90; ++i) anna.submit(say("everyone", text));
        bob.await<event::Message>(
            [this](const event::Message&) { return bob.all<event::Message>().size() >= 90; });
    }
};

TEST_CASE_METHOD(DeafMember,
                 "T14 who reads nothing for thirty seconds is dropped, and not before") {
    pass(seconds(60));
    CHECK(is_there());  // nothing waited for it
    fill();
    pass(limits::send_stalled_max - seconds(2));
    CHECK(is_there());
    pass(seconds(2) + limits::ping_when_silent_for);
    CHECK_FALSE(is_there());
}

TEST_CASE_METHOD(HostAndMember,
                 "4 MiB wait for a slow reader, and one byte more ends the session") {
    Stranger writer(world, "10.0.0.9");
    FlowGate gate(world.loop.get_executor());
    std::optional<Fault> closed;
    const auto session = Session::start(
        writer.connect(host_target), {world.loop.get_executor(), world.clock, gate},
        wire::Phase::member_expects_welcome,
        {[](const wire::Message&) {}, [&closed](const Fault& fault) { closed = fault; }});
    const auto put = [&session](std::size_t bytes) {
        session->send(std::make_shared<const std::string>(bytes, 'x'));
    };
    // All in one turn of the loop: nothing of it is written meanwhile.
    for (int i = 0; i < 4; ++i) put(limits::send_queue_hard_bytes / 4);
    CHECK(session->queued_bytes() == limits::send_queue_hard_bytes);
    CHECK_FALSE(session->is_closing());
    put(1);
    CHECK(session->is_closing());
    world.run_until([&closed] { return closed.has_value(); }, "the end of the session");
    CHECK(closed->code == FaultCode::too_slow);
}

// ---- Time ---------------------------------------------------------------------------------------

TEST_CASE_METHOD(HostAndMember, "E3 who is greeted and says nothing more is cut off after 20 s") {
    Stranger silent(world, "10.0.0.9");
    FrameStream stream = silent.greet(host_target);
    const auto is_over = silent.next_word_or_end(stream, wire::Phase::member_expects_acceptance);
    world.advance(limits::admission_max - seconds(1));
    CHECK_FALSE(*is_over);
    world.advance(seconds(1));
    world.run_until([&is_over] { return *is_over; }, "the end of the connection");
    CHECK(anna.all<event::PeerJoined>().size() == 1);
}

TEST_CASE_METHOD(HostAndMember, "who lost the host tries again, ever more patiently, up to 15 s") {
    anna.leave();
    for (const double expected_s : {0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0}) {
        const auto lost = bob.await<event::Disconnected>();
        const double wait_s = std::chrono::duration<double>(lost.retry_in).count();
        CHECK(wait_s >= expected_s * (1 - limits::reconnect_jitter) - 0.001);
        CHECK(wait_s <= expected_s * (1 + limits::reconnect_jitter));
        world.advance(lost.retry_in + std::chrono::milliseconds(1));
    }
}

}  // namespace
}  // namespace dropline::testing
