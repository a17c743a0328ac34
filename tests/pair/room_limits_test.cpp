// What others can make a host hold, and for how long: at each limit, and one above.
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/use_awaitable.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "net/api/join_text.hpp"
#include "net/api/limits.hpp"
#include "net/room/room_rights.hpp"
#include "net/room/roster.hpp"
#include "net/transfer/journal.hpp"
#include "net/trust/invite.hpp"
#include "net/trust/scram.hpp"
#include "tests/pair/room_steps.hpp"
#include "tests/pair/stranger.hpp"

namespace dropline::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

PeerId numbered(std::uint32_t number) {
    PeerId id;
    for (std::size_t byte = 0; byte < 4; ++byte) {
        id.bytes[byte] = static_cast<std::uint8_t>(number >> (24 - 8 * byte));
    }
    id.bytes[31] = 1;
    return id;
}

// ---- At the door --------------------------------------------------------------------------------

/// Becomes true when the other side has ended the connection.
asio::awaitable<void> note_end(std::shared_ptr<Connection> connection, std::shared_ptr<bool> over) {
    std::array<char, 256> bytes{};
    std::error_code error;
    while (!error) {
        const auto [failed, count] = co_await connection->socket.async_read_some(
            asio::buffer(bytes), asio::experimental::as_tuple(asio::use_awaitable));
        error = failed;
    }
    *over = true;
}

TEST_CASE_METHOD(HostAndMember, "E1 who does not greet in TLS is cut off after 5 s, not before") {
    Stranger silent(world, "10.0.0.9");
    auto connected =
        silent.run(silent.network().connect(world.clock, *parse_endpoint(host_target)));
    REQUIRE(connected);
    const auto connection = std::make_shared<Connection>(std::move(*connected));
    const auto is_over = std::make_shared<bool>(false);
    asio::co_spawn(world.loop, note_end(connection, is_over), asio::detached);
    world.settle();
    world.advance(limits::tls_handshake_max - milliseconds(1));
    CHECK_FALSE(*is_over);
    world.advance(milliseconds(1));
    world.run_until([&] { return *is_over; }, "the end of the connection");
}

TEST_CASE_METHOD(HostAndMember, "E1 who stops in the middle of a proof is cut off after 20 s") {
    Person doris(world, "Doris", "10.0.0.4");
    command::Host wish{7788, "", "Door"};
    wish.password = Secret("correct horse battery");
    doris.submit(wish);
    doris.await<event::Hosting>();
    Stranger stranger(world, "10.0.0.9");
    FrameStream stream = stranger.greet("10.0.0.4:7788");
    stranger.send(stream, wire::ProofFirst{"p=tls-exporter,,n=r,r=stranger"});
    stranger.receive<wire::ProofChallenge>(stream, wire::Phase::member_expects_challenge);
    const auto is_over = stranger.next_word_or_end(stream, wire::Phase::member_expects_verdict);
    world.advance(limits::admission_max - seconds(1));
    CHECK_FALSE(*is_over);
    world.advance(seconds(1));
    world.run_until([&] { return *is_over; }, "the end of the connection");
}

/// One address after whose connections no time passes.
struct OneAddress : HostAndMember {
    static constexpr auto burst = static_cast<std::size_t>(limits::connections_per_address_burst);
    static constexpr const char* address = "10.0.0.9";

    bool comes_in(Stranger& somebody) {
        auto tls = somebody.run(dial(world.clock, somebody.network(), somebody.tls(),
                                     *parse_endpoint(host_target), Channel::room, std::nullopt));
        if (!tls) return false;
        FrameStream stream(std::move(*tls));
        somebody.send(stream, wire::Hello{});
        somebody.receive<wire::Welcome>(stream, wire::Phase::member_expects_welcome);
        somebody.send(stream, wire::JoinRequest{"Somebody", 0, {}});
        somebody.receive<wire::JoinAccepted>(stream, wire::Phase::member_expects_acceptance);
        return true;
    }
};

TEST_CASE_METHOD(OneAddress, "E7 twenty new keys come in from one address, and not one more") {
    for (std::size_t i = 0; i < burst; ++i) {
        Stranger somebody(world, address);
        CHECK(comes_in(somebody));
    }
    Stranger one_more(world, address);
    CHECK_FALSE(comes_in(one_more));
    world.clock.advance(seconds(2));
    CHECK(comes_in(one_more));
}

TEST_CASE_METHOD(OneAddress, "E7 who comes back costs their address nothing, twenty times") {
    Stranger regular(world, address);
    // Twenty returns are free; the others and the first visit are what anybody has.
    for (std::size_t i = 0; i < 2 * burst; ++i) CHECK(comes_in(regular));
    CHECK_FALSE(comes_in(regular));
    world.clock.advance(seconds(2));
    // One from the address's rate, which one from the key's own then gives back.
    CHECK(comes_in(regular));
    CHECK(comes_in(regular));
    CHECK_FALSE(comes_in(regular));
}

// ---- How many people ----------------------------------------------------------------------------

/// Members by hand, which cost little; none of them reads anything any more.
struct Crowd {
    World world;
    std::vector<std::unique_ptr<Stranger>> people;
    std::vector<std::unique_ptr<FrameStream>> streams;

    Result<wire::Message> join(std::size_t number) {
        return join(number, "10.1." + std::to_string(number / 200) + "." +
                                std::to_string(1 + number % 200));
    }
    Result<wire::Message> join(std::size_t number, const std::string& address) {
        people.push_back(std::make_unique<Stranger>(world, address));
        streams.push_back(std::make_unique<FrameStream>(people.back()->connect(host_target)));
        Stranger& newcomer = *people.back();
        newcomer.send(*streams.back(), wire::Hello{});
        auto heard = newcomer.receive(*streams.back(), wire::Phase::member_expects_welcome);
        if (!heard || !std::holds_alternative<wire::Welcome>(*heard)) return heard;
        newcomer.send(*streams.back(),
                      wire::JoinRequest{"Person " + std::to_string(number), 0, {}});
        return newcomer.receive(*streams.back(), wire::Phase::member_expects_acceptance);
    }
    /// The host is there; with it, so many are.
    void fill_up_to(std::size_t count) {
        for (std::size_t number = 1; number < count; ++number) {
            const auto answer = join(number);
            REQUIRE(answer);
            REQUIRE(std::holds_alternative<wire::JoinAccepted>(*answer));
        }
    }
    /// One after the other, from 1 on.
    void all_come_in_from(const std::string& address, std::size_t most) {
        for (std::size_t number = 1; number <= most; ++number) {
            const auto answer = join(number, address);
            REQUIRE(answer);
            REQUIRE(std::holds_alternative<wire::JoinAccepted>(*answer));
            wait_at_the_door();
        }
    }
    void check_is_full(std::size_t number) { check_is_full(join(number)); }
    static void check_is_full(const Result<wire::Message>& answer) {
        REQUIRE(answer);
        REQUIRE(std::holds_alternative<wire::Refused>(*answer));
        CHECK(std::get<wire::Refused>(*answer).code == wire::RefusalCode::room_full);
    }
    /// Until the address may be dialled from again; those who are there say that they are.
    void wait_at_the_door() {
        world.advance(seconds(2));
        for (std::size_t i = 0; i < people.size(); ++i) people[i]->send(*streams[i], wire::Ping{});
    }
};

TEST_CASE_METHOD(Crowd,
                 "256 people are in a room unless somebody says otherwise, and not one more") {
    Person anna(world, "Anna", host_address);
    host(anna);
    fill_up_to(limits::members_default_max);
    check_is_full(limits::members_default_max);
    // The place of whoever goes is free at once.
    streams.front()->stream().close();
    anna.await<event::PeerLeft>();
    const auto after = join(limits::members_default_max + 1);
    REQUIRE(after);
    CHECK(std::holds_alternative<wire::JoinAccepted>(*after));
}

TEST_CASE_METHOD(Crowd,
                 "E7 64 people come in from one address, not one more, and others still do") {
    Person anna(world, "Anna", host_address);
    host(anna);
    constexpr std::size_t most = 64;
    all_come_in_from("10.0.0.9", most);
    check_is_full(join(most + 1, "10.0.0.9"));
    const auto other = join(most + 2, "10.0.0.10");
    REQUIRE(other);
    CHECK(std::holds_alternative<wire::JoinAccepted>(*other));
    // The place of whoever goes is free at once.
    streams.front()->stream().close();
    anna.await<event::PeerLeft>();
    wait_at_the_door();
    const auto after = join(most + 3, "10.0.0.9");
    REQUIRE(after);
    CHECK(std::holds_alternative<wire::JoinAccepted>(*after));
}

TEST_CASE_METHOD(Crowd, "E7 one address has no more than half of a small room") {
    Person anna(world, "Anna", host_address, PathPolicy::automatic, std::nullopt, 4);
    host(anna);
    for (std::size_t number : {1U, 2U}) {
        const auto answer = join(number, "10.0.0.9");
        REQUIRE(answer);
        CHECK(std::holds_alternative<wire::JoinAccepted>(*answer));
    }
    check_is_full(join(3, "10.0.0.9"));
    const auto other = join(4, "10.0.0.10");
    REQUIRE(other);
    CHECK(std::holds_alternative<wire::JoinAccepted>(*other));
}

TEST_CASE_METHOD(Crowd, "E7 one address has a quarter of a room that is larger than usual") {
    constexpr std::size_t most = 75;
    Person anna(world, "Anna", host_address, PathPolicy::automatic, std::nullopt, 4 * most);
    host(anna);
    all_come_in_from("10.0.0.9", most);
    check_is_full(join(most + 1, "10.0.0.9"));
}

TEST_CASE_METHOD(Crowd, "E13 a thousand are in the largest room, the last one sees them all") {
    Person anna(world, "Anna", host_address, PathPolicy::automatic, std::nullopt,
                limits::members_max);
    Person bob(world, "Bob", "10.0.0.2");
    host(anna);
    fill_up_to(limits::members_max - 1);
    bob.submit(command::Join{host_target});
    CHECK(bob.await<event::Joined>().peers.size() == limits::members_max - 1);
    check_is_full(limits::members_max);
}

TEST_CASE("E13 a thousand people who have left are remembered, and not one more") {
    Peer self{numbered(0), "Anna", "", Role::host};
    Roster roster(self);
    const auto comes_and_goes = [&roster](std::uint32_t number) {
        roster.put(Peer{numbered(number), "Person " + std::to_string(number), ""});
        roster.remove(numbered(number));
    };
    const auto remembered = [&roster](std::uint32_t count) {
        std::size_t found = 0;
        for (std::uint32_t number = 1; number <= count; ++number) {
            found += roster.find_known(numbered(number)) != nullptr ? 1 : 0;
        }
        return found;
    };
    constexpr auto most = static_cast<std::uint32_t>(limits::left_remembered_max);
    for (std::uint32_t number = 1; number <= most; ++number) comes_and_goes(number);
    CHECK(remembered(most) == most);
    comes_and_goes(most + 1);
    CHECK(remembered(most + 1) == most);
    CHECK(roster.find_known(numbered(most + 1)) != nullptr);
}

// ---- What the host has decided ------------------------------------------------------------------

struct Guests {
    World world;
    Person anna{world, "Anna", host_address};
    Person bob{world, "Bob", "10.0.0.2"};

    void open_with(std::size_t guests) {
        for (std::size_t number = 1; number <= guests; ++number) {
            anna.store().set_guest(numbered(static_cast<std::uint32_t>(number)), true,
                                   [](const Result<void>&) {});
        }
        host(anna);
        join(bob);
        anna.await<event::PeerJoined>();
        anna.submit(command::SetRole{"Bob", Role::guest}, "guest");
    }
};

TEST_CASE_METHOD(Guests, "a thousand guests are kept") {
    open_with(limits::guests_max - 1);
    CHECK(anna.await<event::PeerChanged>().peer.role == Role::guest);
}

TEST_CASE_METHOD(Guests, "a guest above the thousandth is refused, and stays a member") {
    open_with(limits::guests_max);
    CHECK(anna.await<event::Error>().fault.code == FaultCode::too_large);
    for (const auto& event : anna.all<event::PeerChanged>()) {
        CHECK(event.peer.role == Role::member);
    }
}

/// A room that many have come to and were cut off from; a guest may read what was said after.
struct Arrivals {
    static constexpr auto most = static_cast<std::uint32_t>(limits::arrivals_remembered_max);
    World world;
    Person anna{world, "Anna", host_address};
    RoomRights rights{anna.context()};
    std::optional<std::uint32_t> here;

    /// The room had as many messages then as the number says.
    void comes(std::uint32_t number) {
        rights.note_arrival(numbered(number), number,
                            [this](const PeerId& id) { return here && id == numbered(*here); });
    }
    bool is_remembered(std::uint32_t number) {
        bool is_written = false;
        rights.set_guest(numbered(number), true, [&](const auto&) { is_written = true; });
        world.run_until([&] { return is_written; }, "the guest on the disk");
        const std::uint64_t hidden = rights.history_hidden_up_to(numbered(number));
        // Of whom it is not known, nothing at all may be read.
        CHECK((hidden == number || hidden == std::numeric_limits<std::uint64_t>::max()));
        return hidden == number;
    }
};

TEST_CASE_METHOD(Arrivals, "E13 since when 4,096 people are there is known, and not of one more") {
    for (std::uint32_t number = 1; number <= most; ++number) comes(number);
    CHECK(is_remembered(1));
    CHECK(is_remembered(most));
    comes(most + 1);
    CHECK(is_remembered(most + 1));
    CHECK_FALSE(is_remembered(1));
    CHECK(is_remembered(2));
}

TEST_CASE_METHOD(Arrivals, "E7 a guest who is there keeps his past, however many come and go") {
    here = 1;
    for (std::uint32_t number = 1; number <= most + 2; ++number) comes(number);
    CHECK(is_remembered(1));
    CHECK_FALSE(is_remembered(2));
    CHECK_FALSE(is_remembered(3));
    CHECK(is_remembered(4));
}

// ---- Ways in ------------------------------------------------------------------------------------

struct Restarted {
    World world;
    ScratchFolder profile;

    std::unique_ptr<Person> anna() {
        return std::make_unique<Person>(world, "Anna", host_address, PathPolicy::automatic,
                                        profile.path());
    }
    static event::Hosting open(Person& person) {
        command::Host wish{7788, "", "Physics 101"};
        wish.is_invite_only = true;
        person.submit(wish);
        return person.await<event::Hosting>();
    }
    /// Of what the profile keeps, the ids.
    std::vector<std::string> kept_by(Person& person) {
        std::optional<std::vector<std::string>> ids;
        person.store().load_room_secrets("Physics 101", [&ids](auto secrets) {
            ids.emplace();
            for (const RoomSecret& secret : *secrets) ids->push_back(secret.id);
        });
        world.run_until([&ids] { return ids.has_value(); }, "what the store keeps");
        return *ids;
    }
    bool is_kept(Person& person, const std::string& id) {
        const auto ids = kept_by(person);
        return std::count(ids.begin(), ids.end(), id) == 1;
    }
    bool is_listed(Person& person, const std::string& id) {
        person.submit(command::ListInvites{});
        world.settle();
        return std::ranges::count(person.all<event::Invites>().back().invites, id,
                                  &InviteState::id) == 1;
    }
    static void leave(Person& person) {
        person.submit(command::Leave{});
        person.await<event::RoleEnded>();
    }
};

TEST_CASE_METHOD(Restarted, "an invite that is over is listed for thirty days, and kept longer") {
    const auto person = anna();
    open(*person);
    person->submit(command::MakeInvite{1, 1});
    const std::string id = person->await<event::Invite>().state.id;
    // It is written once its verifier is made.
    world.run_until([&] { return is_kept(*person, id); }, "the invite on the disk");
    leave(*person);
    world.clock.advance(std::chrono::minutes(1) + limits::invite_listed_for);
    open(*person);
    CHECK(is_listed(*person, id));
    leave(*person);
    world.clock.advance(milliseconds(1));
    open(*person);
    CHECK_FALSE(is_listed(*person, id));
    // Were the clock wrong, it would be over for good.
    CHECK(is_kept(*person, id));
}

TEST_CASE_METHOD(Restarted,
                 "an invite that has given way is forgotten, though it was just being made") {
    const auto person = anna();
    open(*person);
    // Far more than the thread that works out their verifiers has done by then.
    constexpr std::size_t given_way = 10;
    std::vector<std::string> made;
    for (std::size_t i = 0; i < limits::invites_per_room_max + given_way; ++i) {
        person->submit(command::MakeInvite{60, 1});
        made.push_back(person->await<event::Invite>().state.id);
    }
    world.run_until([&] { return is_kept(*person, made[given_way]); }, "the first that stays");
    CHECK_FALSE(is_kept(*person, made[given_way - 1]));
}

struct Known : Restarted {
    Person bob{world, "Bob", "10.0.0.2"};

    /// As many people have proven a secret of this room before.
    std::unique_ptr<Person> anna_who_knows(std::size_t members) {
        auto person = anna();
        for (std::size_t number = 1; number <= members; ++number) {
            person->store().put_room_member(
                "Physics 101", numbered(static_cast<std::uint32_t>(number)), WallTime{});
        }
        return person;
    }
    bool comes_back_by_key_alone(Person& person) {
        bob.submit(command::Join{open(person).invite});
        bob.await<event::Joined>();
        leave(bob);
        const std::size_t joined = bob.all<event::Joined>().size();
        bob.submit(command::Join{host_target});
        world.run_until(
            [&] {
                return bob.all<event::Joined>().size() > joined ||
                       bob.all<event::RoleEnded>().size() > 1;
            },
            "an answer at the door");
        return bob.all<event::Joined>().size() > joined;
    }
};

TEST_CASE_METHOD(Known, "ten thousand keys are let in without a proof") {
    const auto person = anna_who_knows(limits::room_members_kept_max - 1);
    CHECK(comes_back_by_key_alone(*person));
}

TEST_CASE_METHOD(Known, "a key above the ten thousandth comes in, and has to prove again") {
    const auto person = anna_who_knows(limits::room_members_kept_max);
    CHECK_FALSE(comes_back_by_key_alone(*person));
}

// ---- What the host's disk does ------------------------------------------------------------------

/// While it lives, nothing is written to any file of this process.
class NothingIsWritten {
  public:
    NothingIsWritten() : handler_before_(std::signal(SIGXFSZ, SIG_IGN)) {
        REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
        rlimit nothing = before_;
        nothing.rlim_cur = 0;
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &nothing) == 0);
    }
    ~NothingIsWritten() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_before_);
    }
    NothingIsWritten(const NothingIsWritten&) = delete;
    NothingIsWritten& operator=(const NothingIsWritten&) = delete;

  private:
    void (*handler_before_)(int);
    rlimit before_{};
};

struct FailingDisk : Restarted {
    std::unique_ptr<Person> host_person = anna();
    Stranger member{world, "10.0.0.9"};

    /// Until the room's first invite, and what was given to the disk before, are on it.
    void await_disk() {
        world.run_until([&] { return !kept_by(*host_person).empty(); }, "the invite on the disk");
    }
    std::size_t told_to_host() { return host_person->all<event::Error>().size(); }
    bool names_the_profile(const std::string& sentence) const {
        return sentence.find(profile.path().string()) != std::string::npos;
    }
    wire::Message answer(FrameStream& stream, const MessageId& id) {
        member.send(stream, wire::Say{id, "hello"});
        for (;;) {
            auto heard = member.receive(stream, wire::Phase::member_in_room);
            REQUIRE(heard);
            const bool is_answer = std::holds_alternative<wire::SayRefused>(*heard) ||
                                   std::holds_alternative<wire::Sent>(*heard);
            if (is_answer) return std::move(*heard);
        }
    }
    wire::Message answer_without_disk(FrameStream& stream, const MessageId& id) {
        const NothingIsWritten nothing;
        return answer(stream, id);
    }
};

TEST_CASE_METHOD(FailingDisk,
                 "where the host's files lie is told to the host, once, and to nobody else") {
    host(*host_person);
    FrameStream stream = member.join(host_target, "Member");
    await_disk();
    const auto id = random_id<MessageId>();
    for (int i = 0; i < 2; ++i) {
        const auto refusal = std::get<wire::SayRefused>(answer_without_disk(stream, id));
        CHECK(refusal.reason == "The host could not store this message. Try again later.");
        CHECK(refusal.retry_after_ms > 0);
    }
    REQUIRE(told_to_host() == 1);
    CHECK(names_the_profile(host_person->all<event::Error>().front().fault.sentence));
    CHECK(std::holds_alternative<wire::Sent>(answer(stream, id)));
    answer_without_disk(stream, random_id<MessageId>());
    CHECK(told_to_host() == 2);
}

TEST_CASE_METHOD(FailingDisk,
                 "whoever cannot be let in because of the host's disk is not told where it is") {
    const std::string link = open(*host_person).invite;
    await_disk();
    const auto target = understand_join_text(link);
    REQUIRE(target);
    FrameStream stream = member.greet(host_target);
    const std::string user = "i:" + invite_id(target->secret->text);
    ScramClient scram(user, target->secret->text, *stream.stream().channel_binding());
    member.send(stream, wire::ProofFirst{scram.first()});
    const auto challenge =
        member.receive<wire::ProofChallenge>(stream, wire::Phase::member_expects_challenge);
    const auto proof = scram.answer(challenge.message);
    REQUIRE(proof);
    const auto before = told_to_host();
    std::optional<NothingIsWritten> nothing(std::in_place);
    member.send(stream, wire::ProofFinal{*proof});
    const auto refusal = member.receive<wire::Refused>(stream, wire::Phase::member_expects_verdict);
    nothing.reset();
    CHECK(refusal.reason == "The host could not note that you came. Try again later.");
    CHECK(told_to_host() > before);
    CHECK(names_the_profile(host_person->all<event::Error>().back().fault.sentence));
}

/// Anna's program, started anew after it has met so many people.
struct Acquaintances : Restarted {
    Person bob{world, "Bob", "10.0.0.2"};

    void meet(std::size_t people) {
        const auto person = anna();
        for (std::size_t number = 1; number <= people; ++number) {
            person->store().meet_peer(Pin{numbered(static_cast<std::uint32_t>(number)), "Somebody",
                                          "", WallTime{}, false});
        }
        bool is_written = false;
        person->store().load_people(1, [&](const auto&) { is_written = true; });
        world.run_until([&] { return is_written; }, "all of them in the profile");
    }
    /// As Anna's program sees Bob come in.
    Peer seen_coming() {
        const auto person = anna();
        host(*person);
        bob.submit(command::Join{host_target});
        Peer seen = person->await<event::PeerJoined>().peer;
        leave(bob);
        return seen;
    }
};

TEST_CASE_METHOD(Acquaintances, "E13 ten thousand people are known again") {
    meet(limits::people_remembered_max - 1);
    CHECK_FALSE(seen_coming().is_known);
    CHECK(seen_coming().is_known);
}

TEST_CASE_METHOD(Acquaintances, "E13 who comes above the ten thousandth is new each time") {
    meet(limits::people_remembered_max);
    CHECK_FALSE(seen_coming().is_known);
    CHECK_FALSE(seen_coming().is_known);
}

TEST_CASE_METHOD(Restarted, "E13 of what was received a restart remembers the newest thousand") {
    const auto kept_by_store = [this](Person& person) {
        std::optional<std::vector<KeptTransfer>> kept;
        person.store().load_transfers([&kept](auto loaded) { kept = std::move(*loaded); });
        world.run_until([&kept] { return kept.has_value(); }, "what the store keeps");
        return *kept;
    };
    constexpr std::size_t one_too_many = limits::transfer_records_max + 1;
    TransferId newest;
    {
        const auto before = anna();
        for (std::size_t number = 0; number < one_too_many; ++number) {
            KeptTransfer received;
            received.id = newest = random_id<TransferId>();
            received.peer = numbered(1);
            received.touched_at = world.clock.wall_now();
            received.progress = encode_progress(TransferRecord{}, true);
            before->store().keep_transfer(std::move(received), [](const Result<void>&) {});
        }
        CHECK(kept_by_store(*before).size() == one_too_many);
    }
    const auto after = anna();
    after->submit(command::ListTransfers{});
    after->await<event::Transfers>();  // it has been through them
    const auto kept = kept_by_store(*after);
    CHECK(kept.size() == limits::transfer_records_max);
    CHECK(kept.back().id == newest);
}

struct DoneTransfers : Restarted {
    Person bob{world, "Bob", "10.0.0.2"};

    std::size_t kept_after(Duration time) {
        auto person = anna();
        host(*person);
        join(bob);
        const auto file = profile.path() / "a.txt";
        std::ofstream(file) << "a";
        bob.submit(command::Send{person->text_id(), {file}});
        const TransferId id = person->await<event::Offer>().transfer;
        person->submit(command::Accept{id, {}, {}, {}});
        person->await<event::TransferChanged>([](const event::TransferChanged& event) {
            return event.transfer.state == TransferState::done;
        });
        const TimePoint done_at = world.clock.now();
        leave(*person);
        person.reset();  // which may take time
        world.clock.advance(done_at + time - world.clock.now());
        person = anna();
        person->submit(command::ListTransfers{});
        person->await<event::Transfers>();  // it has been through them
        std::optional<std::size_t> kept;
        person->store().load_transfers([&](const auto& all) { kept = all->size(); });
        world.run_until([&] { return kept.has_value(); }, "what the profile keeps");
        return *kept;
    }
};

TEST_CASE_METHOD(DoneTransfers, "a file that came is known again for seven days, and no longer") {
    const bool is_late = GENERATE(false, true);
    CHECK(kept_after(limits::transfer_stale_after + milliseconds(is_late ? 1 : 0)) ==
          (is_late ? 0 : 1));
}

// ---- Between two --------------------------------------------------------------------------------

TEST_CASE_METHOD(HostAndTwoMembers, "a private channel that nothing uses is closed after 5 min") {
    std::size_t connections = 0;
    world.network.may_connect = [&connections](const asio::ip::address&, const Endpoint&) {
        ++connections;
        return true;
    };
    const auto tell = [this](const std::string& text) {
        bob.submit(say("小陈", text));
        chen.await<event::Message>(says(text));
        bob.await<event::Delivered>();
        world.settle();
    };
    tell("one");
    const std::size_t first = connections;
    CHECK(first >= 1);
    world.advance(limits::peer_channel_idle_max - seconds(1));
    tell("two");
    CHECK(connections == first);
    world.advance(limits::peer_channel_idle_max + seconds(1));
    tell("three");
    CHECK(connections > first);
}

/// A member by hand, who asks to be connected with others.
struct TicketHolder : HostAndMember {
    Stranger mallory{world, "10.0.0.9"};
    FrameStream room = mallory.join(host_target, "Mallory");

    TicketHolder() { allow_only_the_host(world); }
    wire::StreamTicket ticket_to(const PeerId& peer) {
        mallory.send(room, wire::StreamRequest{1, peer});
        return mallory.next<wire::StreamTicket>(room, wire::Phase::member_in_room);
    }
    /// Empty when the host closes it before the greeting.
    std::optional<FrameStream> connect(Channel channel) {
        auto tls = mallory.run(dial(world.clock, mallory.network(), mallory.tls(),
                                    *parse_endpoint(host_target), channel, anna.id()));
        if (!tls) return std::nullopt;
        return FrameStream(std::move(*tls));
    }
    /// True when the host greets, and has heard which ticket it is.
    bool greets_with(const wire::StreamTicket& ticket) {
        auto stream = connect(Channel::peer);
        if (!stream) return false;
        mallory.send(*stream, wire::PeerHello{ticket.stream});
        const auto answer = mallory.receive(*stream, wire::Phase::peer_expects_welcome);
        return answer && std::holds_alternative<wire::PeerWelcome>(*answer);
    }
};

TEST_CASE_METHOD(TicketHolder, "who has tickets comes in with each, however many come before") {
    for (int i = 0; i < 28; ++i) CHECK(greets_with(ticket_to(anna.id())));
}

TEST_CASE_METHOD(TicketHolder, "who has tokens to be relayed comes in with each") {
    for (int i = 0; i < 28; ++i) {
        const auto ticket = ticket_to(bob.id());
        auto relay = connect(Channel::relay);
        REQUIRE(relay);
        mallory.send(*relay, wire::RelayOpen{ticket.relay_token});
        world.settle();
    }
}

TEST_CASE_METHOD(TicketHolder, "E7 a ticket is good for eight connections, and not for one more") {
    const auto ticket = ticket_to(anna.id());
    for (std::size_t i = 0; i < limits::candidates_max; ++i) CHECK(greets_with(ticket));
    CHECK_FALSE(greets_with(ticket));
    // That one, and entering the room, are all that has been used up of what strangers have.
    constexpr int left = static_cast<int>(limits::connections_per_address_burst) - 2;
    for (int i = 0; i < left; ++i) {
        CHECK(connect(Channel::room));
        world.settle();
    }
    CHECK_FALSE(connect(Channel::room));
}

/// The token of a relay to Bob.
struct RelayToken : TicketHolder {
    std::string token = ticket_to(bob.id()).relay_token;
    /// Who says nothing is given up long before the token is.
    void pass(Duration time) {
        for (Duration passed{0}; passed < time; passed += seconds(1)) {
            mallory.send(room, wire::Ping{});
            world.advance(std::min<Duration>(seconds(1), time - passed));
        }
    }
    bool opens() {
        auto stream = mallory.run(dial(world.clock, mallory.network(), mallory.tls(),
                                       *parse_endpoint(host_target), Channel::relay, anna.id()));
        REQUIRE(stream);
        FrameStream relay(std::move(*stream));
        mallory.send(relay, wire::RelayOpen{token});
        // Bob's half waits there: whoever comes in time is told so at once.
        const auto answer = mallory.receive(relay, wire::Phase::relay_expects_ready);
        return answer && std::holds_alternative<wire::RelayReady>(*answer);
    }
};

TEST_CASE_METHOD(RelayToken, "C19 a relay token is good for thirty seconds, and no longer") {
    const bool is_late = GENERATE(false, true);
    pass(limits::relay_token_life - milliseconds(is_late ? 0 : 1));
    CHECK(opens() == !is_late);
}

// ---- Who reads slowly ---------------------------------------------------------------------------

/// Reads nothing until asked; each of Anna's messages waits for it in the host's queue.
struct SlowReader : HostAndMember {
    Stranger slow{world, "10.0.0.9"};
    FrameStream stream = slow.join(host_target, "Slow");

    void say_to_all(std::size_t bytes) {
        const std::string text(limits::chat_text_bytes_max, 'x');
        const std::size_t count = bytes / text.size();
        for (std::size_t i = 0; i < count; ++i) anna.submit(say("everyone", text));
        world.run_until([&] { return anna.all<event::Sent>().size() == count; }, "all of it");
        world.settle();
    }
    /// How many messages the host gives of the past, once everything before was read.
    std::size_t history_given() {
        slow.send(stream, wire::HistoryRequest{7, 0, 0, 10});
        world.settle();
        std::size_t messages = 0;
        for (;;) {
            const auto heard = slow.receive(stream, wire::Phase::member_in_room);
            REQUIRE(heard);
            const auto* page = std::get_if<wire::HistoryPage>(&*heard);
            if (page == nullptr) continue;
            messages += page->messages.size();
            if (page->is_last) return messages;
        }
    }
};

TEST_CASE_METHOD(SlowReader, "E10 for whom less than 1 MiB waits, the past is read out") {
    // What the network between them holds comes on top, so this is well below.
    say_to_all(limits::send_queue_soft_bytes - 64 * 1024);
    CHECK(history_given() == 10);
}

TEST_CASE_METHOD(SlowReader, "E10 for whom more than 1 MiB waits, the past has to wait too") {
    constexpr std::size_t network_holds_at_most = 1024 * 1024;
    say_to_all(limits::send_queue_soft_bytes + network_holds_at_most);
    CHECK(history_given() == 0);
}

TEST_CASE_METHOD(SlowReader, "who asks for ten long pages at once is not thrown out for it") {
    constexpr std::size_t said = limits::history_messages_max;
    for (std::size_t i = 0; i < said; ++i) {
        // Read meanwhile, so that nothing waits when the pages are asked for.
        anna.submit(say("everyone", std::string(limits::chat_text_bytes_max, 'x')));
        slow.next<wire::RoomMessage>(stream, wire::Phase::member_in_room);
    }
    constexpr auto asked = static_cast<std::uint32_t>(limits::history_requests_burst);
    for (std::uint32_t number = 1; number <= asked; ++number) {
        slow.send(stream, wire::HistoryRequest{number, 0, 0, said});
    }
    std::size_t messages = 0;
    std::size_t put_off = 0;
    std::vector<std::uint32_t> answered;
    while (answered.size() < asked) {
        const auto page = slow.next<wire::HistoryPage>(stream, wire::Phase::member_in_room);
        messages += page.messages.size();
        if (page.retry_after_ms > 0) ++put_off;
        if (page.is_last) answered.push_back(page.request);
    }
    // Each has its answer, whole or as a word that it has to wait; the first is never put off.
    CHECK(messages == (asked - put_off) * said);
    CHECK(put_off < asked);
    CHECK(std::ranges::is_sorted(answered));
    CHECK(bob.all<event::PeerLeft>().empty());
}

}  // namespace
}  // namespace dropline::testing
