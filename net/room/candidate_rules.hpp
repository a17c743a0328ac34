// Which of the addresses that others name we are willing to dial (C20): a hostile member must not
// be able to aim our connections at third parties.
// Thread: any. Pure.
#pragma once

#include <string>
#include <vector>

#include "net/link/network.hpp"

namespace dropline {

/// At most `limits::candidates_max` of `named`, in order, without repetition: numbers only, ports
/// from `limits::candidate_port_min`, private or link-local or in the subnet (/24, /64) of one of
/// `own_addresses`; loopback only when `may_be_loopback`.
std::vector<Endpoint> dialable(const std::vector<std::string>& named,
                               const std::vector<asio::ip::address>& own_addresses,
                               bool may_be_loopback);

}  // namespace dropline
