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
        for (Ban& ban : kept->bans) {
            const PeerId id = ban.id;
            bans_.insert_or_assign(id, timed(std::move(ban)));
        }
        guests_.insert(kept->guests.begin(), kept->guests.end());
        rules_ = kept->rules;
        done({});
    });
}

// ---- Judging ------------------------------------------------------------------------------------

std::optional<wire::Refused> RoomRights::objection_to_entry(const PeerId& id) {
    forget_bans_over_for(limits::ban_remembered_for);
    const KeptBan* found = find_in_force(id);
    if (found == nullptr) return std::nullopt;
    const Ban ban = as_in_force(*found);
    return wire::Refused{wire::RefusalCode::banned, ban.reason,
                         seconds_left(ban, node_.clock.wall_now())};
}

Role RoomRights::role_of(const PeerId& id) const {
    return guests_.contains(id) ? Role::guest : Role::member;
}

std::vector<Ban> RoomRights::bans() {
    forget_bans_over_for(limits::ban_remembered_for);
    std::vector<Ban> all;
    for (const auto& [id, kept] : bans_) {
        if (!is_over(kept)) all.push_back(as_in_force(kept));
    }
    std::ranges::sort(all, {}, [](const Ban& ban) { return std::pair(ban.since, ban.id); });
    return all;
}

std::uint64_t RoomRights::history_hidden_up_to(const PeerId& id) const {
    if (!guests_.contains(id)) return 0;
    const auto found = arrivals_.find(id);
    // Of whom this is not known, because too many have come and gone: nothing at all.
    return found == arrivals_.end() ? std::numeric_limits<std::uint64_t>::max() : found->second;
}

/// However wrong the wall clock is now, the rest of a ban is no longer than all of it.
RoomRights::KeptBan RoomRights::timed(Ban ban) const {
    using std::chrono::milliseconds;
    const WallTime now = node_.clock.wall_now();
    if (!ban.until || *ban.until <= now) return {std::move(ban), node_.clock.now()};
    // Times on a disk may be any number.
    const milliseconds whole = *ban.until - std::max(ban.since, WallTime{});
    constexpr milliseconds longest = std::chrono::minutes(limits::ban_minutes_max);
    const milliseconds left = std::min({*ban.until - now, whole, longest});
    return {std::move(ban), node_.clock.now() + left};
}

bool RoomRights::is_over(const KeptBan& kept) const {
    return kept.ban.until && *kept.ban.until <= node_.clock.wall_now() &&
           kept.ends <= node_.clock.now();
}

Ban RoomRights::as_in_force(const KeptBan& kept) const {
    Ban ban = kept.ban;
    const WallTime now = node_.clock.wall_now();
    if (ban.until && *ban.until <= now) {
        ban.until =
            now + std::chrono::ceil<std::chrono::milliseconds>(kept.ends - node_.clock.now());
    }
    return ban;
}

const RoomRights::KeptBan* RoomRights::find_in_force(const PeerId& id) const {
    const auto found = bans_.find(id);
    return found == bans_.end() || is_over(found->second) ? nullptr : &found->second;
}

/// The disk forgets a ban late: had the wall clock been ahead at a restart, it would be undone for
/// good.
void RoomRights::forget_bans_over_for(std::chrono::milliseconds time) {
    const WallTime now = node_.clock.wall_now();
    for (auto entry = bans_.begin(); entry != bans_.end();) {
        const KeptBan& kept = entry->second;
        if (!is_over(kept) || *kept.ban.until > now - time) {
            ++entry;
            continue;
        }
        node_.store.remove_ban(entry->first, {});
        entry = bans_.erase(entry);
    }
}

// ---- Deciding -----------------------------------------------------------------------------------

void RoomRights::ban(const Ban& ban, Done done) {
    const auto has_no_room = [&] {
        return !bans_.contains(ban.id) && bans_.size() >= limits::bans_max;
    };
    if (has_no_room()) forget_bans_over_for(std::chrono::milliseconds(0));
    if (has_no_room()) {
        return done(Fault{FaultCode::too_large, "There are " + std::to_string(limits::bans_max) +
                                                    " bans already. Undo one of them first."});
    }
    bans_.insert_or_assign(ban.id, timed(ban));
    node_.store.put_ban(ban, std::move(done));
}

void RoomRights::unban(std::string_view fingerprint, Done done) {
    std::vector<PeerId> meant;
    for (const auto& [id, kept] : bans_) {
        if (matches_fingerprint_prefix(id, fingerprint) && !is_over(kept)) meant.push_back(id);
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
