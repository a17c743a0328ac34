// The proof of a secret, between Welcome and JoinRequest: both sides of it.
// Thread: net; what takes long is worked out on the side thread. Whoever uses it limits the time.
#pragma once

#include <asio/awaitable.hpp>

#include <variant>

#include "net/api/join_text.hpp"
#include "net/link/frame_stream.hpp"
#include "net/room/node_context.hpp"
#include "net/room/room_door.hpp"
#include "net/wire/messages.hpp"

namespace dropline {

/// The host's side: judges proofs until the wish to join comes. A refusal says why it ended.
asio::awaitable<std::variant<wire::JoinRequest, wire::Refused>> await_request(RoomDoor& door,
                                                                              FrameStream& stream);

/// The member's side. Faults: secret_wrong, secret_expired, slow_down (locked out), refused (the
/// host does not know the secret, or has no use for one), protocol_error, disconnected.
asio::awaitable<Result<void>> prove_secret(NodeContext& node, FrameStream& stream,
                                           const JoinSecret& secret);

/// What a host says to whom it did not understand.
inline wire::Refused protocol_refusal(const Fault& fault) {
    return {wire::RefusalCode::protocol, fault.sentence, 0};
}

/// What a host's refusal means to a member.
Fault refusal_fault(const wire::Refused& refusal);

}  // namespace dropline
