// What the profile's database keeps of an unfinished transfer, as bytes.
// Thread: any; pure.
#pragma once

#include <memory>
#include <string>

#include "net/api/fault.hpp"
#include "net/store/records.hpp"
#include "net/transfer/transfer_record.hpp"

namespace dropline {

/// What was agreed: the list, and the paths on our disk. Written once for each version of it.
std::string encode_agreed(const TransferRecord& record);
/// How far a receiver is. Thread: the one that may look at the session's state.
std::string encode_state(const ReceiveSession& session);
/// What changes: pauses, progress, and the record's last encoded state.
std::string encode_progress(const TransferRecord& record, bool is_done);

/// A record as it was when it was kept; nothing when the bytes make no sense. Those that are over
/// hold no more than their id, person and state.
RecordPtr decode_kept(const KeptTransfer& kept);

}  // namespace dropline
