#include "net/link/wrong_proofs.hpp"

#include <algorithm>

#include "net/api/limits.hpp"
#include "net/link/stranger_limit.hpp"

namespace dropline {

namespace {

constexpr const char* loopback = "loopback";

std::string on_loopback(const PeerId& key) { return loopback + std::string(key.as_bytes()); }

bool is_over(TimePoint when, TimePoint now) { return when + limits::wrong_proofs_window <= now; }

}  // namespace

Duration WrongProofs::locked_for(const asio::ip::address& address, const PeerId& key,
                                 TimePoint now) {
    if (!address.is_loopback()) return locked_for(address_group(address), now);
    return std::max(locked_for(loopback, now), locked_for(on_loopback(key), now));
}

void WrongProofs::note(const asio::ip::address& address, const PeerId& key, TimePoint now) {
    if (!address.is_loopback()) {
        note(address_group(address), limits::wrong_proofs_per_address_max, now);
        return;
    }
    note(loopback, limits::wrong_proofs_on_loopback_max, now);
    note(on_loopback(key), limits::wrong_proofs_per_address_max, now);
}

Duration WrongProofs::locked_for(const std::string& who, TimePoint now) {
    if (entries_.size() >= limits::addresses_remembered_max) forget_the_quiet(now);
    const auto entry = entries_.find(who);
    if (entry != entries_.end()) return std::max(Duration{0}, entry->second.locked_until - now);
    // So many addresses at once are one attacker: whoever is new has to wait.
    const bool is_full = entries_.size() >= limits::addresses_remembered_max;
    return is_full ? Duration(limits::wrong_proofs_window) : Duration{0};
}

void WrongProofs::note(const std::string& who, std::size_t wrong_max, TimePoint now) {
    Entry& entry = entries_[who];
    while (!entry.wrong.empty() && is_over(entry.wrong.front(), now)) entry.wrong.pop_front();
    entry.wrong.push_back(now);
    if (entry.wrong.size() < wrong_max) return;
    entry.locked_until = now + limits::wrong_proofs_lock;
    entry.wrong.clear();
}

void WrongProofs::forget_the_quiet(TimePoint now) {
    std::erase_if(entries_, [now](const auto& entry) {
        const Entry& known = entry.second;
        const bool is_quiet = known.wrong.empty() || is_over(known.wrong.back(), now);
        return is_quiet && known.locked_until <= now;
    });
}

}  // namespace dropline
