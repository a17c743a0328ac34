// How connections come about: resolve, connect, listen. The only thing under net/ that a test
// replaces (by pairs of connected sockets in memory), besides the clock.
// Thread: net. Sockets are plain stream sockets; TLS is put on top elsewhere.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/generic/stream_protocol.hpp>
#include <asio/ip/tcp.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/api/fault.hpp"
#include "net/link/clock.hpp"

namespace dropline {

using Socket = asio::generic::stream_protocol::socket;
using Endpoint = asio::ip::tcp::endpoint;

/// A connected socket and its two ends, as this side sees them.
struct Connection {
    Socket socket;
    Endpoint local;
    Endpoint remote;
};

class Acceptor {
  public:
    virtual ~Acceptor() = default;
    /// The next connection. A fault of code slow_down means that one could not be taken now, for
    /// want of descriptors perhaps: wait, then ask again. `cancelled`: the acceptor was closed.
    virtual asio::awaitable<Result<Connection>> accept() = 0;
    virtual Endpoint local() const = 0;
    virtual void close() = 0;
};

class Network {
  public:
    virtual ~Network() = default;

    /// Every address of the name, in the order to try. Faults: cannot_resolve.
    virtual asio::awaitable<Result<std::vector<Endpoint>>> resolve(std::string host,
                                                                   std::uint16_t port) = 0;

    /// A connection without delay of small writes, within `limits::dial_timeout` of
    /// `clock`. Faults: cannot_connect.
    virtual asio::awaitable<Result<Connection>> connect(Clock& clock, Endpoint to) = 0;

    /// One acceptor per address family; both share a port. `bind_address` empty: every interface.
    /// Port 0: the system chooses. Faults: port_taken (names who has it if it can be told),
    /// cannot_listen.
    virtual Result<std::vector<std::unique_ptr<Acceptor>>> listen(const std::string& bind_address,
                                                                  std::uint16_t port) = 0;

    /// Addresses of this machine that others may reach, the likeliest first, loopback last.
    virtual std::vector<asio::ip::address> local_addresses() = 0;
};

/// "1.2.3.4:5" or "[::1]:5"; IPv4 addresses mapped into IPv6 are written as IPv4.
std::string endpoint_text(const Endpoint& endpoint);
/// The reverse, numbers only; nothing for anything else.
std::optional<Endpoint> parse_endpoint(std::string_view text);
/// An IPv4 address mapped into IPv6 becomes that IPv4 address.
asio::ip::address plain_address(const asio::ip::address& address);

}  // namespace dropline
