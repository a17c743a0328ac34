// How many streams a host relays at once. Thread: any; pure.
#pragma once

#include <utility>
#include <vector>

#include "net/api/ids.hpp"

namespace dropline {

/// Between whom a relayed stream runs.
using RelayEnds = std::pair<PeerId, PeerId>;

/// Whether one more may begin: `limits::relay_streams_max` in all, and of each of the two
/// `limits::relay_streams_per_member_max`, so that nobody uses up what others need.
bool may_relay_also(const std::vector<RelayEnds>& running, const RelayEnds& next);

}  // namespace dropline
