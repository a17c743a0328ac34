#include "net/room/trust_desk.hpp"

#include <utility>

#include "net/api/host_address.hpp"
#include "net/trust/safety_number.hpp"

namespace dropline {

TrustDesk::TrustDesk(NodeContext& node, PresentRole present_role)
    : node_(node),
      present_role_(std::move(present_role)),
      book_(node.store, [this](Fault fault) { node_.events.fail(std::move(fault)); }) {}

/// Whoever is or was in the room, or anybody the book knows by the whole key.
Result<Peer> TrustDesk::person(const PeerText& text) const {
    const auto id = peer_id_from_text(text);
    const RoomRole* role = present_role_();
    if (role != nullptr) {
        const auto meant = role->roster().resolve(text);
        if (meant && meant->is_everyone()) {
            return Fault{FaultCode::bad_request, "Say whom you mean: trust is for one person."};
        }
        if (meant) return *role->roster().find_known(*meant->peer);
        if (!id) return meant.fault();
    }
    if (id && *id != node_.identity.id()) {
        if (auto met = book_.find(*id)) return std::move(*met);
    }
    return Fault{FaultCode::unknown_peer,
                 "Nobody of that name or fingerprint has been met. Outside of a room people are "
                 "found by their whole fingerprint."};
}

/// Of the standing yes there is, the wish may name a part only: the rest of it stays.
Result<TrustChange> TrustDesk::change_for(const command::Trust& wish, const PeerId& id) const {
    const auto present = book_.auto_accept(id);
    const bool names_a_part = wish.auto_accept_bytes_max || wish.auto_accept_into;
    const bool is_about_present = !wish.has_auto_accept && names_a_part;
    if (is_about_present && !present) {
        return Fault{FaultCode::bad_request,
                     "No files of this person are accepted unasked, so there is no size and no "
                     "folder to change. Say first that they shall be."};
    }
    const AutoAccept before =
        present.value_or(AutoAccept{auto_accept_bytes_usual, node_.receive_folder.string()});
    return TrustChange{wish.is_verified, is_about_present ? true : wish.has_auto_accept,
                       wish.auto_accept_bytes_max.value_or(before.bytes_max),
                       wish.auto_accept_into.value_or(before.into).string()};
}

void TrustDesk::handle(const command::Trust& wish, const std::string& ref) {
    const auto peer = person(wish.peer);
    if (!peer) return node_.events.fail(peer.fault(), ref);
    const auto change = change_for(wish, peer->id);
    if (!change) return node_.events.fail(change.fault(), ref);
    const std::weak_ptr<int> alive = alive_;
    book_.change(*peer, *change, node_.clock.wall_now(),
                 [this, alive, id = peer->id, ref](const Result<void>& done) {
                     if (alive.expired()) return;
                     if (!done) node_.events.fail(done.fault(), ref);
                     tell_changes(id, done ? ref : std::string());
                 });
}

/// Also of those whose name looks like the changed one's.
void TrustDesk::tell_changes(const PeerId& changed, const std::string& ref) {
    bool is_told = false;
    RoomRole* role = present_role_();
    const auto people = role != nullptr ? role->roster().all_known() : std::vector<Peer>{};
    for (const Peer& before : people) {
        Peer now = before;
        book_.describe(now);
        const bool is_meant = now.id == changed;
        if (now == before && !is_meant) continue;
        role->refresh(now);
        node_.events.push(event::TrustChanged{now}, is_meant ? ref : std::string());
        is_told = is_told || is_meant;
    }
    if (is_told) return;
    if (auto absent = book_.find(changed)) {
        node_.events.push(event::TrustChanged{std::move(*absent)}, ref);
    }
}

void TrustDesk::handle(const command::ShowSafety& wish, const std::string& ref) {
    const auto peer = person(wish.peer);
    if (!peer) return node_.events.fail(peer.fault(), ref);
    node_.events.push(event::Safety{*peer, safety_number(node_.identity.id(), peer->id)}, ref);
}

void TrustDesk::handle(const command::ListKnown&, const std::string& ref) {
    const std::weak_ptr<int> alive = alive_;
    node_.store.list_host_pins([this, alive, ref](Result<std::vector<HostPin>> hosts) {
        if (!alive.expired()) tell_known(std::move(hosts), ref);
    });
}

void TrustDesk::tell_known(Result<std::vector<HostPin>> hosts, const std::string& ref) {
    if (!hosts) return node_.events.fail(hosts.fault(), ref);
    event::Known known;
    for (const auto& [address, pin] : *hosts) {
        const auto person = book_.find(pin.id);
        known.hosts.push_back(
            {address, pin.id, pin.label, pin.first_seen, person && person->is_verified});
    }
    known.people = book_.verified();
    node_.events.push(std::move(known), ref);
}

void TrustDesk::handle(const command::ForgetHost& wish, const std::string& ref) {
    const auto target = parse_host_address(wish.address);
    const std::string address = target ? target->text() : wish.address;
    const std::weak_ptr<int> alive = alive_;
    node_.store.find_host_pin(
        address, [this, alive, address, ref](const Result<std::optional<Pin>>& pin) {
            if (alive.expired()) return;
            if (!pin) return node_.events.fail(pin.fault(), ref);
            if (!*pin) {
                return node_.events.fail(
                    {FaultCode::bad_request, "No host is known at " + address + "."}, ref);
            }
            node_.store.forget_host_pin(address, [this, alive, ref](const Result<void>& done) {
                if (alive.expired()) return;
                if (!done) return node_.events.fail(done.fault(), ref);
                handle(command::ListKnown{}, ref);
            });
        });
}

bool TrustDesk::may_reach(const Conversation& to, bool is_sure, const std::string& ref) const {
    const RoomRole* role = present_role_();
    if (is_sure || to.is_everyone() || role == nullptr) return true;
    const Peer* found = role->roster().find_known(*to.peer);
    if (found == nullptr) return true;
    Peer peer = *found;
    book_.describe(peer);
    if (!peer.imitates) return true;
    node_.events.fail(
        {FaultCode::looks_alike,
         "The name " + peer.name + " looks like that of somebody you verified (" +
             key_tag(*peer.imitates) + "), but this person has another key (" + key_tag(peer.id) +
             "). Nothing was sent. Say that you are sure if you mean this person all the same."},
        ref);
    return false;
}

}  // namespace dropline
