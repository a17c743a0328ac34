#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/api/limits.hpp"
#include "tests/pair/room_steps.hpp"
#include "tests/pair/stranger.hpp"

namespace dropline::testing {
namespace {

TEST_CASE("joining where nobody hosts ends with a sentence and no role") {
    World world;
    Person bob(world, "Bob", "10.0.0.2");
    bob.submit(command::Join{host_target}, "j");
    const auto ended = bob.await<event::RoleEnded>();
    REQUIRE(ended.fault);
    CHECK(ended.fault->code == FaultCode::cannot_connect);
    CHECK(bob.seen().back().ref == "j");
}

// ---- Turned away before a word -----------------------------------------------------------------

/// Somebody at Bob's address has used up what the host grants to it.
struct BusyAddress {
    World world;
    Person anna{world, "Anna", host_address};
    Person bob{world, "Bob", "10.0.0.2"};
    TimePoint began = world.clock.now();

    BusyAddress() {
        host(anna);
        Stranger neighbour(world, "10.0.0.2");
        const auto to = *parse_endpoint(host_target);
        for (double i = 0; i < limits::connections_per_address_burst; ++i) {
            [[maybe_unused]] const auto connection =
                neighbour.run(neighbour.network().connect(world.clock, to));
            world.settle();
        }
        bob.submit(command::Join{host_target});
        world.settle();
    }
};

TEST_CASE_METHOD(BusyAddress,
                 "who is turned away because too many came tries again, and comes in") {
    CHECK(bob.all<event::RoleEnded>().empty());
    world.run_until_in_time([&] { return !bob.all<event::Joined>().empty(); }, "coming in");
    CHECK(world.clock.now() - began < std::chrono::seconds(5));
}

TEST_CASE_METHOD(BusyAddress, "who waits to be let in can leave at any moment") {
    bob.submit(command::Leave{});
    CHECK_FALSE(bob.await<event::RoleEnded>().fault);
    world.advance(std::chrono::seconds(10));
    CHECK(anna.all<event::PeerJoined>().empty());
}

asio::awaitable<void> close_whatever_comes(Acceptor& acceptor, std::size_t& count) {
    for (;;) {
        const auto connection = co_await acceptor.accept();
        if (!connection) co_return;
        ++count;
    }
}

TEST_CASE("where everybody is turned away both reasons are told, after seven seconds") {
    World world;
    Stranger other(world, host_address);
    std::size_t connections = 0;
    auto acceptors = other.network().listen("", 7788);
    REQUIRE(acceptors);
    asio::co_spawn(world.loop, close_whatever_comes(*acceptors->front(), connections),
                   asio::detached);
    Person bob(world, "Bob", "10.0.0.2");
    const TimePoint began = world.clock.now();
    bob.submit(command::Join{host_target});
    world.run_until_in_time([&] { return !bob.all<event::RoleEnded>().empty(); }, "the end");
    const auto fault = bob.all<event::RoleEnded>().front().fault;
    REQUIRE(fault);
    CHECK(fault->code == FaultCode::cannot_connect);
    CHECK(fault->sentence ==
          "10.0.0.1:7788 closed the connection before it greeted. Either it is not dropline, or "
          "this computer has connected to it too often: then wait a minute and try again.");
    CHECK(connections == 1 + limits::entry_retries_max);
    CHECK(world.clock.now() - began >= std::chrono::seconds(7));
    CHECK(world.clock.now() - began < std::chrono::seconds(9));
    acceptors->front()->close();
    world.settle();
}

TEST_CASE("a taken port ends hosting with a sentence") {
    World world;
    Person anna(world, "Anna", host_address);
    Person bob(world, "Bob", host_address);
    host(anna);
    bob.submit(command::Host{7788, "", ""});
    const auto ended = bob.await<event::RoleEnded>();
    REQUIRE(ended.fault);
    CHECK(ended.fault->code == FaultCode::port_taken);
}

TEST_CASE("a room without a name is called after its host, however long that name is") {
    const auto names = GENERATE(table<std::string, std::string>(
        {{"Anna", "Anna's room"},
         {std::string(57, 'n'), std::string(57, 'n') + "'s room"},
         {std::string(58, 'n'), std::string(57, 'n') + "'s room"},
         {std::string(56, 'n') + " and more", std::string(56, 'n') + "'s room"},
         {std::string(limits::name_graphemes_max, 'n'), std::string(57, 'n') + "'s room"}}));
    const auto& [person, room] = names;
    World world;
    Person anna(world, person, host_address);
    Person bob(world, "Bob", "10.0.0.2");
    anna.submit(command::Host{7788, "", ""});
    CHECK(anna.await<event::Hosting>().room == room);
    bob.submit(command::Join{host_target});
    CHECK(bob.await<event::Joined>().room == room);
}

TEST_CASE("a leaving member is gone everywhere") {
    World world;
    Person anna(world, "Anna", host_address);
    Person bob(world, "Bob", "10.0.0.2");
    Person chen(world, "Chen", "10.0.0.3");
    host(anna);
    join(bob);
    join(chen);
    bob.submit(command::Leave{});
    bob.await<event::RoleEnded>();
    CHECK(anna.await<event::PeerLeft>().reason == "left");
    CHECK(chen.await<event::PeerLeft>().peer.id == bob.id());
}

TEST_CASE_METHOD(HostAndMember, "T42 a kicked member reads why, is out, and may come back") {
    anna.submit(command::Kick{"Bob", "please be quiet"});
    CHECK(bob.await<event::Kicked>().reason == "please be quiet");
    const auto ended = bob.await<event::RoleEnded>();
    REQUIRE(ended.fault);
    CHECK(ended.fault->code == FaultCode::refused);
    anna.await<event::PeerLeft>();
    join(bob);
}

TEST_CASE_METHOD(HostAndMember,
                 "T42 who could not hear that he was removed hears it when he comes back") {
    world.network.pull_cables();
    anna.submit(command::Kick{"Bob", "please be quiet"});
    world.run_until_in_time([&] { return !bob.all<event::Disconnected>().empty(); }, "the cut");
    world.network.may_connect = nullptr;
    world.run_until_in_time([&] { return !bob.all<event::RoleEnded>().empty(); }, "the last word");
    const auto fault = bob.all<event::RoleEnded>().front().fault;
    REQUIRE(fault);
    CHECK(fault->code == FaultCode::refused);
    CHECK(fault->sentence.find("please be quiet") != std::string::npos);
    // That was it: he may come back by hand.
    join(bob);
}

TEST_CASE_METHOD(
    HostAndMember,
    "T42 a ban that was not heard, and then undone, is not said at the door any more") {
    world.network.pull_cables();
    anna.submit(command::Ban{"Bob", std::nullopt, "spam"});
    world.run_until_in_time([&] { return !bob.all<event::Disconnected>().empty(); }, "the cut");
    world.network.may_connect = nullptr;
    world.run_until_in_time([&] { return !bob.all<event::RoleEnded>().empty(); }, "the ban");
    anna.submit(command::Unban{bob.text_id()});
    anna.await<event::Bans>([](const event::Bans& bans) { return bans.bans.empty(); });
    join(bob);
}

TEST_CASE_METHOD(HostAndMember,
                 "T42 a ban that was undone before anybody heard of it keeps nobody out") {
    world.network.pull_cables();
    anna.submit(command::Ban{"Bob", std::nullopt, "spam"});
    world.run_until_in_time([&] { return !bob.all<event::Disconnected>().empty(); }, "the cut");
    world.advance(2 * limits::graceful_close_max);
    anna.submit(command::Unban{bob.text_id()});
    anna.await<event::Bans>([](const event::Bans& bans) { return bans.bans.empty(); });
    world.network.may_connect = nullptr;
    world.run_until_in_time([&] { return bob.all<event::Joined>().size() == 2; }, "the return");
    CHECK(bob.all<event::RoleEnded>().empty());
}

TEST_CASE("T42 who is back before the host has given his dead line up hears why he was removed") {
    World world;
    Person anna(world, "Anna", host_address);
    host(anna);
    Stranger bob(world, "10.0.0.2");
    FrameStream dead = bob.join(host_target, "Bob");  // reads nothing any more
    anna.await<event::PeerJoined>();
    anna.submit(command::Kick{"Bob", "please be quiet"});
    anna.await<event::PeerLeft>();
    FrameStream again = bob.connect(host_target);
    bob.send(again, wire::Hello{});
    const auto refused = bob.receive<wire::Refused>(again, wire::Phase::member_expects_welcome);
    CHECK(refused.reason.find("please be quiet") != std::string::npos);
    // That was it: he may come back by hand.
    [[maybe_unused]] const FrameStream in = bob.join(host_target, "Bob");
    world.advance(2 * limits::graceful_close_max);
    FrameStream once_more = bob.connect(host_target);
    bob.send(once_more, wire::Hello{});
    bob.receive<wire::Welcome>(once_more, wire::Phase::member_expects_welcome);
}

TEST_CASE_METHOD(HostAndMember, "only the host may kick") {
    bob.submit(command::Kick{"Anna", ""});
    CHECK(bob.await<event::Error>().fault.code == FaultCode::not_allowed);
}

TEST_CASE("a member whose host closes the room says so, tries again, and is back when it reopens") {
    World world;
    ScratchFolder profile;
    Person bob(world, "Bob", "10.0.0.2");
    {
        Person anna(world, "Anna", host_address, PathPolicy::automatic, profile.path());
        host(anna);
        join(bob);
        anna.submit(say("", "before"));
        bob.await<event::Message>(says("before"));
        anna.submit(command::Leave{});
        anna.await<event::RoleEnded>();
    }
    CHECK(bob.await<event::Disconnected>().reason == "The host closed the room.");
    bob.submit(say("", "typed meanwhile"));
    Person anna(world, "Anna", host_address, PathPolicy::automatic, profile.path());
    host(anna);
    anna.submit(say("", "after"));
    anna.await<event::Sent>();
    world.run_until_in_time([&] { return bob.all<event::Joined>().size() == 2; }, "coming back");
    bob.await<event::Message>(says("after"));
    anna.await<event::Message>(says("typed meanwhile"));
    CHECK(bob.await<event::Sent>().seq == 3);
    // Exactly once: "before" is not shown a second time.
    int before = 0;
    for (const auto& event : bob.all<event::Message>()) before += event.message.text == "before";
    CHECK(before == 1);
}

// ---- A host put back to an earlier state --------------------------------------------------------

/// Anna's disk fails, and she goes on from a copy of it.
struct PutBackHost {
    World world;
    ScratchFolder profile;
    ScratchFolder copy;
    ScratchFolder bobs_profile;
    std::optional<Person> anna;
    std::optional<Person> bob;

    PutBackHost() {
        open_room(profile);
        enter();
        everyone_hears(*anna, {"m1", "m2"});
        anna.reset();
        copy_profile(profile, copy);
        open_room(profile);
        wait_for_joins(2);
    }
    static void copy_profile(const ScratchFolder& from, const ScratchFolder& to) {
        std::filesystem::copy(from.path(), to.path(),
                              std::filesystem::copy_options::recursive |
                                  std::filesystem::copy_options::overwrite_existing);
    }
    void open_room(const ScratchFolder& from) {
        anna.emplace(world, "Anna", host_address, PathPolicy::automatic, from.path());
        host(*anna);
    }
    void enter() {
        bob.emplace(world, "Bob", "10.0.0.2", PathPolicy::automatic, bobs_profile.path());
        join(*bob);
    }
    void wait_for_joins(std::size_t count) {
        world.run_until_in_time([&] { return bob->all<event::Joined>().size() == count; },
                                "coming back");
    }
    /// Nobody else is in the room: time stands still.
    void say_alone(const std::vector<std::string>& texts) {
        for (const std::string& text : texts) {
            anna->submit(say("", text));
            anna->await<event::Sent>();
        }
    }
    void everyone_hears(Person& speaker, const std::vector<std::string>& texts) {
        for (const std::string& text : texts) speaker.submit(say("", text));
        world.run_until_in_time([&] { return heard().ends_with(texts.back()); }, "the last word");
    }
    /// What is on Bob's screen, in the order it came.
    std::string heard() {
        std::string all;
        for (const auto& event : bob->all<event::Message>()) all += " " + event.message.text;
        return all;
    }
    /// What Bob reads when he scrolls back.
    std::string kept() {
        const std::size_t pages = bob->all<event::History>().size();
        bob->submit(command::LoadHistory{"", std::nullopt, 200});
        world.run_until_in_time([&] { return bob->all<event::History>().size() > pages; },
                                "the page");
        std::string all;
        for (const auto& message : bob->all<event::History>().back().messages) {
            all += " " + message.text;
        }
        return all;
    }
};

std::string words_of(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) all += " " + text;
    return all;
}

TEST_CASE_METHOD(PutBackHost, "who comes back to a host that was put back sees what it says anew") {
    everyone_hears(*anna, {"lost3", "lost4"});
    anna.reset();
    open_room(copy);
    const auto anew = GENERATE(std::vector<std::string>{}, std::vector<std::string>{"new3"},
                               std::vector<std::string>{"new3", "new4"},
                               std::vector<std::string>{"new3", "new4", "new5"});
    say_alone(anew);
    wait_for_joins(3);
    everyone_hears(*anna, {"at-last"});
    CHECK(heard() == " m1 m2 lost3 lost4" + words_of(anew) + " at-last");
    CHECK(kept() == " m1 m2" + words_of(anew) + " at-last");
}

TEST_CASE_METHOD(PutBackHost, "who starts anew after his host was put back sees its words") {
    everyone_hears(*anna, {"lost3", "lost4"});
    bob.reset();
    anna.reset();
    open_room(copy);
    say_alone({"new3", "new4", "new5"});
    enter();
    everyone_hears(*anna, {"at-last"});
    CHECK(heard() == " m1 m2 new3 new4 new5 at-last");
    CHECK(kept() == " m1 m2 new3 new4 new5 at-last");
}

TEST_CASE_METHOD(PutBackHost, "a host that was put back by many pages is understood too") {
    std::vector<std::string> lost;
    std::vector<std::string> anew;
    for (std::size_t n = 0; n < 2 * limits::history_messages_max + 3; ++n) {
        lost.push_back("lost" + std::to_string(n));
        anew.push_back("new" + std::to_string(n));
    }
    everyone_hears(*anna, lost);
    anna.reset();
    open_room(copy);
    say_alone(anew);
    wait_for_joins(3);
    everyone_hears(*anna, {"at-last"});
    CHECK(heard() == " m1 m2" + words_of(lost) + words_of(anew) + " at-last");
}

TEST_CASE_METHOD(PutBackHost, "what was shown before the host was put back is not shown twice") {
    ScratchFolder chens_profile;
    ScratchFolder chens_copy;
    const auto chen_comes = [&](const ScratchFolder& from) {
        auto chen =
            std::make_unique<Person>(world, "Chen", "10.0.0.3", PathPolicy::automatic, from.path());
        join(*chen);
        return chen;
    };
    // His words wait on his disk, of which there is a copy too.
    auto chen = chen_comes(chens_profile);
    anna.reset();
    chen->await<event::Disconnected>();
    chen->submit(say("", "waiting"));
    chen->await<event::Message>(says("waiting"));
    chen.reset();
    copy_profile(chens_profile, chens_copy);
    open_room(profile);
    wait_for_joins(3);
    chen = chen_comes(chens_profile);
    world.run_until_in_time([&] { return heard() == " m1 m2 waiting"; }, "what waited");
    chen.reset();
    anna.reset();
    open_room(copy);
    say_alone({"new3"});
    wait_for_joins(4);
    chen = chen_comes(chens_copy);
    chen->await<event::Sent>();
    everyone_hears(*anna, {"at-last"});
    CHECK(heard() == " m1 m2 waiting new3 at-last");
    CHECK(kept() == " m1 m2 new3 waiting at-last");
}

TEST_CASE_METHOD(HostAndMember,
                 "a link that falls silent is noticed within ten seconds on both sides") {
    // Not at a moment that the watch over silence began with.
    world.advance(std::chrono::milliseconds(1000));
    bob.submit(say("", "a word that is heard"));
    anna.await<event::Message>();
    // From here on bytes written by either side arrive nowhere: the pulled cable.
    world.network.pull_cables();
    const auto pulled_at = world.clock.now();
    world.run_until_in_time([&] { return !anna.all<event::PeerLeft>().empty(); }, "host notices");
    world.run_until_in_time([&] { return !bob.all<event::Disconnected>().empty(); },
                            "member notices");
    CHECK(world.clock.now() - pulled_at < std::chrono::seconds(10));
}

TEST_CASE_METHOD(HostAndMember, "an idle room stays: pings keep it alive for an hour") {
    world.advance(std::chrono::hours(1), std::chrono::seconds(1));
    CHECK(anna.all<event::PeerLeft>().empty());
    CHECK(bob.all<event::Disconnected>().empty());
}

TEST_CASE_METHOD(HostAndMember,
                 "a host who is held back by its own consumer is not taken for dead") {
    anna.hold_reading();
    bob.submit(say("", "are you there"));
    world.advance(std::chrono::minutes(2), std::chrono::seconds(1));
    CHECK(bob.all<event::Disconnected>().empty());
    anna.go_on_reading();
    anna.await<event::Message>(says("are you there"));
}

TEST_CASE("two programs with one key do not throw each other out for ever") {
    World world;
    ScratchFolder profile;
    ScratchFolder copy;
    Person anna(world, "Anna", host_address);
    Person bob(world, "Bob", "10.0.0.2", PathPolicy::automatic, profile.path());
    std::filesystem::copy(profile.path() / "key.pem", copy.path() / "key.pem");
    Person other(world, "Bob", "10.0.0.3", PathPolicy::automatic, copy.path());
    REQUIRE(bob.id() == other.id());
    host(anna);
    join(bob);
    join(other);
    const auto ended = bob.await<event::RoleEnded>();
    REQUIRE(ended.fault);
    CHECK(ended.fault->sentence.find("from somewhere else") != std::string::npos);
    world.advance(std::chrono::minutes(1));
    CHECK(other.all<event::Disconnected>().empty());
    CHECK(anna.all<event::PeerJoined>().size() == 2);
}

TEST_CASE("F4 the same key coming again replaces its ghost at once") {
    World world;
    ScratchFolder profile;
    ScratchFolder copy;
    Person anna(world, "Anna", host_address);
    host(anna);
    Person bob(world, "Bob", "10.0.0.2", PathPolicy::automatic, profile.path());
    join(bob);
    std::filesystem::copy_file(profile.path() / "key.pem", copy.path() / "key.pem");
    Person again(world, "Bob", "10.0.0.3", PathPolicy::automatic, copy.path());
    join(again);
    CHECK(again.id() == bob.id());
    anna.submit(command::ListPeers{});
    CHECK(anna.await<event::Peers>().peers.size() == 2);
}

TEST_CASE("a full room refuses the next one with a sentence") {
    World world;
    Person anna(world, "Anna", host_address, PathPolicy::automatic, std::nullopt, 2);
    Person bob(world, "Bob", "10.0.0.2");
    Person chen(world, "Chen", "10.0.0.3");
    host(anna);
    join(bob);
    chen.submit(command::Join{host_target});
    const auto ended = chen.await<event::RoleEnded>();
    REQUIRE(ended.fault);
    CHECK(ended.fault->sentence.find("full") != std::string::npos);
}

TEST_CASE("C1 T41 T7 a known host with another key is a hard stop that shows both keys") {
    World world;
    Person bob(world, "Bob", "10.0.0.2");
    PeerId first;
    {
        Person anna(world, "Anna", host_address);
        first = anna.id();
        host(anna);
        join(bob);
        bob.submit(command::Leave{});
        bob.await<event::RoleEnded>();
    }
    Person mallory(world, "Anna", host_address);
    host(mallory);
    bob.submit(command::Join{host_target});
    const auto ended = bob.await<event::RoleEnded>();
    REQUIRE(ended.fault);
    CHECK(ended.fault->code == FaultCode::key_changed);
    CHECK(ended.fault->sentence.find(fingerprint_text(first)) != std::string::npos);
    CHECK(ended.fault->sentence.find(fingerprint_text(mallory.id())) != std::string::npos);
    CHECK(mallory.all<event::PeerJoined>().empty());
}

TEST_CASE("hosting, joining and hosting again a hundred times leaves no port behind") {
    World world;
    Person anna(world, "Anna", host_address);
    Person bob(world, "Bob", "10.0.0.2");
    host(anna);
    world.settle();
    const auto ports_before = world.network.open_ports();
    for (int round = 0; round < 100; ++round) {
        bob.submit(command::Host{7788, "", "mine"});
        bob.await<event::Hosting>();
        bob.submit(command::Join{host_target});
        bob.await<event::Joined>();
        bob.submit(command::Leave{});
        bob.await<event::RoleEnded>();
        // The host lets one address in only so often.
        world.clock.advance(std::chrono::seconds(2));
    }
    world.settle();
    CHECK(world.network.open_ports() == ports_before);
}

TEST_CASE("a wish to join replaces a wish to host that is still being granted") {
    World world;
    Person anna(world, "Anna", host_address);
    host(anna);
    Person bob(world, "Bob", "10.0.0.2");
    bob.submit(command::Host{7788, "", "mine"});
    bob.submit(command::Join{host_target});
    bob.await<event::Joined>();
}

}  // namespace
}  // namespace dropline::testing
