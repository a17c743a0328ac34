// What the bulk loops need of a connection: bytes in both directions, blocking, and a way out.
// Thread: one that reads and one that writes, at the same time; `interrupt` from any.
// The encrypted one is tls_bulk_channel.hpp; tests have one in memory.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>

#include "net/api/fault.hpp"

namespace dropline {

class BulkChannel {
  public:
    virtual ~BulkChannel() = default;

    /// Blocks while the other side takes nothing, as long as it gives signs of life; timed_out
    /// without one for limits::transfer_stalled_max. What is small may wait for `flush`.
    virtual Result<void> write(std::span<const std::byte> bytes) = 0;
    /// Everything written so far is on its way.
    virtual Result<void> flush() = 0;
    /// How long writing has waited for the other side, all in all. Thread: the one that writes.
    virtual std::chrono::steady_clock::duration write_waited() const = 0;

    struct ReadSome {
        std::size_t bytes = 0;
        bool is_end = false;  // the clean end; neither bytes nor end: nothing came
    };
    /// Waits for at least one byte, but not longer than `patience`. A connection cut short and an
    /// interruption are faults. `into` is not empty.
    virtual Result<ReadSome> read_some(std::span<std::byte> into,
                                       std::chrono::milliseconds patience) = 0;
    /// Never blocks; 0: nothing now.
    virtual Result<std::size_t> try_read(std::span<std::byte> into) = 0;

    /// Blocked and later calls fail with FaultCode::cancelled. Thread: any.
    virtual void interrupt() = 0;
};

}  // namespace dropline
