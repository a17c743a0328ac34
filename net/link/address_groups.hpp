// What counts as one address, and what as one network, where connections and mistakes are counted.
// Thread: any. Pure: who our neighbours are is told by the caller.
#pragma once

#include <asio/ip/address.hpp>

#include <functional>
#include <string>
#include <vector>

namespace dropline {

/// The addresses of this machine, asked for when they matter.
using OwnAddresses = std::function<std::vector<asio::ip::address>()>;

struct AddressGroups {
    /// An IPv4 address. Of IPv6 the /64 that a household has; but each address by itself in a
    /// network that we are in, where a /64 is everybody. All of loopback is one.
    std::string address;
    /// One step wider: the /24 of IPv4, the /64 of our neighbours, the /48 of other households.
    std::string network;
    bool is_loopback = false;
    bool is_v6 = false;  // one machine can have any number of addresses of the network
};

/// `own` may be empty: then only link-local and unique local addresses are neighbours.
AddressGroups groups_of(const asio::ip::address& address, const OwnAddresses& own);

}  // namespace dropline
