// An invite as the link that people hand on: where the host is, which key it has, a token that lets
// in, and what the room is called.
// Thread: any; pure. The token is a secret, and with it the whole link.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/api/fault.hpp"
#include "net/api/host_address.hpp"
#include "net/api/ids.hpp"
#include "net/api/secret.hpp"

namespace dropline {

struct Invite {
    std::vector<HostAddress> addresses;  // 1 to limits::invite_addresses_max, likeliest first
    PeerId host;
    Secret token;                // 26 base32 characters, upper case: 128 bits
    std::string room;            // made safe; what the link claims, perhaps empty
    bool is_single_use = false;  // lets one person in, then it is worth nothing to who reads it
};

/// "dropline://join?h=10.0.0.5:7788,[fd00::1]:7788&k=...&t=...&n=Physics%20101"; "&u=1" behind it
/// when it is for a single use.
std::string invite_link(const Invite& invite);

/// True for a text that means to be an invite, whatever is wrong with it.
bool looks_like_invite(std::string_view text);

/// Also takes "dropline:join?...", parts in any order, and parts that it does not know. Never
/// throws. Fault: bad_request; the sentence repeats nothing of the link.
Result<Invite> parse_invite(std::string_view link);

/// 128 random bits. Thread: any.
Secret make_invite_token();

/// Names an invite without giving its token away: 8 bytes of HKDF-SHA-256 (RFC 5869, no salt) of
/// the token's 16 bytes for the info "dropline invite", as 16 lower-case hexadecimal digits.
std::string invite_id(const Secret& token);

}  // namespace dropline
