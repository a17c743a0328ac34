#include "net/room/member_rates.hpp"

#include <algorithm>

#include "net/api/limits.hpp"

namespace dropline {

MemberRates::MemberRates(TimePoint now)
    : chat(now),
      history(limits::history_requests_burst, limits::history_requests_per_second, now),
      streams(limits::streams_burst, limits::streams_per_second, now),
      renames(limits::renames_burst, limits::renames_per_second, now),
      returns(limits::connections_per_address_burst, limits::connections_per_address_per_second,
              now) {}

TimePoint MemberRates::full_at() const {
    return std::max({chat.full_at(), history.full_at(), streams.full_at(), renames.full_at(),
                     returns.full_at()});
}

MemberRatesPtr MemberRatesBook::of(const PeerId& key, TimePoint now) {
    if (!kept_.contains(key)) make_room(now);
    auto& rates = kept_[key];
    if (!rates) rates = std::make_shared<MemberRates>(now);
    rates->chat.begin_session();
    return rates;
}

/// Of those who are not in the room, what is full again goes, and when strangers have made more
/// keys than are remembered, whoever is nearest to being full.
void MemberRatesBook::make_room(TimePoint now) {
    const auto is_free = [](const auto& entry) { return entry.second.use_count() == 1; };
    std::erase_if(
        kept_, [&](const auto& entry) { return is_free(entry) && entry.second->full_at() <= now; });
    while (kept_.size() >= limits::member_rates_remembered_max) {
        auto nearest = kept_.end();
        for (auto entry = kept_.begin(); entry != kept_.end(); ++entry) {
            if (!is_free(*entry)) continue;
            const bool is_nearer =
                nearest == kept_.end() || entry->second->full_at() < nearest->second->full_at();
            if (is_nearer) nearest = entry;
        }
        if (nearest == kept_.end()) return;
        kept_.erase(nearest);
    }
}

}  // namespace dropline
