// Whether the rules of a room let one of its people offer files to another.
// Thread: any. Pure. Asked twice, by the one who sends and by the one who is to receive: bytes that
// go straight from one to the other pass no host, so the receiver refuses on the host's word what a
// forged program offers all the same.
#pragma once

#include <cstdint>
#include <optional>

#include "net/api/fault.hpp"
#include "net/api/ids.hpp"
#include "net/room/room_access.hpp"

namespace dropline {

/// not_allowed, with a sentence that names the rule and fits both of them; nothing when he may.
/// Somebody who is not known in the room counts as a member.
std::optional<Fault> objection_to_offer(const RoomAccess& room, const PeerId& sender,
                                        const PeerId& receiver, std::uint64_t bytes);

}  // namespace dropline
