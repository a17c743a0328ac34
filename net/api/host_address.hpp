// Where a host is, as people write it: host, host:port, [ipv6]:port.
// Thread: any. Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/api/fault.hpp"

namespace dropline {

inline constexpr std::uint16_t default_port = 7788;

struct HostAddress {
    std::string host;  // lower case, without brackets
    std::uint16_t port = default_port;

    /// "host:port", the one form under which the host's key is remembered.
    std::string text() const;

    friend auto operator<=>(const HostAddress&, const HostAddress&) = default;
};

/// Fault: bad_request with what is wrong and an example.
Result<HostAddress> parse_host_address(std::string_view text);

}  // namespace dropline
