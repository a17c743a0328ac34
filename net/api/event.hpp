// What the network tells the window or a script: begin here, with command.hpp beside it.
// Thread: made on `net`, read on the consumer's thread. One struct per kind of event; the JSON
// Lines of the headless program are these, field for field.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "net/api/ids.hpp"
#include "net/api/values.hpp"

namespace dropline {

namespace event {

/// The room is open.
struct Hosting {
    std::string room;
    std::vector<std::string> addresses;  // "ip:port" others can type, best first
    std::uint16_t port = 0;
    std::string invite;  // a link that lets people in: a secret
    Peer self;
    bool is_invite_only = false;
    bool has_password = false;
};

/// The host has accepted us; only now are we a member. Sent again after every reconnect.
struct Joined {
    std::string room;
    Peer self;
    Peer host;
    std::vector<Peer> peers;        // everyone else, the host included
    bool is_first_contact = false;  // the host's key was taken on trust just now
    std::string address = {};       // where the host was reached, as its key is remembered
    LogId log = {};                 // whose numbers messages have: with another, another room
};

struct PeerJoined {
    Peer peer;
};
struct PeerLeft {
    Peer peer;
    std::string reason;
};
struct PeerChanged {
    Peer peer;
    std::string previous_name;
};

/// A message by anybody, ours included (then `state` says how far it is).
struct Message {
    ChatMessage message;
};

/// Own room message: stored by the host under `seq`.
struct Sent {
    MessageId id;
    std::uint64_t seq = 0;
    WallTime sent_at;
};

/// Own private message: stored by the peer.
struct Delivered {
    MessageId id;
    PeerId peer;
};

/// Own private message that waits because the peer is away; it goes out when they return.
struct Waiting {
    MessageId id;
    PeerId peer;
};

/// Somebody proposes to hand us files. Nothing is written before `command::Accept`. Sent again for
/// the same transfer when its sender has put another list in the place of one that nobody has
/// answered: that is a new question, and no answer to an earlier one holds for it.
struct Offer {
    TransferId transfer;
    Peer from;
    std::string name;
    std::uint32_t files = 0;
    std::uint64_t bytes = 0;
    std::vector<OfferedFile> preview;  // risky ones first, at most limits::offer_preview_entries
    std::uint64_t free_bytes = 0;      // in the default receive folder
    std::string default_folder;
    std::uint32_t folders = 0;   // among them folders, empty ones too
    std::uint32_t existing = 0;  // names at the top that the default folder has already
    std::uint32_t left_out = 0;  // links, sockets and devices that the sender leaves out
    std::vector<std::string> left_out_preview;  // escaped paths, the first few of them
    bool is_accepted_by_rule = false;  // of a verified person: it has been taken, nobody is asked
    std::uint32_t version = 0;         // of the list; command::Accept repeats it
};

/// Part of an offer's list, in its order.
struct OfferEntries {
    TransferId transfer;
    std::uint32_t first = 0;  // position of the first one here, from 0
    std::uint32_t total = 0;
    std::vector<OfferedFile> entries;
    std::uint32_t version = 0;  // as event::Offer::version: pages of two lists do not mix
};

/// The newest state of a transfer; older ones may have been skipped.
struct TransferChanged {
    Transfer transfer;
};

/// Trying to reach the host. `attempt` counts from 1.
struct Connecting {
    std::string target;
    std::string reason;  // why a new attempt is needed; empty at the first
    std::uint32_t attempt = 1;
};

/// The host is not reachable now; another attempt follows in `retry_in`.
struct Disconnected {
    std::string reason;
    std::uint32_t attempt = 0;
    std::chrono::milliseconds retry_in{0};
};

/// The role is over and nothing of it is left: port free, threads of it gone. `fault` is empty
/// when the user asked for it. After a failed first join this is the answer.
struct RoleEnded {
    std::optional<Fault> fault;
};

struct Kicked {
    Peer by;
    std::string reason;
};

// ---- Rights
/// We are shut out of this host's rooms: removed just now, or refused at the door. RoleEnded
/// follows.
struct Banned {
    Peer by;
    std::string reason;             // what the host gave; may be empty
    std::optional<WallTime> until;  // by our clock; empty: for good
};
/// Whom we have banned, oldest first. Answers command::ListBans, Ban and Unban.
struct Bans {
    std::vector<Ban> bans;
    /// Ids of invites that went with the ban just made: whom they had let in is banned now.
    std::vector<std::string> withdrawn_invites;
};
/// The rules of the room: whenever they change, and after hosting or joining unless members may
/// send everything.
struct Rules {
    RoomRules rules;
};
// ---- End of rights

struct History {
    Conversation conversation;
    std::vector<ChatMessage> messages;  // oldest first
};
struct Peers {
    std::vector<Peer> peers;  // self included, first
};
struct Transfers {
    std::vector<Transfer> transfers;
};

// ---- Ways in: only for a host

/// A new invite. The link is told this once: nobody keeps it.
struct Invite {
    InviteState state;
    std::string link;
};

/// A code to read out, told this once.
struct Code {
    std::string text;  // "7KQX3-MPD9T"
    WallTime expires;
};

/// All invites of the room, oldest first; also whenever one of them changes.
struct Invites {
    std::vector<InviteState> invites;
    std::optional<WallTime> code_expires;  // of the code, while it can be used
};

// ---- Trust

/// What we know of a person has changed, or that his name looks like a verified one's. Who is not
/// in the room now can be meant too.
struct TrustChanged {
    Peer peer;
};

/// To be compared with what this person sees of us.
struct Safety {
    Peer peer;
    SafetyNumber number;
};

struct Known {
    std::vector<KnownHost> hosts;  // in the order of their addresses
    std::vector<Peer> people;      // the verified ones, in the order of their names
};

/// A command failed or something went wrong that belongs to nothing else.
struct Error {
    Fault fault;
    std::optional<MessageId> refused = std::nullopt;  // own message that will never be stored
};

}  // namespace event

using EventBody =
    std::variant<event::Hosting, event::Joined, event::PeerJoined, event::PeerLeft,
                 event::PeerChanged, event::Message, event::Sent, event::Delivered, event::Waiting,
                 event::Offer, event::OfferEntries, event::TransferChanged, event::Connecting,
                 event::Disconnected, event::RoleEnded, event::Kicked, event::History, event::Peers,
                 event::Transfers, event::Invite, event::Code, event::Invites, event::Error,
                 event::Banned, event::Bans, event::Rules, event::TrustChanged, event::Safety,
                 event::Known>;

struct Event {
    EventBody body;
    std::string ref;  // of the command that caused it directly; empty: none
    WallTime at;
};

}  // namespace dropline
