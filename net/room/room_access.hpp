// What private conversations and transfers need of the role they live in, host or member.
// Thread: net.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "net/api/ids.hpp"
#include "net/link/network.hpp"
#include "net/room/roster.hpp"
#include "net/wire/messages.hpp"

namespace dropline {

/// Where the host is, for a member who needs it to relay; nothing on the host itself.
struct RelayPoint {
    Endpoint endpoint;
    PeerId host;
};

class RoomAccess {
  public:
    virtual ~RoomAccess() = default;
    virtual const Roster& roster() const = 0;
    /// What the host has laid down for members.
    virtual const RoomRules& rules() const = 0;
    /// Asks the host for a connection to `peer`; the answer comes to the PeerConnector.
    virtual void request_stream(std::uint32_t request, const PeerId& peer,
                                wire::Purpose purpose) = 0;
    virtual std::optional<RelayPoint> relay_point() const = 0;
    /// Who hosts it; it may be we.
    virtual PeerId host_id() const = 0;
    /// True when `peer` may name loopback addresses to us: it is on this machine as far as we know.
    virtual bool may_dial_loopback(const PeerId& peer) const = 0;
    /// Holds the role in memory while something of it is still under way.
    virtual std::shared_ptr<void> keep_alive() = 0;
};

}  // namespace dropline
