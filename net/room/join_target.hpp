// What a user may type to say which room: host, host:port, [ipv6]:port.
// Thread: any. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "net/api/fault.hpp"

namespace dropline {

inline constexpr std::uint16_t default_port = 7788;

struct JoinTarget {
    std::string host;
    std::uint16_t port = default_port;

    /// "host:port", the one form under which the host's key is remembered.
    std::string text() const;
};

/// Faults: bad_request with what is wrong and an example; not_available for invites.
Result<JoinTarget> parse_join_target(std::string_view text);

}  // namespace dropline
