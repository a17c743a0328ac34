// Whether what is to be sent has gone, or only the disk that holds it.
// Thread: bulk; blocks on the disk.
#pragma once

#include <optional>

#include "net/api/fault.hpp"
#include "net/transfer/source_tree.hpp"

namespace dropline {

/// A passing file_error when something of it is out of reach together with its disk: that was
/// pulled out, is not mounted or does not answer. Nothing when all of it is there, or was removed
/// by somebody. Two things that were removed seem away, too: a link to another disk, and the first
/// 100 of what was sent from a disk which has another number since the machine was started anew.
std::optional<Fault> fault_if_away(const SourceTree& sources);

}  // namespace dropline
