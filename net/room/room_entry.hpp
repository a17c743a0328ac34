// The member's way into a room: find the host, check its key, be accepted.
// Thread: net. One attempt, one answer; it keeps nothing. In TLS 1.3 our handshake succeeds before
// the host has judged us, so only JoinAccepted counts (C21).
#pragma once

#include <asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/api/join_text.hpp"
#include "net/api/values.hpp"
#include "net/link/frame_stream.hpp"
#include "net/room/node_context.hpp"
#include "net/wire/messages.hpp"

namespace dropline {

struct RoomEntry {
    FrameStream stream;
    wire::JoinAccepted accepted;
    std::vector<Peer> peers;  // the host first
    HostAddress address;      // the one of the target that worked
    bool is_first_contact = false;
};

struct EntryWish {
    JoinTarget target;
    std::string name;
    std::uint16_t peer_port = 0;  // of our own listener; 0: none
};

/// Faults: cannot_resolve, cannot_connect, key_changed, wrong_version, refused, secret_needed,
/// secret_wrong, secret_expired, slow_down, not_available, protocol_error, timed_out.
asio::awaitable<Result<RoomEntry>> enter_room(NodeContext& node, EntryWish wish);

/// True when trying again later may help.
bool is_worth_retrying(FaultCode code);

}  // namespace dropline
