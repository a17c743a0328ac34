// What the store keeps besides room logs: the outbox, private messages, pins, rights, and
// transfers that are not finished.
// Thread: any. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "net/api/ids.hpp"
#include "net/api/values.hpp"
#include "net/trust/scram.hpp"

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
    LogId log{};  // of the room it was written for; zero: a private one, or not known
};

/// One message of a private conversation.
struct PrivateEntry {
    MessageId id;
    bool is_outgoing = false;
    std::string text;
    WallTime sent_at;
    bool is_delivered = false;  // outgoing: the peer has stored it
    std::uint64_t number = 0;   // when read: its place among all we have stored, from 1 on
};

/// More than offer_manifest_bytes_max: what is kept says a little more than what was sent.
inline constexpr std::size_t kept_manifest_bytes_max = 32 * 1024 * 1024;
/// It is written again with every update.
inline constexpr std::size_t kept_progress_bytes_max = 4 * 1024 * 1024;

/// An unfinished transfer, so that it goes on after a restart. What the two blobs hold is the
/// business of net/transfer.
struct KeptTransfer {
    TransferId id;
    PeerId peer;
    bool is_outgoing = false;
    WallTime created_at;
    WallTime touched_at;
    std::string manifest;  // what was agreed; written once, at most kept_manifest_bytes_max
    std::string progress;  // changes while it runs, at most kept_progress_bytes_max
};

/// What a host keeps of an invite or of a room's password.
struct RoomSecret {
    std::string id;  // of an invite; empty: the password
    ScramVerifier verifier;
    WallTime made;
    WallTime expires;  // a password never does
    std::uint32_t uses_left = 0;
    std::uint32_t uses_max = 0;
    bool is_revoked = false;
    std::vector<PeerId> used_by;  // whom an invite has let in; kept by put_invite_use

    bool is_password() const { return id.empty(); }
};

/// What this profile has decided about others, as the host of its rooms.
struct KeptRights {
    std::vector<Ban> bans;
    std::vector<PeerId> guests;
    RoomRules rules;
};

/// A key we have met, and what we know of its owner.
struct Pin {
    PeerId id;
    std::string label;         // the name at the last meeting
    std::string last_address;  // "ip:port" of the last meeting
    WallTime first_seen;       // kept from the first time it was put
    bool is_verified = false;
};

/// A host's pin with the address it belongs to.
struct HostPin {
    std::string address;
    Pin pin;
};

/// A person we have met, and what they may do unasked.
struct PersonPin {
    Pin pin;
    std::optional<AutoAccept> auto_accept;
    std::string verified_as = {};  // the name at that time; empty: not verified
};

}  // namespace dropline
