#include "net/link/stranger_limit.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "net/api/limits.hpp"

namespace dropline {

// ---- Seats --------------------------------------------------------------------------------------

/// Whoever holds a seat may outlive the limit: the table lives as long as either.
struct StrangerSeat::Table {
    std::vector<StrangerSeat*> seats;  // in order of coming

    std::size_t of_address(const std::string& address) const {
        return static_cast<std::size_t>(std::ranges::count_if(
            seats, [&](const StrangerSeat* seat) { return seat->groups_.address == address; }));
    }
    void free_one();
};

namespace {

/// Leaves those that share their key with the most others; of equals those of the oldest.
template <typename Key>
void keep_largest_crowd(std::vector<StrangerSeat*>& seats, const Key& key) {
    std::map<std::decay_t<decltype(key(*seats.front()))>, std::size_t> counts;
    for (const StrangerSeat* seat : seats) ++counts[key(*seat)];
    const auto largest = *std::ranges::max_element(
        seats, {}, [&](const StrangerSeat* seat) { return counts.at(key(*seat)); });
    const auto its_key = key(*largest);
    std::erase_if(seats, [&](const StrangerSeat* seat) { return key(*seat) != its_key; });
}

}  // namespace

/// The largest crowd gives way, be it one network, those who say nothing, or one address; in it
/// whoever has been there longest. Somebody who came alone is hardly ever that.
void StrangerSeat::Table::free_one() {
    auto crowd = seats;
    keep_largest_crowd(crowd, [](const StrangerSeat& seat) { return seat.groups_.network; });
    keep_largest_crowd(crowd, [](const StrangerSeat& seat) { return seat.is_greeted_; });
    keep_largest_crowd(crowd, [](const StrangerSeat& seat) { return seat.groups_.address; });
    StrangerSeat* const oldest = crowd.front();
    std::erase(seats, oldest);
    oldest->has_given_way_ = true;
    // Last: what it closes may destroy the seat.
    if (const auto close = std::exchange(oldest->close_, {})) close();
}

StrangerSeat::StrangerSeat(std::shared_ptr<Table> table, AddressGroups groups)
    : table_(std::move(table)), groups_(std::move(groups)) {
    table_->seats.push_back(this);
}

StrangerSeat::~StrangerSeat() { std::erase(table_->seats, this); }

void StrangerSeat::on_give_way(std::function<void()> close) {
    close_ = std::move(close);
    if (has_given_way_ && close_) std::exchange(close_, {})();
}

// ---- Coming in ----------------------------------------------------------------------------------

StrangerLimit::StrangerLimit(OwnAddresses own)
    : own_(std::move(own)), table_(std::make_shared<StrangerSeat::Table>()) {}

std::size_t StrangerLimit::count() const { return table_->seats.size(); }

std::optional<StrangerPlace> StrangerLimit::enter(const asio::ip::address& address, TimePoint now) {
    AddressGroups groups = groups_of(address, own_);
    if (!groups.is_loopback && !may_connect(groups.address, now)) return std::nullopt;
    if (count() >= limits::unadmitted_connections_max) table_->free_one();
    return std::make_shared<StrangerSeat>(table_, std::move(groups));
}

bool StrangerLimit::may_connect(const std::string& address, TimePoint now) {
    if (table_->of_address(address) >= limits::unadmitted_connections_per_address_max) return false;
    if (!rates_.contains(address)) make_room_for_a_rate(now);
    const auto rate = rates_.try_emplace(address, limits::connections_per_address_burst,
                                         limits::connections_per_address_per_second, now);
    return rate.first->second.take(now);
}

/// Never at a newcomer's cost: who has used up least is forgotten.
void StrangerLimit::make_room_for_a_rate(TimePoint now) {
    if (rates_.size() < limits::addresses_remembered_max) return;
    std::erase_if(rates_, [now](const auto& entry) { return entry.second.is_full(now); });
    if (rates_.size() < limits::addresses_remembered_max) return;
    rates_.erase(std::ranges::min_element(
        rates_, {}, [](const auto& entry) { return entry.second.full_at(); }));
}

}  // namespace dropline
