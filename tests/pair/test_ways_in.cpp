#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <string>

#include "net/api/join_text.hpp"
#include "net/api/limits.hpp"
#include "net/api/password.hpp"
#include "net/api/typed_code.hpp"
#include "net/trust/scram.hpp"
#include "tests/pair/room_steps.hpp"
#include "tests/pair/stranger.hpp"

namespace dropline::testing {
namespace {

constexpr const char* password = "correct horse battery";

command::Host room_with(std::optional<std::string> secret, bool is_invite_only = false) {
    command::Host wish{7788, "", "Physics 101"};
    wish.is_invite_only = is_invite_only;
    if (secret) wish.password = Secret(*secret);
    return wish;
}

event::Hosting open(Person& person, const command::Host& wish) {
    person.submit(wish);
    return person.await<event::Hosting>();
}

command::Join with_secret(const std::string& secret) {
    command::Join wish{host_target};
    wish.secret = Secret(secret);
    return wish;
}

Fault refused(Person& person, const command::Join& wish) {
    person.submit(wish);
    const auto ended = person.await<event::RoleEnded>();
    REQUIRE(ended.fault);
    CHECK(person.all<event::Joined>().empty());
    return *ended.fault;
}

void leave(Person& person) {
    person.submit(command::Leave{});
    person.await<event::RoleEnded>();
}

event::Invite new_invite(Person& host, std::uint32_t minutes, std::uint32_t uses) {
    host.submit(command::MakeInvite{minutes, uses});
    return host.await<event::Invite>();
}

std::string new_code(Person& host) {
    host.submit(command::MakeCode{});
    return host.await<event::Code>().text;
}

/// The same invite with another token.
std::string forged(std::string link) {
    const std::size_t token = link.find("&t=") + 3;
    link[token] = link[token] == 'A' ? 'B' : 'A';
    return link;
}

bool has(const Fault& fault, const std::string& words) {
    return fault.sentence.find(words) != std::string::npos;
}

struct Room {
    World world;
    Person anna{world, "Anna", host_address};
    Person bob{world, "Bob", "10.0.0.2"};
    Person chen{world, "Chen", "10.0.0.3"};
};

// ---- Each way in --------------------------------------------------------------------------------

TEST_CASE_METHOD(Room, "an invite lets in and is no first contact: it names the host's key") {
    const bool is_invite_only = GENERATE(false, true);
    const auto hosting = open(anna, room_with(std::nullopt, is_invite_only));
    CHECK(hosting.is_invite_only == is_invite_only);
    bob.submit(command::Join{hosting.invite});
    const auto joined = bob.await<event::Joined>();
    CHECK_FALSE(joined.is_first_contact);
    CHECK(joined.address == host_target);
    CHECK(joined.host.id == anna.id());
}

TEST_CASE_METHOD(Room,
                 "who came in once by a secret comes back by key alone, also after a restart") {
    const ScratchFolder profile;
    {
        Person first(world, "Anna", "10.0.0.8", PathPolicy::automatic, profile.path());
        const auto hosting = open(first, room_with(password, true));
        bob.submit(command::Join{hosting.invite});
        bob.await<event::Joined>();
        leave(bob);
        bob.submit(command::Join{"10.0.0.8"});
        bob.await<event::Joined>();
        leave(bob);
    }
    Person again(world, "Anna", "10.0.0.8", PathPolicy::automatic, profile.path());
    open(again, room_with(std::nullopt, true));
    bob.submit(command::Join{"10.0.0.8"});
    bob.await<event::Joined>();
    CHECK(refused(chen, {"10.0.0.8"}).code == FaultCode::secret_needed);
}

TEST_CASE_METHOD(Room, "a room for invited people says what it asks for") {
    open(anna, room_with(std::nullopt, true));
    const Fault fault = refused(bob, {host_target});
    CHECK(fault.code == FaultCode::secret_needed);
    CHECK(has(fault, "invite"));
    CHECK(anna.all<event::PeerJoined>().empty());
}

TEST_CASE_METHOD(Room, "the password lets in, a wrong one does not, and neither is repeated") {
    CHECK(open(anna, room_with(password)).has_password);
    const Fault fault = refused(bob, with_secret("correct horse batterx"));
    CHECK(fault.code == FaultCode::secret_wrong);
    CHECK_FALSE(has(fault, "horse"));
    bob.submit(command::Join{std::string(host_target) + " " + password});
    // A password that a person made up can be guessed from what somebody in between recorded.
    CHECK(bob.await<event::Joined>().is_first_contact);
    for (const Event& event : bob.seen()) {
        const auto* connecting = std::get_if<event::Connecting>(&event.body);
        if (connecting != nullptr) CHECK(connecting->target == host_target);
    }
}

TEST_CASE_METHOD(HostAndMember,
                 "C3 a cut does not make a host known whose key was taken on trust") {
    CHECK(bob.all<event::Joined>().back().is_first_contact);
    world.network.pull_cables();
    world.run_until_in_time([&] { return !bob.all<event::Disconnected>().empty(); }, "the cut");
    world.network.may_connect = nullptr;
    world.run_until_in_time([&] { return bob.all<event::Joined>().size() == 2; }, "the return");
    CHECK(bob.all<event::Joined>().back().is_first_contact);
}

TEST_CASE_METHOD(Room, "a password made by the program is as good as an invite") {
    const Secret made = make_room_password();
    const std::string text(made.view());
    open(anna, room_with(text));
    bob.submit(with_secret(text));
    CHECK_FALSE(bob.await<event::Joined>().is_first_contact);
}

TEST_CASE_METHOD(Room, "a password that is too short is refused before the room opens") {
    anna.submit(room_with("123456789"));
    const auto ended = anna.await<event::RoleEnded>();
    REQUIRE(ended.fault);
    CHECK(ended.fault->code == FaultCode::bad_request);
    CHECK_FALSE(has(*ended.fault, "123456789"));
    CHECK(anna.all<event::Error>().empty());  // said once
    // Who has a room already keeps it.
    host(anna);
    anna.submit(room_with("123456789"));
    CHECK(anna.await<event::Error>().fault.code == FaultCode::bad_request);
    CHECK(anna.all<event::RoleEnded>().size() == 1);
}

TEST_CASE_METHOD(Room, "a code lets in once, in rooms of every kind") {
    const auto kind = GENERATE(0, 1, 2);
    open(anna,
         room_with(kind == 2 ? std::optional<std::string>(password) : std::nullopt, kind == 1));
    const std::string code = new_code(anna);
    bob.submit(command::Join{std::string(host_target) + " " + code});
    CHECK_FALSE(bob.await<event::Joined>().is_first_contact);
    const Fault fault = refused(chen, with_secret(code));
    CHECK(fault.code == FaultCode::secret_expired);
    CHECK(has(fault, "used"));
}

TEST_CASE_METHOD(Room, "ten characters without a dash are tried as password and as code") {
    open(anna, room_with("basketball"));
    bob.submit(with_secret("basketball"));
    bob.await<event::Joined>();
    std::string code = new_code(anna);
    code.erase(code.find('-'), 1);
    chen.submit(with_secret(code));
    chen.await<event::Joined>();
}

TEST_CASE_METHOD(Room, "a secret for a room that has none is not waved through") {
    open(anna, room_with(std::nullopt));
    const Fault no_password = refused(bob, with_secret(password));
    CHECK(no_password.code == FaultCode::refused);
    CHECK(has(no_password, "no password"));
    CHECK(refused(chen, with_secret("7KQX3-MPD9T")).code == FaultCode::secret_wrong);
}

// ---- Invites and codes come to an end -----------------------------------------------------------

TEST_CASE_METHOD(Room, "an invite that has expired, is used up or withdrawn says exactly that") {
    open(anna, room_with(std::nullopt, true));
    const auto once = new_invite(anna, 60, 1);
    bob.submit(command::Join{once.link});
    bob.await<event::Joined>();
    const Fault used = refused(chen, {once.link});
    CHECK(used.code == FaultCode::secret_expired);
    CHECK(has(used, "used up"));

    const auto withdrawn = new_invite(anna, 60, 5);
    anna.submit(command::RevokeInvite{withdrawn.state.id});
    const auto list = anna.await<event::Invites>([&](const event::Invites& event) {
        return !event.invites.empty() && event.invites.back().is_revoked;
    });
    CHECK(list.invites.size() == 3);
    const Fault revoked = refused(chen, {withdrawn.link});
    CHECK(revoked.code == FaultCode::secret_expired);
    CHECK(has(revoked, "withdrawn"));

    const auto short_lived = new_invite(anna, 1, 5);
    world.clock.advance(std::chrono::minutes(2));
    world.settle();
    const Fault expired = refused(chen, {short_lived.link});
    CHECK(expired.code == FaultCode::secret_expired);
    CHECK(has(expired, "expired"));

    const Fault wrong = refused(chen, {forged(short_lived.link)});
    CHECK(wrong.code == FaultCode::secret_wrong);
}

TEST_CASE_METHOD(Room, "an invite counts its uses, and the host sees them") {
    open(anna, room_with(std::nullopt, true));
    const auto invite = new_invite(anna, 60, 2);
    CHECK(invite.state.uses_left == 2);
    bob.submit(command::Join{invite.link});
    bob.await<event::Joined>();
    anna.submit(command::ListInvites{}, "l");
    const auto list = anna.await<event::Invites>(
        [](const event::Invites& event) { return event.invites.back().uses_left == 1; });
    CHECK(list.invites.back().id == invite.state.id);
    CHECK(list.invites.back().uses_max == 2);
    chen.submit(command::Join{invite.link});
    chen.await<event::Joined>();
}

TEST_CASE_METHOD(Room, "T42 C21 whoever is banned uses up no invite, whatever it is worth") {
    open(anna, room_with(std::nullopt, true));
    const auto invite = new_invite(anna, 60, 1);
    anna.submit(command::Ban{fingerprint_text(bob.id()), std::nullopt, "noise"});
    anna.await<event::Bans>();
    CHECK(refused(bob, {invite.link}).code == FaultCode::banned);
    CHECK(refused(bob, {forged(invite.link)}).code == FaultCode::banned);
    chen.submit(command::Join{invite.link});
    chen.await<event::Joined>();
}

TEST_CASE_METHOD(Room, "T42 a banned key returns with a new key and the old invite: it is dead") {
    open(anna, room_with(std::nullopt, true));
    const auto other = new_invite(anna, 60, 5);
    const auto used = new_invite(anna, 60, 50);
    bob.submit(command::Join{used.link});
    bob.await<event::Joined>();
    anna.submit(command::Ban{"Bob", 90, "spam"}, "b");
    const auto fresh = anna.await<event::Invite>();
    const auto list = anna.await<event::Invites>();
    CHECK(std::ranges::count_if(list.invites, &InviteState::is_revoked) == 1);
    const auto bans = anna.await<event::Bans>();
    CHECK(bans.withdrawn_invites == std::vector{used.state.id});
    Person new_key(world, "Not Bob", "10.0.0.2");
    const Fault fault = refused(new_key, {used.link});
    CHECK(fault.code == FaultCode::secret_expired);
    CHECK(has(fault, "withdrawn"));
    // Only that one; and in its place the host has another to give away.
    chen.submit(command::Join{other.link});
    chen.await<event::Joined>();
    Person dora(world, "Dora", "10.0.0.4");
    dora.submit(command::Join{fresh.link});
    dora.await<event::Joined>();
}

TEST_CASE_METHOD(Room, "T42 the invite that let a banned key in is dead also after a restart") {
    const ScratchFolder profile;
    std::string used_link;
    std::string other_link;
    {
        Person host(world, "Anna", "10.0.0.8", PathPolicy::automatic, profile.path());
        open(host, room_with(std::nullopt, true));
        other_link = new_invite(host, 60, 5).link;
        used_link = new_invite(host, 60, 5).link;
        bob.submit(command::Join{used_link});
        bob.await<event::Joined>();
        leave(bob);
        // By key from now on: the other one is not used, and does not suffer for it.
        bob.submit(command::Join{other_link});
        bob.await<event::Joined>();
        leave(bob);
    }
    Person again(world, "Anna", "10.0.0.8", PathPolicy::automatic, profile.path());
    open(again, room_with(std::nullopt, true));
    again.submit(command::Ban{fingerprint_text(bob.id()), std::nullopt, ""});
    CHECK(again.await<event::Bans>().withdrawn_invites.size() == 1);
    CHECK(refused(chen, {used_link}).code == FaultCode::secret_expired);
    chen.submit(command::Join{other_link});
    chen.await<event::Joined>();
    again.submit(command::ListBans{});
    CHECK(again.await<event::Bans>().withdrawn_invites.empty());
}

TEST_CASE_METHOD(Room, "T42 a ban reaches the invites of all rooms of this host") {
    auto other_room = room_with(std::nullopt, true);
    other_room.room_name = "Chemistry 1";
    open(anna, other_room);
    const auto used = new_invite(anna, 60, 5);
    const auto unused = new_invite(anna, 60, 5);
    bob.submit(command::Join{used.link});
    bob.await<event::Joined>();
    leave(bob);
    leave(anna);
    open(anna, room_with(std::nullopt));
    anna.submit(command::Ban{fingerprint_text(bob.id()), std::nullopt, "spam"});
    anna.await<event::Bans>();
    leave(anna);
    open(anna, other_room);
    Person new_key(world, "Not Bob", "10.0.0.2");
    CHECK(refused(new_key, {used.link}).code == FaultCode::secret_expired);
    chen.submit(command::Join{unused.link});
    chen.await<event::Joined>();
}

TEST_CASE_METHOD(Room, "an invite serves that was made just before its room closed") {
    const auto room = room_with(std::nullopt, true);
    open(anna, room);
    const auto last = new_invite(anna, 60, 1);
    leave(anna);
    auto elsewhere = room;
    elsewhere.room_name = "Chemistry 1";
    // The one made when it opens is worked out after ours.
    bob.submit(command::Join{open(anna, elsewhere).invite});
    bob.await<event::Joined>();
    leave(bob);
    leave(anna);
    open(anna, room);
    bob.submit(command::Join{last.link});
    bob.await<event::Joined>();
}

TEST_CASE("an invite to a full room is not used up, and serves when there is room") {
    World world;
    Person anna(world, "Anna", host_address, PathPolicy::automatic, std::nullopt, 2);
    Person bob(world, "Bob", "10.0.0.2");
    Person chen(world, "Chen", "10.0.0.3");
    const auto usual = open(anna, room_with(std::nullopt, true));
    bob.submit(command::Join{usual.invite});
    bob.await<event::Joined>();
    const auto last = new_invite(anna, 60, 1);
    CHECK(has(refused(chen, {last.link}), "full"));
    leave(bob);
    anna.await<event::PeerLeft>();
    chen.submit(command::Join{last.link});
    chen.await<event::Joined>();
}

TEST_CASE_METHOD(Room, "an invite outlives a restart of its host, and so does what became of it") {
    const ScratchFolder profile;
    std::string good;
    std::string withdrawn;
    {
        Person first(world, "Anna", "10.0.0.8", PathPolicy::automatic, profile.path());
        good = open(first, room_with(std::nullopt, true)).invite;
        const auto bad = new_invite(first, 60, 5);
        withdrawn = bad.link;
        first.submit(command::RevokeInvite{bad.state.id});
        // Once somebody has proven each, both are on the disk.
        CHECK(refused(chen, {withdrawn}).code == FaultCode::secret_expired);
        Person dora(world, "Dora", "10.0.0.4");
        dora.submit(command::Join{good});
        dora.await<event::Joined>();
    }
    Person again(world, "Anna", "10.0.0.8", PathPolicy::automatic, profile.path());
    open(again, room_with(std::nullopt, true));
    CHECK(refused(chen, {withdrawn}).code == FaultCode::secret_expired);
    bob.submit(command::Join{good});
    bob.await<event::Joined>();
}

TEST_CASE_METHOD(Room, "T24 a host's clock that was ahead by years for a start costs no invite") {
    const ScratchFolder profile;
    constexpr auto years = std::chrono::hours(24 * 1000);
    event::Invite good;
    {
        Person first(world, "Anna", "10.0.0.8", PathPolicy::automatic, profile.path());
        open(first, room_with(std::nullopt, true));
        good = new_invite(first, 30 * 24 * 60, 5);
        bob.submit(command::Join{good.link});
        bob.await<event::Joined>();
    }
    world.clock.move_wall(years);
    {
        Person ahead(world, "Anna", "10.0.0.8", PathPolicy::automatic, profile.path());
        open(ahead, room_with(std::nullopt, true));
        CHECK(refused(chen, {good.link}).code == FaultCode::secret_expired);
        // What has been over for long is not shown any more.
        ahead.submit(command::ListInvites{});
        const auto shown = ahead.await<event::Invites>().invites;
        CHECK(std::ranges::count(shown, good.state.id, &InviteState::id) == 0);
    }
    world.clock.move_wall(-years);
    Person again(world, "Anna", "10.0.0.8", PathPolicy::automatic, profile.path());
    open(again, room_with(std::nullopt, true));
    chen.submit(command::Join{good.link});
    chen.await<event::Joined>();
}

TEST_CASE_METHOD(Room, "the password of last time is kept by the profile, never silently dropped") {
    const ScratchFolder profile;
    {
        Person first(world, "Anna", "10.0.0.8", PathPolicy::automatic, profile.path());
        open(first, room_with(password));
        command::Join wish{"10.0.0.8"};
        wish.secret = Secret(password);
        bob.submit(wish);
        bob.await<event::Joined>();
    }
    Person again(world, "Anna", "10.0.0.8", PathPolicy::automatic, profile.path());
    command::Host same = room_with(std::nullopt);
    same.keeps_password = true;
    CHECK(open(again, same).has_password);
    CHECK(refused(chen, {"10.0.0.8"}).code == FaultCode::secret_needed);
    same.room_name = "Another room";
    again.submit(same);
    const auto ended = again.await<event::RoleEnded>(
        [](const event::RoleEnded& event) { return event.fault.has_value(); });
    CHECK(has(*ended.fault, "password"));
}

TEST_CASE_METHOD(Room,
                 "D13 a password is forgotten by who takes it away, not by settings without") {
    const ScratchFolder profile;
    const auto has_password = [&](const command::Host& wish) {
        Person host(world, "Anna", "10.0.0.8", PathPolicy::automatic, profile.path());
        const bool has = open(host, wish).has_password;
        if (!wish.password) return has;
        // Who comes in by it waits until it has been worked out, and so it is kept.
        command::Join join{"10.0.0.8"};
        join.secret = Secret(password);
        bob.submit(join);
        bob.await<event::Joined>();
        leave(bob);
        return has;
    };
    CHECK(has_password(room_with(password)));
    command::Host unsaid = room_with(std::nullopt);
    unsaid.keeps_password_if_any = true;
    CHECK(has_password(unsaid));
    CHECK_FALSE(has_password(room_with(std::nullopt)));
    CHECK_FALSE(has_password(unsaid));
}

TEST_CASE_METHOD(Room, "what an invite cannot be is refused with the bounds") {
    open(anna, room_with(std::nullopt));
    for (const auto& [minutes, uses] :
         {std::pair{0U, 1U}, std::pair{60U, 0U}, std::pair{60U, limits::invite_uses_max + 1},
          std::pair{30U * 24 * 60 + 1, 1U}}) {
        anna.submit(command::MakeInvite{minutes, uses});
        CHECK(anna.await<event::Error>().fault.code == FaultCode::bad_request);
    }
    new_invite(anna, 30 * 24 * 60, limits::invite_uses_max);
    anna.submit(command::RevokeInvite{"0123456789abcdef"});
    CHECK(anna.await<event::Error>().fault.code == FaultCode::bad_request);
}

TEST_CASE_METHOD(HostAndMember, "only the host lets people in") {
    bob.submit(command::MakeInvite{});
    CHECK(bob.await<event::Error>().fault.code == FaultCode::not_allowed);
    bob.submit(command::MakeCode{});
    CHECK(bob.await<event::Error>().fault.code == FaultCode::not_allowed);
}

TEST_CASE_METHOD(Room, "a code expires after ten minutes, and a new one makes the old one void") {
    open(anna, room_with(std::nullopt, true));
    const std::string old = new_code(anna);
    const std::string code = new_code(anna);
    CHECK(refused(bob, with_secret(old)).code == FaultCode::secret_wrong);
    world.clock.advance(limits::code_life);
    world.settle();
    const Fault late = refused(bob, with_secret(code));
    CHECK(late.code == FaultCode::secret_expired);
    CHECK(has(late, "expired"));
}

TEST_CASE_METHOD(Room, "a code is good for ten minutes, to the last millisecond") {
    open(anna, room_with(std::nullopt, true));
    const std::string code = new_code(anna);
    world.clock.advance(limits::code_life - std::chrono::milliseconds(1));
    world.settle();
    bob.submit(with_secret(code));
    bob.await<event::Joined>();
}

TEST_CASE_METHOD(Room, "a code expires also while the host's machine is asleep") {
    open(anna, room_with(std::nullopt, true));
    const std::string code = new_code(anna);
    world.clock.move_wall(limits::code_life);
    const Fault late = refused(bob, with_secret(code));
    CHECK(late.code == FaultCode::secret_expired);
    CHECK(has(late, "expired"));
}

TEST_CASE_METHOD(Room, "C24 a clock that is set back makes nothing good that has expired") {
    open(anna, room_with(std::nullopt, true));
    const auto invite = new_invite(anna, 60, 1);
    const std::string code = new_code(anna);
    world.clock.advance(std::chrono::hours(1));
    world.clock.move_wall(-std::chrono::hours(1));
    CHECK(has(refused(bob, {invite.link}), "expired"));
    CHECK(has(refused(chen, with_secret(code)), "expired"));
}

TEST_CASE_METHOD(Room,
                 "an invite serves its time although the host's clock is set right by a minute") {
    open(anna, room_with(std::nullopt, true));
    const auto invite = new_invite(anna, 60, 2);
    world.clock.move_wall(-std::chrono::minutes(1));
    bob.submit(command::Join{invite.link});
    bob.await<event::Joined>();
}

/// What the host says to a proof with the right code.
wire::Message prove(Stranger& stranger, FrameStream& stream, const std::string& code) {
    ScramClient scram("c", *read_typed_code(code), *stream.stream().channel_binding());
    stranger.send(stream, wire::ProofFirst{scram.first()});
    const auto challenge =
        stranger.receive<wire::ProofChallenge>(stream, wire::Phase::member_expects_challenge);
    const auto answer = scram.answer(challenge.message);
    REQUIRE(answer);
    stranger.send(stream, wire::ProofFinal{*answer});
    auto verdict = stranger.receive(stream, wire::Phase::member_expects_verdict);
    REQUIRE(verdict);
    return std::move(*verdict);
}

TEST_CASE_METHOD(Room,
                 "a code whose owner was cut off on the way in serves that key, and no other") {
    open(anna, room_with(std::nullopt, true));
    const std::string code = new_code(anna);
    Stranger owner(world, "10.0.1.1");
    for (int i = 0; i < 2; ++i) {
        FrameStream stream = owner.greet(host_target);
        CHECK(std::holds_alternative<wire::ProofAccepted>(prove(owner, stream, code)));
    }
    Stranger other(world, "10.0.1.2");
    FrameStream stream = other.greet(host_target);
    const auto verdict = prove(other, stream, code);
    REQUIRE(std::holds_alternative<wire::Refused>(verdict));
    CHECK(std::get<wire::Refused>(verdict).code == wire::RefusalCode::secret_expired);
}

// ---- Guessing -----------------------------------------------------------------------------------

TEST_CASE_METHOD(Room, "C24 a code is void after three wrong tries in all, whoever made them") {
    open(anna, room_with(std::nullopt, true));
    const std::string code = new_code(anna);
    for (int i = 0; i < 3; ++i) {
        Stranger stranger(world, "10.0.1." + std::to_string(i));
        FrameStream stream = stranger.greet(host_target);
        const auto answer = stranger.prove_wrongly(stream, "c");
        REQUIRE(answer);
        CHECK(std::holds_alternative<wire::ProofFailed>(*answer));
    }
    const Fault fault = refused(bob, with_secret(code));
    CHECK(fault.code == FaultCode::secret_expired);
    CHECK(has(fault, "too often"));
}

TEST_CASE_METHOD(Room, "C24 a code is void for whoever has its challenge when a new one is made") {
    open(anna, room_with(std::nullopt, true));
    const std::string old = new_code(anna);
    Stranger early(world, "10.0.1.1");
    FrameStream stream = early.greet(host_target);
    ScramClient scram("c", *read_typed_code(old), *stream.stream().channel_binding());
    early.send(stream, wire::ProofFirst{scram.first()});
    const auto challenge =
        early.receive<wire::ProofChallenge>(stream, wire::Phase::member_expects_challenge);
    new_code(anna);
    const auto answer = scram.answer(challenge.message);
    REQUIRE(answer);
    early.send(stream, wire::ProofFinal{*answer});
    const auto verdict = early.receive<wire::Refused>(stream, wire::Phase::member_expects_verdict);
    CHECK(verdict.code == wire::RefusalCode::secret_expired);
    CHECK(verdict.reason.find("newer one") != std::string::npos);
}

TEST_CASE_METHOD(Room, "C24 three wrong tries end a connection") {
    open(anna, room_with(password));
    Stranger stranger(world, "10.0.1.1");
    FrameStream stream = stranger.greet(host_target);
    for (std::uint32_t left = 2; left > 0; --left) {
        const auto answer = stranger.prove_wrongly(stream, "r");
        REQUIRE(answer);
        REQUIRE(std::holds_alternative<wire::ProofFailed>(*answer));
        CHECK(std::get<wire::ProofFailed>(*answer).tries_left == left);
    }
    const auto last = stranger.prove_wrongly(stream, "r");
    REQUIRE(last);
    REQUIRE(std::holds_alternative<wire::Refused>(*last));
    CHECK(std::get<wire::Refused>(*last).code == wire::RefusalCode::secret_wrong);
    CHECK_FALSE(stranger.receive(stream, wire::Phase::member_expects_challenge));
}

TEST_CASE_METHOD(Room, "C24 ten wrong tries lock an address out for ten minutes, and only it") {
    open(anna, room_with(password));
    for (std::size_t i = 0; i < limits::wrong_proofs_per_address_max; ++i) {
        // Another key each time: it is the address that counts.
        Stranger stranger(world, "10.0.0.2");
        FrameStream stream = stranger.greet(host_target);
        const auto answer = stranger.prove_wrongly(stream, "r");
        REQUIRE(answer);
        CHECK(std::holds_alternative<wire::ProofFailed>(*answer));
        world.clock.advance(std::chrono::seconds(2));  // the host lets one in only so often
    }
    const Fault fault = refused(bob, with_secret(password));
    CHECK(fault.code == FaultCode::slow_down);
    CHECK(has(fault, "10 minutes"));
    chen.submit(with_secret(password));
    chen.await<event::Joined>();
    world.clock.advance(limits::wrong_proofs_lock);
    world.settle();
    bob.submit(with_secret(password));
    bob.await<event::Joined>();
}

TEST_CASE_METHOD(Room, "nobody finds out which invites there are") {
    open(anna, room_with(std::nullopt, true));
    Stranger stranger(world, "10.0.1.1");
    const auto challenge_of = [&](const std::string& user) {
        FrameStream stream = stranger.greet(host_target);
        stranger.send(stream, wire::ProofFirst{"p=tls-exporter,,n=" + user + ",r=stranger"});
        const auto heard =
            stranger.receive<wire::ProofChallenge>(stream, wire::Phase::member_expects_challenge);
        return heard.message.substr(heard.message.find(",s="));
    };
    const std::string unknown = challenge_of("i:0123456789abcdef");
    CHECK(unknown == challenge_of("i:0123456789abcdef"));
    CHECK(unknown != challenge_of("i:0123456789abcdee"));
    anna.submit(command::ListInvites{});
    const std::string id = anna.await<event::Invites>().invites.front().id;
    const std::string known = challenge_of("i:" + id);
    CHECK(known.size() == unknown.size());
    CHECK(known.substr(known.find(",i=")) == unknown.substr(unknown.find(",i=")));
}

TEST_CASE_METHOD(Room, "C16 whoever guesses at a password or code has to work for each guess") {
    const std::string user = GENERATE("r", "c");
    open(anna, room_with(password));
    new_code(anna);
    Stranger stranger(world, "10.0.1.1");
    FrameStream stream = stranger.greet(host_target);
    stranger.send(stream, wire::ProofFirst{"p=tls-exporter,,n=" + user + ",r=stranger"});
    const auto challenge =
        stranger.receive<wire::ProofChallenge>(stream, wire::Phase::member_expects_challenge);
    CHECK(challenge.message.ends_with(",i=600000"));
}

TEST_CASE_METHOD(Room, "a room keeps a hundred invites; those that are over give way first") {
    open(anna, room_with(std::nullopt, true));
    const auto kept = new_invite(anna, 60, 1);
    anna.submit(command::RevokeInvite{new_invite(anna, 60, 1).state.id});
    for (std::size_t i = 0; i < limits::invites_per_room_max - 2; ++i) new_invite(anna, 60, 1);
    anna.submit(command::ListInvites{}, "l");
    const auto list = anna.await<event::Invites>([](const event::Invites& event) {
        return event.invites.size() == limits::invites_per_room_max &&
               std::none_of(event.invites.begin(), event.invites.end(),
                            [](const InviteState& invite) { return invite.is_revoked; });
    });
    CHECK(list.invites[1].id == kept.state.id);
}

// ---- Before anybody is let in -------------------------------------------------------------------

TEST_CASE_METHOD(Room, "B9 before a proof a stranger learns the version and the room's name only") {
    open(anna, room_with(password));
    Stranger stranger(world, "10.0.1.1");
    FrameStream stream = stranger.connect(host_target);
    stranger.send(stream, wire::Hello{});
    const auto welcome =
        stranger.receive<wire::Welcome>(stream, wire::Phase::member_expects_welcome);
    CHECK(welcome.way_in == wire::WayIn::proof);
    CHECK(welcome.room == "Physics 101");
    stranger.send(stream, wire::JoinRequest{"Mallory", 0, {}});
    const auto refusal =
        stranger.receive<wire::Refused>(stream, wire::Phase::member_expects_acceptance);
    CHECK(refusal.code == wire::RefusalCode::secret_needed);
    const std::string said = *wire::encode(welcome) + *wire::encode(refusal);
    CHECK(said.size() < 600);
    CHECK(said.find("Anna") == std::string::npos);
    CHECK(anna.all<event::PeerJoined>().empty());
}

TEST_CASE_METHOD(Room, "T47 who also speaks later versions is spoken to in ours") {
    open(anna, room_with(std::nullopt));
    Stranger later(world, "10.0.1.1");
    FrameStream stream = later.connect(host_target);
    later.send(stream, wire::Hello{wire::protocol_version, 99, "dropline of another year"});
    const auto welcome = later.receive<wire::Welcome>(stream, wire::Phase::member_expects_welcome);
    CHECK(welcome.version == wire::protocol_version);
}

TEST_CASE_METHOD(Room, "T47 who speaks no version of ours is told which of the two to update") {
    open(anna, room_with(password));
    const bool is_later = GENERATE(false, true);
    const std::uint32_t only = is_later ? 99 : 0;
    Stranger other(world, "10.0.1.1");
    FrameStream stream = other.connect(host_target);
    other.send(stream, wire::Hello{only, only, "dropline of another year"});
    const auto refusal = other.receive<wire::Refused>(stream, wire::Phase::member_expects_welcome);
    CHECK(refusal.code == wire::RefusalCode::version);
    CHECK(refusal.retry_after_s == 0);
    const std::string outdated =
        is_later ? "The host's dropline is older" : "Your dropline is older";
    CHECK(refusal.reason.starts_with(outdated));
}

TEST_CASE_METHOD(Room, "D5 what is not expected before the door costs the connection") {
    open(anna, room_with(password));
    const wire::Message unexpected =
        GENERATE(wire::Message(wire::ProofFinal{"c=cA==,r=x,p=AAAA"}), wire::Message(wire::Hello{}),
                 wire::Message(wire::Say{random_id<MessageId>(), "hello"}),
                 wire::Message(wire::ProofFirst{"n,,n=r,r=x"}),
                 wire::Message(wire::ProofFirst{"p=tls-exporter,,n=r"}));
    Stranger stranger(world, "10.0.1.1");
    FrameStream stream = stranger.greet(host_target);
    stranger.send(stream, unexpected);
    const auto refusal =
        stranger.receive<wire::Refused>(stream, wire::Phase::member_expects_challenge);
    CHECK(refusal.code == wire::RefusalCode::protocol);
}

TEST_CASE_METHOD(Room, "C21 whoever is turned away was never told to have joined") {
    open(anna, room_with(std::nullopt, true));
    bob.submit(command::Join{host_target});
    bob.await<event::RoleEnded>();
    const auto& seen = bob.seen();
    REQUIRE(seen.size() == 2);
    CHECK(std::holds_alternative<event::Connecting>(seen[0].body));
    CHECK(std::holds_alternative<event::RoleEnded>(seen[1].body));
}

// ---- Somebody in between (T7) -------------------------------------------------------------------

/// Mallory has taken the host's address; the room is open, and she would let everybody in.
struct SwappedHost {
    World world;
    Person mallory{world, "Anna", host_address};
    Person bob{world, "Bob", "10.0.0.2"};

    SwappedHost() { host(mallory); }
};

TEST_CASE_METHOD(SwappedHost,
                 "C1 T7 who answers at an invite's address with another key is told "
                 "nothing, and the invite's other addresses are tried") {
    Person anna(world, "Anna", "10.0.0.5");
    std::string link = open(anna, room_with(std::nullopt, true)).invite;
    const std::size_t at = link.find("h=") + 2;
    const Fault fault = refused(bob, {std::string(link).replace(at, 8, "10.0.0.1")});
    CHECK(fault.code == FaultCode::key_changed);
    CHECK(has(fault, fingerprint_text(anna.id())));
    CHECK(has(fault, fingerprint_text(mallory.id())));
    CHECK(mallory.all<event::PeerJoined>().empty());
    bob.submit(command::Join{link.insert(at, "10.0.0.1:7788,")});
    CHECK(bob.await<event::Joined>().address == "10.0.0.5:7788");
}

TEST_CASE_METHOD(SwappedHost,
                 "C1 T7 who gave a code or password does not end up with a host that "
                 "claims an open room") {
    CHECK(refused(bob, with_secret("7KQX3-MPD9T")).code == FaultCode::secret_wrong);
    CHECK(refused(bob, with_secret(password)).code == FaultCode::refused);
    CHECK(mallory.all<event::PeerJoined>().empty());
}

TEST_CASE_METHOD(SwappedHost, "C1 T7 an open room is taken on trust, and said to be") {
    bob.submit(command::Join{host_target});
    const auto joined = bob.await<event::Joined>();
    CHECK(joined.is_first_contact);
    CHECK_FALSE(joined.host.is_verified);
}

/// Takes one connection and passes each message on, as only somebody who ends TLS can.
asio::awaitable<bool> pass_on(World& world, Stranger& mallory, Acceptor& acceptor) {
    auto connection = co_await acceptor.accept();
    TlsStream inner(std::move(*connection), TlsEngine::server(mallory.tls(), std::nullopt));
    const auto shaken = co_await inner.handshake();
    if (!shaken) co_return false;
    FrameStream member(std::move(inner));
    auto dialled = co_await dial(world.clock, mallory.network(), mallory.tls(),
                                 *parse_endpoint(host_target), Channel::room, std::nullopt);
    if (!dialled) co_return false;
    FrameStream to_host(std::move(*dialled));
    using wire::Phase;
    for (const auto& [from_member, from_host] :
         {std::pair{Phase::host_expects_hello, Phase::member_expects_welcome},
          std::pair{Phase::host_expects_proof_or_request, Phase::member_expects_challenge},
          std::pair{Phase::host_expects_proof_final, Phase::member_expects_verdict}}) {
        const auto asked = co_await member.receive(from_member);
        if (!asked) co_return false;
        const auto on = co_await to_host.send(*asked);
        const auto answered = co_await to_host.receive(from_host);
        if (!on || !answered) co_return false;
        const auto back = co_await member.send(*answered);
        if (!back) co_return false;
    }
    co_return true;
}

TEST_CASE_METHOD(Room, "C22 T7 a proof that somebody in between passes on lets nobody in") {
    const bool is_code = GENERATE(false, true);
    open(anna, room_with(password));
    const std::string secret = is_code ? new_code(anna) : password;
    Stranger mallory(world, "10.0.0.9");
    auto acceptors = mallory.network().listen("", 7788);
    REQUIRE(acceptors);
    std::optional<bool> was_passed_on;
    asio::co_spawn(world.loop, pass_on(world, mallory, *acceptors->front()),
                   [&](const std::exception_ptr&, bool passed) { was_passed_on = passed; });
    command::Join wish{"10.0.0.9"};
    wish.secret = Secret(secret);
    const Fault fault = refused(bob, wish);
    CHECK(fault.code == FaultCode::secret_wrong);
    world.run_until([&] { return was_passed_on.has_value(); }, "passing on");
    // All of the proof went through her, and still it does not hold.
    CHECK(*was_passed_on);
    CHECK(anna.all<event::PeerJoined>().empty());
}

TEST_CASE_METHOD(Room, "T7 whoever accepts a proof without knowing the secret is found out") {
    Stranger mallory(world, "10.0.0.9");
    auto acceptors = mallory.network().listen("", 7788);
    REQUIRE(acceptors);
    const auto lie = [](Stranger& liar, Acceptor& acceptor) -> asio::awaitable<bool> {
        auto connection = co_await acceptor.accept();
        TlsStream tls(std::move(*connection), TlsEngine::server(liar.tls(), std::nullopt));
        const auto shaken = co_await tls.handshake();
        if (!shaken) co_return false;
        FrameStream stream(std::move(tls));
        const auto hello = co_await stream.receive(wire::Phase::host_expects_hello);
        const wire::Message welcome = wire::Welcome{1, "Physics 101", wire::WayIn::proof};
        const auto welcomed = co_await stream.send(welcome);
        const auto first = co_await stream.receive(wire::Phase::host_expects_proof_or_request);
        if (!hello || !welcomed || !first) co_return false;
        const std::string& text = std::get<wire::ProofFirst>(*first).message;
        const wire::Message challenge = wire::ProofChallenge{
            "r=" + text.substr(text.rfind('=') + 1) + "mallory,s=c2FsdHNhbHQ=,i=100000"};
        const auto challenged = co_await stream.send(challenge);
        const auto proof = co_await stream.receive(wire::Phase::host_expects_proof_final);
        if (!challenged || !proof) co_return false;
        const wire::Message accepted = wire::ProofAccepted{"v=" + std::string(43, 'A') + "="};
        const auto told = co_await stream.send(accepted);
        co_return told.has_value();
    };
    std::optional<bool> has_lied;
    asio::co_spawn(world.loop, lie(mallory, *acceptors->front()),
                   [&](const std::exception_ptr&, bool lied) { has_lied = lied; });
    command::Join wish{"10.0.0.9"};
    wish.secret = Secret(password);
    const Fault fault = refused(bob, wish);
    CHECK(fault.code == FaultCode::refused);
    CHECK(has(fault, "pretending"));
    CHECK(has_lied == true);
}

}  // namespace
}  // namespace dropline::testing
