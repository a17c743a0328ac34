// Whether a folder has room for what is wanted of an offer, before anything of it flows.
// Thread: any; blocks on the disk.
#pragma once

#include <atomic>
#include <filesystem>

#include "net/api/fault.hpp"
#include "net/transfer/manifest.hpp"
#include "net/transfer/receive_folder.hpp"
#include "net/transfer/receive_state.hpp"

namespace dropline {

/// What lies there already, with the offered names and sizes, is taken for what it will most likely
/// turn out to be, and needs no room. Faults: as
/// ReceiveFolder::check_space; cancelled when `is_given_up` becomes true.
Result<void> check_room_for(const ReceiveFolder& folder, const Manifest& manifest,
                            const ReceiveState& wanted, const std::atomic<bool>& is_given_up);

/// As above, of a folder that is only known by its path. Faults: file_error too.
Result<void> check_target(const std::filesystem::path& folder, const Manifest& manifest,
                          const ReceiveState& wanted, const std::atomic<bool>& is_given_up);

}  // namespace dropline
