// The real network: TCP over IPv4 and IPv6.
// Thread: net.
#pragma once

#include <asio/any_io_executor.hpp>

#include <memory>

#include "net/link/name_look_up.hpp"
#include "net/link/network.hpp"

namespace dropline {

/// What asks `look_up` is called off at once, and given up after `limits::resolve_max`.
std::unique_ptr<Network> make_tcp_network(asio::any_io_executor executor,
                                          NameLookUp look_up = addresses_of);

}  // namespace dropline
