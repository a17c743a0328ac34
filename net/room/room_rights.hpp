// What the host has decided about people and about his room: bans, guests, mutes, rules.
// Thread: net. It judges and remembers; whom it concerns in the room now is HostRights' business.
// A decision is in force at once, and for good when the profile has it on its disk. Mutes are not
// kept: they end with the room.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "net/api/fault.hpp"
#include "net/api/values.hpp"
#include "net/room/node_context.hpp"
#include "net/wire/messages.hpp"

namespace dropline {

class RoomRights {
  public:
    using Done = std::function<void(Result<void>)>;

    /// `node` must outlive it; late answers of the store must find it alive, too.
    explicit RoomRights(NodeContext& node) : node_(node) {}

    /// Reads what the profile keeps. Nobody may be let in before `done` was told that it worked.
    void load(Done done);

    // ---- Judging

    /// Why this key is not let in now.
    std::optional<wire::Refused> objection_to_entry(const PeerId& id);
    /// member or guest.
    Role role_of(const PeerId& id) const;
    bool is_muted(const PeerId& id) const { return muted_.contains(id); }
    const RoomRules& rules() const { return rules_; }
    /// Those in force, oldest first. One that goes on although the wall clock has passed its end
    /// says when it will be over by that clock.
    std::vector<Ban> bans();
    /// Nothing up to and including this number may be read by him.
    std::uint64_t history_hidden_up_to(const PeerId& id) const;

    // ---- Deciding. `done` is called once, when the decision is on the disk.

    /// Faults: too_large when there are `limits::bans_max` of them in force already.
    void ban(const Ban& ban, Done done);
    /// By a fingerprint or its beginning. Faults: unknown_peer, ambiguous_peer.
    void unban(std::string_view fingerprint, Done done);
    void set_muted(const PeerId& id, bool is_muted);
    /// Faults: too_large when there are `limits::guests_max` of them already.
    void set_guest(const PeerId& id, bool is_guest, Done done);
    void set_rules(const RoomRules& rules, Done done);

    /// He is in the room from this number on. Of a guest who was only cut off the first time
    /// counts: what was said meanwhile he would have heard. Should too many be known, one who is
    /// not here any more is forgotten.
    void note_arrival(const PeerId& id, std::uint64_t last_seq,
                      const std::function<bool(const PeerId&)>& is_here);
    /// He has gone of his own will, or was sent away.
    void forget_arrival(const PeerId& id) { arrivals_.erase(id); }

  private:
    /// A ban for a time is over when both clocks say so: the wall clock, by which the disk counts,
    /// may jump ahead for a moment. The other stands still while the machine sleeps.
    struct KeptBan {
        Ban ban;
        TimePoint ends{};  // of one for a time
    };

    KeptBan timed(Ban ban) const;
    bool is_over(const KeptBan& kept) const;
    Ban as_in_force(const KeptBan& kept) const;
    const KeptBan* find_in_force(const PeerId& id) const;
    void forget_bans_over_for(std::chrono::milliseconds time);

    NodeContext& node_;
    std::map<PeerId, KeptBan> bans_;  // some of them over
    std::set<PeerId> guests_;
    std::set<PeerId> muted_;
    std::map<PeerId, std::uint64_t> arrivals_;  // last number before he came
    RoomRules rules_;
};

/// How long a ban still lasts, as the wire says it: in seconds, rounded up; 0: for good.
std::uint32_t seconds_left(const Ban& ban, WallTime now);

}  // namespace dropline
