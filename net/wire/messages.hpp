// Every message of the wire as a plain struct, and the one list of their kinds.
// Thread: any. Values only: no Protobuf, no sockets. The compiler checks the rest: handlers visit
// the variant without a default branch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "net/api/ids.hpp"
#include "net/api/values.hpp"

namespace dropline::wire {

inline constexpr std::uint32_t protocol_version = 1;
/// limits::offer_manifest_bytes_max in pages of at most 64 KiB.
inline constexpr std::uint32_t offer_pages_max = 512;
inline constexpr std::size_t left_out_names_max = 16;

/// Append-only.
enum class Kind : std::uint8_t {
    hello = 1,
    welcome = 2,
    proof_first = 3,
    proof_challenge = 4,
    proof_final = 5,
    proof_accepted = 6,
    proof_failed = 7,
    join_request = 8,
    join_accepted = 9,
    refused = 10,
    roster = 11,
    room_rules = 12,
    say = 16,
    room_message = 17,
    sent = 18,
    say_refused = 19,
    peer_joined = 20,
    peer_left = 21,
    peer_changed = 22,
    rename = 23,
    history_request = 24,
    history_page = 25,
    kicked = 26,
    leave = 27,
    room_closed = 28,
    stream_request = 29,
    stream_ticket = 30,
    stream_refused = 31,
    ping = 32,
    pong = 33,
    peer_hello = 40,
    peer_welcome = 41,
    peer_use = 42,
    private_message = 43,
    private_stored = 44,
    offer = 45,
    offer_page = 46,
    offer_answer = 47,
    transfer_cancel = 48,
    offer_page_request = 49,
    transfer_pause = 50,
    transfer_resume = 51,
    transfer_done = 52,
    transfer_order = 53,
    relay_open = 56,
    relay_ready = 57,
};

enum class WayIn : std::uint32_t {
    open = 1,   // come in: an open room, or the host knows this key
    proof = 2,  // a secret has to be proven first
};

enum class RefusalCode : std::uint32_t {
    other = 1,
    version = 2,  // no common protocol version
    room_full = 3,
    rate_limited = 4,
    bad_name = 5,
    own_key = 6,  // the member has the host's own identity
    shutting_down = 7,
    unknown_stream = 8,  // peer and relay channels: no such ticket, used up or expired
    protocol = 9,        // the other side broke the protocol
    secret_wrong = 10,
    secret_needed = 11,
    secret_expired = 12,  // right, but no longer valid
    banned = 13,          // `reason` is what the host gave; `retry_after_s` 0: for good
};

enum class Purpose : std::uint32_t { conversation = 1, transfer = 2 };

struct Hello {
    static constexpr Kind kind = Kind::hello;
    std::uint32_t version_min = protocol_version;
    std::uint32_t version_max = protocol_version;
    std::string program;
};

struct Welcome {
    static constexpr Kind kind = Kind::welcome;
    std::uint32_t version = protocol_version;
    std::string room;
    WayIn way_in = WayIn::open;
};

/// The four of SCRAM-SHA-256-PLUS, and the host's no.
struct ProofFirst {
    static constexpr Kind kind = Kind::proof_first;
    std::string message;
};

struct ProofChallenge {
    static constexpr Kind kind = Kind::proof_challenge;
    std::string message;
};

struct ProofFinal {
    static constexpr Kind kind = Kind::proof_final;
    std::string message;
};

struct ProofAccepted {
    static constexpr Kind kind = Kind::proof_accepted;
    std::string message;
};

struct ProofFailed {
    static constexpr Kind kind = Kind::proof_failed;
    std::string reason;
    std::uint32_t tries_left = 0;  // on this connection
};

struct JoinRequest {
    static constexpr Kind kind = Kind::join_request;
    std::string name;
    std::uint16_t peer_port = 0;
    std::vector<std::string> candidates;
};

struct Member {
    PeerId id;
    std::string name;
    std::string address;
    bool is_host = false;
    bool is_guest = false;
    bool is_muted = false;
};

struct JoinAccepted {
    static constexpr Kind kind = Kind::join_accepted;
    std::string room;
    LogId log;
    std::uint64_t last_seq = 0;
    Member self;
    Member host;
};

struct Roster {
    static constexpr Kind kind = Kind::roster;
    std::vector<Member> members;
    bool is_last = false;
};

/// What members may send; the host is not bound by it.
struct RoomRules {
    static constexpr Kind kind = Kind::room_rules;
    FileRule files = FileRule::all;
    std::uint64_t file_bytes_max = 0;  // of one offer in all; 0: any size
};

struct Refused {
    static constexpr Kind kind = Kind::refused;
    RefusalCode code = RefusalCode::other;
    std::string reason;
    std::uint32_t retry_after_s = 0;
};

struct Say {
    static constexpr Kind kind = Kind::say;
    MessageId id;
    std::string text;
};

struct RoomMessage {
    static constexpr Kind kind = Kind::room_message;
    std::uint64_t seq = 0;
    MessageId id;
    PeerId from;
    std::string from_name;
    std::string text;
    std::int64_t sent_at_ms = 0;
};

struct Sent {
    static constexpr Kind kind = Kind::sent;
    MessageId id;
    std::uint64_t seq = 0;
    std::int64_t sent_at_ms = 0;
};

struct SayRefused {
    static constexpr Kind kind = Kind::say_refused;
    MessageId id;
    std::string reason;
    std::uint32_t retry_after_ms = 0;
};

struct PeerJoined {
    static constexpr Kind kind = Kind::peer_joined;
    Member member;
};

struct PeerLeft {
    static constexpr Kind kind = Kind::peer_left;
    PeerId id;
    std::string reason;
    bool is_banned = false;  // and does not come back soon
};

struct PeerChanged {
    static constexpr Kind kind = Kind::peer_changed;
    Member member;
};

struct Rename {
    static constexpr Kind kind = Kind::rename;
    std::string name;
};

struct HistoryRequest {
    static constexpr Kind kind = Kind::history_request;
    std::uint32_t request = 0;
    std::uint64_t before_seq = 0;
    std::uint64_t after_seq = 0;
    std::uint32_t limit = 0;
};

struct HistoryPage {
    static constexpr Kind kind = Kind::history_page;
    std::uint32_t request = 0;
    std::vector<RoomMessage> messages;
    bool is_last = false;
    std::uint32_t retry_after_ms = 0;  // above 0: nothing was read; ask again after that
};

struct Kicked {
    static constexpr Kind kind = Kind::kicked;
    std::string reason;
    bool is_banned = false;
    std::uint32_t banned_for_s = 0;  // 0: for good
};

struct Leave {
    static constexpr Kind kind = Kind::leave;
};

struct RoomClosed {
    static constexpr Kind kind = Kind::room_closed;
    std::string reason;
};

struct StreamRequest {
    static constexpr Kind kind = Kind::stream_request;
    std::uint32_t request = 0;
    PeerId peer;
    Purpose purpose = Purpose::transfer;
};

struct StreamTicket {
    static constexpr Kind kind = Kind::stream_ticket;
    std::uint32_t request = 0;
    StreamId stream;
    PeerId peer;
    bool is_initiator = false;
    std::vector<std::string> candidates;
    std::string relay_token;
};

struct StreamRefused {
    static constexpr Kind kind = Kind::stream_refused;
    std::uint32_t request = 0;
    PeerId peer;
    std::string reason;
    std::uint32_t retry_after_ms = 0;  // 0: do not try again
};

struct Ping {
    static constexpr Kind kind = Kind::ping;
    std::uint64_t nonce = 0;
};

struct Pong {
    static constexpr Kind kind = Kind::pong;
    std::uint64_t nonce = 0;
};

struct PeerHello {
    static constexpr Kind kind = Kind::peer_hello;
    StreamId stream;
};

struct PeerWelcome {
    static constexpr Kind kind = Kind::peer_welcome;
};

struct PeerUse {
    static constexpr Kind kind = Kind::peer_use;
    Purpose purpose = Purpose::conversation;
    TransferId transfer;  // zero unless purpose is transfer
};

struct PrivateMessage {
    static constexpr Kind kind = Kind::private_message;
    MessageId id;
    std::string text;
    std::int64_t sent_at_ms = 0;
};

struct PrivateStored {
    static constexpr Kind kind = Kind::private_stored;
    MessageId id;
};

struct OfferedEntry {
    std::string name;  // a path with '/' between its components
    std::uint64_t bytes = 0;
    std::int64_t modified_at_s = 0;
    bool is_folder = false;
    bool is_executable = false;
    bool is_gone = false;  // in a new version: not there any more
};

struct Offer {
    static constexpr Kind kind = Kind::offer;
    TransferId transfer;
    std::uint32_t files = 0;
    std::uint64_t bytes = 0;
    std::uint32_t pages = 1;
    std::vector<OfferedEntry> entries;
    std::uint32_t version = 0;
    std::uint32_t left_out = 0;
    std::vector<std::string> left_out_names;
};

struct OfferPage {
    static constexpr Kind kind = Kind::offer_page;
    TransferId transfer;
    std::uint32_t page = 0;
    std::vector<OfferedEntry> entries;
    std::uint32_t version = 0;
};

struct OfferPageRequest {
    static constexpr Kind kind = Kind::offer_page_request;
    TransferId transfer;
    std::uint32_t page = 0;
};

struct OfferAnswer {
    static constexpr Kind kind = Kind::offer_answer;
    TransferId transfer;
    bool is_accepted = false;
    std::string reason;
    std::uint32_t files = 0;
    std::uint64_t bytes = 0;
    std::uint32_t retry_after_s = 0;  // not 0: no answer of a person; it may be offered again then
};

struct TransferCancel {
    static constexpr Kind kind = Kind::transfer_cancel;
    TransferId transfer;
    std::string reason;
};

struct TransferPause {
    static constexpr Kind kind = Kind::transfer_pause;
    TransferId transfer;
    bool is_paused = false;
    std::string no_room;   // from the receiver: its disk is full, and how much is missing
    bool is_away = false;  // from the receiver: the folder or disk it saves on is, or only readable
    std::optional<std::uint64_t> bytes_stored = {};  // from the receiver, while no bytes flow
};

/// From the sender: asks the receiver to go on with it.
struct TransferResume {
    static constexpr Kind kind = Kind::transfer_resume;
    TransferId transfer;
};

/// From the receiver: it has all of it; its last word on the bulk connection was lost.
struct TransferDone {
    static constexpr Kind kind = Kind::transfer_done;
    TransferId transfer;
};

/// From the sender: where in the receiver's queue.
struct TransferOrder {
    static constexpr Kind kind = Kind::transfer_order;
    TransferId transfer;
    bool is_now = false;
    std::optional<TransferId> before;
};

struct RelayOpen {
    static constexpr Kind kind = Kind::relay_open;
    std::string token;
};

struct RelayReady {
    static constexpr Kind kind = Kind::relay_ready;
};

/// The one list. Its order is free; `Kind` holds the numbers.
using Message =
    std::variant<Hello, Welcome, ProofFirst, ProofChallenge, ProofFinal, ProofAccepted, ProofFailed,
                 JoinRequest, JoinAccepted, Refused, Roster, Say, RoomMessage, Sent, SayRefused,
                 PeerJoined, PeerLeft, PeerChanged, Rename, HistoryRequest, HistoryPage, Kicked,
                 Leave, RoomClosed, StreamRequest, StreamTicket, StreamRefused, Ping, Pong,
                 PeerHello, PeerWelcome, PeerUse, PrivateMessage, PrivateStored, Offer, OfferPage,
                 OfferAnswer, TransferCancel, OfferPageRequest, TransferPause, TransferResume,
                 TransferDone, TransferOrder, RelayOpen, RelayReady, RoomRules>;

/// True for a number that names a message of this version.
bool is_known_kind(std::uint8_t number);
/// "room_message"; "unknown" for other numbers. For logs and faults.
std::string_view kind_name(std::uint8_t number);

}  // namespace dropline::wire
