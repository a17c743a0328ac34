// Whether what is to be sent has gone, or only the disk that holds it.
// Thread: bulk; blocks on the disk.
#pragma once

#include <optional>

#include "net/api/fault.hpp"
#include "net/transfer/source_tree.hpp"

namespace dropline {

/// A passing file_error when something that was chosen is out of reach together with its disk: that
/// was pulled out, is not mounted or does not answer. Nothing when all of it is there, or was
/// removed by somebody. Where the system has given the disk another number since the offer, what
/// was removed seems away, too.
std::optional<Fault> fault_if_away(const SourceTree& sources);

}  // namespace dropline
