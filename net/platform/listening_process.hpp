// Which process of this machine listens on a TCP port.
// Thread: any; reads /proc, may take milliseconds. Best effort: other users' processes are hidden.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace dropline {

/// "name (process 123)", or nothing when it cannot be told.
std::optional<std::string> listening_process(std::uint16_t port);

}  // namespace dropline
