#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "net/api/limits.hpp"
#include "tests/pair/forged_offer.hpp"
#include "tests/pair/room_steps.hpp"
#include "tests/pair/stranger.hpp"
#include "tests/pair/transfer_steps.hpp"

namespace dropline::testing {
namespace {

const auto is_away_or_here = [](const event::Bans&) { return true; };

/// Whether Bob's wish to join was refused for a ban, and what he was told.
event::Banned refused_at_the_door(Person& person) {
    const auto joined_before = person.all<event::Joined>().size();
    person.submit(command::Join{host_target});
    auto banned = person.await<event::Banned>();
    const auto ended = person.await<event::RoleEnded>();
    REQUIRE(ended.fault);
    CHECK(ended.fault->code == FaultCode::banned);
    // C21: the handshake has succeeded, and yet he never was in the room.
    CHECK(person.all<event::Joined>().size() == joined_before);
    return banned;
}

std::vector<Ban> bans_of(Person& host) {
    host.submit(command::ListBans{}, "list");
    host.await<event::Bans>(is_away_or_here);
    return host.all<event::Bans>().back().bans;
}

TEST_CASE_METHOD(
    HostAndTwoMembers,
    "T42 a banned member is out at once, reads why and until when, and others see it") {
    anna.submit(command::Ban{"Bob", 90, "spam"}, "b");
    const auto banned = bob.await<event::Banned>();
    CHECK(banned.by.id == anna.id());
    CHECK(banned.reason == "spam");
    REQUIRE(banned.until);
    CHECK(*banned.until == world.clock.wall_now() + std::chrono::minutes(90));
    const auto ended = bob.await<event::RoleEnded>();
    REQUIRE(ended.fault);
    CHECK(ended.fault->code == FaultCode::banned);
    CHECK(chen.await<event::PeerLeft>().reason == "banned by the host: spam");
    const auto bans = anna.await<event::Bans>().bans;
    CHECK(anna.seen().back().ref == "b");
    REQUIRE(bans.size() == 1);
    CHECK(bans.front().id == bob.id());
    CHECK(bans.front().name == "Bob");
    CHECK(bans.front().reason == "spam");
}

TEST_CASE_METHOD(HostAndMember, "C21 T42 a banned key is refused at the door and never joined") {
    anna.submit(command::Ban{"Bob", std::nullopt, "for good"});
    bob.await<event::RoleEnded>();
    const auto banned = refused_at_the_door(bob);
    CHECK(banned.by.id == anna.id());
    CHECK(banned.reason == "for good");
    CHECK_FALSE(banned.until);
    world.settle();
    CHECK(anna.all<event::PeerJoined>().size() == 1);
}

TEST_CASE_METHOD(HostAndMember, "a ban is on the key: another name changes nothing") {
    anna.submit(command::Ban{"Bob", std::nullopt, ""});
    bob.await<event::RoleEnded>();
    bob.submit(command::Rename{"Somebody else"});
    refused_at_the_door(bob);
}

TEST_CASE_METHOD(HostAndMember, "a ban that has run out is gone from the door and from the list") {
    anna.submit(command::Ban{"Bob", 1, ""});
    bob.await<event::RoleEnded>();
    world.clock.advance(std::chrono::seconds(59));
    CHECK(refused_at_the_door(bob).until);
    CHECK(bans_of(anna).size() == 1);
    world.clock.advance(std::chrono::seconds(1));
    CHECK(bans_of(anna).empty());
    join(bob);
}

TEST_CASE_METHOD(HostAndMember, "T24 a host's clock that jumps ahead ends no ban before its time") {
    Person chen{world, "小陈", "10.0.0.3"};
    anna.submit(command::Ban{"Bob", 60, ""});
    bob.await<event::RoleEnded>();
    world.clock.move_wall(std::chrono::hours(2));
    join(chen);
    const auto told = refused_at_the_door(bob);
    REQUIRE(told.until);
    CHECK(*told.until == world.clock.wall_now() + std::chrono::minutes(60));
    const auto bans = bans_of(anna);
    REQUIRE(bans.size() == 1);
    CHECK(bans.front().until == told.until);
    world.clock.move_wall(-std::chrono::hours(2));
    refused_at_the_door(bob);

    world.clock.advance(std::chrono::minutes(60));
    world.settle();
    CHECK(bans_of(anna).empty());
    join(bob);
}

/// Whom the disk says to be banned, over or not.
std::size_t bans_on_disk(World& world, Person& person) {
    std::optional<std::size_t> count;
    person.store().load_rights([&](const Result<KeptRights>& kept) {
        REQUIRE(kept);
        count = kept->bans.size();
    });
    world.run_until([&] { return count.has_value(); }, "the bans on the disk");
    return *count;
}

TEST_CASE("T24 a restart while the clock is ahead loses no ban: it holds when the clock is right") {
    World world;
    ScratchFolder profile;
    Person bob(world, "Bob", "10.0.0.2");
    constexpr std::uint64_t years_in_minutes = 4ULL * 365 * 24 * 60;
    WallTime until{};
    // Any time may pass while a person goes, so the clock is set anew for each.
    const auto with_host = [&](WallTime now, const std::function<void(Person&)>& act) {
        world.clock.move_wall(now - world.clock.wall_now());
        Person anna(world, "Anna", host_address, PathPolicy::automatic, profile.path());
        host(anna);
        act(anna);
    };
    const WallTime start = world.clock.wall_now();
    with_host(start, [&](Person& anna) {
        anna.submit(command::Ban{fingerprint_text(bob.id()), years_in_minutes, ""});
        until = *anna.await<event::Bans>().bans.front().until;
    });
    with_host(until + std::chrono::hours(2), [&](Person& anna) {
        CHECK(bans_of(anna).empty());
        anna.submit(command::Unban{fingerprint_text(bob.id())});
        CHECK(anna.await<event::Error>().fault.code == FaultCode::unknown_peer);
    });
    with_host(start, [&](Person& anna) {
        CHECK(bans_of(anna).size() == 1);
        refused_at_the_door(bob);
    });
    with_host(until + std::chrono::hours(23), [&](Person& anna) {
        CHECK(bans_of(anna).empty());
        CHECK(bans_on_disk(world, anna) == 1);
    });
    with_host(until + std::chrono::hours(25), [&](Person& anna) {
        CHECK(bans_of(anna).empty());
        CHECK(bans_on_disk(world, anna) == 0);
    });
}

TEST_CASE("a ban lasts no longer than its time when its host starts with a clock far behind") {
    World world;
    ScratchFolder profile;
    Person bob(world, "Bob", "10.0.0.2");
    {
        Person anna(world, "Anna", host_address, PathPolicy::automatic, profile.path());
        host(anna);
        anna.submit(command::Ban{fingerprint_text(bob.id()), 60, ""});
        anna.await<event::Bans>();
    }
    world.clock.move_wall(-std::chrono::hours(24 * 30));
    Person anna(world, "Anna", host_address, PathPolicy::automatic, profile.path());
    host(anna);
    CHECK(bans_of(anna).size() == 1);
    world.clock.move_wall(std::chrono::hours(24 * 30));
    world.clock.advance(std::chrono::minutes(60));
    world.settle();
    CHECK(bans_of(anna).empty());
}

TEST_CASE_METHOD(HostAndMember, "a ban that is undone lets him in again") {
    anna.submit(command::Ban{"Bob", std::nullopt, ""});
    anna.await<event::Bans>();
    bob.await<event::RoleEnded>();
    anna.submit(command::Unban{fingerprint_text(bob.id())}, "u");
    CHECK(anna.await<event::Bans>().bans.empty());
    CHECK(anna.seen().back().ref == "u");
    join(bob);
}

TEST_CASE("a ban survives a restart of its host, and can be made before somebody ever came") {
    World world;
    ScratchFolder profile;
    Person bob(world, "Bob", "10.0.0.2");
    Person chen(world, "Chen", "10.0.0.3");
    {
        Person anna(world, "Anna", host_address, PathPolicy::automatic, profile.path());
        host(anna);
        join(bob);
        anna.submit(command::Ban{"Bob", std::nullopt, "noise"});
        anna.await<event::Bans>();
        anna.submit(command::Ban{fingerprint_text(chen.id()), std::nullopt, ""});
        anna.await<event::Bans>([](const event::Bans& bans) { return bans.bans.size() == 2; });
        bob.await<event::RoleEnded>();
    }
    Person anna(world, "Anna", host_address, PathPolicy::automatic, profile.path());
    host(anna);
    CHECK(refused_at_the_door(bob).reason == "noise");
    refused_at_the_door(chen);
    const auto bans = bans_of(anna);
    REQUIRE(bans.size() == 2);
    const auto is_bobs = [&](const Ban& ban) { return ban.id == bob.id() && ban.name == "Bob"; };
    const auto is_chens = [&](const Ban& ban) { return ban.name == key_tag(chen.id()); };
    CHECK(std::ranges::count_if(bans, is_bobs) == 1);
    CHECK(std::ranges::count_if(bans, is_chens) == 1);
}

// ---- From outside -------------------------------------------------------------------------------

/// Mal comes by hand, asks for a connection, and does not use it before he is gone.
struct UnusedTicket : HostAndMember {
    Stranger mal{world, "10.0.0.9"};
    FrameStream room = mal.join(host_target, "Mal");

    UnusedTicket() { bob.await<event::PeerJoined>(); }
    wire::StreamTicket ticket_for(const PeerId& peer) {
        mal.send(room, wire::StreamRequest{1, peer, wire::Purpose::conversation});
        return mal.next<wire::StreamTicket>(room, wire::Phase::member_in_room);
    }
    /// True when the other side ends it without having heard what is said on it.
    bool is_hung_up_on(const wire::StreamTicket& ticket) {
        auto tls =
            mal.run(dial(world.clock, mal.network(), mal.tls(),
                         *parse_endpoint(ticket.candidates.front()), Channel::peer, ticket.peer));
        REQUIRE(tls);
        FrameStream talk(std::move(*tls));
        mal.send(talk, wire::PeerHello{ticket.stream});
        if (!mal.receive(talk, wire::Phase::peer_expects_welcome)) return true;
        mal.send(talk, wire::PeerUse{wire::Purpose::conversation, {}});
        mal.send(talk, wire::PrivateMessage{random_id<MessageId>(), "still here", 1});
        return !mal.receive(talk, wire::Phase::peer_in_conversation);
    }
};

TEST_CASE_METHOD(UnusedTicket, "T42 who was removed reaches the host by no ticket he still has") {
    const auto ticket = ticket_for(anna.id());
    anna.submit(command::Kick{"Mal", "spam"});
    anna.await<event::PeerLeft>();
    CHECK(is_hung_up_on(ticket));
    CHECK(anna.all<event::Message>().empty());
}

TEST_CASE_METHOD(UnusedTicket, "who has left reaches a member by no ticket he still has") {
    const auto ticket = ticket_for(bob.id());
    mal.send(room, wire::Leave{});
    bob.await<event::PeerLeft>();
    CHECK(is_hung_up_on(ticket));
    CHECK(bob.all<event::Message>().empty());
}

/// Bob's large file is on its way to Chen.
struct SentToChen : HostAndTwoMembers {
    ScratchFolder files;
    event::Offer offered;

    SentToChen() {
        slow_down(bob);
        offered = offer(bob, chen, {write_large_file(files.path() / "large")});
        chen.submit(command::Accept{offered.transfer, chen.downloads(), {}, {}});
        await_flow(world, chen, offered.transfer);
    }
};

TEST_CASE_METHOD(SentToChen, "T42 a ban on who has left ends what he left unfinished") {
    bob.submit(command::Leave{});
    await_state(world, chen, offered.transfer, TransferState::interrupted);
    anna.await<event::PeerLeft>();
    anna.submit(command::Ban{"Bob", std::nullopt, "spam"});
    anna.await<event::Bans>();
    await_state(world, chen, offered.transfer, TransferState::failed);
    CHECK(chen.all<event::PeerLeft>().size() == 1);
}

TEST_CASE_METHOD(SentToChen, "T42 who was cut off when somebody was banned hears it on return") {
    world.network.pull_cables();
    world.run_until_in_time([&] { return !chen.all<event::Disconnected>().empty(); }, "the cut");
    anna.submit(command::Ban{bob.text_id(), std::nullopt, "spam"});
    anna.await<event::Bans>();
    world.network.may_connect = nullptr;
    const auto is_over = [&] {
        return latest(chen, offered.transfer).state == TransferState::failed;
    };
    world.run_until_in_time(is_over, "the end of the transfer");
}

TEST_CASE_METHOD(HostAndMember, "T42 whoever starts anew after a ban reads who was banned") {
    ScratchFolder files;
    ScratchFolder profile;
    const auto start = [&] {
        return std::make_unique<Person>(world, "小陈", "10.0.0.3", PathPolicy::automatic,
                                        profile.path());
    };
    auto chen = start();
    join(*chen);
    bob.await<event::PeerJoined>();
    slow_down(bob);
    const auto id = offer(bob, *chen, {write_large_file(files.path() / "large")}).transfer;
    chen->submit(command::Accept{id, files.path(), {"large"}, {}});
    await_flow(world, *chen, id);
    chen.reset();
    anna.submit(command::Ban{"Bob", std::nullopt, "spam"});
    anna.await<event::Bans>();
    chen = start();
    join(*chen);
    const auto ended = await_state(world, *chen, id, TransferState::failed);
    CHECK(ended.fault->sentence == "Bob was banned from the room by its host.");
}

TEST_CASE_METHOD(SentToChen, "T42 a ban ends nothing that was agreed in another host's room") {
    chen.submit(command::Leave{});
    chen.await<event::RoleEnded>();
    Person dora(world, "Dora", "10.0.0.4");
    host(dora);
    chen.submit(command::Join{"10.0.0.4:7788"});
    chen.await<event::Joined>();
    dora.submit(command::Ban{bob.text_id(), std::nullopt, "never seen"});
    dora.await<event::Bans>();
    chen.submit(command::Leave{});
    chen.await<event::RoleEnded>();
    bob.submit(command::SetRateLimits{0, 0});
    join(chen);
    await_state(world, chen, offered.transfer, TransferState::done);
}

TEST_CASE_METHOD(HostAndMember, "a ban that makes no sense is refused with a sentence") {
    const auto fault_of_ban = [this](command::Ban wish) {
        anna.submit(std::move(wish));
        return anna.await<event::Error>().fault.code;
    };
    CHECK(fault_of_ban({"Bob", 0, ""}) == FaultCode::bad_request);
    CHECK(fault_of_ban({"Bob", limits::ban_minutes_max + 1, ""}) == FaultCode::bad_request);
    CHECK(fault_of_ban({fingerprint_text(anna.id()), 5, ""}) == FaultCode::bad_request);
    CHECK(fault_of_ban({"everyone", 5, ""}) == FaultCode::bad_request);
    CHECK(fault_of_ban({"Nobody", 5, ""}) == FaultCode::unknown_peer);
    anna.submit(command::Unban{fingerprint_text(bob.id())});
    CHECK(anna.await<event::Error>().fault.code == FaultCode::unknown_peer);
    CHECK(bob.all<event::Banned>().empty());
}

TEST_CASE_METHOD(HostAndMember, "the longest ban there is can be made") {
    anna.submit(command::Ban{"Bob", limits::ban_minutes_max, ""});
    const auto banned = bob.await<event::Banned>();
    REQUIRE(banned.until);
    CHECK(*banned.until == world.clock.wall_now() + std::chrono::minutes(limits::ban_minutes_max));
}

TEST_CASE_METHOD(HostAndMember,
                 "as many bans as there may be are kept, and the one above is refused") {
    const auto key = [](std::size_t number) {
        PeerId id;
        id.bytes[0] = static_cast<std::uint8_t>(number);
        id.bytes[1] = static_cast<std::uint8_t>(number / 256);
        id.bytes[31] = 1;
        return fingerprint_text(id);
    };
    for (std::size_t i = 0; i < limits::bans_max; ++i) {
        anna.submit(command::Ban{key(i), std::nullopt, ""});
        if (i % 100 == 0) anna.await<event::Bans>();
    }
    anna.submit(command::Ban{"Bob", std::nullopt, ""}, "above");
    CHECK(anna.await<event::Error>().fault.code == FaultCode::too_large);
    world.settle();
    CHECK(bob.all<event::Banned>().empty());
    CHECK(bans_of(anna).size() == limits::bans_max);
    // Another one on the same key is no further one.
    anna.submit(command::Ban{key(0), 5, "again"}, "again");
    anna.await<event::Bans>([](const event::Bans& bans) {
        return std::ranges::any_of(bans.bans, [](const Ban& ban) { return ban.reason == "again"; });
    });
}

TEST_CASE_METHOD(HostAndMember, "a member can do nothing of what is the host's") {
    const std::vector<CommandBody> wishes{command::Kick{"Anna", ""},
                                          command::Ban{"Anna", 5, ""},
                                          command::Unban{fingerprint_text(anna.id())},
                                          command::ListBans{},
                                          command::Mute{"Anna", true},
                                          command::SetRole{"Anna", Role::guest},
                                          command::SetRules{{FileRule::nobody, std::nullopt}}};
    for (const CommandBody& wish : wishes) {
        CAPTURE(wish.index());
        bob.submit(wish);
        CHECK(bob.await<event::Error>().fault.code == FaultCode::not_allowed);
    }
    world.settle();
    CHECK(anna.all<event::PeerLeft>().empty());
    CHECK(anna.all<event::PeerChanged>().empty());
}

// ---- Mute ---------------------------------------------------------------------------------------

const auto is_muted = [](const event::PeerChanged& changed) { return changed.peer.is_muted; };
const auto may_talk = [](const event::PeerChanged& changed) { return !changed.peer.is_muted; };

TEST_CASE_METHOD(HostAndTwoMembers, "a muted member is heard by nobody, and everybody sees why") {
    anna.submit(command::Mute{"Bob", true}, "m");
    CHECK(anna.await<event::PeerChanged>(is_muted).peer.id == bob.id());
    CHECK(anna.seen().back().ref == "m");
    CHECK(bob.await<event::PeerChanged>(is_muted).peer.id == bob.id());
    CHECK(chen.await<event::PeerChanged>(is_muted).peer.id == bob.id());
    bob.submit(say("", "can you hear me"), "s");
    const auto refused = bob.await<event::Error>();
    CHECK(refused.fault.code == FaultCode::refused);
    CHECK(refused.fault.sentence.find("muted") != std::string::npos);
    CHECK(bob.seen().back().ref == "s");
    CHECK(refused.refused == bob.all<event::Message>().back().message.id);

    anna.submit(command::Mute{"Bob", false});
    bob.await<event::PeerChanged>(may_talk);
    bob.submit(say("", "and now"));
    chen.await<event::Message>(says("and now"));
    for (const auto& message : chen.all<event::Message>()) {
        CHECK(message.message.text != "can you hear me");
    }
}

TEST_CASE_METHOD(HostAndMember,
                 "a mute outlasts coming back, and does not touch private messages") {
    anna.submit(command::Mute{"Bob", true});
    bob.await<event::PeerChanged>(is_muted);
    bob.submit(command::Leave{});
    bob.await<event::RoleEnded>();
    bob.submit(command::Join{host_target});
    CHECK(bob.await<event::Joined>().self.is_muted);
    bob.submit(say("", "still me"));
    CHECK(bob.await<event::Error>().fault.sentence.find("muted") != std::string::npos);
    bob.submit(say("Anna", "between us"));
    anna.await<event::Message>(says("between us"));
}

// ---- Guests -------------------------------------------------------------------------------------

const auto is_guest = [](const event::PeerChanged& changed) {
    return changed.peer.role == Role::guest;
};

TEST_CASE_METHOD(HostAndTwoMembers, "a guest is one for all, keeps it over a restart, and talks") {
    anna.submit(command::SetRole{"Bob", Role::guest}, "g");
    anna.await<event::PeerChanged>(is_guest);
    CHECK(anna.seen().back().ref == "g");
    bob.await<event::PeerChanged>(is_guest);
    chen.await<event::PeerChanged>(is_guest);
    bob.submit(say("", "I am new here"));
    chen.await<event::Message>(says("I am new here"));
    bob.submit(command::Leave{});
    bob.await<event::RoleEnded>();
    bob.submit(command::Join{host_target});
    CHECK(bob.await<event::Joined>().self.role == Role::guest);
}

TEST_CASE_METHOD(HostAndMember, "a guest gets nothing that was said before he came") {
    anna.submit(command::SetRole{"Bob", Role::guest});
    bob.await<event::PeerChanged>(is_guest);
    bob.submit(command::Leave{});
    bob.await<event::RoleEnded>();
    for (int i = 0; i < 5; ++i) anna.submit(say("", "secret " + std::to_string(i)));
    anna.await<event::Sent>([](const event::Sent& sent) { return sent.seq == 5; });
    join(bob);
    anna.submit(say("", "welcome"));
    bob.await<event::Message>(says("welcome"));
    bob.submit(command::LoadHistory{"", std::nullopt, 200});
    for (const auto& message : bob.await<event::History>().messages) {
        CHECK(message.text == "welcome");
    }
    for (const auto& message : bob.all<event::Message>()) CHECK(message.message.text == "welcome");
}

TEST_CASE_METHOD(HostAndTwoMembers, "a guest may send files to the host and to nobody else") {
    anna.submit(command::SetRole{"Bob", Role::guest});
    bob.await<event::PeerChanged>(is_guest);
    const ScratchFolder files;
    const auto path = write_file(files.path() / "homework.txt", "42");
    bob.submit(command::Send{"小陈", {path}}, "c");
    const auto refused = bob.await<event::Error>();
    CHECK(refused.fault.code == FaultCode::not_allowed);
    CHECK(refused.fault.sentence.find("only to the host") != std::string::npos);
    bob.submit(command::Send{"Anna", {path}});
    CHECK(anna.await<event::Offer>().name == "homework.txt");
    chen.submit(command::Send{"Bob", {path}});
    CHECK(bob.await<event::Offer>().from.id == chen.id());
    CHECK(chen.all<event::Offer>().empty());
}

// ---- Rules --------------------------------------------------------------------------------------

const auto is_for_nobody = [](const event::Rules& rules) {
    return rules.rules.files == FileRule::nobody;
};

TEST_CASE_METHOD(HostAndTwoMembers, "rules reach everybody at once, and whoever comes later") {
    const RoomRules rules{FileRule::only_to_host, 1'000'000};
    anna.submit(command::SetRules{rules}, "r");
    const auto are_set = [&](const event::Rules& told) { return told.rules == rules; };
    anna.await<event::Rules>(are_set);
    CHECK(anna.seen().back().ref == "r");
    bob.await<event::Rules>(are_set);
    Person dora(world, "Dora", "10.0.0.4");
    join(dora);
    dora.await<event::Rules>(are_set);
}

TEST_CASE_METHOD(HostAndTwoMembers, "each rule on files is kept where it is to be, and named") {
    const ScratchFolder files;
    const auto path = write_file(files.path() / "notes.txt", std::string(1000, 'n'));
    const auto objection = [&](const std::string& to) {
        bob.submit(command::Send{to, {path}});
        return bob.await<event::Error>().fault.sentence;
    };
    const auto set = [&](RoomRules rules) {
        anna.submit(command::SetRules{rules});
        bob.await<event::Rules>([&](const event::Rules& told) { return told.rules == rules; });
    };
    set({FileRule::only_to_host, std::nullopt});
    CHECK(objection("小陈") == "In this room files may be sent only to the host.");
    bob.submit(command::Send{"Anna", {path}});
    anna.await<event::Offer>();

    set({FileRule::nobody, std::nullopt});
    CHECK(objection("Anna") == "In this room only the host may send files.");
    anna.submit(command::Send{"小陈", {path}});
    CHECK(chen.await<event::Offer>().from.id == anna.id());

    set({FileRule::all, 999});
    CHECK(objection("小陈") ==
          "In this room at most 999 B may be offered at once; this is 1.0 kB.");
    set({FileRule::all, 1000});
    bob.submit(command::Send{"小陈", {path}});
    CHECK(chen.await<event::Offer>().from.id == bob.id());
}

TEST_CASE("the rules of a room survive a restart of its host") {
    World world;
    ScratchFolder profile;
    const RoomRules rules{FileRule::nobody, 5};
    {
        Person anna(world, "Anna", host_address, PathPolicy::automatic, profile.path());
        host(anna);
        anna.submit(command::SetRules{rules});
        anna.await<event::Rules>(is_for_nobody);
        world.settle();
    }
    Person anna(world, "Anna", host_address, PathPolicy::automatic, profile.path());
    anna.submit(command::Host{7788, "", "Physics 101"});
    CHECK(anna.await<event::Rules>().rules == rules);
}

TEST_CASE_METHOD(HostAndMember, "a rule that makes no sense is refused with a sentence") {
    anna.submit(command::SetRules{{FileRule::all, 0}});
    CHECK(anna.await<event::Error>().fault.code == FaultCode::bad_request);
    anna.submit(command::SetRules{{FileRule::all, limits::file_bytes_max + 1}});
    CHECK(anna.await<event::Error>().fault.code == FaultCode::bad_request);
    anna.submit(command::SetRole{"Bob", Role::host});
    CHECK(anna.await<event::Error>().fault.code == FaultCode::bad_request);
}

TEST_CASE_METHOD(HostAndTwoMembers, "T42 who leaves by the host's wish leaves with its ref") {
    anna.submit(command::Kick{"Bob", "noise"}, "k");
    CHECK(anna.await<event::PeerLeft>().peer.id == bob.id());
    CHECK(anna.seen().back().ref == "k");
    anna.submit(command::Ban{chen.text_id(), std::nullopt, "noise"}, "b");
    const auto& seen = anna.seen();
    const auto left = std::ranges::find_if(seen, [](const Event& event) {
        return std::holds_alternative<event::PeerLeft>(event.body) && event.ref == "b";
    });
    CHECK(left != seen.end());
}

// ---- Files under way ----------------------------------------------------------------------------

TEST_CASE_METHOD(
    SentToChen,
    "T42 a ban in the middle of a transfer ends it for the one who stays, without debris") {
    anna.submit(command::Ban{"Bob", std::nullopt, "enough"});
    const auto ended = await_state(world, chen, offered.transfer, TransferState::failed);
    REQUIRE(ended.fault);
    CHECK(ended.fault->code == FaultCode::banned);
    CHECK(entries_in(chen.downloads()) == 0);
}

// ---- Rules and open offers ----------------------------------------------------------------------

struct OpenOffer : HostAndTwoMembers {
    ScratchFolder files;
    std::filesystem::path path = write_file(files.path() / "notes.txt", std::string(1000, 'n'));

    void set(const RoomRules& rules) { anna.submit(command::SetRules{rules}); }

    void check_is_off(const TransferId& id, const std::string& sentence) {
        for (Person* person : {&bob, &chen}) {
            const auto over = await_transfer(
                world, *person, id, [](const Transfer& transfer) { return transfer.is_over(); },
                "an end");
            CHECK(over.state != TransferState::done);
            REQUIRE(over.fault);
            CHECK(over.fault->sentence == sentence);
        }
        CHECK(entries_in(chen.downloads()) == 0);
    }
};

TEST_CASE_METHOD(OpenOffer,
                 "an open offer is off as soon as a rule forbids it, and both read why") {
    const auto offered = testing::offer(bob, chen, {path});
    SECTION("files for nobody") {
        set({FileRule::nobody, std::nullopt});
        check_is_off(offered.transfer, "In this room only the host may send files.");
    }
    SECTION("files only for the host") {
        set({FileRule::only_to_host, std::nullopt});
        check_is_off(offered.transfer, "In this room files may be sent only to the host.");
    }
    SECTION("a byte too large") {
        set({FileRule::all, 999});
        check_is_off(offered.transfer,
                     "In this room at most 999 B may be offered at once; this is 1.0 kB.");
    }
    SECTION("its sender is a guest by now") {
        anna.submit(command::SetRole{"Bob", Role::guest});
        check_is_off(offered.transfer, "Guests of this room may send files only to the host.");
    }
    chen.submit(command::Accept{offered.transfer, {}, {}, {}});
    CHECK(chen.await<event::Error>().fault.code == FaultCode::unknown_transfer);
}

TEST_CASE_METHOD(OpenOffer, "an open offer to the host is off as well when nobody may send") {
    const auto offered = testing::offer(bob, anna, {path});
    set({FileRule::nobody, std::nullopt});
    for (Person* person : {&anna, &bob}) {
        const auto over = await_transfer(
            world, *person, offered.transfer,
            [](const Transfer& transfer) { return transfer.is_over(); }, "an end");
        REQUIRE(over.fault);
        CHECK(over.fault->sentence == "In this room only the host may send files.");
    }
}

TEST_CASE_METHOD(OpenOffer, "a rule that allows it leaves an open offer as it is") {
    const auto offered = testing::offer(bob, chen, {path});
    set({FileRule::all, 1000});
    chen.await<event::Rules>();
    world.settle();
    CHECK(latest(chen, offered.transfer).state == TransferState::offered);
    chen.submit(command::Accept{offered.transfer, {}, {}, {}});
    await_state(world, chen, offered.transfer, TransferState::done);
}

TEST_CASE_METHOD(OpenOffer, "a rule that comes while the folder of a yes is looked at is kept") {
    const auto offered = testing::offer(bob, anna, {path});
    // In one turn of the loop: the yes is taken, and its thread has not ended.
    anna.submit(command::Accept{offered.transfer, {}, {}, {}});
    set({FileRule::nobody, std::nullopt});
    const auto over = await_transfer(
        world, anna, offered.transfer, [](const Transfer& transfer) { return transfer.is_over(); },
        "an end");
    CHECK(over.state == TransferState::declined);
    CHECK(entries_in(anna.downloads()) == 0);
}

TEST_CASE_METHOD(OpenOffer, "what was accepted before a rule forbade it goes on to its end") {
    slow_down(bob);
    const auto large = write_large_file(files.path() / "long.bin");
    const auto running = testing::offer(bob, chen, {large});
    chen.submit(command::Accept{running.transfer, {}, {}, {}});
    await_flow(world, chen, running.transfer);
    set({FileRule::nobody, std::nullopt});
    bob.await<event::Rules>(is_for_nobody);
    chen.await<event::Rules>(is_for_nobody);
    speed_up(bob);
    await_state(world, chen, running.transfer, TransferState::done);
}

TEST_CASE_METHOD(OpenOffer, "E7 what is taken without asking counts: twenty at once, and no more") {
    anna.submit(command::Trust{bob.text_id(), true, true, 10'000, anna.downloads()});
    anna.await<event::TrustChanged>(
        [&](const event::TrustChanged& event) { return event.peer.auto_accept.has_value(); });
    for (int said = 0; said < 40; ++said) {
        anna.hear(bob.id(), forged_offer(random_id<TransferId>(), {"photo.jpg"}, 0));
    }
    constexpr auto taken = static_cast<std::size_t>(limits::offers_burst);
    // The disk is looked at for each before it is told.
    world.run_until([&] { return anna.all<event::Offer>().size() >= taken; }, "the offers");
    world.settle();
    CHECK(anna.all<event::Offer>().size() == taken);
}

TEST_CASE_METHOD(OpenOffer,
                 "no standing yes takes what a rule forbids while the disk is looked at") {
    anna.submit(command::Trust{bob.text_id(), true, true, 10'000, anna.downloads()});
    anna.await<event::TrustChanged>(
        [&](const event::TrustChanged& event) { return event.peer.auto_accept.has_value(); });
    const auto id = random_id<TransferId>();
    anna.hear(bob.id(), forged_offer(id, {"photo.jpg"}, 0));
    set({FileRule::nobody, std::nullopt});
    const auto is_forgotten = [&] {
        anna.submit(command::ListOffer{id});
        return !anna.all<event::Error>().empty();
    };
    world.run_until(is_forgotten, "the end of the offer");
    CHECK(anna.all<event::Offer>().empty());
    CHECK(entries_in(anna.downloads()) == 0);
}

}  // namespace
}  // namespace dropline::testing
