// How a stranger becomes a member: greeting, version, proof of a secret where one is asked for,
// name. Thread: net. It changes nothing in the room; the host decides with what it is given.
#pragma once

#include <asio/awaitable.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "net/link/frame_stream.hpp"
#include "net/link/stranger_limit.hpp"
#include "net/room/node_log.hpp"
#include "net/room/room_door.hpp"
#include "net/wire/messages.hpp"

namespace dropline {

/// Somebody who said all that is needed to come in.
struct Newcomer {
    FrameStream stream;
    std::string name;  // safe
    std::uint16_t peer_port = 0;
    std::vector<std::string> candidates;
    StrangerPlace place;
};

struct AdmissionRules {
    std::string room;
    PeerId host;
    Clock& clock;
    RoomDoor& door;
    /// A reason not to let this key in now, from there; asked before any proof, and again at the
    /// last moment.
    std::function<std::optional<wire::Refused>(const PeerId&, const Endpoint&)> objection;
    NodeLog* log = nullptr;  // where it is noted who came and who was refused
};

/// Leads one connection of the room channel to the door. Nothing comes out when it was refused,
/// broke the protocol or was too slow; then it has been told so and closed.
asio::awaitable<std::optional<Newcomer>> admit(AdmissionRules rules, TlsStream stream,
                                               StrangerPlace place);

}  // namespace dropline
