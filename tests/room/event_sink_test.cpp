// What becomes of events when nobody takes them.
#include "net/room/event_sink.hpp"

#include <asio/io_context.hpp>
#include <catch2/catch_test_macros.hpp>

#include "tests/pair/manual_clock.hpp"

namespace dropline {
namespace {

struct FullSink {
    asio::io_context loop;
    testing::ManualClock clock{loop.get_executor()};
    EventQueue queue{1, [] {}};
    FlowGate gate{loop.get_executor()};
    EventSink sink{queue, gate, clock};

    FullSink() {
        while (gate.is_open()) push();
    }
    void push() { sink.fail({FaultCode::internal, "told"}); }
};

TEST_CASE_METHOD(FullSink, "when nobody takes events, nobody is heard until somebody does") {
    push();
    CHECK_FALSE(gate.is_open());
    Event taken;
    for (;;) {
        while (queue.try_pop(taken)) {
        }
        if (!queue.take_producer_waiting()) break;
        sink.consumer_made_room();
    }
    CHECK(gate.is_open());
}

TEST_CASE_METHOD(FullSink,
                 "progress takes the place of older progress, and never of a standstill") {
    const auto tell = [this](TransferState state, std::uint64_t bytes) {
        Transfer transfer;
        transfer.state = state;
        transfer.bytes_done = bytes;
        sink.push(event::TransferChanged{transfer});
    };
    tell(TransferState::active, 1);
    tell(TransferState::active, 2);
    tell(TransferState::paused, 2);
    tell(TransferState::active, 3);
    tell(TransferState::active, 4);
    std::vector<std::uint64_t> told;
    Event taken;
    do {
        while (queue.try_pop(taken)) {
            const auto* changed = std::get_if<event::TransferChanged>(&taken.body);
            if (changed != nullptr) told.push_back(changed->transfer.bytes_done);
        }
        sink.consumer_made_room();
    } while (!gate.is_open());
    while (queue.try_pop(taken)) {
        const auto* changed = std::get_if<event::TransferChanged>(&taken.body);
        if (changed != nullptr) told.push_back(changed->transfer.bytes_done);
    }
    CHECK(told == std::vector<std::uint64_t>{2, 2, 4});
}

TEST_CASE_METHOD(FullSink, "when nobody listens any more, nothing that is told holds anybody up") {
    sink.nobody_listens();
    for (int i = 0; i < 10; ++i) push();
    CHECK(gate.is_open());
}

}  // namespace
}  // namespace dropline
