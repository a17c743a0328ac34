// How many streams a host relays at once. Thread: any; pure.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "net/api/ids.hpp"
#include "net/api/limits.hpp"

namespace dropline {

/// Between whom a relayed stream runs.
using RelayEnds = std::pair<PeerId, PeerId>;

struct RelayBudget {
    std::size_t per_member;
    std::size_t in_all;
};

/// Conversations stand open for minutes: they take no place of the bytes they are there to arrange.
inline constexpr RelayBudget conversation_budget{limits::relay_conversations_per_member_max,
                                                 limits::relay_conversations_max};
inline constexpr RelayBudget bulk_budget{limits::relay_streams_per_member_max,
                                         limits::relay_streams_max};

/// Whether one more may begin beside those of its kind that run or are about to: so many in all,
/// and so many of each of the two, so that nobody uses up what others need.
bool may_relay_also(const std::vector<RelayEnds>& running, const RelayEnds& next,
                    const RelayBudget& budget);

}  // namespace dropline
