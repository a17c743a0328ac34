// What the user, or a script, asks of the network: begin here, with event.hpp beside it.
// Thread: any. One struct per wish; `Node::submit` takes the variant. Every command may carry a
// `ref`, which the events it causes directly repeat.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "net/api/ids.hpp"
#include "net/api/secret.hpp"
#include "net/api/values.hpp"

namespace dropline {

/// A person as the user wrote it: a name, a fingerprint prefix, or "everyone". Resolved by the
/// network thread against the people in the room. Code that holds an id writes `to_text(id)`.
using PeerText = std::string;

namespace command {

/// Opens a room. Leaves any present role first.
struct Host {
    std::uint16_t port = 7788;    // 0: the system chooses
    std::string bind_address;     // empty: every interface, IPv4 and IPv6
    std::string room_name;        // empty: "<name>'s room", of a long name its beginning
    bool is_invite_only = false;  // only who has an invite, a code or the password, if there is one
    std::optional<Secret> password = std::nullopt;  // at least limits::password_characters_min
    bool keeps_password = false;  // that of last time, which only the profile knows; it must
    /// Nobody has said that there shall be none: that of last time stays, if there was one. Without
    /// this, without `keeps_password` and without a new one, that of last time is forgotten.
    bool keeps_password_if_any = false;
};

/// Joins a room. Leaves any present role first.
struct Join {
    Join() = default;
    Join(std::string_view where, std::optional<Secret> given = std::nullopt)
        : target(where), secret(std::move(given)) {}
    Join(Secret where, std::optional<Secret> given)
        : target(std::move(where)), secret(std::move(given)) {}

    /// host[:port], [ipv6]:port, an invite, or an address with a code or password behind it.
    Secret target;
    std::optional<Secret> secret;  // a code or password given apart
};

/// Back to no role; the room is closed or left, its port free. Answered by event::RoleEnded.
struct Leave {};

struct Say {
    PeerText to;  // empty or "everyone": the room
    std::string text;
    MessageId id;  // zero: the network makes one
    /// To one person, although his name looks like a verified one's; without it: looks_alike.
    bool is_sure = false;
};

struct Send {
    PeerText to;
    std::vector<std::filesystem::path> paths;
    bool is_sure = false;  // as for Say
    /// What is there and cannot be sent, a socket or what may not be read, is left out of several,
    /// and said to be; else nothing is offered.
    bool leaves_out = false;
};

/// `only` and `except` name entries of the offer by their safe paths; a folder's path means all
/// below it. Both empty: everything. Faults: offer_changed when the list is another one by now.
struct Accept {
    TransferId transfer;
    std::filesystem::path into;  // an existing folder; empty: the default receive folder
    std::vector<std::string> only;
    std::vector<std::string> except;
    /// event::Offer::version of the list that the yes is meant for. Whoever leaves it out means the
    /// first list told; once another one has been told, that is no answer any more.
    std::optional<std::uint32_t> version = std::nullopt;
};

/// Answered by event::OfferEntries, at most limits::offer_entries_per_answer_max of them.
struct ListOffer {
    TransferId transfer;
    std::uint32_t first = 0;
    std::uint32_t count = 1000;
};

struct Pause {
    TransferId transfer;
};

/// Lifts our own pause, and tries an interrupted one at once.
struct Resume {
    TransferId transfer;
};

/// Changes the order of what waits: directly before the other one, or to the end.
struct Move {
    TransferId transfer;
    std::optional<TransferId> before;
};

/// Begins a waiting transfer now, however many run.
struct StartNow {
    TransferId transfer;
};

/// Offers again what failed, was declined or cancelled; with `is_whole_batch` all of that wish to
/// send that did not come to its end.
struct Retry {
    TransferId transfer;
    bool is_whole_batch = false;
};

/// Bytes per second for all transfers together; 0: as fast as it goes.
struct SetRateLimits {
    std::uint64_t up = 0;
    std::uint64_t down = 0;
};

struct Decline {
    TransferId transfer;
};

struct Cancel {
    TransferId transfer;
};

struct Kick {
    PeerText peer;
    std::string reason;
};

// ---- Rights: wishes of a host. A member's are answered with the fault not_allowed.
/// Removes this person if he is in the room, and lets his key in no more. Answered by event::Bans.
struct Ban {
    PeerText peer;  // or the whole fingerprint of somebody who never was here
    std::optional<std::uint64_t> minutes;  // 1 to limits::ban_minutes_max; empty: for good
    std::string reason;
};

/// Answered by event::Bans.
struct Unban {
    std::string fingerprint;  // its beginning is enough when no other ban has it
};

struct ListBans {};

/// For as long as the room is open, also when he comes back. Answered by event::PeerChanged.
struct Mute {
    PeerText peer;
    bool is_muted = true;
};

/// Kept by key in the profile. Answered by event::PeerChanged.
struct SetRole {
    PeerText peer;
    Role role = Role::guest;  // guest or member
};

/// Kept in the profile, for every room it opens. Answered by event::Rules.
struct SetRules {
    RoomRules rules;
};
// ---- End of rights

/// Answered by event::PeerChanged, also when the name is the present one; slow_down when a room has
/// had to hear of too many new ones.
struct Rename {
    std::string name;
};

struct LoadHistory {
    PeerText conversation;                // empty or "everyone": the room
    std::optional<std::uint64_t> before;  // seq; of a person it counts what we have stored
    std::size_t limit = 200;
};

// ---- Ways in: only for a host

/// Answered by event::Invite.
struct MakeInvite {
    std::uint32_t minutes = 24 * 60;  // 1 to limits::invite_life_max
    std::uint32_t uses = 50;          // 1 to limits::invite_uses_max
};

/// Answered by event::Code; the code before it is void.
struct MakeCode {};

/// Answered by event::Invites.
struct RevokeInvite {
    std::string id;  // InviteState::id
};

/// Answered by event::Invites.
struct ListInvites {};

// ---- Trust

/// What is empty stays as it is; no longer verified ends auto-accept too. A size or a folder alone
/// changes the standing yes there is. Answered by event::TrustChanged when it is on disk. Faults:
/// bad_request for auto-accept of somebody who is not verified, and for a part of none.
struct Trust {
    PeerText peer;  // in the room, or anybody met by his whole fingerprint
    std::optional<bool> is_verified;
    std::optional<bool> has_auto_accept;
    // Of one offer, at least 1; auto_accept_bytes_usual for a new standing yes.
    std::optional<std::uint64_t> auto_accept_bytes_max;
    // Absolute; the default receive folder for a new standing yes.
    std::optional<std::filesystem::path> auto_accept_into;
};

/// Answered by event::Safety.
struct ShowSafety {
    PeerText peer;
};

/// Answered by event::Known.
struct ListKnown {};

/// The next key that answers at this address is taken on trust again. Answered by event::Known.
struct ForgetHost {
    std::string address;
};

struct ListPeers {};
struct ListTransfers {};

}  // namespace command

using CommandBody =
    std::variant<command::Host, command::Join, command::Leave, command::Say, command::Send,
                 command::Accept, command::Decline, command::Cancel, command::ListOffer,
                 command::Pause, command::Resume, command::Move, command::StartNow, command::Retry,
                 command::SetRateLimits, command::Kick, command::Rename, command::LoadHistory,
                 command::ListPeers, command::ListTransfers, command::MakeInvite, command::MakeCode,
                 command::RevokeInvite, command::ListInvites, command::Ban, command::Unban,
                 command::ListBans, command::Mute, command::SetRole, command::SetRules,
                 command::Trust, command::ShowSafety, command::ListKnown, command::ForgetHost>;

struct Command {
    CommandBody body;
    std::string ref;  // empty: none
};

}  // namespace dropline
