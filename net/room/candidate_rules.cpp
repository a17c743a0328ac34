#include "net/room/candidate_rules.hpp"

#include <algorithm>

#include "net/api/limits.hpp"

namespace dropline {

namespace {

using asio::ip::address;

bool is_in(const asio::ip::address_v4& v4, std::uint32_t network, unsigned prefix_bits) {
    const std::uint32_t mask = ~std::uint32_t{0} << (32U - prefix_bits);
    return (v4.to_uint() & mask) == network;
}

/// RFC 1918, RFC 3927 (link-local), RFC 6598 (shared address space).
bool is_private(const asio::ip::address_v4& v4) {
    return is_in(v4, 0x0A000000, 8) || is_in(v4, 0xAC100000, 12) || is_in(v4, 0xC0A80000, 16) ||
           is_in(v4, 0xA9FE0000, 16) || is_in(v4, 0x64400000, 10);
}

/// RFC 4193 (unique local) and link-local.
bool is_private(const asio::ip::address_v6& v6) {
    constexpr unsigned char unique_local_mask = 0xFE;
    constexpr unsigned char unique_local = 0xFC;
    return (v6.to_bytes()[0] & unique_local_mask) == unique_local || v6.is_link_local();
}

bool is_same_subnet(const address& a, const address& b) {
    if (a.is_v4() != b.is_v4()) return false;
    if (a.is_v4()) return (a.to_v4().to_uint() >> 8U) == (b.to_v4().to_uint() >> 8U);
    constexpr std::ptrdiff_t prefix_bytes = 8;
    const auto left = a.to_v6().to_bytes();
    const auto right = b.to_v6().to_bytes();
    return std::equal(left.begin(), left.begin() + prefix_bytes, right.begin());
}

bool is_near(const address& candidate, const std::vector<address>& own_addresses) {
    const bool is_private_address =
        candidate.is_v4() ? is_private(candidate.to_v4()) : is_private(candidate.to_v6());
    return is_private_address ||
           std::any_of(own_addresses.begin(), own_addresses.end(), [&](const address& own) {
               return !own.is_loopback() && is_same_subnet(candidate, own);
           });
}

bool may_dial(const Endpoint& endpoint, const std::vector<address>& own_addresses,
              bool may_be_loopback) {
    const address& candidate = endpoint.address();
    if (endpoint.port() < limits::candidate_port_min) return false;
    if (candidate.is_unspecified() || candidate.is_multicast()) return false;
    if (candidate.is_loopback()) return may_be_loopback;
    return is_near(candidate, own_addresses);
}

}  // namespace

std::vector<Endpoint> dialable(const std::vector<std::string>& named,
                               const std::vector<address>& own_addresses, bool may_be_loopback) {
    std::vector<Endpoint> endpoints;
    for (const std::string& text : named) {
        if (endpoints.size() == limits::candidates_max) break;
        const auto endpoint = parse_endpoint(text);
        if (!endpoint || !may_dial(*endpoint, own_addresses, may_be_loopback)) continue;
        const bool is_new =
            std::find(endpoints.begin(), endpoints.end(), *endpoint) == endpoints.end();
        if (is_new) endpoints.push_back(*endpoint);
    }
    return endpoints;
}

}  // namespace dropline
