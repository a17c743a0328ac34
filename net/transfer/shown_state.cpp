#include "net/transfer/shown_state.hpp"

#include <optional>

namespace dropline {

namespace {

PausedBy pauser_of(const TransferRecord& record) {
    if (record.is_paused_by_us) return PausedBy::us;
    if (record.is_paused_by_peer) return PausedBy::peer;
    return record.no_room ? PausedBy::disk : PausedBy::nobody;
}

void show_moving(Transfer& shown) {
    shown.paused_by = PausedBy::nobody;
    shown.state = TransferState::active;
    shown.fault.reset();
    shown.queue_place = 0;
}

TransferState state_at_rest(const TransferRecord& record, bool is_present) {
    if (pauser_of(record) != PausedBy::nobody) return TransferState::paused;
    if (!record.is_accepted) {
        const bool is_held = !record.is_incoming() && !record.is_said;
        return is_held ? TransferState::waiting : TransferState::offered;
    }
    // A host who is busy relaying for others interrupts nothing.
    const bool is_broken = record.interruption && record.interruption->code != FaultCode::slow_down;
    return is_broken || !is_present ? TransferState::interrupted : TransferState::waiting;
}

std::optional<Fault> fault_at_rest(const TransferRecord& record, bool is_present) {
    const bool is_paused = pauser_of(record) != PausedBy::nobody;
    if (!is_paused && !record.is_accepted) return std::nullopt;
    if (record.no_room) return record.no_room;
    if (record.interruption || is_paused || is_present) return record.interruption;
    return Fault{FaultCode::unknown_peer, "This person is not in the room."};
}

void show_at_rest(Transfer& shown, const TransferRecord& record, bool is_present) {
    shown.rate_bytes_per_s = 0;
    shown.eta_s.reset();
    shown.bottleneck = Bottleneck::unknown;
    shown.paused_by = pauser_of(record);
    shown.state = state_at_rest(record, is_present);
    shown.fault = fault_at_rest(record, is_present);
}

}  // namespace

void show_state(TransferRecord& record, bool is_present, bool is_quiet_for_long) {
    record.shown.is_checking = record.disk_task != nullptr;
    if (record.job && !record.is_paused()) {
        show_moving(record.shown);
    } else {
        show_at_rest(record.shown, record, is_present);
    }
    const bool is_interrupted = record.shown.state == TransferState::interrupted;
    record.shown.quiet_since = is_interrupted ? std::optional(record.quiet_since) : std::nullopt;
    record.shown.is_stale = is_interrupted && is_quiet_for_long;
}

}  // namespace dropline
