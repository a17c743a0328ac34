// Accepts connections, bounds those of strangers, and brings them through the TLS handshake.
// Thread: net. It sorts by channel (ALPN) and decides nothing about who may come in.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/api/fault.hpp"
#include "net/link/clock.hpp"
#include "net/link/network.hpp"
#include "net/link/stranger_limit.hpp"
#include "net/link/task_scope.hpp"
#include "net/link/tls_context.hpp"
#include "net/link/tls_stream.hpp"

namespace dropline {

class Listener {
  public:
    /// A connection whose TLS handshake is done; `place` keeps counting it as a stranger until it
    /// is destroyed.
    using OnConnection = std::function<void(TlsStream, StrangerPlace place)>;

    Listener(asio::any_io_executor executor, Clock& clock, Network& network, const TlsContext& tls,
             OnConnection on_connection, ExpectOne expect_one = {});
    ~Listener();

    /// Faults: port_taken, cannot_listen, bad_request. Once only.
    Result<void> open(const std::string& bind_address, std::uint16_t port);

    /// Ends accepting and every handshake; the port is free when this returns.
    void close();

    std::uint16_t port() const { return port_; }
    const std::vector<Endpoint>& bound() const { return bound_; }

  private:
    struct State;
    static asio::awaitable<void> accept_loop(std::shared_ptr<State> state,
                                             std::shared_ptr<Acceptor> acceptor);
    static asio::awaitable<void> greet(std::shared_ptr<State> state, Connection connection,
                                       StrangerPlace place);

    std::shared_ptr<State> state_;
    std::uint16_t port_ = 0;
    std::vector<Endpoint> bound_;
};

}  // namespace dropline
