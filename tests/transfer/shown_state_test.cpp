// What the user is shown of a transfer through which no bytes flow.
#include "net/transfer/shown_state.hpp"

#include <catch2/catch_test_macros.hpp>

namespace dropline {
namespace {

TransferRecord accepted(Direction direction = Direction::in) {
    TransferRecord record;
    record.shown.direction = direction;
    record.is_accepted = true;
    return record;
}

const Fault cut{FaultCode::disconnected, "The connection was closed."};

TEST_CASE("An offer of ours waits until it is said, and then is offered until it is answered") {
    TransferRecord record = accepted(Direction::out);
    record.is_accepted = false;
    record.interruption = cut;  // of a connection that it never had
    show_state(record, true, false);
    CHECK(record.shown.state == TransferState::waiting);
    record.is_said = true;
    show_state(record, false, false);
    CHECK(record.shown.state == TransferState::offered);
    CHECK_FALSE(record.shown.fault);
}

TEST_CASE("What was accepted waits while its person is here, and is interrupted while not") {
    TransferRecord record = accepted();
    show_state(record, true, false);
    CHECK(record.shown.state == TransferState::waiting);
    CHECK_FALSE(record.shown.fault);
    show_state(record, false, false);
    CHECK(record.shown.state == TransferState::interrupted);
    CHECK(record.shown.fault->code == FaultCode::unknown_peer);
}

TEST_CASE("Why it was interrupted is shown, whoever is here") {
    TransferRecord record = accepted();
    record.interruption = cut;
    for (const bool is_present : {true, false}) {
        show_state(record, is_present, false);
        CHECK(record.shown.state == TransferState::interrupted);
        CHECK(record.shown.fault->sentence == cut.sentence);
    }
}

TEST_CASE("A host that is busy relaying for others interrupts nothing") {
    TransferRecord record = accepted();
    record.interruption = Fault{FaultCode::slow_down, "The host relays for others now."};
    show_state(record, true, false);
    CHECK(record.shown.state == TransferState::waiting);
    CHECK(record.shown.fault->code == FaultCode::slow_down);
}

TEST_CASE("Our own pause is shown before the other's, and that before a full disk") {
    TransferRecord record = accepted();
    record.no_room = Fault{FaultCode::disk_full, "The disk is full."};
    record.is_paused_by_peer = true;
    record.is_paused_by_us = true;
    show_state(record, true, false);
    CHECK(record.shown.paused_by == PausedBy::us);
    record.is_paused_by_us = false;
    show_state(record, true, false);
    CHECK(record.shown.paused_by == PausedBy::peer);
    record.is_paused_by_peer = false;
    show_state(record, true, false);
    CHECK(record.shown.paused_by == PausedBy::disk);
    CHECK(record.shown.state == TransferState::paused);
    CHECK(record.shown.fault->code == FaultCode::disk_full);
}

TEST_CASE("What does not flow has no rate and no time left") {
    TransferRecord record = accepted();
    record.shown.rate_bytes_per_s = 5;
    record.shown.eta_s = 6;
    record.shown.bottleneck = Bottleneck::network;
    show_state(record, true, false);
    CHECK(record.shown.rate_bytes_per_s == 0);
    CHECK_FALSE(record.shown.eta_s);
    CHECK(record.shown.bottleneck == Bottleneck::unknown);
}

TEST_CASE("Only what is interrupted is quiet since some time, and cleaning is offered after long") {
    TransferRecord record = accepted();
    record.quiet_since = WallTime(std::chrono::hours(1));
    record.is_paused_by_us = true;
    show_state(record, true, true);
    CHECK_FALSE(record.shown.quiet_since);
    CHECK_FALSE(record.shown.is_stale);
    record.is_paused_by_us = false;
    record.interruption = cut;
    for (const bool is_quiet_for_long : {false, true}) {
        show_state(record, true, is_quiet_for_long);
        CHECK(record.shown.quiet_since == record.quiet_since);
        CHECK(record.shown.is_stale == is_quiet_for_long);
    }
    record.interruption.reset();
    show_state(record, true, true);
    CHECK_FALSE(record.shown.quiet_since);
    CHECK_FALSE(record.shown.is_stale);
}

}  // namespace
}  // namespace dropline
