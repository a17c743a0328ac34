// Receives the accepted files into a folder: each is written beside its final name, verified, then
// named.
// Thread: bulk; blocks until it is over. Takes no name from the connection: frames carry positions
// in the accepted offer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "net/api/fault.hpp"
#include "net/transfer/bulk_channel.hpp"
#include "net/transfer/receive_folder.hpp"
#include "net/transfer/transfer_observer.hpp"

namespace dropline {

/// A file of the accepted offer.
struct ExpectedFile {
    std::string name;  // as make_safe_component left it
    std::uint64_t bytes = 0;
    std::optional<std::int64_t> modified_at_s;  // since 1970, UTC
};

struct ReceivedFiles {
    std::vector<std::string> saved_as;  // absolute paths, in the order of the offer
};

/// On a fault the file under way leaves nothing behind, and the sender is told why if it can be;
/// files that were already finished stay (see ReceiveObserver::on_saved).
/// disk_full and too_large before anything is created, file_error, bad_name, damaged (hashes
/// differ), protocol_error, disconnected, timed_out, cancelled, and whatever reason the sender
/// gave for stopping.
Result<ReceivedFiles> receive_files(BulkChannel& channel, const ReceiveFolder& folder,
                                    const std::vector<ExpectedFile>& files,
                                    ReceiveObserver& observer);

}  // namespace dropline
