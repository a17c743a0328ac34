#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "net/api/limits.hpp"
#include "tests/pair/room_steps.hpp"
#include "tests/store/held_disk.hpp"

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

TEST_CASE_METHOD(HostAndTwoMembers,
                 "everybody reads what is said while all disks are busy, and its author hears that "
                 "it is kept when the host's disk has it") {
    bob.submit(say("", "before"));
    chen.await<event::Message>(says("before"));
    bob.await<event::Sent>();
    test::HeldDisk disk;
    bob.submit(say("", "now"));
    CHECK(chen.await<event::Message>(says("now")).message.seq == 2);
    anna.await<event::Message>(says("now"));
    anna.submit(say("", "from the host"));
    CHECK(chen.await<event::Message>(says("from the host")).message.seq == 3);
    world.settle();
    CHECK(bob.all<event::Sent>().size() == 1);
    CHECK(anna.all<event::Sent>().empty());

    disk.go_on();
    CHECK(bob.await<event::Sent>().seq == 2);
    CHECK(anna.await<event::Sent>().seq == 3);
}

TEST_CASE_METHOD(HostAndTwoMembers,
                 "who comes while the host's disk is busy misses nothing and reads nothing twice") {
    Person dora(world, "Dora", "10.0.0.4");
    test::HeldDisk disk(anna.history());
    bob.submit(say("", "before"));
    chen.await<event::Message>(says("before"));
    join(dora);
    bob.submit(say("", "after"));
    chen.await<event::Message>(says("after"));
    disk.go_on();
    dora.await<event::Message>(says("after"));
    world.settle();
    CHECK(heard_by(dora) == std::vector<std::string>{"before", "after"});
}

/// The texts of the room in the order in which this person knew their numbers, own ones among them.
std::vector<std::string> numbered_for(Person& person) {
    std::map<MessageId, std::string> own;
    std::vector<std::string> texts;
    for (const Event& event : person.seen()) {
        if (const auto* told = std::get_if<event::Message>(&event.body)) {
            if (told->message.seq > 0) texts.push_back(told->message.text);
            own[told->message.id] = told->message.text;
        } else if (const auto* sent = std::get_if<event::Sent>(&event.body)) {
            texts.push_back(own[sent->id]);
        }
    }
    return texts;
}

TEST_CASE_METHOD(HostAndTwoMembers,
                 "everybody hears all in one order, who has spoken while the host's disk was busy "
                 "as well") {
    test::HeldDisk disk(anna.history());
    std::vector<std::string> order;
    const auto speak = [&](Person& person, Person& listener, const std::string& text) {
        person.submit(say("", text));
        listener.await<event::Message>(says(text));
        order.push_back(text);
    };
    speak(bob, chen, "Bob's");
    speak(anna, chen, "Anna's");
    disk.go_on();
    bob.await<event::Message>(says("Anna's"));
    anna.await<event::Sent>();
    for (Person* person : {&anna, &bob, &chen}) CHECK(numbered_for(*person) == order);
}

TEST_CASE_METHOD(HostAndTwoMembers,
                 "while the host's disk is stuck, no more is passed on than he may have to keep") {
    test::HeldDisk disk(anna.history());
    bob.submit(say("", "Bob's"));
    chen.await<event::Message>(says("Bob's"));
    for (int i = 2; i <= 205; ++i) anna.submit(say("", "m" + std::to_string(i)));
    chen.await<event::Message>(says("m200"));
    world.settle();
    CHECK(heard_by(chen).back() == "m200");
    CHECK(bob.all<event::Message>().size() == 1);  // his own, on its way

    disk.go_on();
    bob.await<event::Message>(says("m205"));
    chen.await<event::Message>(says("m205"));
    anna.await<event::Sent>([](const event::Sent& sent) { return sent.seq == 205; });
    CHECK(numbered_for(bob).size() == 205);
    CHECK(numbered_for(bob) == numbered_for(anna));
    CHECK(numbered_for(chen) == numbered_for(anna));
}

TEST_CASE_METHOD(HostAndTwoMembers,
                 "T28 when the host's disk fails, who spoke hears that, and then what came after") {
    test::HeldDisk disk(anna.history());
    bob.submit(say("", "Bob's"));
    chen.await<event::Message>(says("Bob's"));
    chen.submit(say("", "Chen's"));
    anna.await<event::Message>(says("Chen's"));
    disk.fail(EIO);
    CHECK(anna.await<event::Error>().fault.code == FaultCode::file_error);
    bob.await<event::Message>(says("Chen's"));
    world.advance(std::chrono::seconds(10));
    CHECK(bob.all<event::Sent>().empty());
    CHECK(anna.all<event::Error>().size() == 1);  // however often it is said again
    CHECK(std::ranges::count_if(chen.all<event::Message>(), says("Bob's")) == 1);
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

TEST_CASE_METHOD(HostAndTwoMembers,
                 "a private message is read while all disks are busy, and confirmed when its "
                 "reader's disk has it") {
    bob.submit(say("小陈", "first"));
    bob.await<event::Delivered>();
    test::HeldDisk disk;
    bob.submit(say("小陈", "psst"));
    chen.await<event::Message>(says("psst"));
    world.settle();
    CHECK(bob.all<event::Delivered>().size() == 1);

    disk.go_on();
    bob.await<event::Delivered>();
    world.settle();
    CHECK(std::ranges::count_if(chen.all<event::Message>(), says("psst")) == 1);
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

TEST_CASE_METHOD(
    HostAndTwoMembers,
    "T14 what is written while nobody can be reached arrives in the order of writing") {
    // Out of reach, though the host is there: no way is direct and the relay is deaf.
    bool is_reachable = false;
    world.network.may_connect = [&](const auto&, const Endpoint&) { return is_reachable; };
    constexpr std::size_t count = 60;
    std::vector<std::string> written;
    for (std::size_t i = 0; i < count; ++i) {
        written.push_back("p" + std::to_string(i));
        bob.submit(say(chen.text_id(), written.back()));
    }
    world.advance(std::chrono::seconds(28));
    is_reachable = true;
    const auto are_all_there = [&] { return chen.all<event::Message>().size() >= count; };
    world.run_until_in_time(are_all_there, "all that was written");
    std::vector<std::string> arrived;
    for (const auto& event : chen.all<event::Message>()) arrived.push_back(event.message.text);
    CHECK(arrived == written);
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

TEST_CASE_METHOD(HostAndMember, "a private conversation is read to its beginning, page by page") {
    for (std::size_t i = 1; i <= 5; ++i) {
        bob.submit(say("Anna", "m" + std::to_string(i)));
        world.run_until([&] { return bob.all<event::Delivered>().size() == i; }, "the answer");
    }
    std::vector<std::string> read;
    std::optional<std::uint64_t> before;
    for (;;) {
        bob.submit(command::LoadHistory{"Anna", before, 2});
        const auto page = bob.await<event::History>().messages;
        if (page.empty()) break;
        before = page.front().seq;
        for (auto message = page.rbegin(); message != page.rend(); ++message) {
            read.push_back(message->text);
        }
    }
    CHECK(read == std::vector<std::string>{"m5", "m4", "m3", "m2", "m1"});
}

// ---- What was missed ----------------------------------------------------------------------------

std::vector<std::string> numbered(std::size_t first, std::size_t last) {
    std::vector<std::string> texts;
    for (std::size_t i = first; i <= last; ++i) texts.push_back("m" + std::to_string(i));
    return texts;
}

void say_numbered(World& world, Person& host, std::size_t first, std::size_t last) {
    for (const std::string& text : numbered(first, last)) host.submit(say("", text));
    world.run_until([&] { return host.all<event::Sent>().size() == last; }, "the host's log");
}

TEST_CASE_METHOD(HostAndMember, "what our copy lacks in its middle is heard after a restart") {
    say_numbered(world, anna, 1, 6);
    bob.await<event::Message>(says("m6"));
    const RememberedLog log{anna.id(), bob.all<event::Joined>().back().log};
    std::vector<LogEntry> kept;
    bob.store().read_remembered(log, 100, 100, [&](auto entries) { kept = *entries; });
    world.run_until([&] { return kept.size() == 6; }, "the copy");
    // As when the disk took none of these, or the program ended while they came.
    bob.store().forget_remembered(log, 0, 100);
    kept.erase(kept.begin() + 2, kept.begin() + 4);
    bob.store().remember(log, kept);
    bob.submit(command::Leave{});
    bob.await<event::RoleEnded>();
    join(bob);
    bob.await<event::Message>(says("m6"));
    auto heard = numbered(1, 6);
    for (const std::string& text : numbered(1, 6)) heard.push_back(text);
    CHECK(heard_by(bob) == heard);
}

TEST_CASE_METHOD(HostAndMember, "T14 who was cut off catches up with thousands of messages") {
    say_numbered(world, anna, 1, 1);
    bob.await<event::Message>(says("m1"));
    world.network.pull_cables();
    world.run_until_in_time([&] { return !bob.all<event::Disconnected>().empty(); }, "the cut");
    constexpr std::size_t last = 4000;
    say_numbered(world, anna, 2, last);
    world.network.may_connect = nullptr;
    const auto is_all_there = [&] { return bob.all<event::Message>().size() >= last; };
    world.run_until_in_time(is_all_there, "all that was missed");
    CHECK(heard_by(bob) == numbered(1, last));
}

TEST_CASE_METHOD(HostAndMember,
                 "T14 who could not listen for a minute after coming back misses nothing") {
    say_numbered(world, anna, 1, 1);
    bob.await<event::Message>(says("m1"));
    world.network.pull_cables();
    world.run_until_in_time([&] { return !bob.all<event::Disconnected>().empty(); }, "the cut");
    say_numbered(world, anna, 2, 4);
    world.network.may_connect = nullptr;
    bob.hold_reading();
    world.run_until_in_time([&] { return bob.all<event::Joined>().size() == 2; }, "the return");
    world.advance(2 * limits::history_answer_max);
    bob.go_on_reading();
    say_numbered(world, anna, 5, 5);
    bob.await<event::Message>(says("m5"));
    CHECK(heard_by(bob) == numbered(1, 5));
    CHECK(bob.all<event::Error>().empty());
}

TEST_CASE_METHOD(HostAndMember, "who comes back after a restart gets all that was said meanwhile") {
    say_numbered(world, anna, 1, 3);
    bob.await<event::Message>(says("m3"));
    bob.submit(command::Leave{});
    bob.await<event::RoleEnded>();
    constexpr std::size_t last = 3 * limits::history_messages_max;
    say_numbered(world, anna, 4, last);
    join(bob);
    // What he has is shown first, then the rest.
    const auto is_all_there = [&] { return bob.all<event::Message>().size() >= 3 + last; };
    world.run_until_in_time(is_all_there, "all that was missed");
    auto expected = numbered(1, 3);
    for (const std::string& text : numbered(1, last)) expected.push_back(text);
    CHECK(heard_by(bob) == expected);
}

/// Bob has come when 450 messages had been said, and has the last 200 of them.
struct LateComer {
    World world;
    Person anna{world, "Anna", host_address};
    Person bob{world, "Bob", "10.0.0.2"};

    LateComer() {
        host(anna);
        say_numbered(world, anna, 1, 450);
        join(bob);
        bob.await<event::Message>(says("m450"));
    }
    std::vector<std::string> page_before(std::uint64_t before) {
        bob.submit(command::LoadHistory{"", before, 200});
        const std::size_t pages = bob.all<event::History>().size();
        world.run_until_in_time([&] { return bob.all<event::History>().size() > pages; }, "a page");
        std::vector<std::string> texts;
        for (const auto& message : bob.all<event::History>().back().messages) {
            texts.push_back(message.text);
        }
        return texts;
    }
};

TEST_CASE_METHOD(LateComer,
                 "a late joiner reads back to the first message, and keeps what he read") {
    CHECK(page_before(251) == numbered(51, 250));
    CHECK(page_before(51) == numbered(1, 50));
    CHECK(page_before(1).empty());
    world.network.pull_cables();
    world.run_until_in_time([&] { return !bob.all<event::Disconnected>().empty(); }, "the cut");
    CHECK(page_before(251) == numbered(51, 250));
}

TEST_CASE_METHOD(LateComer, "what is not on the own disk cannot be read without the host") {
    world.network.pull_cables();
    bob.submit(command::LoadHistory{"", 251, 200});
    world.run_until_in_time([&] { return !bob.all<event::Error>().empty(); }, "an answer");
    CHECK(bob.all<event::Error>().back().fault.code == FaultCode::disconnected);
    // As if nothing had ever been said.
    CHECK(bob.all<event::History>().empty());
}

// ---- What was written before leaving ------------------------------------------------------------

TEST_CASE_METHOD(HostAndTwoMembers, "what is said just before leaving is heard and confirmed") {
    bob.submit(say("", "bye all"), "a");
    bob.submit(say("小陈", "bye you"), "b");
    bob.submit(command::Leave{});
    chen.await<event::Message>(says("bye all"));
    bob.await<event::RoleEnded>();
    CHECK(bob.all<event::Sent>().size() == 1);
    CHECK(bob.all<event::Delivered>().size() == 1);
    CHECK(chen.all<event::Message>().size() == 2);
}

TEST_CASE_METHOD(HostAndMember, "what could not be sent before leaving is answered, and kept") {
    world.network.pull_cables();
    bob.submit(say("", "too late"), "a");
    bob.submit(command::Leave{});
    world.run_until_in_time([&] { return !bob.all<event::RoleEnded>().empty(); }, "the end");
    const auto& errors = bob.all<event::Error>();
    REQUIRE(errors.size() == 1);
    CHECK(errors.front().fault.code == FaultCode::not_in_room);
    CHECK_FALSE(answers_to(bob, "a").empty());
    world.network.may_connect = nullptr;
    join(bob);
    anna.await<event::Message>(says("too late"));
}

TEST_CASE("what was written for one room of a host is not said in another one of his") {
    World world;
    ScratchFolder profile;
    Person bob(world, "Bob", "10.0.0.2");
    const auto open = [&](Person& anna, const std::string& room) {
        anna.submit(command::Host{7788, "", room});
        anna.await<event::Hosting>();
    };
    const auto await_return = [&](std::size_t times) {
        world.run_until_in_time([&] { return bob.all<event::Joined>().size() == times; }, "him");
    };
    {
        Person anna(world, "Anna", host_address, PathPolicy::automatic, profile.path());
        open(anna, "Staff");
        join(bob);
    }
    world.run_until_in_time([&] { return !bob.all<event::Disconnected>().empty(); }, "the end");
    bob.submit(say("", "the salary list"), "s");
    {
        Person anna(world, "Anna", host_address, PathPolicy::automatic, profile.path());
        open(anna, "Public lecture");
        await_return(2);
        CHECK(bob.await<event::Error>().fault.code == FaultCode::not_in_room);
        bob.submit(say("", "hello"));
        anna.await<event::Message>(says("hello"));
        CHECK(anna.all<event::Message>().size() == 1);
    }
    Person anna(world, "Anna", host_address, PathPolicy::automatic, profile.path());
    open(anna, "Staff");
    await_return(3);
    anna.await<event::Message>(says("the salary list"));
    CHECK(anna.all<event::Message>().size() == 1);
}

}  // namespace
}  // namespace dropline::testing
