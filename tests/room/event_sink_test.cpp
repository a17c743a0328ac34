// What becomes of events when nobody takes them.
#include "net/room/event_sink.hpp"

#include <asio/io_context.hpp>
#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

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
    /// As a consumer does, until nothing is left.
    std::vector<Event> take_all() {
        std::vector<Event> all;
        Event taken;
        for (;;) {
            while (queue.try_pop(taken)) all.push_back(taken);
            if (!queue.take_producer_waiting()) return all;
            sink.consumer_made_room();
        }
    }
};

TEST_CASE_METHOD(FullSink, "when nobody takes events, nobody is heard until somebody does") {
    push();
    CHECK_FALSE(gate.is_open());
    take_all();
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
    for (const Event& event : take_all()) {
        const auto* changed = std::get_if<event::TransferChanged>(&event.body);
        if (changed != nullptr) told.push_back(changed->transfer.bytes_done);
    }
    CHECK(told == std::vector<std::uint64_t>{2, 2, 4});
}

TEST_CASE_METHOD(FullSink, "progress takes the place of no answer that somebody waits for") {
    Transfer transfer;
    transfer.state = TransferState::active;
    for (const char* ref : {"", "answer", "", ""}) {
        ++transfer.bytes_done;
        sink.push(event::TransferChanged{transfer}, ref);
    }
    std::string told;
    for (const Event& event : take_all()) {
        const auto* changed = std::get_if<event::TransferChanged>(&event.body);
        if (changed != nullptr) told += std::to_string(changed->transfer.bytes_done) + event.ref;
    }
    CHECK(told == "12answer4");
}

TEST_CASE_METHOD(FullSink, "when nobody listens any more, nothing that is told holds anybody up") {
    sink.nobody_listens();
    for (int i = 0; i < 10; ++i) push();
    CHECK(gate.is_open());
}

}  // namespace
}  // namespace dropline
