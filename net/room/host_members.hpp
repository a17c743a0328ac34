// Who is in the room we host, and everything that has to reach all of them.
// Thread: net. Whoever comes, changes or goes is told to the others, to our user and to what runs
// between us and him; why he does is decided elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "net/api/values.hpp"
#include "net/link/address_groups.hpp"
#include "net/link/session.hpp"
#include "net/room/in_order.hpp"
#include "net/room/member_rates.hpp"
#include "net/room/node_context.hpp"
#include "net/room/peer_hub.hpp"
#include "net/room/roster.hpp"
#include "net/room/stream_broker.hpp"

namespace dropline {

/// One member as the host holds him.
struct HostedMember {
    Peer peer;
    std::shared_ptr<Session> session;
    std::uint16_t peer_port = 0;
    std::vector<std::string> candidates;
    AddressGroups comes_from;
    MemberRatesPtr rates;
    InOrder hears;  // the room's messages, his own among them

    HostedMember(Peer who, std::uint16_t port, std::vector<std::string> reachable_at,
                 MemberRatesPtr what_is_left);
};
using MemberPtr = std::shared_ptr<HostedMember>;

/// Why somebody is not in the room any more, as far as others act on it.
enum class Departure { may_return, banned };

class HostMembers {
  public:
    /// All four must outlive it.
    HostMembers(NodeContext& node, Roster& roster, StreamBroker& broker, PeerHub& hub)
        : node_(node), roster_(roster), broker_(broker), hub_(hub) {}

    std::size_t count() const { return members_.size(); }
    /// `address`: AddressGroups::address.
    std::size_t count_from(const std::string& address) const;
    /// Null when he is not in the room.
    MemberPtr find(const PeerId& id) const;

    /// He has his roster; from now on everything reaches him.
    void add(const MemberPtr& member);
    /// Does nothing for somebody who has been removed or replaced already.
    void remove(const MemberPtr& member, const std::string& reason,
                Departure departure = Departure::may_return, const std::string& ref = {});
    /// Says `last_word` to him, closes his session and removes him.
    void show_out(const MemberPtr& member, const wire::Kicked& last_word, const std::string& reason,
                  const std::string& ref = {});
    /// To be asked when his session has closed: why he was shown out, if he may not know it. Never
    /// of who was banned: a ban is said at the door for as long as it holds, and no longer.
    std::optional<std::string> reason_not_heard(const MemberPtr& member);
    /// The same of whoever has this key, before his session has closed.
    std::optional<std::string> reason_being_told(const PeerId& id);
    /// Of somebody banned who is not in the room: what he has left with us and with others ends.
    void shut_out_absent(const PeerId& id, const std::string& reason);
    /// Some may be let in again.
    bool was_banned_meanwhile(const PeerId& id) const { return banned_.contains(id); }
    /// What there is to know of him is no longer what it was.
    void on_changed(const MemberPtr& member, const std::string& previous_name,
                    const std::string& ref = {});
    /// The room is over for everybody.
    void send_all_home(const std::string& reason);

    /// What this key may still ask of us; it keeps it when its session ends.
    MemberRatesPtr rates_of(const PeerId& id) { return rates_.of(id, node_.clock.now()); }

    /// Encoded once, whatever the number of members.
    void broadcast(const wire::Message& message);
    /// To all but its author, to each when his turn comes.
    void pass_on(const wire::RoomMessage& message);

  private:
    NodeContext& node_;
    Roster& roster_;
    StreamBroker& broker_;
    PeerHub& hub_;
    std::map<PeerId, MemberPtr> members_;
    std::set<PeerId> banned_;                   // while the room was open
    std::map<MemberPtr, std::string> leaving_;  // removed, and why; not closed yet
    MemberRatesBook rates_;
};

}  // namespace dropline
