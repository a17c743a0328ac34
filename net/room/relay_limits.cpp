#include "net/room/relay_limits.hpp"

#include <algorithm>

namespace dropline {

bool may_relay_also(const std::vector<RelayEnds>& running, const RelayEnds& next,
                    const RelayBudget& budget) {
    const auto is_busy = [&](const PeerId& id) {
        const auto streams = std::ranges::count_if(running, [&id](const RelayEnds& ends) {
            return ends.first == id || ends.second == id;
        });
        return static_cast<std::size_t>(streams) >= budget.per_member;
    };
    return running.size() < budget.in_all && !is_busy(next.first) && !is_busy(next.second);
}

}  // namespace dropline
