// Private messages and offers find their person: while connections close, when one cannot be made
// at first, and in a room so full that the host must be asked in turns.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "net/api/limits.hpp"
#include "tests/pair/stranger.hpp"
#include "tests/pair/transfer_steps.hpp"

namespace dropline::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Everything said before is on disk, and has been handed to whoever waited for that.
void await_disk(World& world, Person& person) {
    bool is_done = false;
    person.store().load_outbox([&is_done](const auto&) { is_done = true; });
    world.run_until([&is_done] { return is_done; }, "the disk");
}

std::vector<std::string> texts_from(Person& reader, Person& author) {
    std::vector<std::string> texts;
    for (const auto& event : reader.all<event::Message>()) {
        if (event.message.from == author.id()) texts.push_back(event.message.text);
    }
    return texts;
}

std::size_t transfers_in(Person& person, TransferState state) {
    const auto& news = person.all<event::TransferChanged>();
    return static_cast<std::size_t>(std::ranges::count_if(
        news, [state](const auto& event) { return event.transfer.state == state; }));
}

auto delivered(Person& person, std::size_t count) {
    return [&person, count] { return person.all<event::Delivered>().size() == count; };
}

// ---- Closing connections ------------------------------------------------------------------------

/// Bob and Chen have talked, and are about to find that they talk no more: Bob first, whose program
/// reads nothing for the moment, as Chen has just said something that Bob has not read.
struct UnusedConnection : HostAndTwoMembers {
    UnusedConnection() {
        bob.submit(say("小陈", "first"));
        bob.await<event::Delivered>();
        world.advance(limits::peer_channel_idle_max - seconds(5));
        bob.hold_reading();
        world.advance(limits::ping_when_silent_for + seconds(1));  // what was being read before
        chen.submit(say("Bob", "crossing"));
        await_disk(world, chen);
        world.settle();
        REQUIRE(texts_from(bob, chen).empty());
        world.advance(seconds(1) + milliseconds(100), milliseconds(100));
        REQUIRE(texts_from(bob, chen).empty());
    }
};

TEST_CASE_METHOD(UnusedConnection,
                 "what is said while the other side closes an unused connection arrives once") {
    bob.go_on_reading();
    chen.await<event::Delivered>();
    CHECK(texts_from(bob, chen) == std::vector<std::string>{"crossing"});
}

TEST_CASE_METHOD(UnusedConnection,
                 "what is said while one's own unused connection is closing arrives once") {
    bob.submit(say("小陈", "last"), "last");
    await_disk(world, bob);
    bob.go_on_reading();
    world.run_until_in_time(delivered(bob, 2), "the word said while closing");
    world.run_until_in_time(delivered(chen, 1), "the word that crossed it");
    CHECK(texts_from(chen, bob) == std::vector<std::string>{"first", "last"});
    CHECK(texts_from(bob, chen) == std::vector<std::string>{"crossing"});
}

TEST_CASE_METHOD(UnusedConnection, "a file offered while the connection is closing is offered") {
    ScratchFolder folder;
    const auto file = write_file(folder.path() / "a.txt", "a");
    bob.submit(command::Send{chen.text_id(), {file}});
    world.run_until([&] { return !bob.all<event::TransferChanged>().empty(); }, "the offer");
    bob.go_on_reading();
    world.run_until_in_time([&] { return !chen.all<event::Offer>().empty(); }, "the offer");
}

TEST_CASE_METHOD(HostAndTwoMembers,
                 "what somebody has not confirmed when they leave is said to be waiting") {
    bob.submit(say("小陈", "first"));
    bob.await<event::Delivered>();
    chen.hold_reading();
    // The read that was under way takes this one; nothing after it is heard.
    bob.submit(say("小陈", "second"));
    chen.await<event::Message>(says("second"));
    bob.await<event::Delivered>();
    bob.submit(say("小陈", "last"));
    await_disk(world, bob);
    world.settle();
    REQUIRE(bob.all<event::Waiting>().empty());
    anna.submit(command::Kick{"小陈", "for the test"});
    bob.await<event::Waiting>();
    chen.go_on_reading();
}

TEST_CASE_METHOD(HostAndTwoMembers, "two who find their connection unused at once go on talking") {
    for (std::size_t round = 1; round <= 3; ++round) {
        bob.submit(say("小陈", "from Bob"));
        chen.submit(say("Bob", "from Chen"));
        world.run_until_in_time(delivered(bob, round), "Bob's word");
        world.run_until_in_time(delivered(chen, round), "Chen's word");
        world.advance(limits::peer_channel_idle_max);
    }
    CHECK(texts_from(chen, bob).size() == 3);
    CHECK(texts_from(bob, chen).size() == 3);
}

// ---- More connections than needed ---------------------------------------------------------------

/// A member who opens one conversation with Anna after the other, and speaks on each by hand.
struct ManyLines : HostAndMember {
    Stranger mallory{world, "10.0.0.9"};
    FrameStream room = mallory.join(host_target, "Mallory");
    std::deque<FrameStream> lines;

    FrameStream& open_line() {
        mallory.send(room, wire::StreamRequest{1, anna.id(), wire::Purpose::conversation});
        FrameStream& line = lines.emplace_back(
            mallory.converse(mallory.next<wire::StreamTicket>(room, wire::Phase::member_in_room)));
        world.settle();
        return line;
    }
    void whisper(FrameStream& line, const std::string& text) {
        mallory.send(line, wire::PrivateMessage{random_id<MessageId>(), text, 1});
        anna.await<event::Message>(says(text));
    }
    template <typename Wanted>
    Wanted heard_on(FrameStream& line) {
        return mallory.receive<Wanted>(line, wire::Phase::peer_in_conversation);
    }
    bool is_over(FrameStream& line) {
        return !mallory.receive(line, wire::Phase::peer_in_conversation);
    }
};

TEST_CASE_METHOD(ManyLines, "E13 of any number of conversations with one person two stay") {
    for (int i = 0; i < 20; ++i) open_line();
    for (std::size_t i = 0; i + limits::peer_channels_max < lines.size(); ++i) {
        heard_on<wire::Leave>(lines[i]);
        CHECK(is_over(lines[i]));
    }
    for (std::size_t i = lines.size() - limits::peer_channels_max; i < lines.size(); ++i) {
        whisper(lines[i], "on line " + std::to_string(i));
    }
}

TEST_CASE_METHOD(ManyLines, "the conversation that we speak on stays, however many others come") {
    open_line();
    anna.submit(say("Mallory", "first"));
    CHECK(heard_on<wire::PrivateMessage>(lines[0]).text == "first");
    for (int i = 0; i < 3; ++i) open_line();
    heard_on<wire::Leave>(lines[1]);
    heard_on<wire::Leave>(lines[2]);
    anna.submit(say("Mallory", "second"));
    CHECK(heard_on<wire::PrivateMessage>(lines[0]).text == "second");
}

TEST_CASE_METHOD(ManyLines, "what is said on a conversation that gives way to a third is heard") {
    open_line();
    open_line();
    FrameStream& first = lines.front();
    open_line();
    whisper(first, "before I have read that I should leave");
    heard_on<wire::Leave>(first);
}

// ---- Connections that cannot be made ------------------------------------------------------------

TEST_CASE_METHOD(HostAndTwoMembers,
                 "who is there but could not be reached is tried again, and gets all in order") {
    world.network.may_connect = [](const auto&, const auto&) { return false; };
    bob.submit(say("小陈", "one"), "r1");
    world.run_until_in_time([&] { return !bob.all<event::Waiting>().empty(); }, "the failure");
    bob.await<event::Error>();
    CHECK(bob.seen().back().ref == "r1");
    world.network.may_connect = nullptr;
    bob.submit(say("小陈", "two"), "r2");
    bob.submit(say("小陈", "three"), "r3");
    world.run_until_in_time(delivered(bob, 3), "all three");
    CHECK(texts_from(chen, bob) == std::vector<std::string>{"one", "two", "three"});
}

TEST_CASE_METHOD(HostAndTwoMembers,
                 "what could not be sent goes out by itself, nothing more said") {
    world.network.may_connect = [](const auto&, const auto&) { return false; };
    bob.submit(say("小陈", "one"));
    world.run_until_in_time([&] { return !bob.all<event::Waiting>().empty(); }, "the failure");
    world.advance(seconds(60));
    world.network.may_connect = nullptr;
    world.run_until_in_time(delivered(bob, 1), "the message");
    CHECK(bob.all<event::Waiting>().size() == 1);
    CHECK(bob.all<event::Error>().size() == 1);
}

TEST_CASE_METHOD(HostAndTwoMembers,
                 "what could not be sent goes out when the other side opens a connection") {
    world.network.may_connect = [](const auto&, const auto&) { return false; };
    bob.submit(say("小陈", "one"));
    world.run_until_in_time([&] { return !bob.all<event::Waiting>().empty(); }, "the failure");
    world.network.may_connect = nullptr;
    chen.submit(say("Bob", "hello"));
    bob.await<event::Message>(says("hello"));
    chen.await<event::Message>(says("one"));
}

// ---- Full rooms ---------------------------------------------------------------------------------

/// More than the host brings together at once.
struct FullRoom : HostAndMember {
    static constexpr std::size_t count = 42;
    static_assert(count > limits::streams_burst);
    std::deque<Person> others;

    FullRoom() { fill(count); }

    explicit FullRoom(std::size_t people) { fill(people); }

    void fill(std::size_t people) {
        for (std::size_t i = 0; i < people; ++i) {
            const std::string number = std::to_string(i + 10);
            join(others.emplace_back(world, "M" + number, "10.0.0." + number));
        }
        world.run_until([&] { return bob.all<event::PeerJoined>().size() == people; }, "everybody");
    }

    void speak_to_each(const std::string& text) {
        for (Person& other : others) bob.submit(say(other.text_id(), text));
    }
};

TEST_CASE_METHOD(FullRoom, "whoever speaks to forty people at once reaches all, each in order") {
    speak_to_each("one");
    speak_to_each("two");
    world.run_until_in_time(delivered(bob, 2 * count), "all of it");
    for (Person& other : others) {
        CHECK(texts_from(other, bob) == std::vector<std::string>{"one", "two"});
    }
    CHECK(bob.all<event::Error>().empty());
    CHECK(bob.all<event::Waiting>().empty());
}

TEST_CASE_METHOD(FullRoom, "whoever speaks to forty people and comes back reaches all once more") {
    speak_to_each("one");
    world.run_until_in_time(delivered(bob, count), "all of it");
    bob.submit(command::Leave{});
    bob.await<event::RoleEnded>();
    join(bob);
    speak_to_each("two");
    world.run_until_in_time(delivered(bob, 2 * count), "all of it again");
    CHECK(bob.all<event::Error>().empty());
}

TEST_CASE_METHOD(FullRoom, "a file sent to everyone is offered to every one of forty people") {
    ScratchFolder folder;
    bob.submit(command::Send{"everyone", {write_file(folder.path() / "a.txt", "hello")}});
    world.run_until_in_time(
        [&] {
            return std::ranges::all_of(
                others, [](Person& other) { return !other.all<event::Offer>().empty(); });
        },
        "an offer for everybody");
    for (Person& other : others) {
        other.submit(command::Accept{other.all<event::Offer>().front().transfer, {}, {}, {}});
    }
    world.run_until_in_time([&] { return transfers_in(bob, TransferState::done) == count; },
                            "everybody has it");
    CHECK(transfers_in(bob, TransferState::failed) == 0);
}

/// Nobody reaches anybody but the host, who relays fewer streams of one member than there are
/// people.
struct FullRelay : FullRoom {
    static constexpr std::size_t people = limits::relay_streams_at_an_end_max + 4;
    FullRelay() : FullRoom(people) { allow_only_the_host(world); }
};

TEST_CASE_METHOD(FullRelay, "more people than the host relays streams for all get their message") {
    speak_to_each("one");
    world.run_until_in_time(delivered(bob, people), "all of it");
    for (const auto& error : bob.all<event::Error>()) FAIL_CHECK(error.fault.sentence);
}

TEST_CASE_METHOD(FullRelay, "more people than the host relays streams for all get their file") {
    ScratchFolder folder;
    bob.submit(command::Send{"everyone", {write_file(folder.path() / "a.txt", "hello")}});
    std::set<PeerId> accepted;
    world.run_until_in_time(
        [&] {
            for (Person& other : others) {
                const auto& offers = other.all<event::Offer>();
                if (offers.empty() || !accepted.insert(other.id()).second) continue;
                other.submit(command::Accept{offers.front().transfer, {}, {}, {}});
            }
            return transfers_in(bob, TransferState::done) == people;
        },
        "everybody has it");
    CHECK(transfers_in(bob, TransferState::failed) == 0);
}

}  // namespace
}  // namespace dropline::testing
