// The real network: TCP over IPv4 and IPv6.
// Thread: net.
#pragma once

#include <asio/any_io_executor.hpp>

#include <memory>

#include "net/link/network.hpp"

namespace dropline {

std::unique_ptr<Network> make_tcp_network(asio::any_io_executor executor);

}  // namespace dropline
