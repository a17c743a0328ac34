// A TLS connection for the network thread: the engine of tls_engine.hpp over one stream socket.
// Thread: net. At most one read and one write at a time. It sets no deadlines: whoever owns it
// closes it when time is up, and the pending operation then ends with a fault.
#pragma once

#include <asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include "net/api/fault.hpp"
#include "net/link/network.hpp"
#include "net/link/thread_check.hpp"
#include "net/link/tls_engine.hpp"

namespace dropline {

class TlsStream {
  public:
    TlsStream(Connection connection, TlsEngine engine);
    TlsStream(TlsStream&&) = default;
    TlsStream& operator=(TlsStream&&) = default;

    asio::awaitable<Result<void>> handshake();

    using Sink = std::function<void(std::span<const std::byte>)>;
    /// Gives decrypted bytes to `take` and returns how many; 0 means that the other side closed
    /// cleanly. A connection that waits here owns no buffer. Faults: disconnected for an end
    /// without a clean close, and whatever the engine says.
    asio::awaitable<Result<std::size_t>> read_some(Sink take);

    /// All of it is on its way when this returns.
    asio::awaitable<Result<void>> write(std::span<const std::byte> plain);

    /// Tells the other side that nothing more comes.
    asio::awaitable<void> send_close();

    /// Ends every pending operation. Any number of times.
    void close();
    bool is_open() const { return socket_.is_open(); }

    const PeerId& peer() const { return engine_.peer(); }
    std::optional<PeerId> seen_peer() const { return engine_.seen_peer(); }
    Channel channel() const { return engine_.channel(); }
    Result<std::string> channel_binding() const { return engine_.channel_binding(); }
    /// The ends of the socket; of a relayed connection, those towards the host.
    const Endpoint& remote() const { return remote_; }
    const Endpoint& local() const { return local_; }

    /// For a bulk thread: socket and engine as they are. The stream is empty afterwards.
    struct Parts {
        Socket socket;
        TlsEngine engine;
    };
    Parts release() &&;

  private:
    asio::awaitable<Result<void>> flush();
    asio::awaitable<Result<void>> receive();

    ThreadCheck thread_;
    Socket socket_;
    TlsEngine engine_;
    Endpoint local_;
    Endpoint remote_;
    bool is_flushing_ = false;
};

}  // namespace dropline
