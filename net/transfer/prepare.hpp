// Before bytes are asked for: what of a transfer is there already, and is there room for the rest?
// Thread: bulk; blocks on the disk, perhaps for long: stored bytes are read again.
#pragma once

#include <atomic>
#include <cstddef>

#include "net/api/fault.hpp"
#include "net/transfer/receive_folder.hpp"
#include "net/transfer/receive_state.hpp"
#include "net/transfer/staging.hpp"
#include "net/transfer/transfer_plan.hpp"

namespace dropline {

/// Of "name", "name (2)", "name (3)" ... so many are compared with what is offered.
inline constexpr std::size_t likely_names_max = 32;

/// Looks for files and folders of the same name that may have the same content, after a restart
/// also for what was stored before it, and chooses names for what is staged. Says what to ask the
/// sender for. disk_full with both numbers; file_error, passing when what is stored cannot be
/// looked at now; cancelled when `is_given_up` becomes true.
Result<TransferPlan> prepare_receive(const ReceiveFolder& folder, const Manifest& manifest,
                                     Staging& staging, ReceiveState& state,
                                     const std::atomic<bool>& is_given_up);

}  // namespace dropline
