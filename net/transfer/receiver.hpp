// Receives the accepted files on one connection, as far as it lasts; the next one goes on from
// there. Thread: bulk; blocks until it is over. A second thread, which it starts and ends, says
// that it lives while the disk is busy.
#pragma once

#include <atomic>

#include "net/api/fault.hpp"
#include "net/link/rate_gate.hpp"
#include "net/transfer/bulk_channel.hpp"
#include "net/transfer/receive_folder.hpp"
#include "net/transfer/receive_state.hpp"
#include "net/transfer/staging.hpp"
#include "net/transfer/transfer_observer.hpp"
#include "net/transfer/transfer_plan.hpp"

namespace dropline {

struct ReceiveJob {
    const ReceiveFolder& folder;
    const Manifest& manifest;
    const TransferPlan& plan;  // as prepare_receive made it just now
    Staging& staging;
    ReceiveState& state;  // says afterwards how far it went, whatever happened
    RateGate& gate;
    const std::atomic<bool>& is_interrupted;
};

/// Done when this returns without a fault: everything wanted is verified, named and synced, and the
/// sender was told, if it could be. Faults of which the sender is told: disk_full, file_error,
/// damaged (a digest differs), protocol_error. The others: disconnected, timed_out; cancelled after
/// BulkChannel::interrupt; file_error with ReceiveState::is_folder_away; and whatever reason the
/// sender gave for stopping.
Result<void> receive_files(BulkChannel& channel, const ReceiveJob& job, ReceiveObserver& observer);

}  // namespace dropline
