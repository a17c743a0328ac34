// Sends the accepted files over a bulk connection and waits for the receiver's verdict.
// Thread: bulk; blocks until it is over. Reads files, knows no socket and no TLS; the frames are
// in data_frame.hpp.
#pragma once

#include <vector>

#include "net/api/fault.hpp"
#include "net/transfer/bulk_channel.hpp"
#include "net/transfer/source.hpp"
#include "net/transfer/transfer_observer.hpp"

namespace dropline {

/// Success means that the receiver has said all_done: every file verified, named and synced. An
/// end of the connection is never success.
/// source_changed, file_error: said to the receiver as well. protocol_error, disconnected,
/// timed_out, cancelled, and whatever reason the receiver gave for stopping.
Result<void> send_files(BulkChannel& channel, const std::vector<SourceFile>& files,
                        SendObserver& observer);

}  // namespace dropline
