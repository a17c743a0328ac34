#include "net/link/wrong_proofs.hpp"

#include <algorithm>
#include <utility>

#include "net/api/limits.hpp"

namespace dropline {

namespace {

std::string of_key(const PeerId& key) { return std::string(key.as_bytes()); }

bool is_over(TimePoint when, TimePoint now) { return when + limits::wrong_proofs_window <= now; }

}  // namespace

Duration WrongProofs::locked_for(const asio::ip::address& address, const PeerId& key,
                                 TimePoint now) const {
    const AddressGroups groups = groups_of(address, own_);
    const Duration all = locked_for(addresses_, groups.address, now);
    return groups.is_loopback ? std::max(all, locked_for(keys_, of_key(key), now)) : all;
}

Duration WrongProofs::password_locked_for(const asio::ip::address& address, TimePoint now) const {
    const AddressGroups groups = groups_of(address, own_);
    return groups.is_v6 ? locked_for(networks_, groups.network, now) : Duration{0};
}

void WrongProofs::note(const asio::ip::address& address, const PeerId& key, TimePoint now) {
    const AddressGroups groups = groups_of(address, own_);
    if (!groups.is_loopback) {
        note(addresses_, groups.address, limits::wrong_proofs_per_address_max, now);
        return;
    }
    note(addresses_, groups.address, limits::wrong_proofs_on_loopback_max, now);
    note(keys_, of_key(key), limits::wrong_proofs_per_address_max, now);
}

void WrongProofs::note_password(const asio::ip::address& address, TimePoint now) {
    const AddressGroups groups = groups_of(address, own_);
    if (!groups.is_v6) return;
    note(networks_, groups.network, limits::wrong_passwords_per_network_max, now);
}

Duration WrongProofs::locked_for(const Entries& entries, const std::string& who, TimePoint now) {
    const auto entry = entries.find(who);
    if (entry == entries.end()) return Duration{0};
    return std::max(Duration{0}, entry->second.locked_until - now);
}

void WrongProofs::note(Entries& entries, const std::string& who, std::size_t wrong_max,
                       TimePoint now) {
    if (!entries.contains(who)) make_room(entries, now);
    Entry& entry = entries[who];
    while (!entry.wrong.empty() && is_over(entry.wrong.front(), now)) entry.wrong.pop_front();
    entry.wrong.push_back(now);
    if (entry.wrong.size() < wrong_max) return;
    entry.locked_until = now + limits::wrong_proofs_lock;
    entry.wrong.clear();
}

TimePoint WrongProofs::Entry::over_at() const {
    const TimePoint quiet =
        wrong.empty() ? TimePoint{} : wrong.back() + limits::wrong_proofs_window;
    return std::max(quiet, locked_until);
}

/// Never at the cost of who was never wrong: what says least is forgotten.
void WrongProofs::make_room(Entries& entries, TimePoint now) {
    if (entries.size() < limits::addresses_remembered_max) return;
    std::erase_if(entries, [now](const auto& entry) { return entry.second.over_at() <= now; });
    if (entries.size() < limits::addresses_remembered_max) return;
    // What only counts goes first: a crowd of addresses must not open what is locked.
    entries.erase(std::ranges::min_element(entries, {}, [now](const auto& entry) {
        return std::pair(entry.second.locked_until > now, entry.second.over_at());
    }));
}

}  // namespace dropline
