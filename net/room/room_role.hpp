// What a node can be in a room: its host or a member. Both take the same wishes.
// Thread: net. A role is over when its last shared pointer is gone; that is after `stop`, when all
// its connections, coroutines and bulk threads have ended.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/api/command.hpp"
#include "net/api/fault.hpp"
#include "net/room/room_access.hpp"

namespace dropline {

class HostRights;
class PeerHub;
class RoomDoor;

/// What a role tells the node that owns it.
struct RoleOwner {
    /// The role cannot go on: the owner stops and forgets it. Called from the event loop.
    std::function<void(Fault)> give_up;
    /// Nothing of the role is left. Posted by its destructor.
    std::function<void()> gone;
};

class RoomRole : public RoomAccess, public std::enable_shared_from_this<RoomRole> {
  public:
    /// Begins; the answer is an event. Once.
    virtual void start(std::string ref) = 0;
    virtual void say(const MessageId& id, const std::string& text, const std::string& ref) = 0;
    /// `name` is a safe one; it is also the node's from when it holds. Answered by
    /// event::PeerChanged, also when it is the present one, or by the fault slow_down.
    virtual void rename(const std::string& name, const std::string& ref) = 0;
    virtual void load_history(std::optional<std::uint64_t> before, std::size_t limit,
                              const std::string& ref) = 0;
    /// Somebody we talked with in an earlier room can be meant here too. Before `start`.
    virtual void remember(const Peer& peer) = 0;
    /// What we know of this person has changed; in the room or not, the others are not told.
    virtual void refresh(const Peer& peer) = 0;
    /// Says goodbye and lets go of everything; `RoleOwner::gone` follows. Any number of times.
    virtual void stop() = 0;
    /// True once hosting or joined, also while a lost connection is being restored.
    virtual bool is_in_room() const = 0;
    virtual PeerHub& peers() = 0;
    /// Who may come in; a member decides nothing about that.
    virtual RoomDoor* door() { return nullptr; }
    /// What only a host may wish; null for a member.
    virtual HostRights* host_rights() { return nullptr; }

    std::shared_ptr<void> keep_alive() override { return shared_from_this(); }
};

}  // namespace dropline
