// What a person may type or paste to say which room, and how to get in: one field takes all of it.
// Thread: any. Pure. The window asks it what it understood, the network what to do.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/api/fault.hpp"
#include "net/api/host_address.hpp"
#include "net/api/ids.hpp"
#include "net/api/secret.hpp"

namespace dropline {

enum class SecretKind { invite, code, password, code_or_password };

/// A secret in the one spelling that is proven.
struct JoinSecret {
    SecretKind kind = SecretKind::password;
    Secret text;
};

/// Where to go, whom to expect there, and what to prove.
struct JoinTarget {
    std::vector<HostAddress> addresses;  // 1 to limits::invite_addresses_max, in the order to try
    std::optional<PeerId> host;          // the only key to accept, when an invite named it
    std::optional<JoinSecret> secret;
    std::string room;  // what an invite calls the room; made safe, perhaps empty

    /// The address that goes first, for people and for the settings: nothing secret.
    std::string text() const { return addresses.front().text(); }
};

/// Takes an invite link, also one in the middle of a sentence, "address", "address code" and
/// "address password". Fault: bad_request; the sentence repeats an address, never what may be a
/// secret.
Result<JoinTarget> understand_join_text(std::string_view typed);

/// A code or password given for itself. Ten characters that may be either are both; written with
/// its dash a code is a code. Fault: bad_request.
Result<JoinSecret> understand_secret(const Secret& typed);

}  // namespace dropline
