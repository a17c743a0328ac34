#include "net/room/host_rights.hpp"

#include <chrono>
#include <utility>

#include "net/api/limits.hpp"
#include "net/api/unicode.hpp"
#include "net/room/room_messages.hpp"
#include "net/transfer/transfers.hpp"

namespace dropline {

namespace {

std::string short_reason(const std::string& reason) {
    if (!is_valid_utf8(reason)) return {};
    return std::string(utf8_prefix(reason, limits::reason_bytes_max));
}

std::string with_reason(const std::string& what, const std::string& reason) {
    // What others are told has to fit into the same field as the reason alone.
    return std::string(
        utf8_prefix(reason.empty() ? what : what + ": " + reason, limits::reason_bytes_max));
}

}  // namespace

void HostRights::fail(FaultCode code, std::string sentence, const std::string& ref) {
    node_.events.fail({code, std::move(sentence)}, ref);
}

// ---- Who is meant -------------------------------------------------------------------------------

/// Somebody else, here or earlier; the user is told when it is nobody.
std::optional<PeerId> HostRights::person(const PeerText& text, const std::string& ref) {
    const auto conversation = room_.roster().resolve(text);
    if (conversation && !conversation->is_everyone()) return *conversation->peer;
    if (conversation) {
        fail(FaultCode::bad_request, "Say who is meant.", ref);
    } else {
        node_.events.fail(conversation.fault(), ref);
    }
    return std::nullopt;
}

/// As above, or a whole fingerprint of somebody who never was here.
std::optional<PeerId> HostRights::person_or_key(const PeerText& text, const std::string& ref) {
    const auto key = peer_id_from_text(text);
    if (!key) return person(text, ref);
    if (*key != node_.identity.id()) return key;
    fail(FaultCode::bad_request, "This is your own key.", ref);
    return std::nullopt;
}

/// Null, and the user is told, when he is not in the room.
MemberPtr HostRights::present(const PeerText& text, const std::string& ref) {
    const auto id = person(text, ref);
    if (!id) return nullptr;
    MemberPtr member = members_.find(*id);
    if (!member) fail(FaultCode::unknown_peer, "This person is not in the room.", ref);
    return member;
}

// ---- Out of the room ----------------------------------------------------------------------------

void HostRights::handle(const command::Kick& wish, const std::string& ref) {
    const MemberPtr member = present(wish.peer, ref);
    if (!member) return;
    const std::string reason = short_reason(wish.reason);
    rights_.forget_arrival(member->peer.id);
    members_.show_out(member, wire::Kicked{reason}, with_reason("removed by the host", reason),
                      ref);
}

void HostRights::handle(const command::Ban& wish, const std::string& ref) {
    const auto id = person_or_key(wish.peer, ref);
    if (!id) return;
    if (wish.minutes == 0U || wish.minutes.value_or(1) > limits::ban_minutes_max) {
        return fail(FaultCode::bad_request,
                    "A ban lasts from 1 minute to ten years, or for good when no time is given.",
                    ref);
    }
    const Peer* known = room_.roster().find_known(*id);
    Ban ban{*id, known != nullptr ? known->name : key_tag(*id), node_.clock.wall_now(),
            std::nullopt, short_reason(wish.reason)};
    if (wish.minutes) ban.until = ban.since + std::chrono::minutes(*wish.minutes);
    const auto withdrawn = std::make_shared<Ids>();
    rights_.ban(ban, then_list_bans(ref, withdrawn));
    // It may have been refused: only who is not let in any more is shown out.
    if (!rights_.objection_to_entry(*id)) return;
    *withdrawn = door_.withdraw_invites_of(*id, ref);
    show_out_banned(ban, ref);
}

void HostRights::show_out_banned(const Ban& ban, const std::string& ref) {
    rights_.forget_arrival(ban.id);
    const std::string told = with_reason("banned by the host", ban.reason);
    const MemberPtr member = members_.find(ban.id);
    if (!member) return members_.shut_out_absent(ban.id, told);
    members_.show_out(member,
                      wire::Kicked{ban.reason, true, seconds_left(ban, node_.clock.wall_now())},
                      told, ref);
}

void HostRights::handle(const command::Unban& wish, const std::string& ref) {
    rights_.unban(wish.fingerprint, then_list_bans(ref));
}

void HostRights::handle(const command::ListBans&, const std::string& ref) {
    node_.events.push(event::Bans{rights_.bans(), {}}, ref);
}

/// The list is the answer to every change of it; a fault of the disk comes first.
RoomRights::Done HostRights::then_list_bans(const std::string& ref,
                                            std::shared_ptr<const Ids> withdrawn) {
    return [this, keep = room_.keep_alive(), ref, withdrawn](Result<void> kept) {
        if (!kept) return node_.events.fail(kept.fault(), ref);
        node_.events.push(event::Bans{rights_.bans(), withdrawn ? *withdrawn : Ids{}}, ref);
    };
}

// ---- In the room --------------------------------------------------------------------------------

void HostRights::handle(const command::Mute& wish, const std::string& ref) {
    const MemberPtr member = present(wish.peer, ref);
    if (!member) return;
    rights_.set_muted(member->peer.id, wish.is_muted);
    member->peer.is_muted = wish.is_muted;
    members_.on_changed(member, member->peer.name, ref);
}

void HostRights::handle(const command::SetRole& wish, const std::string& ref) {
    const MemberPtr member = present(wish.peer, ref);
    if (!member) return;
    if (wish.role == Role::host) {
        return fail(FaultCode::bad_request, "A room has one host; others are members or guests.",
                    ref);
    }
    const PeerId id = member->peer.id;
    rights_.set_guest(id, wish.role == Role::guest,
                      [this, keep = room_.keep_alive(), ref](Result<void> kept) {
                          if (!kept) node_.events.fail(kept.fault(), ref);
                      });
    member->peer.role = rights_.role_of(id);
    members_.on_changed(member, member->peer.name, ref);
    node_.transfers->on_rules_changed();
}

void HostRights::handle(const command::SetRules& wish, const std::string& ref) {
    if (wish.rules.file_bytes_max == 0U ||
        wish.rules.file_bytes_max.value_or(1) > limits::file_bytes_max) {
        return fail(FaultCode::bad_request,
                    "The largest size is from 1 byte up; give none for any size.", ref);
    }
    rights_.set_rules(wish.rules, [this, keep = room_.keep_alive(), ref](Result<void> kept) {
        if (!kept) node_.events.fail(kept.fault(), ref);
    });
    members_.broadcast(to_wire(wish.rules));
    node_.events.push(event::Rules{wish.rules}, ref);
    node_.transfers->on_rules_changed();
}

}  // namespace dropline
