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
    std::map<std::string, RateLimit> rates;

    std::size_t of_address(const std::string& address) const {
        return static_cast<std::size_t>(std::ranges::count_if(
            seats, [&](const StrangerSeat* seat) { return seat->groups_.address == address; }));
    }
    void free_one();
    void make_room_for_a_rate(TimePoint now);
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

/// Never at a newcomer's cost: who has used up least is forgotten.
void StrangerSeat::Table::make_room_for_a_rate(TimePoint now) {
    if (rates.size() < limits::addresses_remembered_max) return;
    std::erase_if(rates, [now](const auto& entry) { return entry.second.is_full(now); });
    if (rates.size() < limits::addresses_remembered_max) return;
    rates.erase(std::ranges::min_element(rates, {},
                                         [](const auto& entry) { return entry.second.full_at(); }));
}

StrangerSeat::StrangerSeat(std::shared_ptr<Table> table, AddressGroups groups, bool is_charged)
    : table_(std::move(table)), groups_(std::move(groups)), is_charged_(is_charged) {
    table_->seats.push_back(this);
}

StrangerSeat::~StrangerSeat() { std::erase(table_->seats, this); }

void StrangerSeat::give_rate_back(TimePoint now) {
    if (!std::exchange(is_charged_, false)) return;
    const auto rate = table_->rates.find(groups_.address);
    if (rate != table_->rates.end()) rate->second.give_back(now);
}

void StrangerSeat::on_give_way(std::function<void()> close) {
    close_ = std::move(close);
    if (has_given_way_ && close_) std::exchange(close_, {})();
}

// ---- Coming in ----------------------------------------------------------------------------------

StrangerLimit::StrangerLimit(OwnAddresses own, ExpectOne expect_one)
    : own_(std::move(own)),
      expect_one_(std::move(expect_one)),
      table_(std::make_shared<StrangerSeat::Table>()) {}

std::size_t StrangerLimit::count() const { return table_->seats.size(); }

std::optional<StrangerPlace> StrangerLimit::enter(const asio::ip::address& address, TimePoint now) {
    AddressGroups groups = groups_of(address, own_);
    const bool is_charged = !groups.is_loopback && charge(groups.address, now);
    const bool may_enter =
        groups.is_loopback || is_charged || (expect_one_ && expect_one_(groups.address));
    if (!may_enter) return std::nullopt;
    if (count() >= limits::unadmitted_connections_max) table_->free_one();
    return std::make_shared<StrangerSeat>(table_, std::move(groups), is_charged);
}

bool StrangerLimit::charge(const std::string& address, TimePoint now) {
    if (table_->of_address(address) >= limits::unadmitted_connections_per_address_max) return false;
    auto& rates = table_->rates;
    if (!rates.contains(address)) table_->make_room_for_a_rate(now);
    const auto rate = rates.try_emplace(address, limits::connections_per_address_burst,
                                        limits::connections_per_address_per_second, now);
    return rate.first->second.take(now);
}

}  // namespace dropline
