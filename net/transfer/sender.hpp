// Sends the accepted files back to back on one connection, as the receiver's plan asks for them.
// Thread: bulk; blocks until it is over. A second thread, which it starts and ends, reads and
// hashes.
#pragma once

#include <atomic>

#include "net/api/fault.hpp"
#include "net/link/rate_gate.hpp"
#include "net/transfer/bulk_channel.hpp"
#include "net/transfer/source_tree.hpp"
#include "net/transfer/transfer_observer.hpp"

namespace dropline {

/// Waits for the receiver's plan, sends what it does not have, waits for its verdict.
/// Faults: source_changed and file_error about our files (the receiver is told); disk_full,
/// damaged, file_error and whatever else the receiver gave for stopping; disconnected, timed_out;
/// cancelled after BulkChannel::interrupt; protocol_error.
Result<void> send_files(BulkChannel& channel, const SourceTree& sources, RateGate& gate,
                        const std::atomic<bool>& is_interrupted, SendObserver& observer);

}  // namespace dropline
