#include <catch2/catch_test_macros.hpp>

#include <string>

#include "net/api/limits.hpp"
#include "tests/pair/transfer_steps.hpp"

namespace dropline::testing {
namespace {

namespace fs = std::filesystem;

auto is_over() {
    return [](const event::TransferChanged& event) { return event.transfer.is_over(); };
}

/// Offers a file, accepts it, and returns how it ended at the receiver and at the sender.
struct Ends {
    Transfer received;
    Transfer sent;
};
Ends hand_over(World& world, Person& from, Person& to, const fs::path& file) {
    from.submit(command::Send{to.text_id(), {file}});
    world.run_until_in_time([&] { return !to.all<event::Offer>().empty(); }, "the offer");
    const auto offer = to.await<event::Offer>();
    to.submit(command::Accept{offer.transfer, {}, {}, {}});
    const auto ended = [](Person& person) {
        for (const auto& event : person.all<event::TransferChanged>()) {
            if (event.transfer.is_over()) return true;
        }
        return false;
    };
    world.run_until_in_time([&] { return ended(from) && ended(to); }, "both ends over");
    return {to.await<event::TransferChanged>(is_over()).transfer,
            from.await<event::TransferChanged>(is_over()).transfer};
}

TEST_CASE_METHOD(HostAndTwoMembers, "a file arrives whole, directly, and both sides say so") {
    ScratchFolder folder;
    const auto content = pattern(3'000'001);
    const auto file = write_file(folder.path() / "照片.jpg", content);
    const auto ends = hand_over(world, bob, chen, file);
    CHECK(ends.received.state == TransferState::done);
    CHECK(ends.sent.state == TransferState::done);
    CHECK(ends.received.path == Path::direct);
    CHECK(ends.sent.bytes_done == content.size());
    REQUIRE(ends.received.saved_as.size() == 1);
    CHECK(read_file(ends.received.saved_as.front()) == content);
    CHECK(entries_in(chen.downloads()) == 1);
}

TEST_CASE("a file is relayed when no direct way exists, and says so on both sides") {
    World world;
    allow_only_the_host(world);
    Person anna(world, "Anna", host_address);
    Person bob(world, "Bob", "10.0.0.2");
    Person chen(world, "Chen", "10.0.0.3");
    host(anna);
    join(bob);
    join(chen);
    bob.await<event::PeerJoined>();
    ScratchFolder folder;
    const auto content = pattern(2'000'000);
    const auto ends =
        hand_over(world, bob, chen, write_file(folder.path() / "relayed.bin", content));
    CHECK(ends.received.state == TransferState::done);
    CHECK(ends.received.path == Path::relayed);
    CHECK(ends.sent.path == Path::relayed);
    CHECK(read_file(ends.received.saved_as.front()) == content);
}

TEST_CASE("somebody who only wants relayed connections gets them, from somebody who wants direct") {
    World world;
    Person anna(world, "Anna", host_address);
    Person bob(world, "Bob", "10.0.0.2", PathPolicy::relayed_only);
    Person chen(world, "Chen", "10.0.0.3");
    host(anna);
    join(bob);
    join(chen);
    bob.await<event::PeerJoined>();
    ScratchFolder folder;
    const auto ends =
        hand_over(world, bob, chen, write_file(folder.path() / "a.bin", pattern(100'000)));
    CHECK(ends.received.state == TransferState::done);
    CHECK(ends.received.path == Path::relayed);
}

TEST_CASE_METHOD(HostAndMember, "host and member hand files to each other directly") {
    ScratchFolder folder;
    const auto file = write_file(folder.path() / "empty", "");
    const auto down = hand_over(world, anna, bob, file);
    CHECK(down.received.state == TransferState::done);
    CHECK(down.received.path == Path::direct);
    CHECK(fs::file_size(down.received.saved_as.front()) == 0);
}

TEST_CASE_METHOD(HostAndMember, "a file comes from a member to the host") {
    ScratchFolder folder;
    const auto ends =
        hand_over(world, bob, anna, write_file(folder.path() / "up.bin", pattern(70'000)));
    CHECK(ends.received.state == TransferState::done);
}

TEST_CASE_METHOD(HostAndMember,
                 "A17 nothing is written before the receiver says yes, and nothing after a no") {
    ScratchFolder folder;
    bob.submit(command::Send{"Anna", {write_file(folder.path() / "x.bin", pattern(50'000))}});
    const auto offer = anna.await<event::Offer>();
    CHECK(offer.bytes == 50'000);
    CHECK(entries_in(anna.downloads()) == 0);
    anna.submit(command::Decline{offer.transfer});
    CHECK(bob.await<event::TransferChanged>(is_over()).transfer.state == TransferState::declined);
    CHECK(anna.await<event::TransferChanged>(is_over()).transfer.state == TransferState::declined);
    CHECK(entries_in(anna.downloads()) == 0);
    anna.submit(command::Accept{offer.transfer, {}, {}, {}});
    CHECK(anna.await<event::Error>().fault.code == FaultCode::unknown_transfer);
}

TEST_CASE_METHOD(HostAndMember, "cancelling an open offer withdraws it on the other side") {
    ScratchFolder folder;
    bob.submit(command::Send{"Anna", {write_file(folder.path() / "x.bin", "x")}});
    const auto offer = anna.await<event::Offer>();
    bob.submit(command::Cancel{offer.transfer});
    CHECK(anna.await<event::TransferChanged>(is_over()).transfer.state == TransferState::cancelled);
    CHECK(bob.await<event::TransferChanged>(is_over()).transfer.state == TransferState::cancelled);
}

void cancel_while_active(bool is_receiver_cancelling) {
    HostAndMember room;
    World& world = room.world;
    Person& anna = room.anna;
    Person& bob = room.bob;
    ScratchFolder folder;
    slow_down(bob);
    bob.submit(command::Send{"Anna", {write_large_file(folder.path() / "large.bin")}});
    const auto offer = anna.await<event::Offer>();
    anna.submit(command::Accept{offer.transfer, {}, {}, {}});
    anna.await<event::TransferChanged>([](const event::TransferChanged& event) {
        return event.transfer.state == TransferState::active && event.transfer.bytes_done > 0;
    });
    (is_receiver_cancelling ? anna : bob).submit(command::Cancel{offer.transfer});
    CHECK(anna.await<event::TransferChanged>(is_over()).transfer.state == TransferState::cancelled);
    CHECK(bob.await<event::TransferChanged>(is_over()).transfer.state == TransferState::cancelled);
    world.run_until([&] { return entries_in(anna.downloads()) == 0; }, "the part is gone");
}

TEST_CASE("a receiver that cancels stops both sides and keeps no debris") {
    cancel_while_active(true);
}

TEST_CASE("a sender that cancels stops both sides and leaves no debris") {
    cancel_while_active(false);
}

TEST_CASE_METHOD(HostAndMember, "an offer of somebody who leaves the room is over") {
    ScratchFolder folder;
    bob.submit(command::Send{"Anna", {write_file(folder.path() / "x.bin", "x")}});
    anna.await<event::Offer>();
    bob.submit(command::Leave{});
    CHECK(anna.await<event::TransferChanged>(is_over()).transfer.is_over());
}

TEST_CASE_METHOD(HostAndMember,
                 "a file that is not there and an empty list are refused with a sentence") {
    bob.submit(command::Send{"Anna", {"/nowhere/at/all"}}, "s");
    CHECK(bob.await<event::Error>().fault.code == FaultCode::file_error);
    CHECK(bob.seen().back().ref == "s");
    bob.submit(command::Send{"Anna", {}});
    CHECK(bob.await<event::Error>().fault.code == FaultCode::bad_request);
}

TEST_CASE_METHOD(
    HostAndMember,
    "accepting into a folder that is not there leaves the offer open for another one") {
    ScratchFolder folder;
    bob.submit(command::Send{"Anna", {write_file(folder.path() / "x.bin", "abc")}});
    const auto offer = anna.await<event::Offer>();
    anna.submit(command::Accept{offer.transfer, "/nowhere/at/all", {}, {}});
    CHECK(anna.await<event::Error>().fault.code == FaultCode::file_error);
    anna.submit(command::Accept{offer.transfer, {}, {}, {}});
    const auto done = anna.await<event::TransferChanged>(is_over()).transfer;
    CHECK(done.state == TransferState::done);
}

TEST_CASE_METHOD(HostAndMember, "several files in one transfer arrive each under its name") {
    ScratchFolder folder;
    constexpr std::size_t count = 20;
    std::vector<fs::path> files;
    files.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        files.push_back(write_file(folder.path() / ("f" + std::to_string(i)), pattern(i * 1000)));
    }
    bob.submit(command::Send{"Anna", files});
    const auto offer = anna.await<event::Offer>();
    CHECK(offer.files == 20);
    CHECK(offer.preview.size() == limits::offer_preview_entries);
    anna.submit(command::Accept{offer.transfer, {}, {}, {}});
    const auto done = anna.await<event::TransferChanged>(is_over()).transfer;
    REQUIRE(done.state == TransferState::done);
    CHECK(done.files_done == 20);
    for (const auto& file : files) {
        CHECK(read_file(anna.downloads() / file.filename()) == read_file(file));
    }
}

}  // namespace
}  // namespace dropline::testing
