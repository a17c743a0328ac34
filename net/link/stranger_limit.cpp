#include "net/link/stranger_limit.hpp"

#include <algorithm>
#include <array>

#include "net/api/limits.hpp"

namespace dropline {

struct StrangerLimit::Counts {
    std::size_t total = 0;
    std::unordered_map<std::string, std::size_t> per_address;
};

std::string address_group(const asio::ip::address& address) {
    if (address.is_v4()) return address.to_string();
    constexpr std::size_t prefix_bytes = 8;
    const auto bytes = address.to_v6().to_bytes();
    return "v6:" + std::string(bytes.begin(), bytes.begin() + prefix_bytes);
}

StrangerLimit::StrangerLimit() : counts_(std::make_shared<Counts>()) {}

std::size_t StrangerLimit::count() const { return counts_->total; }

std::optional<StrangerPlace> StrangerLimit::enter(const asio::ip::address& address, TimePoint now) {
    if (counts_->total >= limits::unadmitted_connections_max) return std::nullopt;
    const bool is_counted = !address.is_loopback();
    const std::string key = address_group(address);
    if (is_counted) {
        if (!may_connect(key, now)) return std::nullopt;
        ++counts_->per_address[key];
    }
    ++counts_->total;
    // Whoever holds the place may outlive this object: the counts live as long as either.
    return StrangerPlace(nullptr, [counts = counts_, key, is_counted](void*) {
        --counts->total;
        if (!is_counted) return;
        const auto entry = counts->per_address.find(key);
        if (--entry->second == 0) counts->per_address.erase(entry);
    });
}

bool StrangerLimit::may_connect(const std::string& key, TimePoint now) {
    const auto open = counts_->per_address.find(key);
    const bool is_crowded = open != counts_->per_address.end() &&
                            open->second >= limits::unadmitted_connections_per_address_max;
    if (is_crowded) return false;
    if (rates_.size() >= limits::addresses_remembered_max) forget_full_buckets(now);
    if (rates_.size() >= limits::addresses_remembered_max) return false;
    const auto rate = rates_.try_emplace(key, limits::connections_per_address_burst,
                                         limits::connections_per_address_per_second, now);
    return rate.first->second.take(now);
}

void StrangerLimit::forget_full_buckets(TimePoint now) {
    std::erase_if(rates_, [now](const auto& entry) { return entry.second.is_full(now); });
}

}  // namespace dropline
