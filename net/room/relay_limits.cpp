#include "net/room/relay_limits.hpp"

#include <algorithm>

namespace dropline {

bool may_relay_also(const std::vector<RelayEnds>& running, const RelayEnds& next,
                    const RelayBudget& budget) {
    const auto count = [&running](const auto& is_meant) {
        return static_cast<std::size_t>(std::ranges::count_if(running, is_meant));
    };
    const auto is_busy = [&](const std::string& who) {
        return count([&who](const RelayEnds& ends) {
                   return ends.asker == who || ends.other == who;
               }) >= budget.at_an_end;
    };
    const std::size_t asked =
        count([&next](const RelayEnds& ends) { return ends.asker == next.asker; });
    return running.size() < budget.in_all && asked < budget.asked && !is_busy(next.asker) &&
           !is_busy(next.other);
}

}  // namespace dropline
