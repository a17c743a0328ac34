// What the user is shown of a transfer, worked out from what its node knows of it.
// Thread: net.
#pragma once

#include "net/transfer/transfer_record.hpp"

namespace dropline {

/// Fills in the state, who paused it and why bytes do not flow, where they do not. Of a transfer
/// that is neither over nor ending. `is_present`: the other person is in the room now.
/// `is_quiet_for_long`: nothing of it has moved for limits::transfer_stale_after.
void show_state(TransferRecord& record, bool is_present, bool is_quiet_for_long);

}  // namespace dropline
