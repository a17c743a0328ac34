// Transfers that last: folders, choices, pauses, interruptions, queues and restarts.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/api/limits.hpp"
#include "net/transfer/journal.hpp"
#include "net/transfer/outgoing_offers.hpp"
#include "tests/pair/forged_offer.hpp"
#include "tests/pair/other_disk.hpp"
#include "tests/pair/transfer_steps.hpp"
#include "tests/transfer/no_descriptors.hpp"

namespace dropline::testing {
namespace {

namespace fs = std::filesystem;

void accept(Person& person, const TransferId& id, const fs::path& into = {}) {
    person.submit(command::Accept{id, into, {}, {}});
}

/// Bob sends Anna a large file slowly; bytes flow.
struct SlowTransfer : HostAndMember {
    ScratchFolder folder;
    fs::path file = write_large_file(folder.path() / "large.bin");
    TransferId id;

    SlowTransfer() {
        slow_down(bob);
        id = offer(bob, anna, {file}).transfer;
        accept(anna, id);
        await_flow(world, anna, id);
    }
    Person& person(bool is_receiver) { return is_receiver ? anna : bob; }
    /// As fast as it goes, and with no help of the clock.
    void check_waits_for_nothing() {
        speed_up(bob);
        world.run_until([this] { return latest(anna, id).state == TransferState::done; },
                        "all of it has come, without the clock");
    }
    void check_arrives() {
        speed_up(bob);
        CHECK(await_state(world, anna, id, TransferState::done).bytes_done == large_file_bytes);
        await_state(world, bob, id, TransferState::done);
        CHECK(read_file(anna.downloads() / "large.bin") == read_file(file));
    }
};

// ---- Offers -------------------------------------------------------------------------------------

TEST_CASE_METHOD(HostAndMember, "a folder of many files is offered in pages and arrives whole") {
    ScratchFolder folder;
    fs::create_directories(folder.path() / "d/sub/empty");
    constexpr std::size_t files = 3000;
    for (std::size_t i = 0; i < files; ++i) {
        write_file(folder.path() / "d/sub" / ("a rather long name of a file " + std::to_string(i)),
                   std::to_string(i));
    }
    fs::create_symlink("nowhere", folder.path() / "d/link");
    const auto offered = offer(bob, anna, {folder.path() / "d"});
    CHECK(offered.name == "d");
    CHECK(offered.files == files);
    CHECK(offered.folders == 3);
    CHECK(offered.left_out == 1);
    CHECK(offered.left_out_preview == std::vector<std::string>{"d/link"});
    CHECK(offered.existing == 0);
    CHECK(entries_in(anna.downloads()) == 0);
    accept(anna, offered.transfer);
    const auto done = await_state(world, anna, offered.transfer, TransferState::done);
    CHECK(done.files_done == files);
    CHECK(done.saved_as == std::vector<std::string>{(anna.downloads() / "d").string()});
    CHECK(entries_in(anna.downloads()) == 1);
    CHECK(entries_in(anna.downloads() / "d/sub") == files + 1);
    CHECK(fs::is_empty(anna.downloads() / "d/sub/empty"));
    await_state(world, bob, offered.transfer, TransferState::done);
}

TEST_CASE_METHOD(HostAndMember, "the whole list of an offer can be read, a part at a time") {
    ScratchFolder folder;
    fs::create_directory(folder.path() / "d");
    for (int i = 0; i < 1200; ++i) write_file(folder.path() / "d" / std::to_string(10'000 + i), "");
    const auto offered = offer(bob, anna, {folder.path() / "d"});
    anna.submit(command::ListOffer{offered.transfer, 0, 5000});
    const auto first = anna.await<event::OfferEntries>();
    CHECK(first.total == 1201);
    CHECK(first.entries.size() == limits::offer_entries_per_answer_max);
    CHECK(first.entries[0].is_folder);
    anna.submit(command::ListOffer{offered.transfer, 1200, 10});
    const auto last = anna.await<event::OfferEntries>();
    REQUIRE(last.entries.size() == 1);
    CHECK(last.entries[0].name == "d/11199");
    anna.submit(command::ListOffer{offered.transfer, 0xffffffff, 0xffffffff});
    CHECK(anna.await<event::OfferEntries>().entries.empty());
}

TEST_CASE_METHOD(HostAndMember, "of an offer only what was chosen is taken") {
    ScratchFolder folder;
    fs::create_directories(folder.path() / "d/sub");
    write_file(folder.path() / "d/yes", "1");
    write_file(folder.path() / "d/no", "22");
    write_file(folder.path() / "d/sub/yes", "333");
    write_file(folder.path() / "single", "4444");
    const auto offered = offer(bob, anna, {folder.path() / "d", folder.path() / "single"});
    const auto wish = GENERATE(command::Accept{{}, {}, {"d/yes", "d/sub"}, {}},
                               command::Accept{{}, {}, {}, {"single", "d/no"}},
                               command::Accept{{}, {}, {"d"}, {"d/no"}});
    anna.submit(command::Accept{offered.transfer, {}, wish.only, wish.except});
    const auto done = await_state(world, anna, offered.transfer, TransferState::done);
    CHECK(done.files_total == 2);
    CHECK(done.bytes_total == 4);
    CHECK(read_file(anna.downloads() / "d/yes") == "1");
    CHECK(read_file(anna.downloads() / "d/sub/yes") == "333");
    CHECK_FALSE(fs::exists(anna.downloads() / "d/no"));
    CHECK_FALSE(fs::exists(anna.downloads() / "single"));
    const auto sent = await_state(world, bob, offered.transfer, TransferState::done);
    CHECK(sent.files_total == 2);
    CHECK(sent.bytes_total == 4);
}

TEST_CASE_METHOD(HostAndMember, "choosing nothing of an offer is no answer") {
    ScratchFolder folder;
    const auto offered = offer(bob, anna, {write_file(folder.path() / "x", "x")});
    anna.submit(command::Accept{offered.transfer, {}, {"something else"}, {}});
    CHECK(anna.await<event::Error>().fault.code == FaultCode::bad_request);
    accept(anna, offered.transfer);
    await_state(world, anna, offered.transfer, TransferState::done);
}

TEST_CASE_METHOD(HostAndMember, "an unanswered offer holds up no later one") {
    ScratchFolder folder;
    const auto first = offer(bob, anna, {write_file(folder.path() / "first", "1")});
    const auto second = offer(bob, anna, {write_file(folder.path() / "second", "2")});
    accept(anna, second.transfer);
    await_state(world, anna, second.transfer, TransferState::done);
    CHECK(latest(anna, first.transfer).state == TransferState::offered);
    accept(anna, first.transfer);
    await_state(world, anna, first.transfer, TransferState::done);
}

TEST_CASE_METHOD(HostAndMember, "what is there already is said in the offer and not sent again") {
    ScratchFolder folder;
    const auto file = write_file(folder.path() / "x", pattern(100'000));
    fs::copy_file(file, anna.downloads() / "x");
    const auto offered = offer(bob, anna, {file});
    CHECK(offered.existing == 1);
    accept(anna, offered.transfer);
    const auto done = await_state(world, anna, offered.transfer, TransferState::done);
    CHECK(done.files_skipped == 1);
    CHECK(entries_in(anna.downloads()) == 1);
}

// ---- Pause and cancel ---------------------------------------------------------------------------

TEST_CASE("a pause from either side holds the bytes until it is lifted, and costs none") {
    const bool is_receiver_pausing = GENERATE(true, false);
    SlowTransfer room;
    Person& pausing = room.person(is_receiver_pausing);
    Person& other = room.person(!is_receiver_pausing);
    pausing.submit(command::Pause{room.id});
    CHECK(await_state(room.world, pausing, room.id, TransferState::paused).paused_by ==
          PausedBy::us);
    CHECK(await_state(room.world, other, room.id, TransferState::paused).paused_by ==
          PausedBy::peer);
    // Nothing moves, however much time passes.
    room.world.advance(std::chrono::minutes(1));
    CHECK(latest(room.anna, room.id).state == TransferState::paused);
    CHECK(entries_in(room.anna.downloads()) == 1);
    pausing.submit(command::Resume{room.id});
    await_flow(room.world, room.anna, room.id);
    room.check_arrives();
    CHECK(latest(room.anna, room.id).bytes_sent_again == 0);
}

TEST_CASE("where things were saved is said at the end, not with every progress") {
    SlowTransfer room;
    room.anna.submit(command::Cancel{room.id});
    await_state(room.world, room.anna, room.id, TransferState::cancelled);
    const auto small = write_file(room.folder.path() / "a small one", pattern(1000));
    const TransferId id = offer(room.bob, room.anna, {small, room.file}).transfer;
    accept(room.anna, id);
    await_transfer(
        room.world, room.anna, id,
        [](const Transfer& transfer) { return transfer.files_done == 1; },
        "the first file is there");
    room.anna.submit(command::Pause{id});
    await_state(room.world, room.anna, id, TransferState::paused);
    room.anna.submit(command::Resume{id});
    speed_up(room.bob);
    CHECK(await_state(room.world, room.anna, id, TransferState::done).saved_as.size() == 2);
    for (const auto& event : room.anna.all<event::TransferChanged>()) {
        if (!event.transfer.is_over()) CHECK(event.transfer.saved_as.empty());
    }
}

TEST_CASE("what both have paused goes on when both have lifted it, in any order") {
    const bool is_receiver_first = GENERATE(true, false);
    SlowTransfer room;
    for (Person* person : {&room.anna, &room.bob}) {
        person->submit(command::Pause{room.id});
        await_state(room.world, *person, room.id, TransferState::paused);
    }
    room.person(is_receiver_first).submit(command::Resume{room.id});
    room.world.advance(std::chrono::seconds(20));
    CHECK(latest(room.anna, room.id).state == TransferState::paused);
    room.person(!is_receiver_first).submit(command::Resume{room.id});
    room.check_arrives();
}

TEST_CASE_METHOD(HostAndMember,
                 "a pause at once after the answer holds back what is not there yet") {
    const bool is_receiver_pausing = GENERATE(true, false);
    ScratchFolder folder;
    slow_down(bob);
    const auto file = write_large_file(folder.path() / "x");
    const auto id = offer(bob, anna, {file}).transfer;
    accept(anna, id);
    if (!is_receiver_pausing) await_state(world, bob, id, TransferState::waiting);
    Person& pausing = is_receiver_pausing ? anna : bob;
    pausing.submit(command::Pause{id});
    await_state(world, pausing, id, TransferState::paused);
    world.advance(std::chrono::seconds(20));
    CHECK(latest(pausing, id).state == TransferState::paused);
    CHECK_FALSE(fs::exists(anna.downloads() / "x"));
    speed_up(bob);
    pausing.submit(command::Resume{id});
    await_state(world, anna, id, TransferState::done);
    CHECK(read_file(anna.downloads() / "x") == read_file(file));
}

TEST_CASE_METHOD(HostAndMember, "an offer that has no answer yet cannot be paused") {
    ScratchFolder folder;
    const auto offered = offer(bob, anna, {write_file(folder.path() / "x", "x")});
    for (Person* person : {&anna, &bob}) {
        person->submit(command::Pause{offered.transfer});
        CHECK(person->await<event::Error>().fault.code == FaultCode::bad_request);
    }
}

TEST_CASE_METHOD(HostAndTwoMembers, "a pause that crosses the connection it is about holds it") {
    ScratchFolder folder;
    allow_only_the_host(world);
    bob.submit(command::Send{chen.text_id(), {write_large_file(folder.path() / "x")}});
    world.run_until_in_time([&] { return !chen.all<event::Offer>().empty(); }, "the offer");
    const auto id = chen.all<event::Offer>().front().transfer;
    accept(chen, id);
    for (const bool is_checking : {true, false}) {
        await_transfer(
            world, chen, id,
            [=](const Transfer& transfer) { return transfer.is_checking == is_checking; },
            "it connects");
    }
    // Two seconds go by before it is tried through the host: until then a word is faster.
    chen.submit(command::Pause{id});
    world.run_until([&] { return latest(bob, id).paused_by == PausedBy::peer; },
                    "the pause is heard");
    const TimePoint later = world.clock.now() + std::chrono::seconds(10);
    world.run_until_in_time([&] { return world.clock.now() >= later; }, "it has connected");
    CHECK(latest(bob, id).state == TransferState::paused);
    CHECK(latest(bob, id).paused_by == PausedBy::peer);
    CHECK(latest(chen, id).state == TransferState::paused);
    chen.submit(command::Resume{id});
    await_state(world, chen, id, TransferState::done);
    await_state(world, bob, id, TransferState::done);
}

TEST_CASE("whoever sends the same again while it is paused lifts the pause") {
    SlowTransfer room;
    room.bob.submit(command::Pause{room.id});
    if (GENERATE(true, false)) await_state(room.world, room.anna, room.id, TransferState::paused);
    room.bob.submit(command::Send{room.anna.text_id(), {room.file}}, "again");
    room.check_arrives();
    CHECK(room.anna.all<event::Offer>().size() == 1);
    CHECK(room.bob.seen().back().ref == "again");
}

TEST_CASE("whoever sends the same again while the other one pauses it is answered") {
    SlowTransfer room;
    room.anna.submit(command::Pause{room.id});
    await_state(room.world, room.bob, room.id, TransferState::paused);
    room.bob.submit(command::Send{room.anna.text_id(), {room.file}}, "again");
    const auto is_answer = [&](const Event& event) {
        const auto* changed = std::get_if<event::TransferChanged>(&event.body);
        return event.ref == "again" && changed != nullptr && changed->transfer.id == room.id;
    };
    room.world.run_until([&] { return std::ranges::any_of(room.bob.seen(), is_answer); },
                         "an answer");
    CHECK(latest(room.bob, room.id).state == TransferState::paused);
    room.anna.submit(command::Resume{room.id});
    room.check_arrives();
    CHECK(room.anna.all<event::Offer>().size() == 1);
}

TEST_CASE("cancelling what is paused ends it on both sides and leaves no debris") {
    const bool is_receiver_pausing = GENERATE(true, false);
    const bool is_receiver_cancelling = GENERATE(true, false);
    SlowTransfer room;
    room.person(is_receiver_pausing).submit(command::Pause{room.id});
    for (Person* person : {&room.anna, &room.bob}) {
        await_state(room.world, *person, room.id, TransferState::paused);
    }
    room.person(is_receiver_cancelling).submit(command::Cancel{room.id});
    await_state(room.world, room.anna, room.id, TransferState::cancelled);
    await_state(room.world, room.bob, room.id, TransferState::cancelled);
    CHECK(entries_in(room.anna.downloads()) == 0);
}

TEST_CASE_METHOD(HostAndMember, "a transfer that is over cannot be paused, resumed or cancelled") {
    ScratchFolder folder;
    const auto offered = offer(bob, anna, {write_file(folder.path() / "x", "x")});
    accept(anna, offered.transfer);
    await_state(world, anna, offered.transfer, TransferState::done);
    for (const CommandBody& wish : {CommandBody(command::Pause{offered.transfer}),
                                    CommandBody(command::Resume{offered.transfer}),
                                    CommandBody(command::Cancel{offered.transfer})}) {
        anna.submit(wish);
        CHECK(anna.await<event::Error>().fault.code == FaultCode::unknown_transfer);
    }
    CHECK(fs::exists(anna.downloads() / "x"));
}

// ---- People who leave ---------------------------------------------------------------------------

TEST_CASE_METHOD(HostAndMember, "an offer that nobody answered is off when one of them leaves") {
    ScratchFolder folder;
    const auto offered = offer(bob, anna, {write_file(folder.path() / "x", "x")});
    bob.submit(command::Leave{});
    CHECK(await_state(world, anna, offered.transfer, TransferState::failed).fault->code ==
          FaultCode::disconnected);
    accept(anna, offered.transfer);
    CHECK(anna.await<event::Error>().fault.code == FaultCode::unknown_transfer);
}

TEST_CASE_METHOD(HostAndMember, "whoever leaves has no open question any more, and asks none") {
    ScratchFolder folder;
    const auto file = write_file(folder.path() / "x", "x");
    const auto asked = offer(anna, bob, {file});
    const auto asks = offer(bob, anna, {file});
    bob.submit(command::Leave{});
    for (const auto& id : {asked.transfer, asks.transfer}) {
        for (Person* person : {&anna, &bob}) await_state(world, *person, id, TransferState::failed);
    }
    bob.submit(command::Accept{asked.transfer, {}, {}, {}});
    CHECK(bob.await<event::Error>().fault.code == FaultCode::unknown_transfer);
}

TEST_CASE_METHOD(HostAndMember, "an offer whose receiver was away for a moment is off for both") {
    ScratchFolder folder;
    const auto asked = offer(anna, bob, {write_file(folder.path() / "x", "x")});
    world.network.pull_cables();
    for (Person* person : {&anna, &bob}) {
        CHECK(await_state(world, *person, asked.transfer, TransferState::failed).fault->code ==
              FaultCode::disconnected);
    }
}

TEST_CASE_METHOD(HostAndMember, "to cancel an offer that was not answered yet is a no to it") {
    ScratchFolder folder;
    const auto asked = offer(anna, bob, {write_file(folder.path() / "x", "x")});
    bob.submit(command::Cancel{asked.transfer});
    for (Person* person : {&anna, &bob}) {
        await_state(world, *person, asked.transfer, TransferState::declined);
    }
}

TEST_CASE("what was under way when its sender left goes on when the sender returns") {
    SlowTransfer room;
    room.bob.submit(command::Leave{});
    room.bob.await<event::RoleEnded>();
    const auto interrupted =
        await_state(room.world, room.anna, room.id, TransferState::interrupted);
    CHECK(interrupted.fault);
    CHECK(interrupted.quiet_since);
    await_state(room.world, room.bob, room.id, TransferState::interrupted);
    join(room.bob);
    await_flow(room.world, room.anna, room.id);
    room.check_arrives();
    CHECK(latest(room.anna, room.id).bytes_sent_again == 0);
}

TEST_CASE("what was under way when its receiver left can be cancelled by its sender alone") {
    HostAndMember room;
    ScratchFolder folder;
    slow_down(room.anna);
    const auto id =
        offer(room.anna, room.bob, {write_large_file(folder.path() / "large.bin")}).transfer;
    accept(room.bob, id);
    await_flow(room.world, room.bob, id);
    room.bob.submit(command::Leave{});
    room.bob.await<event::RoleEnded>();
    await_state(room.world, room.anna, id, TransferState::interrupted);
    room.anna.submit(command::Cancel{id});
    await_state(room.world, room.anna, id, TransferState::cancelled);
    // The receiver learns of it on return, and cleans up.
    join(room.bob);
    const auto told = await_transfer(
        room.world, room.bob, id, [](const Transfer& transfer) { return transfer.is_over(); },
        "over for the receiver, too");
    CHECK(told.state == TransferState::cancelled);
    CHECK(entries_in(room.bob.downloads()) == 0);
}

TEST_CASE_METHOD(HostAndTwoMembers,
                 "without a way to the other it is tried again, more and more seldom") {
    ScratchFolder folder;
    const auto offered = offer(bob, chen, {write_file(folder.path() / "x", pattern(10'000))});
    // Each try ends at the host, which is the last hope.
    std::vector<TimePoint> times;
    world.network.may_connect = [&](const asio::ip::address& from, const Endpoint& to) {
        const bool is_receiver = from == asio::ip::make_address("10.0.0.3");
        if (is_receiver && to.port() == 7788) times.push_back(world.clock.now());
        return false;
    };
    accept(chen, offered.transfer);
    constexpr std::size_t tries = 5;
    world.run_until_in_time([&] { return times.size() >= tries; }, "five tries");
    await_state(world, chen, offered.transfer, TransferState::interrupted);
    CHECK(latest(chen, offered.transfer).fault->code == FaultCode::cannot_connect);
    for (std::size_t i = 2; i < tries; ++i) {
        CHECK(times[i] - times[i - 1] > times[i - 1] - times[i - 2]);
    }
    world.network.may_connect = nullptr;
    await_state(world, chen, offered.transfer, TransferState::done);
    CHECK(read_file(chen.downloads() / "x") == pattern(10'000));
}

TEST_CASE_METHOD(HostAndTwoMembers,
                 "an offer that has not gone out when its sender loses the room goes out later") {
    ScratchFolder folder;
    allow_only_the_host(world);
    bob.submit(command::Send{chen.text_id(), {write_file(folder.path() / "x", "x")}});
    const auto offered = [&] {
        const auto& news = bob.all<event::TransferChanged>();
        return !news.empty() && news.back().transfer.state == TransferState::offered;
    };
    world.run_until(offered, "it waits for a connection");
    anna.submit(command::Leave{});
    anna.await<event::RoleEnded>();
    bob.await<event::Disconnected>();
    chen.await<event::Disconnected>();
    CHECK(offered());
    host(anna);
    world.run_until_in_time([&] { return !chen.all<event::Offer>().empty(); }, "the offer");
    const auto id = chen.all<event::Offer>().front().transfer;
    accept(chen, id);
    await_state(world, chen, id, TransferState::done);
    await_state(world, bob, id, TransferState::done);
}

TEST_CASE_METHOD(HostAndMember, "an offer whose sender was away for a moment is asked about anew") {
    ScratchFolder folder;
    const auto first = offer(bob, anna, {write_file(folder.path() / "x", "x")});
    world.network.pull_cables();
    CHECK(await_state(world, anna, first.transfer, TransferState::failed).fault->code ==
          FaultCode::disconnected);
    world.network.may_connect = nullptr;
    world.run_until_in_time([&] { return anna.all<event::Offer>().size() == 2; }, "a new offer");
    const auto anew = anna.all<event::Offer>().back();
    CHECK(anew.transfer != first.transfer);
    CHECK(latest(bob, first.transfer).batch.is_zero());
    await_state(world, bob, first.transfer, TransferState::failed);
    accept(anna, anew.transfer);
    await_state(world, anna, anew.transfer, TransferState::done);
    await_state(world, bob, anew.transfer, TransferState::done);
}

// ---- The queue ----------------------------------------------------------------------------------

/// Bob sends Anna so many large files slowly, each an offer of its own; all are accepted.
struct Queue : HostAndMember {
    ScratchFolder folder;
    std::vector<TransferId> ids;

    explicit Queue(int count) {
        slow_down(bob);
        for (int i = 0; i < count; ++i) {
            const auto file = write_large_file(folder.path() / ("f" + std::to_string(i)));
            ids.push_back(offer(bob, anna, {file}).transfer);
            accept(anna, ids.back());
            // The folder is looked at on another thread: the next yes might come before this one.
            await_transfer(
                world, anna, ids.back(),
                [](const Transfer& it) { return it.state != TransferState::offered; }, "the yes");
        }
        for (std::size_t i = 0; i < limits::active_transfers_per_peer_max; ++i) {
            await_state(world, anna, ids[i], TransferState::active);
        }
    }
    void await_active(std::size_t which) {
        await_state(world, anna, ids[which], TransferState::active);
    }
    void await_place(std::size_t which, std::uint32_t wanted) {
        await_transfer(
            world, anna, ids[which],
            [=](const Transfer& transfer) { return transfer.queue_place == wanted; },
            "place " + std::to_string(wanted));
    }
};

TEST_CASE("four are active at once, the rest wait in order, and the next begins when one ends") {
    Queue room(6);
    room.await_place(4, 1);
    room.await_place(5, 2);
    CHECK(latest(room.anna, room.ids[4]).state == TransferState::waiting);
    CHECK(latest(room.anna, room.ids[5]).state == TransferState::waiting);
    room.anna.submit(command::Cancel{room.ids[1]});
    room.await_active(4);
    room.await_place(5, 1);
    CHECK(latest(room.anna, room.ids[5]).state == TransferState::waiting);
    room.anna.submit(command::Pause{room.ids[0]});
    room.await_active(5);
}

TEST_CASE("what waits can be moved to another place by either side") {
    Queue room(7);
    room.await_place(6, 3);
    Person& moving = GENERATE(true, false) ? room.anna : room.bob;
    moving.submit(command::Move{room.ids[6], room.ids[4]});
    room.await_place(6, 1);
    room.await_place(4, 2);
    room.await_place(5, 3);
    moving.submit(command::Move{room.ids[6], std::nullopt});
    room.await_place(6, 3);
    room.await_place(4, 1);
}

TEST_CASE("what waits can be begun at once by either side, beyond the limit") {
    Queue room(6);
    room.await_place(5, 2);
    (GENERATE(true, false) ? room.anna : room.bob).submit(command::StartNow{room.ids[5]});
    room.await_active(5);
    CHECK(latest(room.anna, room.ids[4]).state == TransferState::waiting);
    for (std::size_t i = 0; i < limits::active_transfers_per_peer_max; ++i) {
        CHECK(latest(room.anna, room.ids[i]).state == TransferState::active);
    }
}

TEST_CASE("E13 however many are wanted at once, eight are at work") {
    Queue room(11);
    room.await_place(10, 7);
    for (std::size_t i = 4; i < room.ids.size(); ++i) {
        room.bob.submit(command::StartNow{room.ids[i]});
    }
    for (std::size_t i = 4; i < 8; ++i) room.await_active(i);
    room.world.settle();
    for (std::size_t i = 8; i < room.ids.size(); ++i) {
        CHECK(latest(room.anna, room.ids[i]).state == TransferState::waiting);
    }
    room.anna.submit(command::Cancel{room.ids[0]});
    room.await_active(8);
}

// ---- Several people -----------------------------------------------------------------------------

TEST_CASE_METHOD(
    HostAndTwoMembers,
    "one file for everyone is a transfer for each, and the failed ones can be retried") {
    ScratchFolder folder;
    const auto file = write_file(folder.path() / "x", pattern(5000));
    anna.submit(command::Send{"everyone", {file}});
    const auto to_bob = bob.await<event::Offer>();
    const auto to_chen = chen.await<event::Offer>();
    CHECK(to_bob.transfer != to_chen.transfer);
    CHECK(latest(anna, to_bob.transfer).batch == latest(anna, to_chen.transfer).batch);
    bob.submit(command::Decline{to_bob.transfer});
    accept(chen, to_chen.transfer);
    await_state(world, anna, to_chen.transfer, TransferState::done);
    await_state(world, anna, to_bob.transfer, TransferState::declined);
    anna.submit(command::Retry{to_chen.transfer, true});
    const auto again = bob.await<event::Offer>();
    CHECK(again.transfer != to_bob.transfer);
    CHECK(latest(anna, again.transfer).batch == latest(anna, to_chen.transfer).batch);
    accept(bob, again.transfer);
    await_state(world, bob, again.transfer, TransferState::done);
    await_state(world, anna, again.transfer, TransferState::done);
    CHECK(chen.all<event::Offer>().size() == 1);
    anna.submit(command::Retry{again.transfer, false});
    CHECK(anna.await<event::Error>().fault.code == FaultCode::bad_request);
}

/// Several people who share one address, and whom the host cannot reach by itself.
struct SharedAddress {
    World world;
    Person anna{world, "Anna", host_address};
    std::vector<std::unique_ptr<Person>> people;
    ScratchFolder folder;
    std::vector<TransferId> offered;

    explicit SharedAddress(std::size_t count) {
        host(anna);
        allow_only_the_host(world);
        for (std::size_t i = 0; i < count; ++i) {
            people.push_back(
                std::make_unique<Person>(world, "Person " + std::to_string(i), "10.0.0.2"));
            join(*people.back());
        }
    }
    void each_offers(std::size_t files) {
        for (std::size_t i = 0; i < files; ++i) {
            // Each its own: what its sender has not seen end would go on instead.
            const std::size_t number = entries_in(folder.path());
            const auto path = write_file(folder.path() / std::to_string(number), pattern(100));
            for (const auto& person : people) {
                offered.push_back(offer(*person, anna, {path}).transfer);
            }
        }
    }
    /// All that is offered comes, and nothing of it was tried twice.
    void check_arrives() {
        for (const TransferId& id : offered) accept(anna, id);
        for (const TransferId& id : offered) {
            await_state(world, anna, id, TransferState::done);
        }
        for (const auto& event : anna.all<event::TransferChanged>()) {
            CHECK(event.transfer.state != TransferState::interrupted);
        }
        offered.clear();
    }
};

TEST_CASE("E7 a hundred small files of one person come one after the other") {
    SharedAddress room(1);
    for (int i = 0; i < 25; ++i) {
        room.each_offers(4);
        room.check_arrives();
    }
}

TEST_CASE("E7 five people of one address have four transfers and a conversation at once") {
    SharedAddress room(5);
    room.each_offers(limits::active_transfers_per_peer_max);
    for (const auto& person : room.people) person->submit(say("Anna", "here they come"));
    room.check_arrives();
    for (const auto& person : room.people) person->await<event::Delivered>();
}

TEST_CASE_METHOD(HostAndTwoMembers, "a retry that could not be made loses nobody") {
    ScratchFolder folder;
    const auto file = write_file(folder.path() / "x", pattern(5000));
    anna.submit(command::Send{"everyone", {file}});
    const auto to_bob = bob.await<event::Offer>();
    const auto to_chen = chen.await<event::Offer>();
    bob.submit(command::Decline{to_bob.transfer});
    chen.submit(command::Decline{to_chen.transfer});
    await_state(world, anna, to_bob.transfer, TransferState::declined);
    await_state(world, anna, to_chen.transfer, TransferState::declined);
    fs::rename(file, folder.path() / "elsewhere");
    anna.submit(command::Retry{to_bob.transfer, true});
    CHECK(anna.await<event::Error>().fault.code == FaultCode::file_error);
    fs::rename(folder.path() / "elsewhere", file);
    anna.submit(command::Retry{to_bob.transfer, true});
    // Pushed twice, it is done once.
    anna.submit(command::Retry{to_bob.transfer, true});
    const auto again_to_bob = bob.await<event::Offer>();
    const auto again_to_chen = chen.await<event::Offer>();
    CHECK(latest(anna, again_to_bob.transfer).batch == latest(anna, again_to_chen.transfer).batch);
    CHECK(latest(anna, to_bob.transfer).batch.is_zero());
    world.settle();
    CHECK(bob.all<event::Offer>().size() == 2);
    CHECK(chen.all<event::Offer>().size() == 2);
}

// ---- Behind firewalls ---------------------------------------------------------------------------

/// Bob sends to so many others, and everybody reaches nobody but the host.
struct RelayedRoom {
    World world;
    Person anna{world, "Anna", host_address};
    std::unique_ptr<Person> bob;
    std::vector<std::unique_ptr<Person>> others;
    ScratchFolder folder;
    std::map<TransferId, Person*> accepted;

    explicit RelayedRoom(std::size_t count) {
        allow_only_the_host(world);
        host(anna);
        bob = enter("Bob");
        for (std::size_t i = 0; i < count; ++i) others.push_back(enter("R" + std::to_string(i)));
        world.run_until([&] { return bob->all<event::PeerJoined>().size() == count; },
                        "all are here");
    }
    std::unique_ptr<Person> enter(const std::string& name) {
        // Of loopback, because a host lets only so many connections of one address in at once.
        const auto address = "127.0.1." + std::to_string(others.size() + (bob ? 2 : 1));
        auto person = std::make_unique<Person>(world, name, address, PathPolicy::relayed_only);
        join(*person);
        return person;
    }
    void send(const fs::path& file) {
        for (const auto& other : others) bob->submit(command::Send{other->text_id(), {file}});
        world.run_until_in_time(
            [&] {
                for (const auto& other : others) accept_offers(*other);
                return accepted.size() == others.size();
            },
            "all have an offer");
    }
    void accept_offers(Person& person) {
        for (const auto& offered : person.all<event::Offer>()) {
            if (accepted.emplace(offered.transfer, &person).second) {
                accept(person, offered.transfer);
            }
        }
    }
    std::size_t count_of(TransferState state) {
        return static_cast<std::size_t>(std::ranges::count_if(accepted, [&](const auto& entry) {
            const auto& [id, person] = entry;
            return latest(*bob, id).state == state;
        }));
    }
};

TEST_CASE("one file reaches twelve people through the host in seconds") {
    constexpr std::size_t people = 12;
    RelayedRoom room(people);
    const TimePoint begin = room.world.clock.now();
    room.send(write_file(room.folder.path() / "x", pattern(5000)));
    room.world.run_until_in_time([&] { return room.count_of(TransferState::done) == people; },
                                 "all have it");
    CHECK(room.world.clock.now() - begin < std::chrono::seconds(60));
}

TEST_CASE("a transfer for which the host has no place says so and begins when another one ends") {
    constexpr std::size_t people = limits::relay_streams_at_an_end_max + 1;
    RelayedRoom room(people);
    slow_down(*room.bob);
    room.send(write_large_file(room.folder.path() / "large.bin"));
    const auto is_refused = [](const Transfer& transfer) {
        return transfer.state == TransferState::waiting && transfer.fault &&
               transfer.fault->code == FaultCode::slow_down;
    };
    std::optional<TransferId> waiting;
    room.world.run_until_in_time(
        [&] {
            for (const auto& [id, person] : room.accepted) {
                if (is_refused(latest(*person, id))) waiting = id;
            }
            return waiting && room.count_of(TransferState::active) == people - 1;
        },
        "one waits for the host");
    CHECK(latest(*room.accepted.at(*waiting), *waiting).fault->sentence.find("relays as much") !=
          std::string::npos);
    const auto other = std::ranges::find_if(
        room.accepted, [&](const auto& entry) { return entry.first != *waiting; });
    other->second->submit(command::Cancel{other->first});
    await_state(room.world, *room.accepted.at(*waiting), *waiting, TransferState::active);
}

TEST_CASE("a pause needs no new connection, however long nothing was said between the two") {
    SlowTransfer room;
    room.world.advance(limits::peer_channel_idle_max + std::chrono::seconds(30));
    room.world.network.may_connect = [](const asio::ip::address&, const Endpoint&) {
        return false;
    };
    room.bob.submit(command::Pause{room.id});
    room.world.run_until([&] { return latest(room.anna, room.id).paused_by == PausedBy::peer; },
                         "the pause is heard");
}

TEST_CASE("a pause that is lifted before its connection has ended costs no waiting") {
    SlowTransfer room;
    Person& one = room.person(GENERATE(true, false));
    one.submit(command::Pause{room.id});
    one.submit(command::Resume{room.id});
    room.check_waits_for_nothing();
}

TEST_CASE("a pause that is lifted while stored bytes are looked at costs no waiting") {
    SlowTransfer room;
    room.anna.submit(command::Pause{room.id});
    await_state(room.world, room.bob, room.id, TransferState::paused);
    await_transfer(
        room.world, room.anna, room.id,
        [](const Transfer& transfer) { return !transfer.is_checking; }, "nothing is under way");
    room.anna.submit(command::Resume{room.id});
    room.anna.submit(command::Pause{room.id});
    room.anna.submit(command::Resume{room.id});
    room.check_waits_for_nothing();
}

/// What the other side says of a transfer, far more often than any person would.
struct Importuned : SlowTransfer {
    template <typename IsMeant>
    std::size_t told(const IsMeant& is_meant) {
        return static_cast<std::size_t>(
            std::ranges::count_if(anna.all<event::TransferChanged>(),
                                  [&](const auto& changed) { return is_meant(changed.transfer); }));
    }
    std::size_t told() {
        return told([](const Transfer&) { return true; });
    }
    void say_often(const wire::Message& message) {
        constexpr int often = 1000;
        for (int i = 0; i < often; ++i) anna.hear(bob.id(), message);
        world.settle();
    }
};

/// What the other side may wish at once, and some for what comes of it.
constexpr std::size_t few = 30;

TEST_CASE_METHOD(Importuned, "E7 a pause that is said a thousand times is one pause") {
    const std::size_t before = told();
    say_often(wire::TransferPause{id, true, {}});
    CHECK(told() - before < few);
    const std::size_t paused = told();
    say_often(wire::TransferPause{id, false, {}});
    CHECK(told() - paused < few);
    check_arrives();
}

TEST_CASE_METHOD(Importuned, "E7 who pauses and goes on without end costs little, and it arrives") {
    for (int i = 0; i < 1000; ++i) {
        anna.hear(bob.id(), wire::TransferPause{id, true, {}});
        anna.hear(bob.id(), wire::TransferPause{id, false, {}});
    }
    CHECK(told([](const Transfer& transfer) { return transfer.state == TransferState::paused; }) <
          few);
    check_arrives();
}

TEST_CASE("E7 of a receiver that says without end how far it is little is told") {
    Queue room(5);
    const TransferId waiting = room.ids[4];
    await_state(room.world, room.bob, waiting, TransferState::waiting);
    const auto told = [&] {
        return std::ranges::count_if(
            room.bob.all<event::TransferChanged>(),
            [&](const auto& changed) { return changed.transfer.id == waiting; });
    };
    const auto before = told();
    constexpr std::uint64_t words = 1000;
    for (std::uint64_t bytes = 1; bytes <= words; ++bytes) {
        wire::TransferPause word{waiting, false, {}};
        word.bytes_stored = bytes;
        room.bob.hear(room.anna.id(), word);
    }
    CHECK(told() - before < static_cast<std::ptrdiff_t>(few));
    CHECK(latest(room.bob, waiting).bytes_done < words);
    room.world.advance(std::chrono::seconds(2));
    CHECK(latest(room.bob, waiting).bytes_done == words);
    CHECK(told() - before < static_cast<std::ptrdiff_t>(few));
}

TEST_CASE_METHOD(Importuned, "E7 who wishes a thousand times that it goes on changes nothing") {
    // Nothing gets through any more: it is being tried.
    world.network.may_connect = [](const asio::ip::address&, const Endpoint&) { return false; };
    anna.hear(bob.id(), wire::TransferPause{id, true, {}});
    await_transfer(
        world, anna, id,
        [](const Transfer& transfer) {
            return transfer.state == TransferState::paused && !transfer.is_checking;
        },
        "it stands");
    const std::size_t before = told();
    say_often(wire::TransferResume{id});
    say_often(wire::TransferOrder{id, true, std::nullopt});
    CHECK(told() - before < few);
    world.network.may_connect = nullptr;
    check_arrives();
}

TEST_CASE_METHOD(Importuned, "E7 who changes a yes a thousand times is written down a few") {
    const auto told_by_bob = [this] { return bob.all<event::TransferChanged>().size(); };
    const std::size_t before = told_by_bob();
    for (int i = 0; i < 1000; ++i) {
        bob.hear(anna.id(), wire::OfferAnswer{id, true, {}, 1, i % 2 == 0 ? 1U : 2U, 0});
    }
    world.settle();
    CHECK(told_by_bob() - before < few);
}

// ---- Folders that go away -----------------------------------------------------------------------

/// As SlowTransfer, into a folder that is moved away when the first bytes are in it.
struct MovedFolder : HostAndMember {
    ScratchFolder scratch;
    fs::path file = write_large_file(scratch.path() / "large.bin");
    fs::path into = scratch.path() / "received";
    fs::path moved = scratch.path() / "elsewhere";
    TransferId id;

    MovedFolder() {
        fs::create_directory(into);
        slow_down(bob);
        id = offer(bob, anna, {file}).transfer;
        accept(anna, id, into);
        await_flow(world, anna, id);
        fs::rename(into, moved);
        speed_up(bob);
    }
    void await_wait() {
        await_transfer(
            world, anna, id,
            [this](const Transfer& transfer) {
                return transfer.state == TransferState::interrupted && transfer.fault &&
                       transfer.fault->code == FaultCode::file_error &&
                       transfer.fault->sentence.find(into.string()) != std::string::npos;
            },
            "it waits for the folder");
        await_state(world, bob, id, TransferState::paused);
    }
};

TEST_CASE("a folder that is moved while bytes flow into it is waited for, and nothing is lost") {
    MovedFolder room;
    room.await_wait();
    CHECK(fs::exists(room.moved / "large.bin.part"));
    fs::rename(room.moved, room.into);
    CHECK(await_state(room.world, room.anna, room.id, TransferState::done).bytes_sent_again == 0);
    await_state(room.world, room.bob, room.id, TransferState::done);
    CHECK(read_file(room.into / "large.bin") == read_file(room.file));
    CHECK(entries_in(room.into) == 1);
}

TEST_CASE("whoever wishes something of a transfer is answered with the ref of the wish") {
    SlowTransfer room;
    Person& person = GENERATE(true, false) ? room.anna : room.bob;
    const auto state_after = [&](CommandBody wish, const std::string& ref) {
        const std::size_t before = person.seen().size();
        const auto answer = [&] {
            return std::find_if(
                person.seen().begin() + static_cast<std::ptrdiff_t>(before), person.seen().end(),
                [&](const Event& event) {
                    return event.ref == ref &&
                           std::holds_alternative<event::TransferChanged>(event.body);
                });
        };
        person.submit(std::move(wish), ref);
        room.world.run_until([&] { return answer() != person.seen().end(); }, "the answer");
        return std::get<event::TransferChanged>(answer()->body).transfer.state;
    };
    for (const char* ref : {"a pause", "a pause", "another"}) {
        CHECK(state_after(command::Pause{room.id}, ref) == TransferState::paused);
    }
    CHECK(state_after(command::Resume{room.id}, "on") != TransferState::paused);
    await_state(room.world, person, room.id, TransferState::active);
    for (int time = 0; time < 2; ++time) {
        CHECK(state_after(command::Resume{room.id}, "on") == TransferState::active);
    }
    state_after(command::Move{room.id, {}}, "last");
    state_after(command::StartNow{room.id}, "now");
    room.check_arrives();
    CHECK(person.seen().back().ref.empty());  // what happens later is nobody's answer
}

TEST_CASE("while it is paused both sides say how much its receiver has stored") {
    SlowTransfer room;
    Person& person = GENERATE(true, false) ? room.anna : room.bob;
    const auto stored = [&](Person& one) { return latest(one, room.id).bytes_done; };
    for (const int times : {1, 2}) {
        CAPTURE(times);
        const std::uint64_t before = stored(room.anna);
        person.submit(command::Pause{room.id});
        await_state(room.world, room.anna, room.id, TransferState::paused);
        await_state(room.world, room.bob, room.id, TransferState::paused);
        room.world.run_until_in_time([&] { return stored(room.anna) == stored(room.bob); },
                                     "both say the same");
        CHECK(stored(room.anna) >= before);
        CHECK(stored(room.anna) < large_file_bytes);
        person.submit(command::Resume{room.id});
        await_flow(room.world, room.anna, room.id);
    }
    room.check_arrives();
}

TEST_CASE("of a transfer nothing is told twice") {
    SlowTransfer room;
    room.anna.submit(command::Pause{room.id});
    room.anna.submit(command::Pause{room.id});
    await_state(room.world, room.bob, room.id, TransferState::paused);
    room.anna.submit(command::Resume{room.id});
    room.check_arrives();
    for (Person* person : {&room.anna, &room.bob}) {
        const auto& told = person->all<event::TransferChanged>();
        CHECK(std::ranges::adjacent_find(told, {}, &event::TransferChanged::transfer) ==
              told.end());
    }
}

bool is_told_of_folder_away(const Transfer& transfer) {
    return transfer.state == TransferState::paused && transfer.paused_by == PausedBy::disk &&
           transfer.fault && transfer.fault->code == FaultCode::file_error;
}

TEST_CASE("whoever sends hears that the folder is away there, and not which it is") {
    MovedFolder room;
    room.await_wait();
    const auto await_told = [&] {
        return await_transfer(room.world, room.bob, room.id, is_told_of_folder_away, "it is told");
    };
    CHECK(await_told().fault->sentence ==
          "The folder that it is saved in there is away now, or can only be read.");
    // A pause that is lifted changes nothing about the folder.
    room.anna.submit(command::Pause{room.id});
    await_transfer(
        room.world, room.bob, room.id,
        [](const Transfer& transfer) { return transfer.paused_by == PausedBy::peer; },
        "a pause by a person");
    room.anna.submit(command::Resume{room.id});
    await_told();
}

TEST_CASE("nobody waits for the folder of somebody who has left") {
    MovedFolder room;
    room.await_wait();
    await_transfer(room.world, room.bob, room.id, is_told_of_folder_away, "it is told");
    if (GENERATE(true, false)) {
        room.bob.submit(command::Leave{});
    } else {
        room.anna.leave();
    }
    const auto left = await_state(room.world, room.bob, room.id, TransferState::interrupted);
    CHECK(left.paused_by == PausedBy::nobody);
    CHECK(left.quiet_since);
}

TEST_CASE("cancelling what waits for its folder leaves no debris where the folder is now") {
    MovedFolder room;
    room.await_wait();
    Person& cancelling = GENERATE(true, false) ? room.anna : room.bob;
    cancelling.submit(command::Cancel{room.id});
    await_state(room.world, room.anna, room.id, TransferState::cancelled);
    CHECK(entries_in(room.moved) == 0);
    CHECK_FALSE(fs::exists(room.into));
}

/// Bob sends Anna a large file slowly, with a small one behind it; bytes of the large one flow.
struct LargeAndSmall : HostAndMember {
    ScratchFolder folder;
    fs::path large = write_large_file(folder.path() / "large.bin");
    fs::path notes = write_file(folder.path() / "notes.txt", "notes");
    TransferId id;

    LargeAndSmall() {
        slow_down(bob);
        id = offer(bob, anna, {large, notes}).transfer;
        accept(anna, id);
        await_flow(world, anna, id);
    }
};

TEST_CASE_METHOD(LargeAndSmall, "a moment without a descriptor left ends no transfer") {
    if (!tests::can_go_on_without_descriptors) SKIP("sanitizers need descriptors");
    {
        const tests::NoDescriptors none;
        speed_up(bob);
        await_state(world, anna, id, TransferState::interrupted);
        await_state(world, bob, id, TransferState::interrupted);
    }
    CHECK(await_state(world, anna, id, TransferState::done).bytes_sent_again == 0);
    await_state(world, bob, id, TransferState::done);
    CHECK(read_file(anna.downloads() / "large.bin") == read_file(large));
    CHECK(read_file(anna.downloads() / "notes.txt") == "notes");
}

TEST_CASE_METHOD(HostAndMember,
                 "a disk that is pulled out while it is sent from is waited for, and goes on") {
    ScratchFolder folder;
    const OtherDisk disk(folder.path());
    if (!disk.is_another()) SKIP("there is one disk only");
    fs::create_directory(disk.path() / "trip");
    const auto large = write_large_file(disk.path() / "trip/large.bin");
    write_file(disk.path() / "trip/notes.txt", "notes");
    slow_down(bob);
    const auto id = offer(bob, anna, {disk.path() / "trip"}).transfer;
    accept(anna, id);
    await_flow(world, anna, id);
    disk.take_away();
    speed_up(bob);
    // The file that is open is read to its end; the other one cannot be opened.
    await_transfer(
        world, bob, id,
        [](const Transfer& transfer) {
            return transfer.state == TransferState::interrupted && transfer.fault &&
                   transfer.fault->sentence == "\"trip\" cannot be read now: its disk is away.";
        },
        "it waits for the disk");
    await_state(world, anna, id, TransferState::interrupted);
    world.advance(std::chrono::minutes(5), std::chrono::seconds(1));
    CHECK_FALSE(latest(anna, id).is_over());
    CHECK_FALSE(latest(bob, id).is_over());
    disk.put_back();
    CHECK(await_state(world, anna, id, TransferState::done).bytes_sent_again == 0);
    await_state(world, bob, id, TransferState::done);
    CHECK(read_file(anna.downloads() / "trip/large.bin") == read_file(large));
    CHECK(read_file(anna.downloads() / "trip/notes.txt") == "notes");
}

// ---- Files that change --------------------------------------------------------------------------

TEST_CASE("a file that changes while it is paused arrives in its new version, never mixed") {
    SlowTransfer room;
    room.anna.submit(command::Pause{room.id});
    await_state(room.world, room.bob, room.id, TransferState::paused);
    write_file(room.file, pattern(3'000'000));
    speed_up(room.bob);
    room.anna.submit(command::Resume{room.id});
    const auto done = await_state(room.world, room.anna, room.id, TransferState::done);
    CHECK(done.bytes_total == 3'000'000);
    CHECK(read_file(room.anna.downloads() / "large.bin") == pattern(3'000'000));
    CHECK(entries_in(room.anna.downloads()) == 1);
    await_state(room.world, room.bob, room.id, TransferState::done);
}

TEST_CASE("a file that vanishes while it is paused ends the transfer with a sentence") {
    SlowTransfer room;
    room.anna.submit(command::Pause{room.id});
    await_state(room.world, room.bob, room.id, TransferState::paused);
    fs::remove(room.file);
    room.anna.submit(command::Resume{room.id});
    for (Person* person : {&room.bob, &room.anna}) {
        const auto failed = await_state(room.world, *person, room.id, TransferState::failed);
        // Its receiver does not learn where it lay.
        CHECK(failed.fault->sentence == "\"large.bin\" cannot be read any more.");
    }
    CHECK(entries_in(room.anna.downloads()) == 0);
}

// ---- Lists beyond what was agreed to ------------------------------------------------------------

/// What its sender does while it is paused, and what is asked about then.
event::Offer change_and_go_on(SlowTransfer& room, const std::function<void()>& change) {
    room.anna.submit(command::Pause{room.id});
    await_state(room.world, room.bob, room.id, TransferState::paused);
    change();
    speed_up(room.bob);
    room.anna.submit(command::Resume{room.id});
    auto anew = room.anna.await<event::Offer>();
    CHECK(anew.transfer != room.id);
    for (Person* person : {&room.anna, &room.bob}) {
        await_state(room.world, *person, room.id, TransferState::failed);
    }
    CHECK(entries_in(room.anna.downloads()) == 0);
    CHECK(latest(room.anna, anew.transfer).state == TransferState::offered);
    return anew;
}

TEST_CASE("A6 a file that outgrows what was agreed to is asked about anew") {
    SlowTransfer room;
    constexpr std::uint64_t bytes = 2 * large_file_bytes + limits::renewal_bytes_always + 1;
    const auto anew = change_and_go_on(room, [&] { fs::resize_file(room.file, bytes); });
    CHECK(anew.bytes == bytes);
}

TEST_CASE("A6 a file that may be run meanwhile is asked about anew") {
    SlowTransfer room;
    const auto anew = change_and_go_on(room, [&] {
        write_file(room.file, "#!/bin/sh");
        fs::permissions(room.file, fs::perms::owner_exec, fs::perm_options::add);
    });
    REQUIRE(anew.preview.size() == 1);
    CHECK(anew.preview.front().is_risky);
}

TEST_CASE("A6 a forged new list takes no more than was agreed to") {
    SlowTransfer room;
    constexpr std::uint64_t most = 2 * large_file_bytes + limits::renewal_bytes_always;
    wire::Offer list = forged_offer(room.id, {"large.bin"}, 1);
    const auto hear = [&](std::uint64_t bytes, bool is_executable) {
        list.bytes = bytes;
        list.entries[0].bytes = bytes;
        list.entries[0].is_executable = is_executable;
        room.anna.hear(room.bob.id(), list);
        ++list.version;
    };
    hear(most, false);
    await_transfer(
        room.world, room.anna, room.id,
        [&](const Transfer& transfer) { return transfer.bytes_total == most; }, "it is taken");
    SECTION("not a byte more, however small each step is") { hear(most + 1, false); }
    SECTION("nor the right to be run") { hear(most, true); }
    await_state(room.world, room.anna, room.id, TransferState::failed);
    CHECK(entries_in(room.anna.downloads()) == 0);
}

/// Bob sends Anna a folder slowly; it is paused when bytes flow.
struct PausedFolder : HostAndMember {
    ScratchFolder scratch;
    fs::path folder = scratch.path() / "album";
    TransferId id;

    /// Of what is offered, `a.txt` comes first.
    explicit PausedFolder(bool has_more = false) {
        fs::create_directory(folder);
        if (has_more) {
            write_file(folder / "a.txt", "first");
            fs::create_directory(folder / "sub");
            write_file(folder / "sub/z.txt", "last");
        }
        write_large_file(folder / "large.bin");
        write_file(folder / "notes.txt", "old");
        slow_down(bob);
        id = offer(bob, anna, {folder}).transfer;
        accept(anna, id);
        await_flow(world, anna, id);
        anna.submit(command::Pause{id});
        await_state(world, bob, id, TransferState::paused);
        speed_up(bob);
    }
};

TEST_CASE("a folder in which files came is offered anew, and arrives as it is now") {
    PausedFolder room;
    write_file(room.folder / "another.txt", "new");
    write_file(room.folder / "notes.txt", "newer");
    room.anna.submit(command::Resume{room.id});
    const auto anew = room.anna.await<event::Offer>();
    CHECK(anew.transfer != room.id);
    CHECK(anew.files == 3);
    for (Person* person : {&room.bob, &room.anna}) {
        const auto old = await_state(room.world, *person, room.id, TransferState::failed);
        CHECK(old.fault->sentence.find("another offer now") != std::string::npos);
    }
    CHECK(latest(room.bob, room.id).batch.is_zero());  // nothing of it is left to be sent again
    CHECK(!latest(room.bob, anew.transfer).batch.is_zero());
    CHECK(entries_in(room.anna.downloads()) == 0);
    accept(room.anna, anew.transfer);
    await_state(room.world, room.anna, anew.transfer, TransferState::done);
    await_state(room.world, room.bob, anew.transfer, TransferState::done);
    for (const auto& entry : fs::directory_iterator(room.folder)) {
        CHECK(read_file(room.anna.downloads() / "album" / entry.path().filename()) ==
              read_file(entry.path()));
    }
    CHECK(entries_in(room.anna.downloads() / "album") == entries_in(room.folder));
}

TEST_CASE("files that have gone are left out, and the transfer goes on where it was") {
    PausedFolder room(true);
    fs::remove(room.folder / "a.txt");  // is stored already
    fs::remove_all(room.folder / "sub");
    fs::remove(room.folder / "notes.txt");
    room.anna.submit(command::Resume{room.id});
    const auto done = await_state(room.world, room.anna, room.id, TransferState::done);
    CHECK(done.bytes_sent_again == 0);
    CHECK(done.files_total == 1);
    CHECK(done.left_out == 4);
    CHECK(await_state(room.world, room.bob, room.id, TransferState::done).left_out == 4);
    CHECK(room.anna.all<event::Offer>().size() == 1);
    CHECK(entries_in(room.anna.downloads()) == 1);
    CHECK(entries_in(room.anna.downloads() / "album") == 1);
    CHECK(read_file(room.anna.downloads() / "album/large.bin") ==
          read_file(room.folder / "large.bin"));
}

TEST_CASE("A6 what had gone and is there again comes no more without a new question") {
    PausedFolder room(true);
    fs::remove(room.folder / "notes.txt");
    // What is read first has another time, so that it is noticed at once.
    fs::last_write_time(room.folder / "large.bin", fs::file_time_type::clock::now());
    slow_down(room.bob);
    room.anna.submit(command::Resume{room.id});
    await_transfer(
        room.world, room.anna, room.id,
        [](const Transfer& transfer) { return transfer.left_out == 1; }, "a list without it");
    await_transfer(
        room.world, room.anna, room.id,
        [](const Transfer& transfer) { return transfer.state == TransferState::active; },
        "it goes on");
    room.anna.submit(command::Pause{room.id});
    await_state(room.world, room.bob, room.id, TransferState::paused);
    write_file(room.folder / "notes.txt", "back");
    write_file(room.folder / "sub/z.txt", "changed");
    speed_up(room.bob);
    room.anna.submit(command::Resume{room.id});
    const auto done = await_state(room.world, room.anna, room.id, TransferState::done);
    CHECK(done.files_total == 3);
    CHECK(done.left_out == 1);
    CHECK(room.anna.all<event::Offer>().size() == 1);
    CHECK_FALSE(fs::exists(room.anna.downloads() / "album/notes.txt"));
    CHECK(read_file(room.anna.downloads() / "album/sub/z.txt") == "changed");
}

TEST_CASE("when all has gone that its receiver wanted, both hear why it ends") {
    HostAndMember room;
    ScratchFolder scratch;
    const fs::path folder = scratch.path() / "album";
    fs::create_directory(folder);
    write_large_file(folder / "large.bin");
    write_file(folder / "notes.txt", "notes");
    slow_down(room.bob);
    const auto id = offer(room.bob, room.anna, {folder}).transfer;
    room.anna.submit(command::Accept{id, {}, {}, {"album/notes.txt"}, {}});
    await_flow(room.world, room.anna, id);
    room.anna.submit(command::Pause{id});
    await_state(room.world, room.bob, id, TransferState::paused);
    fs::remove(folder / "large.bin");
    speed_up(room.bob);
    room.anna.submit(command::Resume{id});
    for (Person* person : {&room.anna, &room.bob}) {
        const auto failed = await_state(room.world, *person, id, TransferState::failed);
        CHECK_FALSE(failed.fault->sentence.empty());
    }
    CHECK(entries_in(room.anna.downloads()) == 0);
}

TEST_CASE("A6 nobody is asked about what is not there") {
    HostAndMember room;
    const auto id = random_id<TransferId>();
    wire::Offer list = forged_offer(id, {"notes.txt", "gone.txt"}, 0);
    SECTION("in a first list") { list.entries[1].is_gone = true; }
    SECTION("in a new one that nobody has said yes to") {
        room.anna.hear(room.bob.id(), list);
        room.anna.await<event::Offer>();
        list.entries[1].is_gone = true;
        list.version = 1;
    }
    SECTION("in a later one of an offer that nobody knows") {
        list.entries[1].is_gone = true;
        list.version = 3;
    }
    const auto asked = room.anna.all<event::Offer>().size();
    room.anna.hear(room.bob.id(), list);
    const auto is_refused = [&] {
        const Transfer* transfer = find_latest(room.anna, id);
        if (transfer != nullptr) return transfer->state == TransferState::failed;
        return !room.anna.all<event::Error>().empty();
    };
    room.world.run_until(is_refused, "it is refused");
    CHECK(room.anna.all<event::Offer>().size() == asked);
}

TEST_CASE("A6 a forged new list brings nothing back that had gone") {
    SlowTransfer room;
    wire::Offer list = forged_offer(room.id, {"large.bin"}, 1);
    list.entries[0].is_gone = true;
    room.anna.hear(room.bob.id(), list);
    const auto failed = await_state(room.world, room.anna, room.id, TransferState::failed);
    CHECK_FALSE(failed.fault->sentence.empty());
    CHECK(entries_in(room.anna.downloads()) == 0);
}

TEST_CASE_METHOD(LargeAndSmall, "of several files the one that has gone leaves nothing behind") {
    CHECK(entries_in(anna.downloads()) == 1);
    anna.submit(command::Pause{id});
    await_state(world, bob, id, TransferState::paused);
    fs::remove(large);
    speed_up(bob);
    anna.submit(command::Resume{id});
    CHECK(await_state(world, anna, id, TransferState::done).bytes_total == 5);
    await_state(world, bob, id, TransferState::done);
    CHECK(entries_in(anna.downloads()) == 1);
    CHECK(read_file(anna.downloads() / "notes.txt") == "notes");
}

TEST_CASE("a folder in which files come and go without end is given up with a sentence") {
    PausedFolder room;
    TransferId id = room.id;
    for (std::uint32_t count = 0; count < limits::offer_renewals_max; ++count) {
        write_file(room.folder / ("another " + std::to_string(count)), "new");
        write_file(room.folder / "notes.txt", std::string(count + 4, 'n'));
        room.anna.submit(command::Resume{id});
        id = room.anna.await<event::Offer>().transfer;
        slow_down(room.bob);
        accept(room.anna, id);
        await_flow(room.world, room.anna, id);
        room.anna.submit(command::Pause{id});
        await_state(room.world, room.bob, id, TransferState::paused);
        speed_up(room.bob);
    }
    write_file(room.folder / "notes.txt", std::string(100, 'n'));
    room.anna.submit(command::Resume{id});
    const auto failed = await_state(room.world, room.bob, id, TransferState::failed);
    CHECK(failed.fault->sentence.find("change faster") != std::string::npos);
    await_state(room.world, room.anna, id, TransferState::failed);
}

TEST_CASE("a long transfer gets over any number of changes, as long as it gets further") {
    HostAndMember room;
    ScratchFolder scratch;
    const fs::path folder = scratch.path() / "album";
    fs::create_directory(folder);
    constexpr std::size_t files = 150;
    constexpr std::size_t file_bytes = 50'000;
    const auto file = [&](std::size_t which) { return folder / std::to_string(100 + which); };
    for (std::size_t which = 0; which < files; ++which) {
        write_file(file(which), pattern(file_bytes));
    }
    room.bob.submit(command::SetRateLimits{1'000'000, 0});
    const auto id = offer(room.bob, room.anna, {folder}).transfer;
    accept(room.anna, id);
    await_flow(room.world, room.anna, id);
    std::size_t passed = 0;
    for (std::uint32_t change = 0; change < limits::offer_renewals_max + 2; ++change) {
        room.anna.submit(command::Pause{id});
        await_state(room.world, room.bob, id, TransferState::paused);
        passed = latest(room.anna, id).bytes_done / file_bytes + 3;
        write_file(file(passed), std::string(file_bytes, static_cast<char>('a' + change)));
        room.anna.submit(command::Resume{id});
        await_transfer(
            room.world, room.anna, id,
            [&](const Transfer& transfer) {
                return transfer.is_over() || transfer.bytes_done > (passed + 1) * file_bytes;
            },
            "it gets past what has changed");
        REQUIRE(latest(room.anna, id).fault.value_or(Fault{}).sentence.empty());
    }
    speed_up(room.bob);
    await_state(room.world, room.anna, id, TransferState::done);
    CHECK(read_file(room.anna.downloads() / "album" / file(passed).filename()) ==
          read_file(file(passed)));
}

TEST_CASE_METHOD(HostAndMember, "files are looked at once, however often they are found changed") {
    ScratchFolder scratch;
    const fs::path file = write_file(scratch.path() / "x", "x");
    TransferBook book(bob.context());
    TransferFlow flow(book, {});
    OutgoingOffers offers(book, flow);
    const auto record = std::make_shared<TransferRecord>();
    record->shown.id = random_id<TransferId>();
    record->shown.direction = Direction::out;
    record->is_accepted = true;
    record->sources =
        std::make_shared<const SourceTree>(*inspect_sources({file}, Unsendable::refused, false));
    record->chosen = record->sources->chosen;
    record->renewed_bytes_max = 1;
    book.add(record);
    for (std::uint32_t looks = 1; looks <= 3; ++looks) {
        offers.renew(record);
        offers.renew(record);
        world.run_until([&] { return record->version >= looks && !record->is_being_renewed; },
                        "a new list that is written down");
        CHECK(record->version == looks);
    }
    const TimePoint later = world.clock.now() + std::chrono::seconds(1);
    world.run_until_in_time([&] { return world.clock.now() >= later; }, "no more comes of it");
    CHECK(record->version == 3);
}

/// Something of Bob's that Anna has agreed to, in a book of its own; one byte of it is on its way.
struct WrittenDown : HostAndMember {
    ScratchFolder folder;
    TransferBook book{bob.context()};
    TransferFlow flow{book, {}};
    OutgoingOffers offers{book, flow};
    RecordPtr record = std::make_shared<TransferRecord>();

    WrittenDown() {
        const auto file = write_file(folder.path() / "x", "x");
        record->shown.id = random_id<TransferId>();
        record->shown.peer = anna.id();
        record->shown.direction = Direction::out;
        record->shown.bytes_total = 1;
        record->is_accepted = true;
        record->sources = std::make_shared<const SourceTree>(
            *inspect_sources({file}, Unsendable::refused, false));
        record->chosen = record->sources->chosen;
        book.add(record);
    }
    void make_too_long_to_be_kept() { record->state_blob.assign(kept_progress_bytes_max + 1, 'x'); }
    bool is_in_journal() {
        std::optional<bool> is_there;
        bob.store().load_transfers([&](const Result<std::vector<KeptTransfer>>& kept) {
            is_there = std::ranges::any_of(
                *kept, [this](const KeptTransfer& one) { return one.id == record->shown.id; });
        });
        world.run_until([&] { return is_there.has_value(); }, "the journal is read");
        return *is_there;
    }
    void await_written() {
        world.run_until([this] { return !record->is_keeping; }, "it is written down");
    }
};

TEST_CASE_METHOD(WrittenDown, "a write that fails takes away nothing that was written after it") {
    make_too_long_to_be_kept();
    book.keep(record, {});
    record->state_blob.clear();
    bool is_over = false;
    book.keep(record, [&is_over] { is_over = true; });
    world.run_until([&] { return is_over; }, "both are written");
    CHECK(record->is_kept);
    CHECK_FALSE(record->is_keeping);
    CHECK(is_in_journal());
}

TEST_CASE_METHOD(WrittenDown, "a yes whose other numbers cannot be written down stays one") {
    book.keep(record, {});
    await_written();
    make_too_long_to_be_kept();
    offers.on_answer(anna.id(), {record->shown.id, true, {}, 0, 0, 0});
    REQUIRE(record->is_keeping);
    await_written();
    CHECK(record->is_kept);
    CHECK(is_in_journal());
}

// ---- Restarts -----------------------------------------------------------------------------------

/// Anna hosts; Bob has a profile that outlives his program.
struct Restarting {
    World world;
    Person anna{world, "Anna", host_address};
    ScratchFolder profile;
    ScratchFolder folder;
    ScratchFolder into;
    std::optional<Person> bob;

    Restarting() {
        host(anna);
        start_bob();
        join(*bob);
        anna.await<event::PeerJoined>();
    }
    void start_bob() {
        bob.emplace(world, "Bob", "10.0.0.2", PathPolicy::automatic, profile.path());
    }
    fs::path large_file() const { return folder.path() / "large.bin"; }
    /// Slowly, and until the first bytes of it are stored.
    TransferId send_large_file_to_bob() { return send_large_file_to_bob(into.path()); }
    TransferId send_large_file_to_bob(const fs::path& folder_of_bob) {
        slow_down(anna);
        const auto id = offer(anna, *bob, {write_large_file(large_file())}).transfer;
        accept(*bob, id, folder_of_bob);
        await_flow(world, *bob, id);
        return id;
    }
    /// By Bob in his second run, when the folder in which it was begun has another name.
    TransferId cancel_while_folder_is_away(const fs::path& stick, const fs::path& away) {
        fs::create_directory(stick);
        const auto id = send_large_file_to_bob(stick);
        restart_bob();
        fs::rename(stick, away);
        bob->submit(command::Cancel{id});
        await_state(world, *bob, id, TransferState::cancelled);
        return id;
    }
    /// Of which the large one is sent slowly.
    TransferId offer_two_files_to_anna() {
        slow_down(*bob);
        const auto small = write_file(folder.path() / "small.txt", "small");
        return offer(*bob, anna, {write_large_file(large_file()), small}).transfer;
    }
    /// Until the first bytes of it are stored.
    void take_only_the_large_one(const TransferId& id) {
        anna.submit(command::Accept{id, {}, {"large.bin"}, {}});
        await_flow(world, anna, id);
    }
    void restart_bob() {
        bob.reset();
        start_bob();
    }
    /// Into `copy`: what a Bob killed now would find.
    void copy_profile(const ScratchFolder& copy) {
        bob->await_disk();
        fs::copy(profile.path(), copy.path(), fs::copy_options::recursive);
    }
    /// As if Bob had been killed when that copy was made.
    void restart_bob_from(const ScratchFolder& copy) {
        bob.reset();
        for (const auto& entry : fs::directory_iterator(profile.path())) fs::remove_all(entry);
        fs::copy(copy.path(), profile.path(), fs::copy_options::recursive);
        start_bob();
    }
    /// As if Bob's program had been killed before it wrote down how far it was.
    void forget_progress(const TransferId& id) {
        auto store = Store::open(profile.path() / "history.db", world.loop.get_executor());
        bool is_written = false;
        (*store)->update_transfer(id, world.clock.wall_now(), encode_progress({}, false),
                                  [&](const auto&) { is_written = true; });
        world.run_until([&] { return is_written; }, "it is forgotten");
    }
};

TEST_CASE("a receiver that was started anew lists what is unfinished and goes on with it") {
    Restarting room;
    const auto id = room.send_large_file_to_bob();
    room.restart_bob();
    CHECK(await_state(room.world, *room.bob, id, TransferState::interrupted).bytes_total ==
          large_file_bytes);
    join(*room.bob);
    speed_up(room.anna);
    await_state(room.world, *room.bob, id, TransferState::done);
    await_state(room.world, room.anna, id, TransferState::done);
    CHECK(read_file(room.into.path() / "large.bin") == read_file(room.large_file()));
    CHECK(entries_in(room.into.path()) == 1);
    CHECK(latest(*room.bob, id).bytes_sent_again <= limits::chunk_bytes);
}

TEST_CASE("a wish about a transfer of an earlier run waits until that is read") {
    Restarting room;
    const auto id = room.send_large_file_to_bob();
    room.restart_bob();
    room.bob->submit(command::Cancel{id});
    await_state(room.world, *room.bob, id, TransferState::cancelled);
    CHECK(room.bob->all<event::Error>().empty());
}

TEST_CASE("A6 what was saved of an old list is not taken for the new one after a restart") {
    Restarting room;
    // So large that it gets its final name before the other one is there, so fast that it is soon.
    constexpr std::uint64_t first_bytes = 68'000'000;
    const auto first = write_file(room.folder.path() / "first.bin", "old");
    fs::resize_file(first, first_bytes);
    room.anna.submit(command::SetRateLimits{first_bytes / 2, 0});
    const auto id =
        offer(room.anna, *room.bob, {first, write_large_file(room.large_file())}).transfer;
    accept(*room.bob, id, room.into.path());
    room.world.run_until_in_time([&] { return fs::exists(room.into.path() / "first.bin"); },
                                 "the first file");
    room.bob->submit(command::Pause{id});
    await_transfer(
        room.world, *room.bob, id,
        [](const Transfer& it) { return it.state == TransferState::paused && !it.is_checking; },
        "it stands");
    wire::Offer list = forged_offer(id, {"first.bin", "large.bin"}, 1);
    list.entries[0].bytes = first_bytes;
    list.entries[1].bytes = large_file_bytes;
    list.bytes = first_bytes + large_file_bytes;
    room.bob->hear(room.anna.id(), list);
    room.bob.reset();

    auto store = Store::open(room.profile.path() / "history.db", room.world.loop.get_executor());
    std::vector<KeptTransfer> kept;
    (*store)->load_transfers([&](auto loaded) { kept = std::move(*loaded); });
    room.world.run_until([&] { return !kept.empty(); }, "what is kept");
    const auto record = decode_kept(kept.front());
    REQUIRE(record->session);
    CHECK(record->manifest->version == 1);
    CHECK_FALSE(record->session->state().roots[0].is_over);
}

TEST_CASE("a sender that was started anew goes on with what it had begun") {
    Restarting room;
    slow_down(*room.bob);
    const auto file = write_large_file(room.folder.path() / "large.bin");
    const auto id = offer(*room.bob, room.anna, {file}).transfer;
    accept(room.anna, id);
    await_flow(room.world, room.anna, id);
    room.restart_bob();
    await_state(room.world, *room.bob, id, TransferState::interrupted);
    join(*room.bob);
    await_state(room.world, room.anna, id, TransferState::done);
    await_state(room.world, *room.bob, id, TransferState::done);
    CHECK(read_file(room.anna.downloads() / "large.bin") == read_file(file));
}

TEST_CASE("files that went while either side was away are left out, and the rest arrives") {
    Restarting room;
    const bool is_bob_sending = GENERATE(true, false);
    Person& sender = is_bob_sending ? *room.bob : room.anna;
    const fs::path album = room.folder.path() / "album";
    fs::create_directory(album);
    write_file(album / "a.txt", "first");
    write_large_file(album / "large.bin");
    write_file(album / "notes.txt", "last");
    slow_down(sender);
    const auto id = offer(sender, is_bob_sending ? room.anna : *room.bob, {album}).transfer;
    Person& receiver = is_bob_sending ? room.anna : *room.bob;
    accept(receiver, id, room.into.path());
    await_flow(room.world, receiver, id);
    room.restart_bob();
    await_state(room.world, *room.bob, id, TransferState::interrupted);
    fs::remove(album / "a.txt");
    fs::remove(album / "notes.txt");
    join(*room.bob);
    if (!is_bob_sending) speed_up(room.anna);
    for (Person* person : {&room.anna, &*room.bob}) {
        const auto done = await_state(room.world, *person, id, TransferState::done);
        CHECK(done.files_total == 1);
        CHECK(done.left_out == 2);
    }
    CHECK(entries_in(room.into.path()) == 1);
    CHECK(entries_in(room.into.path() / "album") == 1);
    CHECK(read_file(room.into.path() / "album/large.bin") == read_file(album / "large.bin"));
}

TEST_CASE("a sender that was started anew hears again that the folder is away there") {
    Restarting room;
    const auto stick = room.into.path() / "stick";
    fs::create_directory(stick);
    slow_down(*room.bob);
    const auto id = offer(*room.bob, room.anna, {write_large_file(room.large_file())}).transfer;
    accept(room.anna, id, stick);
    await_flow(room.world, room.anna, id);
    fs::rename(stick, room.into.path() / "pulled out");
    speed_up(*room.bob);
    await_transfer(room.world, *room.bob, id, is_told_of_folder_away, "it is told");
    room.restart_bob();
    await_state(room.world, *room.bob, id, TransferState::interrupted);
    join(*room.bob);
    await_transfer(room.world, *room.bob, id, is_told_of_folder_away, "it is told again");
    fs::rename(room.into.path() / "pulled out", stick);
    await_state(room.world, *room.bob, id, TransferState::done);
    CHECK(read_file(stick / "large.bin") == read_file(room.large_file()));
}

TEST_CASE("a sender that was started anew counts nothing twice") {
    Restarting room;
    const auto id = room.offer_two_files_to_anna();
    room.take_only_the_large_one(id);
    room.bob.reset();
    room.forget_progress(id);
    room.start_bob();
    const auto listed = await_state(room.world, *room.bob, id, TransferState::interrupted);
    CHECK(listed.bytes_done == 0);
    CHECK(listed.bytes_total == large_file_bytes);
    CHECK(listed.files_total == 1);
    slow_down(*room.bob);
    join(*room.bob);
    await_state(room.world, *room.bob, id, TransferState::active);
    // What the receiver has already is no more than where counting begins.
    room.world.clock.advance(std::chrono::milliseconds(100));
    const auto first = await_transfer(
        room.world, *room.bob, id, [](const Transfer& transfer) { return transfer.bytes_done > 0; },
        "it is told");
    CHECK(first.rate_bytes_per_s == 0);
    CHECK_FALSE(first.eta_s);
}

TEST_CASE("what has not moved for seven days is offered for cleaning, however often one looks in") {
    Restarting room;
    const auto id = room.send_large_file_to_bob();
    room.bob->submit(command::Leave{});
    const auto quiet_since =
        await_state(room.world, *room.bob, id, TransferState::interrupted).quiet_since;
    REQUIRE(quiet_since);
    for (int day = 0; day < 7; ++day) {
        room.world.clock.move_wall(std::chrono::hours(24) + std::chrono::seconds(1));
        room.restart_bob();
        const auto listed = await_state(room.world, *room.bob, id, TransferState::interrupted);
        CHECK(listed.quiet_since == quiet_since);
        CHECK(listed.is_stale == (day == 6));
    }
    // Who is in a room again and again, and misses only that person, has not made it move.
    room.anna.leave();
    host(*room.bob);
    room.bob->submit(command::Leave{});
    room.bob->await<event::RoleEnded>();
    room.restart_bob();
    CHECK(await_state(room.world, *room.bob, id, TransferState::interrupted).is_stale);
}

TEST_CASE("what a sender has sent of for long is not old when it is killed") {
    Restarting room;
    const auto id = room.offer_two_files_to_anna();
    room.take_only_the_large_one(id);
    room.world.clock.move_wall(2 * limits::transfer_stale_after);
    room.world.clock.advance(limits::sender_noted_every + std::chrono::seconds(1));
    const auto before = latest(*room.bob, id).bytes_done;
    await_transfer(
        room.world, *room.bob, id,
        [&](const Transfer& transfer) { return transfer.bytes_done > before; }, "more of it");
    const ScratchFolder when_killed;
    room.copy_profile(when_killed);
    room.restart_bob_from(when_killed);
    CHECK_FALSE(await_state(room.world, *room.bob, id, TransferState::interrupted).is_stale);
}

TEST_CASE("a program that is left open says after seven days that something has not moved") {
    Restarting room;
    const auto id = room.send_large_file_to_bob();
    room.anna.leave();
    await_state(room.world, *room.bob, id, TransferState::interrupted);
    room.world.clock.move_wall(limits::transfer_stale_after);
    CHECK_FALSE(latest(*room.bob, id).is_stale);
    room.world.advance(std::chrono::hours(1), std::chrono::minutes(1));
    CHECK(latest(*room.bob, id).is_stale);
    CHECK(latest(*room.bob, id).state == TransferState::interrupted);
}

TEST_CASE("what is cancelled outside a room is over for both when they meet again") {
    Restarting room;
    const bool is_sender = GENERATE(true, false);
    const bool quits_at_once = GENERATE(true, false);
    Person& sender = is_sender ? *room.bob : room.anna;
    Person& receiver = is_sender ? room.anna : *room.bob;
    slow_down(sender);
    const auto file = write_large_file(room.folder.path() / "large.bin");
    const auto id = offer(sender, receiver, {file}).transfer;
    accept(receiver, id, room.into.path());
    await_flow(room.world, receiver, id);
    room.bob->submit(command::Leave{});
    room.bob->await<event::RoleEnded>();
    room.bob->submit(command::Cancel{id});
    if (quits_at_once) {
        room.restart_bob();
    } else {
        await_state(room.world, *room.bob, id, TransferState::cancelled);
    }
    join(*room.bob);
    const auto over = await_transfer(
        room.world, room.anna, id, [](const Transfer& transfer) { return transfer.is_over(); },
        "an end");
    CHECK(over.state == TransferState::cancelled);
    CHECK(entries_in(room.into.path()) == 0);
    room.bob->submit(command::ListTransfers{});
    const auto listed = room.bob->await<event::Transfers>().transfers;
    CHECK(std::ranges::all_of(listed, [](const Transfer& one) { return one.is_over(); }));
}

TEST_CASE("what its receiver had paused stays paused over a restart") {
    Restarting room;
    const auto id = room.send_large_file_to_bob();
    room.bob->submit(command::Pause{id});
    await_state(room.world, *room.bob, id, TransferState::paused);
    room.restart_bob();
    join(*room.bob);
    CHECK(await_state(room.world, *room.bob, id, TransferState::paused).paused_by == PausedBy::us);
    room.world.advance(std::chrono::seconds(20));
    CHECK(latest(*room.bob, id).state == TransferState::paused);
    speed_up(room.anna);
    room.bob->submit(command::Resume{id});
    await_state(room.world, *room.bob, id, TransferState::done);
}

TEST_CASE("what its sender has paused stays paused when its receiver was started anew") {
    Restarting room;
    const auto id = room.send_large_file_to_bob();
    room.anna.submit(command::Pause{id});
    await_state(room.world, *room.bob, id, TransferState::paused);
    room.restart_bob();
    join(*room.bob);
    CHECK(await_state(room.world, *room.bob, id, TransferState::paused).paused_by ==
          PausedBy::peer);
    CHECK(latest(room.anna, id).state == TransferState::paused);
    speed_up(room.anna);
    room.anna.submit(command::Resume{id});
    await_state(room.world, *room.bob, id, TransferState::done);
    await_state(room.world, room.anna, id, TransferState::done);
}

TEST_CASE("a pause that is made while a yes is written down is not lost by a kill") {
    Restarting room;
    const auto folder = room.folder.path() / "many";
    fs::create_directory(folder);
    // More than is written down before the yes comes.
    constexpr std::uint32_t files = 2001;
    for (std::uint32_t i = 0; i < files; ++i) write_file(folder / std::to_string(i), "");
    const auto id = offer(*room.bob, room.anna, {folder}).transfer;
    room.bob->hear(room.anna.id(), wire::OfferAnswer{id, true, {}, files, 0, 0});
    room.bob->submit(command::Pause{id});
    // The first when the yes is written, the second when what had to be written then is, too.
    room.copy_profile(ScratchFolder());
    const ScratchFolder when_killed;
    room.copy_profile(when_killed);
    room.restart_bob_from(when_killed);
    await_state(room.world, *room.bob, id, TransferState::paused);
}

TEST_CASE("what is cancelled while its folder is away is cleared away when that is back") {
    Restarting room;
    const auto into = room.into.path() / "stick";
    const auto away = room.into.path() / "pulled out";
    const auto id = room.cancel_while_folder_is_away(into, away);
    if (GENERATE(false, true)) {
        room.restart_bob();
        await_state(room.world, *room.bob, id, TransferState::cancelled);
    }
    REQUIRE(entries_in(away) == 1);
    fs::rename(away, into);
    room.restart_bob();
    await_state(room.world, *room.bob, id, TransferState::cancelled);
    CHECK(entries_in(into) == 0);
    // Then there is nothing more to be done for it.
    room.restart_bob();
    room.bob->submit(command::ListTransfers{});
    CHECK(room.bob->await<event::Transfers>().transfers.empty());
}

TEST_CASE("what is cancelled while its folder is away is forgotten when that stays away") {
    Restarting room;
    const auto id = room.cancel_while_folder_is_away(room.into.path() / "stick",
                                                     room.into.path() / "given away");
    room.world.clock.move_wall(limits::transfer_stale_after / 2);
    room.restart_bob();
    await_state(room.world, *room.bob, id, TransferState::cancelled);
    room.world.clock.move_wall(limits::transfer_stale_after / 2 + std::chrono::seconds(1));
    room.restart_bob();
    // Looked for once more, which was the last time.
    await_state(room.world, *room.bob, id, TransferState::cancelled);
    room.restart_bob();
    room.bob->submit(command::ListTransfers{});
    CHECK(room.bob->await<event::Transfers>().transfers.empty());
}

TEST_CASE("a transfer that its sender knows nothing of any more ends, and its debris goes") {
    Restarting room;
    slow_down(*room.bob);
    const auto id =
        offer(*room.bob, room.anna, {write_large_file(room.folder.path() / "large.bin")}).transfer;
    accept(room.anna, id);
    await_flow(room.world, room.anna, id);
    room.bob.reset();
    for (const auto& entry : fs::directory_iterator(room.profile.path())) {
        if (entry.path().filename() != "key.pem") fs::remove_all(entry.path());
    }
    room.start_bob();
    join(*room.bob);
    CHECK(await_state(room.world, room.anna, id, TransferState::failed).fault->sentence ==
          "The program of this person knows nothing of this offer any more. Ask them to send it "
          "again.");
    CHECK(entries_in(room.anna.downloads()) == 0);
}

TEST_CASE("a yes that its sender was killed before is not lost") {
    Restarting room;
    const auto id = room.offer_two_files_to_anna();
    const ScratchFolder when_killed;
    room.copy_profile(when_killed);
    room.take_only_the_large_one(id);
    room.restart_bob_from(when_killed);
    join(*room.bob);
    await_state(room.world, room.anna, id, TransferState::done);
    CHECK(await_state(room.world, *room.bob, id, TransferState::done).bytes_total ==
          large_file_bytes);
    CHECK(read_file(room.anna.downloads() / "large.bin") == read_file(room.large_file()));
    CHECK(entries_in(room.anna.downloads()) == 1);
}

TEST_CASE("what had no answer when its sender was killed is asked anew") {
    Restarting room;
    const auto file = write_file(room.folder.path() / "x", "x");
    const auto id = offer(*room.bob, room.anna, {file}).transfer;
    const ScratchFolder when_killed;
    room.copy_profile(when_killed);
    room.bob->submit(command::Leave{});
    await_state(room.world, room.anna, id, TransferState::failed);
    room.restart_bob_from(when_killed);
    join(*room.bob);
    const auto anew = room.anna.await<event::Offer>().transfer;
    CHECK(anew != id);
    accept(room.anna, anew);
    await_state(room.world, *room.bob, anew, TransferState::done);
    CHECK(read_file(room.anna.downloads() / "x") == "x");
}

TEST_CASE("an offer that was never answered is not kept over a restart") {
    Restarting room;
    const auto id =
        offer(*room.bob, room.anna, {write_file(room.folder.path() / "x", "x")}).transfer;
    room.restart_bob();
    await_state(room.world, room.anna, id, TransferState::failed);
    room.bob->submit(command::ListTransfers{});
    CHECK(room.bob->await<event::Transfers>().transfers.empty());
}

}  // namespace
}  // namespace dropline::testing
