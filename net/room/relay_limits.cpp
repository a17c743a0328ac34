#include "net/room/relay_limits.hpp"

#include <algorithm>

#include "net/api/limits.hpp"

namespace dropline {

bool may_relay_also(const std::vector<RelayEnds>& running, const RelayEnds& next) {
    const auto is_busy = [&running](const PeerId& id) {
        const auto streams = std::ranges::count_if(running, [&id](const RelayEnds& ends) {
            return ends.first == id || ends.second == id;
        });
        return static_cast<std::size_t>(streams) >= limits::relay_streams_per_member_max;
    };
    return running.size() < limits::relay_streams_max && !is_busy(next.first) &&
           !is_busy(next.second);
}

}  // namespace dropline
