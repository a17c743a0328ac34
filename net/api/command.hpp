// What the user, or a script, asks of the network: begin here, with event.hpp beside it.
// Thread: any. One struct per wish; `Node::submit` takes the variant. Every command may carry a
// `ref`, which the events it causes directly repeat.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "net/api/ids.hpp"
#include "net/api/values.hpp"

namespace dropline {

/// A person as the user wrote it: a name, a fingerprint prefix, or "everyone". Resolved by the
/// network thread against the people in the room. Code that holds an id writes `to_text(id)`.
using PeerText = std::string;

namespace command {

/// Opens a room. Leaves any present role first.
struct Host {
    std::uint16_t port = 7788;  // 0: the system chooses
    std::string bind_address;   // empty: every interface, IPv4 and IPv6
    std::string room_name;      // empty: "<name>'s room"
};

/// Joins a room. Leaves any present role first.
struct Join {
    std::string target;  // host[:port] or [ipv6]:port
};

/// Back to no role; the room is closed or left, its port free. Answered by event::RoleEnded.
struct Leave {};

struct Say {
    PeerText to;  // empty or "everyone": the room
    std::string text;
    MessageId id;  // zero: the network makes one
};

struct Send {
    PeerText to;
    std::vector<std::filesystem::path> paths;
};

struct Accept {
    TransferId transfer;
    std::filesystem::path into;  // an existing folder; empty: the default receive folder
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

struct Rename {
    std::string name;
};

struct LoadHistory {
    PeerText conversation;  // empty or "everyone": the room
    std::optional<std::uint64_t> before;
    std::size_t limit = 200;
};

struct ListPeers {};
struct ListTransfers {};

}  // namespace command

using CommandBody =
    std::variant<command::Host, command::Join, command::Leave, command::Say, command::Send,
                 command::Accept, command::Decline, command::Cancel, command::Kick, command::Rename,
                 command::LoadHistory, command::ListPeers, command::ListTransfers>;

struct Command {
    CommandBody body;
    std::string ref;  // empty: none
};

}  // namespace dropline
