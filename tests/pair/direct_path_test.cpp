// A relayed transfer looks for a direct path every now and then: what becomes of that when the
// program is quit meanwhile, or when the path that was found cannot be used at once.
#include <catch2/catch_test_macros.hpp>

#include "tests/pair/transfer_steps.hpp"

namespace dropline::testing {
namespace {

namespace fs = std::filesystem;

/// Bob's large file comes to Chen slowly, by way of the host.
struct RelayedToChen : HostAndTwoMembers {
    ScratchFolder folder;
    fs::path into = folder.path() / "received";
    TransferId id;

    RelayedToChen() {
        fs::create_directory(into);
        slow_down(bob);
        id = offer(bob, chen, {write_large_file(folder.path() / "large.bin")}).transfer;
        allow_only_the_host(world);
        chen.submit(command::Accept{id, into, {}, {}});
        await_flow(world, chen, id);
    }
};

TEST_CASE_METHOD(RelayedToChen, "whoever quits while a transfer is relayed waits for no clock") {
    REQUIRE(latest(chen, id).path == Path::relayed);
    for (Person* person : {&chen, &bob, &anna}) {
        bool is_gone = false;
        person->node().shut_down([&is_gone] { is_gone = true; });
        world.run_until_in_time([&] { return is_gone; }, "the end of a program");
    }
    world.settle();
    CHECK(world.clock.calls_due_later() == 0);
}

TEST_CASE_METHOD(RelayedToChen, "a direct path that could not be used at once is not used later") {
    const auto elsewhere = folder.path() / "elsewhere";
    fs::rename(into, elsewhere);
    world.network.may_connect = nullptr;
    const auto waits_for_folder = [](const Transfer& transfer) {
        return transfer.state == TransferState::interrupted && transfer.fault &&
               transfer.fault->code == FaultCode::file_error;
    };
    await_transfer(world, chen, id, waits_for_folder, "it waits for its folder");
    std::size_t dials = 0;
    world.network.may_connect = [&dials](const asio::ip::address&, const Endpoint&) {
        ++dials;
        return true;
    };
    fs::rename(elsewhere, into);
    speed_up(bob);
    await_state(world, chen, id, TransferState::done);
    CHECK(latest(chen, id).path == Path::direct);
    CHECK(dials > 0);
    world.network.may_connect = nullptr;
}

}  // namespace
}  // namespace dropline::testing
