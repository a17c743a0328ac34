#include "net/room/room_rights.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>
#include <utility>

#include "net/api/limits.hpp"

namespace dropline {

std::uint32_t seconds_left(const Ban& ban, WallTime now) {
    if (!ban.until) return 0;
    const auto left = std::chrono::ceil<std::chrono::seconds>(*ban.until - now).count();
    return static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(left, 1, std::numeric_limits<std::uint32_t>::max()));
}

void RoomRights::load(Done done) {
    node_.store.load_rights([this, done = std::move(done)](Result<KeptRights> kept) {
        if (!kept) return done(kept.fault());
        for (Ban& ban : kept->bans) bans_.insert_or_assign(ban.id, std::move(ban));
        guests_.insert(kept->guests.begin(), kept->guests.end());
        rules_ = kept->rules;
        done({});
    });
}

// ---- Judging ------------------------------------------------------------------------------------

std::optional<wire::Refused> RoomRights::objection_to_entry(const PeerId& id) {
    forget_expired_bans();
    const auto found = bans_.find(id);
    if (found == bans_.end()) return std::nullopt;
    const Ban& ban = found->second;
    return wire::Refused{wire::RefusalCode::banned, ban.reason,
                         seconds_left(ban, node_.clock.wall_now())};
}

Role RoomRights::role_of(const PeerId& id) const {
    return guests_.contains(id) ? Role::guest : Role::member;
}

std::vector<Ban> RoomRights::bans() {
    forget_expired_bans();
    std::vector<Ban> all;
    for (const auto& [id, ban] : bans_) all.push_back(ban);
    std::ranges::sort(all, {}, [](const Ban& ban) { return std::pair(ban.since, ban.id); });
    return all;
}

std::uint64_t RoomRights::history_hidden_up_to(const PeerId& id) const {
    if (!guests_.contains(id)) return 0;
    const auto found = arrivals_.find(id);
    // Of whom this is not known, because too many have come and gone: nothing at all.
    return found == arrivals_.end() ? std::numeric_limits<std::uint64_t>::max() : found->second;
}

/// One whose clock has run out is as good as undone; the disk may forget it, too.
void RoomRights::forget_expired_bans() {
    const WallTime now = node_.clock.wall_now();
    for (auto entry = bans_.begin(); entry != bans_.end();) {
        if (!entry->second.until || *entry->second.until > now) {
            ++entry;
            continue;
        }
        node_.store.remove_ban(entry->first, {});
        entry = bans_.erase(entry);
    }
}

// ---- Deciding -----------------------------------------------------------------------------------

void RoomRights::ban(const Ban& ban, Done done) {
    forget_expired_bans();
    if (!bans_.contains(ban.id) && bans_.size() >= limits::bans_max) {
        return done(Fault{FaultCode::too_large, "There are " + std::to_string(limits::bans_max) +
                                                    " bans already. Undo one of them first."});
    }
    bans_.insert_or_assign(ban.id, ban);
    node_.store.put_ban(ban, std::move(done));
}

void RoomRights::unban(std::string_view fingerprint, Done done) {
    forget_expired_bans();
    std::vector<PeerId> meant;
    for (const auto& [id, ban] : bans_) {
        if (matches_fingerprint_prefix(id, fingerprint)) meant.push_back(id);
    }
    if (meant.empty()) {
        return done(Fault{FaultCode::unknown_peer, "No ban is on a key of that fingerprint."});
    }
    if (meant.size() > 1) {
        return done(
            Fault{FaultCode::ambiguous_peer,
                  "Several bans are on keys that begin so. Write more of the fingerprint."});
    }
    bans_.erase(meant.front());
    node_.store.remove_ban(meant.front(), std::move(done));
}

void RoomRights::set_muted(const PeerId& id, bool is_muted) {
    if (is_muted) {
        muted_.insert(id);
    } else {
        muted_.erase(id);
    }
}

void RoomRights::set_guest(const PeerId& id, bool is_guest, Done done) {
    if (is_guest && !guests_.contains(id) && guests_.size() >= limits::guests_max) {
        return done(Fault{FaultCode::too_large, "There are " + std::to_string(limits::guests_max) +
                                                    " guests already. Make one a member first."});
    }
    if (is_guest) {
        guests_.insert(id);
    } else {
        guests_.erase(id);
    }
    node_.store.set_guest(id, is_guest, std::move(done));
}

void RoomRights::set_rules(const RoomRules& rules, Done done) {
    rules_ = rules;
    node_.store.put_room_rules(rules, std::move(done));
}

void RoomRights::note_arrival(const PeerId& id, std::uint64_t last_seq,
                              const std::function<bool(const PeerId&)>& is_here) {
    const bool is_full = arrivals_.size() >= limits::arrivals_remembered_max;
    if (is_full && !arrivals_.contains(id)) {
        const auto has_gone = [&is_here](const auto& arrival) { return !is_here(arrival.first); };
        const auto gone = std::ranges::find_if(arrivals_, has_gone);
        // There is one: fewer can be here than are remembered.
        arrivals_.erase(gone == arrivals_.end() ? arrivals_.begin() : gone);
    }
    arrivals_.try_emplace(id, last_seq);
}

}  // namespace dropline
