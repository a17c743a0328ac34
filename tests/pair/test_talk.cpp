#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "net/api/limits.hpp"
#include "tests/pair/room_steps.hpp"

namespace dropline::testing {
namespace {

TEST_CASE("three people see each other and talk to everybody, in one order") {
    World world;
    Person anna(world, "Anna", host_address);
    Person bob(world, "Bob", "10.0.0.2");
    Person chen(world, "小陈", "10.0.0.3");
    host(anna);
    join(bob);
    join(chen);
    CHECK(anna.await<event::PeerJoined>().peer.name == "Bob");
    CHECK(anna.await<event::PeerJoined>().peer.name == "小陈");
    CHECK(bob.await<event::PeerJoined>().peer.name == "小陈");

    chen.submit(say("", "大家好 👋"), "r1");
    const auto sent = chen.await<event::Sent>();
    CHECK(sent.seq == 1);
    CHECK(anna.await<event::Message>(says("大家好 👋")).message.from == chen.id());
    CHECK(bob.await<event::Message>(says("大家好 👋")).message.seq == 1);

    anna.submit(say("everyone", "hello"));
    CHECK(anna.await<event::Sent>().seq == 2);
    CHECK(bob.await<event::Message>(says("hello")).message.from_name == "Anna");
    CHECK(chen.await<event::Message>(says("hello")).message.seq == 2);
}

TEST_CASE("what a command causes carries its ref") {
    World world;
    Person anna(world, "Anna", host_address);
    anna.submit(command::Host{7788, "", ""}, "open");
    anna.await<event::Hosting>();
    CHECK(anna.seen().back().ref == "open");
    anna.submit(say("", "x"), "say");
    anna.await<event::Sent>();
    CHECK(anna.seen().back().ref == "say");
    anna.submit(say("nobody", "x"), "lost");
    CHECK(anna.await<event::Error>().fault.code == FaultCode::unknown_peer);
    CHECK(anna.seen().back().ref == "lost");
}

TEST_CASE("late joiners get the last 200 messages, marked as earlier, oldest first") {
    World world;
    Person anna(world, "Anna", host_address);
    host(anna);
    for (int i = 1; i <= 230; ++i) anna.submit(say("", "m" + std::to_string(i)));
    anna.await<event::Sent>([](const event::Sent& sent) { return sent.seq == 230; });
    Person bob(world, "Bob", "10.0.0.2");
    join(bob);
    bob.await<event::Message>(says("m230"));
    const auto& messages = bob.all<event::Message>();
    REQUIRE(messages.size() == limits::history_messages_max);
    CHECK(messages.front().message.text == "m31");
    CHECK(std::all_of(messages.begin(), messages.end(),
                      [](const auto& event) { return event.message.is_earlier; }));
}

TEST_CASE_METHOD(HostAndTwoMembers, "a private message reaches its person alone and is confirmed") {
    bob.submit(say("小陈", "psst"));
    const auto received = chen.await<event::Message>(says("psst")).message;
    CHECK(received.from == bob.id());
    CHECK(received.conversation.peer == bob.id());
    CHECK(bob.await<event::Delivered>().peer == chen.id());
    chen.submit(say(bob.text_id().substr(0, 8), "yes?"));
    bob.await<event::Message>(says("yes?"));
    world.settle();
    for (const auto& event : anna.all<event::Message>()) CHECK(event.message.text.empty());
}

TEST_CASE_METHOD(HostAndMember,
                 "a private message between host and member works in both directions") {
    anna.submit(say("Bob", "one"));
    bob.await<event::Message>(says("one"));
    anna.await<event::Delivered>();
    bob.submit(say("Anna", "two"));
    anna.await<event::Message>(says("two"));
    bob.await<event::Delivered>();
}

TEST_CASE(
    "C18 T46 a private message is relayed when no direct way exists, and the host has no key to "
    "it") {
    World world;
    allow_only_the_host(world);
    Person anna(world, "Anna", host_address);
    Person bob(world, "Bob", "10.0.0.2");
    Person chen(world, "小陈", "10.0.0.3");
    host(anna);
    join(bob);
    join(chen);
    bob.await<event::PeerJoined>();
    bob.submit(say("小陈", "through the host"));
    world.run_until_in_time([&] { return !bob.all<event::Delivered>().empty(); }, "relaying");
    chen.await<event::Message>(says("through the host"));
    CHECK(anna.all<event::Message>().empty());
}

TEST_CASE_METHOD(HostAndMember,
                 "a private message to somebody away waits and goes out when they return") {
    ScratchFolder profile;
    {
        Person chen(world, "小陈", "10.0.0.3", PathPolicy::automatic, profile.path());
        join(chen);
        bob.await<event::PeerJoined>();
        chen.leave();
        bob.await<event::PeerLeft>();
    }
    bob.submit(say("小陈", "see you"));
    bob.await<event::Waiting>();
    Person chen(world, "小陈", "10.0.0.3", PathPolicy::automatic, profile.path());
    join(chen);
    chen.await<event::Message>(says("see you"));
    bob.await<event::Delivered>();
}

TEST_CASE("messages over the limit, empty ones and ones in no room are refused with a sentence") {
    World world;
    Person anna(world, "Anna", host_address);
    anna.submit(say("", "x"));
    CHECK(anna.await<event::Error>().fault.code == FaultCode::not_in_room);
    host(anna);
    anna.submit(say("", "  \n"));
    CHECK(anna.await<event::Error>().fault.code == FaultCode::bad_request);
    anna.submit(say("", std::string(limits::chat_text_bytes_max + 1, 'w')));
    CHECK(anna.await<event::Error>().fault.code == FaultCode::too_large);
    anna.submit(say("", "\xff"));
    CHECK(anna.await<event::Error>().fault.code == FaultCode::bad_request);
    anna.submit(say("", std::string(limits::chat_text_bytes_max, 'w')));
    anna.await<event::Sent>();
}

TEST_CASE_METHOD(HostAndMember,
                 "a member that says a thousand things at once loses none and keeps their order") {
    constexpr int count = 300;
    for (int i = 0; i < count; ++i) bob.submit(say("", std::to_string(i)));
    world.run_until_in_time([&] { return anna.all<event::Message>().size() == count; },
                            "all messages");
    const auto& messages = anna.all<event::Message>();
    for (int i = 0; i < count; ++i) {
        CHECK(messages[static_cast<std::size_t>(i)].message.text == std::to_string(i));
    }
    bob.await<event::Sent>([](const event::Sent& sent) { return sent.seq == count; });
}

TEST_CASE_METHOD(HostAndMember,
                 "a new name is seen by everybody, and the old one no longer found") {
    bob.submit(command::Rename{"Robert"});
    CHECK(anna.await<event::PeerChanged>().peer.name == "Robert");
    CHECK(bob.await<event::PeerChanged>().previous_name == "Bob");
    anna.submit(say("Bob", "x"));
    CHECK(anna.await<event::Error>().fault.code == FaultCode::unknown_peer);
}

// ---- Names --------------------------------------------------------------------------------------

/// What this command caused, in the order of its coming.
std::vector<Event> answers_to(Person& person, const std::string& ref) {
    std::vector<Event> answers;
    for (const Event& event : person.seen()) {
        if (event.ref == ref) answers.push_back(event);
    }
    return answers;
}

void await_answer(World& world, Person& person, const std::string& ref) {
    world.run_until([&] { return !answers_to(person, ref).empty(); }, "the answer to " + ref);
}

const event::PeerChanged* renamed(const std::vector<Event>& answers) {
    return answers.size() == 1 ? std::get_if<event::PeerChanged>(&answers.front().body) : nullptr;
}

TEST_CASE_METHOD(HostAndMember, "a new name answers its wish, at the host and at a member") {
    for (Person* person : {&anna, &bob}) {
        person->submit(command::Rename{"Robin"}, "new");
        await_answer(world, *person, "new");
        const auto answers = answers_to(*person, "new");
        REQUIRE(renamed(answers) != nullptr);
        CHECK(renamed(answers)->peer.name == "Robin");
        CHECK(renamed(answers)->previous_name != "Robin");
    }
}

TEST_CASE_METHOD(HostAndMember, "the present name, wished for again, is answered and told nobody") {
    for (Person* person : {&anna, &bob}) {
        const std::string name = person == &anna ? "Anna" : "Bob";
        person->submit(command::Rename{name}, "same");
        await_answer(world, *person, "same");
        const auto answers = answers_to(*person, "same");
        REQUIRE(renamed(answers) != nullptr);
        CHECK(renamed(answers)->peer.name == name);
        CHECK(renamed(answers)->previous_name == name);
    }
    world.settle();
    CHECK(anna.all<event::PeerChanged>().size() == 1);
    CHECK(bob.all<event::PeerChanged>().size() == 1);
}

TEST_CASE_METHOD(HostAndMember, "the same new name wished for twice at once answers both wishes") {
    bob.submit(command::Rename{"Robin"}, "r1");
    bob.submit(command::Rename{"Robin"}, "r2");
    await_answer(world, bob, "r2");
    CHECK(renamed(answers_to(bob, "r1")) != nullptr);
    CHECK(renamed(answers_to(bob, "r2")) != nullptr);
    CHECK(anna.all<event::PeerChanged>().size() == 1);
}

TEST_CASE_METHOD(HostAndMember, "every one of many new names is answered: taken, or when to ask") {
    constexpr int count = 14;
    for (Person* person : {&anna, &bob}) {
        std::string last_taken;
        std::size_t refused = 0;
        for (int i = 0; i < count; ++i) {
            const std::string name = "Name " + std::to_string(i);
            person->submit(command::Rename{name}, name);
            await_answer(world, *person, name);
            const auto answers = answers_to(*person, name);
            if (renamed(answers) != nullptr) last_taken = name;
            const auto* error = std::get_if<event::Error>(&answers.front().body);
            if (error == nullptr) continue;
            ++refused;
            CHECK(error->fault.code == FaultCode::slow_down);
            CHECK(error->fault.sentence.find("Try again in") != std::string::npos);
        }
        CHECK(refused >= count - static_cast<std::size_t>(limits::renames_burst));
        CHECK(refused < count);
        Person& other = person == &anna ? bob : anna;
        const auto is_last = [&](const event::PeerChanged& heard) {
            return heard.peer.name == last_taken;
        };
        other.await<event::PeerChanged>(is_last);
        world.advance(std::chrono::seconds(6));
        person->submit(command::Rename{"At last"}, "later");
        await_answer(world, *person, "later");
        CHECK(renamed(answers_to(*person, "later")) != nullptr);
    }
}

TEST_CASE_METHOD(HostAndMember, "a name that was refused is not brought back by a new connection") {
    for (int i = 0; i < 14; ++i) bob.submit(command::Rename{"Name " + std::to_string(i)});
    const auto answers = [&] {
        return bob.all<event::PeerChanged>().size() + bob.all<event::Error>().size();
    };
    world.run_until([&] { return answers() == 14; }, "the answers");
    const std::string name = bob.all<event::PeerChanged>().back().peer.name;
    CHECK(name != "Name 13");
    world.network.pull_cables();
    world.run_until_in_time([&] { return !bob.all<event::Disconnected>().empty(); }, "the cut");
    world.network.may_connect = nullptr;
    world.run_until_in_time([&] { return bob.all<event::Joined>().size() == 2; }, "the return");
    CHECK(bob.all<event::Joined>().back().self.name == name);
}

TEST_CASE_METHOD(HostAndMember,
                 "a new name is answered while cut off, and comes along afterwards") {
    world.network.pull_cables();
    bob.submit(command::Rename{"On its way"}, "before");
    world.run_until_in_time([&] { return !bob.all<event::Disconnected>().empty(); }, "the cut");
    bob.submit(command::Rename{"Robin"}, "during");
    await_answer(world, bob, "during");
    CHECK(renamed(answers_to(bob, "during")) != nullptr);
    world.network.may_connect = nullptr;
    world.run_until_in_time([&] { return bob.all<event::Joined>().size() == 2; }, "the return");
    CHECK(bob.all<event::Joined>().back().self.name == "Robin");
    CHECK(answers_to(bob, "before").size() == 1);
}

// ---- People who are away ------------------------------------------------------------------------

/// Bob has talked with Chen, who has left; then Bob's program has been started anew.
struct RestartedWhileAway {
    World world;
    ScratchFolder profile;
    Person anna{world, "Anna", host_address};
    Person chen{world, "小陈", "10.0.0.3"};
    std::optional<Person> bob;

    RestartedWhileAway() {
        host(anna);
        start_bob();
        join(chen);
        bob->await<event::PeerJoined>();
        bob->submit(say("小陈", "one"));
        bob->await<event::Delivered>();
        chen.submit(command::Leave{});
        chen.await<event::RoleEnded>();
        bob->await<event::PeerLeft>();
        bob.reset();
        start_bob();
    }

    void start_bob() {
        bob.emplace(world, "Bob", "10.0.0.2", PathPolicy::automatic, profile.path());
        join(*bob);
    }
};

TEST_CASE_METHOD(
    RestartedWhileAway,
    "after a restart one writes to somebody away, by name or by key, and they get it") {
    bob->submit(say("小陈", "by name"), "n");
    bob->await<event::Waiting>();
    CHECK(bob->seen().back().ref == "n");
    bob->submit(say(chen.text_id().substr(0, 8), "by the beginning of the key"));
    bob->await<event::Waiting>();
    bob->submit(say(chen.text_id(), "by key"));
    bob->await<event::Waiting>();
    join(chen);
    for (const char* text : {"by name", "by the beginning of the key", "by key"}) {
        chen.await<event::Message>(says(text));
    }
}

TEST_CASE_METHOD(RestartedWhileAway, "after a restart one reads what was said with somebody away") {
    for (const std::string& peer : {std::string("小陈"), chen.text_id()}) {
        bob->submit(command::LoadHistory{peer, std::nullopt, 10});
        const auto history = bob->await<event::History>();
        CHECK(history.conversation.peer == chen.id());
        REQUIRE(history.messages.size() == 1);
        CHECK(history.messages.front().text == "one");
    }
}

TEST_CASE_METHOD(RestartedWhileAway, "who is away is not offered files, and not among the people") {
    ScratchFolder folder;
    const auto file = folder.path() / "a.txt";
    std::ofstream(file) << "a";
    bob->submit(command::Send{chen.text_id(), {file}});
    CHECK(bob->await<event::Error>().fault.code == FaultCode::unknown_peer);
    bob->submit(command::ListPeers{});
    CHECK(bob->await<event::Peers>().peers.size() == 2);
}

TEST_CASE_METHOD(HostAndMember,
                 "who was never met can be written to by the whole key, and is told "
                 "when they come") {
    Person chen(world, "小陈", "10.0.0.3");
    bob.submit(say(chen.text_id(), "welcome"));
    bob.await<event::Waiting>();
    join(chen);
    chen.await<event::Message>(says("welcome"));
    bob.submit(say(bob.text_id(), "to myself"));
    CHECK(bob.await<event::Error>().fault.code == FaultCode::unknown_peer);
}

TEST_CASE_METHOD(HostAndMember,
                 "asking for an earlier part of a private conversation says that "
                 "there is none") {
    bob.submit(command::LoadHistory{"Anna", 5, 10}, "page");
    CHECK(bob.await<event::Error>().fault.code == FaultCode::not_available);
    CHECK(bob.seen().back().ref == "page");
}

}  // namespace
}  // namespace dropline::testing
