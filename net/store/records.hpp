// What the store keeps besides room logs: the outbox, private messages, pins.
// Thread: any. Plain values.
#pragma once

#include <string>

#include "net/api/ids.hpp"
#include "net/api/values.hpp"

namespace dropline {

/// Which copy of a room's log is meant. The host's key is part of it: a log id alone is only what
/// some host claims, and one host must not be able to write into the copy of another's room.
struct RememberedLog {
    PeerId host;
    LogId log;
    friend auto operator<=>(const RememberedLog&, const RememberedLog&) = default;
};

/// An own message that nobody has confirmed yet.
struct OutboxEntry {
    MessageId id;
    PeerId host_or_peer;  // who must confirm: the room's host, or the peer of a private one
    bool is_private = false;
    std::string text;
    WallTime created_at;
};

/// One message of a private conversation.
struct PrivateEntry {
    MessageId id;
    bool is_outgoing = false;
    std::string text;
    WallTime sent_at;
    bool is_delivered = false;  // outgoing: the peer has stored it
};

/// A key we have met, and what we know of its owner.
struct Pin {
    PeerId id;
    std::string label;         // the name at the last meeting
    std::string last_address;  // "ip:port" of the last meeting
    WallTime first_seen;       // kept from the first time it was put
    bool is_verified = false;
};

}  // namespace dropline
