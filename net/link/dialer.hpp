// Reaches one member or host: tries every address, the first whose key fits wins.
// Thread: net.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "net/api/fault.hpp"
#include "net/link/clock.hpp"
#include "net/link/network.hpp"
#include "net/link/task_scope.hpp"
#include "net/link/tls_context.hpp"
#include "net/link/tls_stream.hpp"

namespace dropline {

/// One TCP connection and TLS handshake, within `limits::dial_timeout` together. `expected`: the
/// only key accepted; the fault key_changed shows both. Whoever closes the connection before the
/// greeting is the fault disconnected: a host does that to an address that comes too often. On the
/// relay channel, where it is known to be a host, the fault is slow_down.
asio::awaitable<Result<TlsStream>> dial(Clock& clock, Network& network, const TlsContext& tls,
                                        Endpoint to, Channel channel,
                                        std::optional<PeerId> expected);

/// `dial` for one address after the other; the fault is that of the first address, or the most
/// telling one (a changed key is never hidden behind "does not answer").
asio::awaitable<Result<TlsStream>> dial_each(Clock& clock, Network& network, const TlsContext& tls,
                                             std::vector<Endpoint> addresses, Channel channel,
                                             std::optional<PeerId> expected);

}  // namespace dropline
