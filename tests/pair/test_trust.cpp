#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>

#include "net/api/limits.hpp"
#include "tests/pair/transfer_steps.hpp"

namespace dropline::testing {
namespace {

namespace fs = std::filesystem;

/// The person of this key as `person` last heard of him.
Peer seen_by(Person& person, const PeerId& id) {
    std::optional<Peer> newest;
    for (const Event& event : person.seen()) {
        if (const auto* joined = std::get_if<event::Joined>(&event.body)) {
            for (const Peer& peer : joined->peers) {
                if (peer.id == id) newest = peer;
            }
        } else if (const auto* came = std::get_if<event::PeerJoined>(&event.body)) {
            if (came->peer.id == id) newest = came->peer;
        } else if (const auto* changed = std::get_if<event::PeerChanged>(&event.body)) {
            if (changed->peer.id == id) newest = changed->peer;
        } else if (const auto* trusted = std::get_if<event::TrustChanged>(&event.body)) {
            if (trusted->peer.id == id) newest = trusted->peer;
        }
    }
    REQUIRE(newest);
    return *newest;
}

void trust(Person& person, const command::Trust& wish) {
    person.submit(wish, "trust");
    person.await<event::TrustChanged>(
        [&](const event::TrustChanged& event) { return to_text(event.peer.id) == wish.peer; });
}

void verify(Person& person, const Person& whom) {
    trust(person, {whom.text_id(), true, {}, {}, {}});
}

void accept_unasked(Person& person, const Person& from, std::uint64_t bytes_max,
                    const fs::path& into) {
    trust(person, {from.text_id(), {}, true, bytes_max, into});
}

/// Runs until the other one has the offer and knows whether it was taken unasked.
event::Offer offer_in_time(World& world, Person& from, Person& to, const fs::path& file) {
    const std::size_t before = to.all<event::Offer>().size();
    from.submit(command::Send{to.text_id(), {file}});
    world.run_until_in_time([&] { return to.all<event::Offer>().size() > before; }, "the offer");
    return to.all<event::Offer>().back();
}

// ---- Known and verified -------------------------------------------------------------------------

TEST_CASE("somebody met for the first time is not known, and is after a restart") {
    World world;
    ScratchFolder profile;
    Person anna(world, "Anna", host_address);
    host(anna);
    {
        Person bob(world, "Bob", "10.0.0.2", PathPolicy::automatic, profile.path());
        join(bob);
        CHECK_FALSE(seen_by(bob, anna.id()).is_known);
    }
    Person bob(world, "Bob", "10.0.0.2", PathPolicy::automatic, profile.path());
    world.clock.advance(std::chrono::seconds(2));
    join(bob);
    CHECK(seen_by(bob, anna.id()).is_known);
    CHECK_FALSE(seen_by(bob, anna.id()).is_verified);
}

TEST_CASE("who was verified is verified after a restart, and not after it was taken back") {
    World world;
    ScratchFolder profile;
    Person anna(world, "Anna", host_address);
    host(anna);
    const auto with_bob = [&](const std::function<void(Person&)>& act) {
        Person bob(world, "Bob", "10.0.0.2", PathPolicy::automatic, profile.path());
        world.clock.advance(std::chrono::seconds(2));
        join(bob);
        act(bob);
    };
    with_bob([&](Person& bob) {
        CHECK_FALSE(seen_by(bob, anna.id()).is_verified);
        verify(bob, anna);
    });
    with_bob([&](Person& bob) {
        CHECK(seen_by(bob, anna.id()).is_verified);
        trust(bob, {anna.text_id(), false, {}, {}, {}});
    });
    with_bob([&](Person& bob) { CHECK_FALSE(seen_by(bob, anna.id()).is_verified); });
}

TEST_CASE_METHOD(HostAndTwoMembers,
                 "only the key that was verified is, whatever names others take") {
    verify(bob, chen);
    anna.submit(command::Rename{"小陈"});
    bob.await<event::PeerChanged>();
    CHECK(seen_by(bob, chen.id()).is_verified);
    CHECK_FALSE(seen_by(bob, anna.id()).is_verified);
}

TEST_CASE_METHOD(HostAndTwoMembers,
                 "verifying is nobody else's business: the others hear nothing") {
    verify(bob, chen);
    world.settle();
    CHECK(anna.all<event::TrustChanged>().empty());
    CHECK(chen.all<event::TrustChanged>().empty());
    CHECK_FALSE(seen_by(chen, bob.id()).is_verified);
}

TEST_CASE_METHOD(HostAndTwoMembers, "both see one safety number, and nobody else sees it") {
    const auto number = [](Person& person, const Person& whom) {
        person.submit(command::ShowSafety{whom.text_id()});
        return person.await<event::Safety>();
    };
    const auto seen_by_bob = number(bob, chen);
    const auto seen_by_chen = number(chen, bob);
    CHECK(seen_by_bob.peer.id == chen.id());
    CHECK(seen_by_bob.number.digits == seen_by_chen.number.digits);
    CHECK(seen_by_bob.number.symbols == seen_by_chen.number.symbols);
    CHECK(number(bob, anna).number.digits != seen_by_bob.number.digits);
}

TEST_CASE_METHOD(HostAndTwoMembers,
                 "nobody can be verified who was never met, nor can we ourselves") {
    for (const std::string& nobody :
         {std::string("Dora"), std::string(52, 'A'), bob.text_id(), std::string("everyone")}) {
        bob.submit(command::Trust{nobody, true, {}, {}, {}}, "nobody");
        bob.await<event::Error>();
    }
    CHECK(bob.all<event::TrustChanged>().empty());
}

TEST_CASE("a verified person is found again by the whole fingerprint when no room is open") {
    World world;
    ScratchFolder profile;
    Person anna(world, "Anna", host_address);
    host(anna);
    Person bob(world, "Bob", "10.0.0.2", PathPolicy::automatic, profile.path());
    join(bob);
    verify(bob, anna);
    bob.submit(command::Leave{});
    bob.await<event::RoleEnded>();
    bob.submit(command::Trust{fingerprint_text(anna.id()), false, {}, {}, {}});
    CHECK_FALSE(bob.await<event::TrustChanged>().peer.is_verified);
    bob.submit(command::ListKnown{});
    CHECK(bob.await<event::Known>().people.empty());
}

// ---- Hosts --------------------------------------------------------------------------------------

TEST_CASE("C1: a host with another key is refused until its old key was forgotten by hand") {
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
    Person other(world, "Anna", host_address);
    host(other);
    for (int tries = 0; tries < 2; ++tries) {
        bob.submit(command::Join{host_target});
        const auto ended = bob.await<event::RoleEnded>();
        REQUIRE(ended.fault);
        REQUIRE(ended.fault->key_change);
        CHECK(ended.fault->key_change->address == host_target);
        CHECK(ended.fault->key_change->name == "Anna");
        CHECK(ended.fault->key_change->known_fingerprint == fingerprint_text(first));
        CHECK(ended.fault->key_change->shown_fingerprint == fingerprint_text(other.id()));
        world.clock.advance(std::chrono::seconds(2));
    }
    bob.submit(command::ListKnown{});
    CHECK(bob.await<event::Known>().hosts.size() == 1);
    bob.submit(command::ForgetHost{"10.0.0.1"});
    CHECK(bob.await<event::Known>().hosts.empty());
    bob.submit(command::Join{host_target});
    CHECK(bob.await<event::Joined>().is_first_contact);
}

TEST_CASE("forgetting a host that is not known says so") {
    World world;
    Person bob(world, "Bob", "10.0.0.2");
    bob.submit(command::ForgetHost{"10.0.0.9:7788"}, "forget");
    CHECK(bob.await<event::Error>().fault.code == FaultCode::bad_request);
}

// ---- Names --------------------------------------------------------------------------------------

TEST_CASE_METHOD(HostAndMember,
                 "B6: who looks like a verified person is not written to by mistake") {
    verify(bob, anna);
    // The first letter is Cyrillic.
    Person impostor(world, "\u0410nna", "10.0.0.4");
    join(impostor);
    bob.await<event::PeerJoined>();
    const Peer seen = seen_by(bob, impostor.id());
    CHECK(seen.imitates == anna.id());
    CHECK_FALSE(seen.is_verified);

    bob.submit(say(impostor.text_id(), "the secret"), "s");
    CHECK(bob.await<event::Error>().fault.code == FaultCode::looks_alike);
    bob.submit(command::Send{"\u0410nna", {impostor.downloads()}}, "f");
    CHECK(bob.await<event::Error>().fault.code == FaultCode::looks_alike);
    CHECK(bob.all<event::Message>().empty());

    bob.submit(command::Say{impostor.text_id(), "who are you?", {}, true});
    impostor.await<event::Message>(says("who are you?"));
    bob.submit(say(anna.text_id(), "for you"));
    anna.await<event::Message>(says("for you"));
}

TEST_CASE_METHOD(HostAndTwoMembers, "B6: a look-alike shows as soon as the real one is verified") {
    chen.submit(command::Rename{"ANNA"});
    bob.await<event::PeerChanged>();
    CHECK_FALSE(seen_by(bob, chen.id()).imitates);
    verify(bob, anna);
    CHECK(seen_by(bob, chen.id()).imitates == anna.id());
    trust(bob, {anna.text_id(), false, {}, {}, {}});
    CHECK_FALSE(seen_by(bob, chen.id()).imitates);
}

TEST_CASE_METHOD(HostAndTwoMembers, "B6: who takes a verified person's name later is marked then") {
    verify(bob, anna);
    chen.submit(command::Rename{"Anna"});
    bob.await<event::PeerChanged>();
    CHECK(seen_by(bob, chen.id()).imitates == anna.id());
}

TEST_CASE_METHOD(HostAndTwoMembers,
                 "C5: a new name of a verified person does not free the one that was verified") {
    const std::string verified_name = chen.all<event::Joined>().front().self.name;
    verify(bob, chen);
    chen.submit(command::Rename{"Zed"});
    bob.await<event::PeerChanged>();
    anna.submit(command::Rename{verified_name});
    bob.await<event::PeerChanged>();
    CHECK(seen_by(bob, anna.id()).imitates == chen.id());
    bob.submit(say(anna.text_id(), "the secret"));
    CHECK(bob.await<event::Error>().fault.code == FaultCode::looks_alike);
    anna.submit(command::Rename{"Zed"});
    bob.await<event::PeerChanged>();
    CHECK(seen_by(bob, anna.id()).imitates == chen.id());
}

TEST_CASE_METHOD(HostAndTwoMembers,
                 "C2: who is called like another's key gets nothing meant for it") {
    chen.submit(command::Rename{anna.text_id()});
    bob.await<event::PeerChanged>();
    bob.submit(say(anna.text_id(), "for the key"));
    anna.await<event::Message>(says("for the key"));
    chen.submit(command::Rename{key_tag(anna.id())});
    bob.await<event::PeerChanged>();
    bob.submit(say(key_tag(anna.id()), "for a tag"));
    CHECK(bob.await<event::Error>().fault.code == FaultCode::ambiguous_peer);
    CHECK(chen.all<event::Message>().empty());
}

// ---- Auto-accept --------------------------------------------------------------------------------

struct TrustingMember : HostAndTwoMembers {
    ScratchFolder folder;
    fs::path inbox = folder.path() / "from chen";

    TrustingMember() { fs::create_directories(inbox); }
    fs::path file(const std::string& name, std::size_t bytes) {
        return write_file(folder.path() / name, pattern(bytes));
    }
};

TEST_CASE_METHOD(TrustingMember, "what a verified person sends is taken unasked, into its folder") {
    verify(bob, chen);
    accept_unasked(bob, chen, 1'000'000, inbox);
    const auto offer = offer_in_time(world, chen, bob, file("photo.jpg", 1'000'000));
    CHECK(offer.is_accepted_by_rule);
    await_state(world, bob, offer.transfer, TransferState::done);
    await_state(world, chen, offer.transfer, TransferState::done);
    CHECK(read_file(inbox / "photo.jpg") == pattern(1'000'000));
    CHECK(entries_in(bob.downloads()) == 0);
}

TEST_CASE_METHOD(TrustingMember, "one byte above the size is asked about, as everything else is") {
    verify(bob, chen);
    accept_unasked(bob, chen, 999'999, inbox);
    const auto offer = offer_in_time(world, chen, bob, file("photo.jpg", 1'000'000));
    CHECK_FALSE(offer.is_accepted_by_rule);
    CHECK(latest(bob, offer.transfer).state == TransferState::offered);
    CHECK(entries_in(inbox) == 0);
    bob.submit(command::Accept{offer.transfer, {}, {}, {}});
    await_state(world, bob, offer.transfer, TransferState::done);
}

TEST_CASE_METHOD(TrustingMember, "A6: hidden and runnable files are never taken unasked") {
    verify(bob, chen);
    accept_unasked(bob, chen, 1'000'000, inbox);
    const auto deep = folder.path() / "album";
    fs::create_directories(deep / ".config");
    write_file(deep / ".config" / "x", "x");
    const auto runnable = file("invoice", 10);
    fs::permissions(runnable, fs::perms::owner_exec, fs::perm_options::add);
    for (const fs::path& risky :
         {file(".bashrc", 10), file("setup.exe", 10), file("a.desktop", 10), deep, runnable}) {
        CAPTURE(risky);
        CHECK_FALSE(offer_in_time(world, chen, bob, risky).is_accepted_by_rule);
    }
    CHECK(entries_in(inbox) == 0);
}

TEST_CASE_METHOD(TrustingMember,
                 "A3: the folder of a standing yes is gone: the offer is asked about") {
    verify(bob, chen);
    accept_unasked(bob, chen, 1'000'000, inbox);
    fs::remove(inbox);
    CHECK_FALSE(offer_in_time(world, chen, bob, file("a.txt", 10)).is_accepted_by_rule);
    CHECK_FALSE(fs::exists(inbox));
}

TEST_CASE_METHOD(TrustingMember, "who is not verified cannot be given a standing yes") {
    bob.submit(command::Trust{chen.text_id(), {}, true, 1'000'000, inbox});
    CHECK(bob.await<event::Error>().fault.code == FaultCode::bad_request);
    bob.submit(command::Trust{chen.text_id(), false, true, 1'000'000, inbox});
    CHECK(bob.await<event::Error>().fault.code == FaultCode::bad_request);
    CHECK_FALSE(offer_in_time(world, chen, bob, file("a.txt", 10)).is_accepted_by_rule);
}

TEST_CASE_METHOD(TrustingMember, "a standing yes needs a size and a whole path") {
    verify(bob, chen);
    bob.submit(command::Trust{chen.text_id(), {}, true, 0, inbox});
    CHECK(bob.await<event::Error>().fault.code == FaultCode::bad_request);
    bob.submit(command::Trust{chen.text_id(), {}, true, 10, "from chen"});
    CHECK(bob.await<event::Error>().fault.code == FaultCode::bad_request);
}

TEST_CASE_METHOD(TrustingMember, "a standing yes that is changed in part keeps the rest") {
    verify(bob, chen);
    const AutoAccept rule{10'000'000, inbox.string()};
    accept_unasked(bob, chen, rule.bytes_max, inbox);

    const fs::path other = folder.path() / "other";
    trust(bob, {chen.text_id(), {}, true, {}, other});
    CHECK(seen_by(bob, chen.id()).auto_accept == AutoAccept{rule.bytes_max, other.string()});
    trust(bob, {chen.text_id(), {}, true, 5'000, {}});
    CHECK(seen_by(bob, chen.id()).auto_accept == AutoAccept{5'000, other.string()});
    trust(bob, {chen.text_id(), {}, true, {}, {}});
    CHECK(seen_by(bob, chen.id()).auto_accept == AutoAccept{5'000, other.string()});
    trust(bob, {chen.text_id(), true, {}, 7'000, inbox});
    CHECK(seen_by(bob, chen.id()).auto_accept == AutoAccept{7'000, rule.into});
}

TEST_CASE_METHOD(TrustingMember, "a new standing yes of which nothing is said is the usual one") {
    verify(bob, chen);
    trust(bob, {chen.text_id(), {}, true, {}, {}});
    CHECK(seen_by(bob, chen.id()).auto_accept ==
          AutoAccept{auto_accept_bytes_usual, bob.downloads().string()});
}

TEST_CASE_METHOD(TrustingMember, "no standing yes begins by naming a size or a folder alone") {
    verify(bob, chen);
    bob.submit(command::Trust{chen.text_id(), true, {}, 7'000, inbox});
    CHECK(bob.await<event::Error>().fault.code == FaultCode::bad_request);
    CHECK_FALSE(seen_by(bob, chen.id()).auto_accept);
}

TEST_CASE_METHOD(TrustingMember, "the standing yes ends with the verification") {
    verify(bob, chen);
    accept_unasked(bob, chen, 1'000'000, inbox);
    trust(bob, {chen.text_id(), false, {}, {}, {}});
    CHECK_FALSE(seen_by(bob, chen.id()).auto_accept);
    verify(bob, chen);
    CHECK_FALSE(offer_in_time(world, chen, bob, file("a.txt", 10)).is_accepted_by_rule);
}

TEST_CASE_METHOD(TrustingMember, "another key of the same name has no standing yes") {
    verify(bob, chen);
    accept_unasked(bob, chen, 1'000'000, inbox);
    anna.submit(command::Rename{"小陈"});
    bob.await<event::PeerChanged>();
    CHECK_FALSE(offer_in_time(world, anna, bob, file("a.txt", 10)).is_accepted_by_rule);
}

TEST_CASE_METHOD(TrustingMember, "files that outgrow the size on their way are not taken") {
    verify(bob, chen);
    accept_unasked(bob, chen, large_file_bytes, inbox);
    slow_down(chen);
    const auto large = write_large_file(folder.path() / "large.tif");
    const auto offer = offer_in_time(world, chen, bob, large);
    REQUIRE(offer.is_accepted_by_rule);
    await_flow(world, bob, offer.transfer);
    fs::resize_file(large, large_file_bytes + 1);
    write_file(folder.path() / "touched", "x");
    speed_up(chen);
    const auto ended = await_state(world, bob, offer.transfer, TransferState::failed);
    REQUIRE(ended.fault);
    CHECK(entries_in(inbox) == 0);
}

}  // namespace
}  // namespace dropline::testing
