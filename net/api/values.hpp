// What the screen and a script talk about: people, messages, offers, transfers.
// Thread: any. Plain values that cross threads inside events and commands.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "net/api/fault.hpp"
#include "net/api/ids.hpp"

namespace dropline {

/// Wall-clock time for people, UTC. Order never depends on it.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// A guest talks and receives files; see `RoomRules` for what he may send.
enum class Role { host, member, guest };

/// What one offer may have under a standing yes for which nobody says how much.
inline constexpr std::uint64_t auto_accept_bytes_usual = 1'000'000'000;

/// A standing yes to what one verified person offers.
struct AutoAccept {
    std::uint64_t bytes_max = 0;  // of one offer; above it the user is asked
    std::string into;             // an absolute path of a folder
    friend bool operator==(const AutoAccept&, const AutoAccept&) = default;
};

struct Peer {
    PeerId id;
    std::string name;     // made safe: NFC, 1 to 64 graphemes, no control or bidi characters
    std::string address;  // "ip:port" as the host sees it; empty when unknown
    Role role = Role::member;
    bool is_verified = false;  // the user has compared safety numbers with this key
    bool is_muted = false;     // the host takes no room messages from this person
    bool is_known = false;     // this key was met before this run of the program
    /// A verified person whose name looks the same while the key is another.
    std::optional<PeerId> imitates = {};
    std::optional<AutoAccept> auto_accept = {};  // only with is_verified
    friend bool operator==(const Peer&, const Peer&) = default;
};

/// What two people compare, the same on both screens.
struct SafetyNumber {
    std::string digits;                 // 60 of them: the proof
    std::vector<std::uint8_t> symbols;  // 8 indices into safety_symbol_list: its short form
};

/// A host whose key is remembered under the address it was reached at.
struct KnownHost {
    std::string address;  // as typed, normalised
    PeerId id;
    std::string name;  // at the last meeting
    WallTime first_met;
    bool is_verified = false;
};

// ---- Rights -----------------------------------------------------------------------------------
/// Which files members may send. The host is bound by none of it; a guest may send files only to
/// the host even where members may send to all. The numbers are those of the wire.
enum class FileRule { all = 1, only_to_host = 2, nobody = 3 };

/// What the host has laid down for the members of his room.
struct RoomRules {
    FileRule files = FileRule::all;
    std::optional<std::uint64_t> file_bytes_max;  // of one offer in all; empty: any size
    friend bool operator==(const RoomRules&, const RoomRules&) = default;
};

/// Somebody whom the host lets into none of the rooms he opens.
struct Ban {
    PeerId id;
    std::string name;  // as last seen; the key tag when never seen
    WallTime since;
    std::optional<WallTime> until;  // empty: for good
    std::string reason;
};
// ---- End of rights ----------------------------------------------------------------------------

/// A conversation: everyone in the room (`peer` empty) or one private one.
struct Conversation {
    std::optional<PeerId> peer;
    bool is_everyone() const { return !peer; }
    friend auto operator<=>(const Conversation&, const Conversation&) = default;
};

enum class MessageState {
    pending,  // own message, not yet stored by the host (room) or the peer (private)
    stored,   // stored by the host, or by the peer for a private one
    received  // somebody else's
};

struct ChatMessage {
    MessageId id;
    /// The host's number in the room's log, from 1; 0 for private messages and pending ones.
    std::uint64_t seq = 0;
    PeerId from;
    std::string from_name;
    Conversation conversation;
    std::string text;  // UTF-8, at most 8 KiB
    WallTime sent_at;
    MessageState state = MessageState::received;
    bool is_earlier = false;  // from before we joined
};

enum class TransferState {
    offered,      // the receiver has not answered
    waiting,      // accepted, the connection is being made or a slot is awaited
    active,       // bytes flow
    paused,       // by one of the two, or because of the receiver's disk: see `paused_by`
    interrupted,  // broken off; goes on by itself as soon as both are in the same room
    verifying,    // all bytes there; hash, sync, final name
    done,
    declined,
    cancelled,
    failed
};

enum class Direction { in, out };
enum class Path { unknown, direct, relayed };

/// Who has to lift a pause.
enum class PausedBy { nobody, us, peer, disk };

/// What an active transfer waits for most of the time.
enum class Bottleneck {
    unknown,  // too early to tell
    sender_disk,
    sender_encryption,
    network,
    receiver_disk,
    rate_limit  // the user's own limit, on either side
};

struct OfferedFile {
    std::string name;       // the safe path it will get, relative to the chosen folder
    std::string sent_name;  // as the sender wrote it, escaped for display, when it differs
    std::uint64_t bytes = 0;
    bool is_risky = false;  // hidden or runnable: shown first and marked
    bool is_folder = false;
};

/// Everything known about one transfer. `bytes_done` is what the receiver has stored.
struct Transfer {
    TransferId id;
    PeerId peer;
    std::string peer_name;  // as last heard: the person may be away
    TransferId batch;       // the same for all transfers of one wish to send; zero when received
    Direction direction = Direction::in;
    std::string name;  // of the file or folder, or "N files"
    TransferState state = TransferState::offered;
    std::uint64_t bytes_done = 0;
    std::uint64_t bytes_total = 0;
    std::uint32_t files_done = 0;
    std::uint32_t files_total = 0;
    std::uint64_t rate_bytes_per_s = 0;  // over the last two seconds
    std::optional<std::uint64_t> eta_s;  // empty when it cannot be told
    Path path = Path::unknown;
    std::optional<Fault> fault;         // why it failed, is interrupted or paused
    std::vector<std::string> saved_as;  // absolute paths of files and top folders; receiver, done
    PausedBy paused_by = PausedBy::nobody;
    Bottleneck bottleneck = Bottleneck::unknown;
    std::uint32_t files_skipped = 0;      // were there already with the same content
    std::uint32_t left_out = 0;           // links and devices that are not sent, what has gone
    std::uint32_t queue_place = 0;        // from 1 while it waits for others; 0: it does not
    std::uint64_t bytes_sent_again = 0;   // travelled twice because of interruptions
    std::optional<WallTime> quiet_since;  // interrupted: when bytes last moved
    bool is_checking = false;             // reads what is stored again before it is built on
    bool is_stale = false;                // interrupted for so long that cleaning is offered
    bool is_over() const {
        return state == TransferState::done || state == TransferState::declined ||
               state == TransferState::cancelled || state == TransferState::failed;
    }
    friend bool operator==(const Transfer&, const Transfer&) = default;
};

/// An invite as the host sees it.
struct InviteState {
    std::string id;  // 16 hexadecimal digits; nothing secret
    WallTime made;
    WallTime expires;
    std::uint32_t uses_left = 0;
    std::uint32_t uses_max = 0;
    bool is_revoked = false;
};

}  // namespace dropline
