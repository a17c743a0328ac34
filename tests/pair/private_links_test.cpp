// Private messages and offers find their person: while connections close, when one cannot be made
// at first, and in a room so full that the host must be asked in turns.
#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

#include "net/api/limits.hpp"
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

}  // namespace
}  // namespace dropline::testing
