// The addresses of this machine that others on the network may reach.
// Thread: any.
#pragma once

#include <string>
#include <vector>

namespace dropline {

/// Numbers only: IPv4 of real interfaces first, then global IPv6, loopback last. Link-local IPv6
/// is left out: it means nothing without an interface name.
std::vector<std::string> reachable_local_addresses();

}  // namespace dropline
