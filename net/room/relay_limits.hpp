// How many streams a host relays at once. Thread: any; pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "net/api/limits.hpp"

namespace dropline {

/// Of a relayed stream, at whose wish it runs and who is at its other end. Each is an address, as a
/// person can have any number of keys; on loopback, where all share one, it is a key.
struct RelayEnds {
    std::string asker;
    std::string other;
};

struct RelayBudget {
    std::size_t asked;      // at the wish of one
    std::size_t at_an_end;  // where one is the asker or the other
    std::size_t in_all;
};

/// Conversations stand open for minutes: they take no place of the bytes they are there to arrange.
inline constexpr RelayBudget conversation_budget{limits::relay_conversations_asked_max,
                                                 limits::relay_conversations_at_an_end_max,
                                                 limits::relay_conversations_max};
inline constexpr RelayBudget bulk_budget{limits::relay_streams_asked_max,
                                         limits::relay_streams_at_an_end_max,
                                         limits::relay_streams_max};

/// Whether one more may begin beside those of its kind that run or are about to. Nobody can help
/// being asked, so what others ask of one leaves one room for as much of one's own.
bool may_relay_also(const std::vector<RelayEnds>& running, const RelayEnds& next,
                    const RelayBudget& budget);

}  // namespace dropline
