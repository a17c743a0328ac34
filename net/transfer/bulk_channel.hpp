// What the bulk loops need of a connection: bytes in both directions, blocking, and a way out.
// Thread: bulk, one at a time; `interrupt` from any. The encrypted one is tls_bulk_channel.hpp;
// tests have one in memory.
#pragma once

#include <cstddef>
#include <span>

#include "net/api/fault.hpp"

namespace dropline {

class BulkChannel {
  public:
    virtual ~BulkChannel() = default;

    /// May buffer; blocks while the other side takes nothing. `payload` may be empty.
    virtual Result<void> write(std::span<const std::byte> header,
                               std::span<const std::byte> payload) = 0;
    /// Everything written so far is on its way.
    virtual Result<void> flush() = 0;

    /// Blocks for at least one byte; 0 is the clean end. A connection cut short, an interruption
    /// and a stall are faults. `into` is not empty.
    virtual Result<std::size_t> read_some(std::span<std::byte> into) = 0;
    /// Never blocks; 0: nothing now.
    virtual Result<std::size_t> try_read(std::span<std::byte> into) = 0;

    /// Blocked and later calls fail with FaultCode::cancelled. Thread: any.
    virtual void interrupt() = 0;
};

}  // namespace dropline
