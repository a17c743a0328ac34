// The real network: TCP over IPv4 and IPv6.
// Thread: net.
#pragma once

#include <asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/link/network.hpp"

namespace dropline {

/// All addresses of a name, empty when there is none; it may take its time. Thread: any.
using NameLookUp = std::function<std::vector<asio::ip::address>(const std::string& host)>;

/// The system's own. Thread: any.
std::vector<asio::ip::address> addresses_of(const std::string& host);

/// What asks `look_up` is called off at once, and given up after `limits::resolve_max`.
std::unique_ptr<Network> make_tcp_network(asio::any_io_executor executor,
                                          NameLookUp look_up = addresses_of);

}  // namespace dropline
