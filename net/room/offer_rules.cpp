#include "net/room/offer_rules.hpp"

#include <string>
#include <utility>

#include "net/api/byte_count.hpp"

namespace dropline {

namespace {

Role role_of(const Roster& roster, const PeerId& id) {
    if (roster.self().id == id) return roster.self().role;
    const Peer* peer = roster.find_known(id);
    return peer == nullptr ? Role::member : peer->role;
}

Fault not_allowed(std::string sentence) { return {FaultCode::not_allowed, std::move(sentence)}; }

}  // namespace

std::optional<Fault> objection_to_offer(const RoomAccess& room, const PeerId& sender,
                                        const PeerId& receiver, std::uint64_t bytes) {
    const RoomRules& rules = room.rules();
    const Role from = role_of(room.roster(), sender);
    if (from == Role::host) return std::nullopt;
    const bool is_to_host = role_of(room.roster(), receiver) == Role::host;
    if (rules.files == FileRule::nobody) {
        return not_allowed("In this room only the host may send files.");
    }
    if (rules.files == FileRule::only_to_host && !is_to_host) {
        return not_allowed("In this room files may be sent only to the host.");
    }
    if (from == Role::guest && !is_to_host) {
        return not_allowed("Guests of this room may send files only to the host.");
    }
    if (rules.file_bytes_max && bytes > *rules.file_bytes_max) {
        return not_allowed("In this room at most " + byte_count_text(*rules.file_bytes_max) +
                           " may be offered at once; this is " + byte_count_text(bytes) + ".");
    }
    return std::nullopt;
}

}  // namespace dropline
