#include "net/room/host_members.hpp"

#include <algorithm>
#include <utility>

#include "net/room/room_messages.hpp"

namespace dropline {

HostedMember::HostedMember(Peer who, std::uint16_t port, std::vector<std::string> reachable_at,
                           MemberRatesPtr what_is_left)
    : peer(std::move(who)),
      peer_port(port),
      candidates(std::move(reachable_at)),
      rates(std::move(what_is_left)) {}

MemberPtr HostMembers::find(const PeerId& id) const {
    const auto found = members_.find(id);
    return found == members_.end() ? nullptr : found->second;
}

std::size_t HostMembers::count_from(const std::string& address) const {
    return static_cast<std::size_t>(std::ranges::count_if(members_, [&address](const auto& entry) {
        return entry.second->comes_from.address == address;
    }));
}

void HostMembers::add(const MemberPtr& member) {
    broadcast(wire::PeerJoined{to_wire(member->peer)});
    members_.emplace(member->peer.id, member);
    roster_.put(member->peer);
    node_.events.push(event::PeerJoined{member->peer});
    hub_.on_peer_joined(member->peer.id);
}

void HostMembers::remove(const MemberPtr& member, const std::string& reason, Departure departure,
                         const std::string& ref) {
    const PeerId id = member->peer.id;
    const auto entry = members_.find(id);
    if (entry == members_.end() || entry->second != member) return;
    const bool is_banned = departure == Departure::banned;
    members_.erase(entry);
    roster_.remove(id);
    broker_.drop_member(id);
    broadcast(wire::PeerLeft{id, reason, is_banned});
    node_.events.push(event::PeerLeft{member->peer, reason}, ref);
    if (is_banned) {
        banned_.insert(id);
        hub_.on_peer_banned(id);
    } else {
        hub_.on_peer_left(id);
    }
}

void HostMembers::show_out(const MemberPtr& member, const wire::Kicked& last_word,
                           const std::string& reason, const std::string& ref) {
    if (!last_word.is_banned) leaving_[member] = last_word.reason;
    member->session->send(last_word);
    member->session->close_after_queue(Fault{FaultCode::cancelled, reason});
    remove(member, reason, last_word.is_banned ? Departure::banned : Departure::may_return, ref);
}

std::optional<std::string> HostMembers::reason_not_heard(const MemberPtr& member) {
    const auto left = leaving_.extract(member);
    if (left.empty() || member->session->was_heard_out()) return std::nullopt;
    return std::move(left.mapped());
}

std::optional<std::string> HostMembers::reason_being_told(const PeerId& id) {
    const auto found =
        std::ranges::find_if(leaving_, [&id](const auto& one) { return one.first->peer.id == id; });
    if (found == leaving_.end()) return std::nullopt;
    return std::move(leaving_.extract(found).mapped());
}

void HostMembers::shut_out_absent(const PeerId& id, const std::string& reason) {
    broker_.drop_member(id);
    broadcast(wire::PeerLeft{id, reason, true});
    banned_.insert(id);
    hub_.on_peer_banned(id);
}

void HostMembers::on_changed(const MemberPtr& member, const std::string& previous_name,
                             const std::string& ref) {
    roster_.put(member->peer);
    broadcast(wire::PeerChanged{to_wire(member->peer)});
    node_.events.push(event::PeerChanged{member->peer, previous_name}, ref);
}

void HostMembers::send_all_home(const std::string& reason) {
    const auto farewell = wire::encode(wire::RoomClosed{reason});
    for (const auto& [id, member] : std::exchange(members_, {})) {
        member->session->send(farewell);
        member->session->close_after_queue(Fault{FaultCode::cancelled, "The room was closed."});
    }
}

// Sending may drop a member that is too slow; that ends later, on the event loop.
void HostMembers::broadcast(const wire::Message& message) {
    if (members_.empty()) return;
    const auto frame = wire::encode(message);
    for (const auto& [id, member] : members_) member->session->send(frame);
}

void HostMembers::pass_on(const wire::RoomMessage& message) {
    if (members_.empty()) return;
    const auto frame = wire::encode(message);
    for (const auto& [id, member] : members_) {
        if (id == message.from) continue;
        member->hears.tell([session = member->session, frame] { session->send(frame); });
    }
}

}  // namespace dropline
