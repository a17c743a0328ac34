#include "net/link/dialer.hpp"

#include <utility>

#include "net/api/limits.hpp"
#include "net/link/frame_stream.hpp"

namespace dropline {

namespace {

bool tells_more(const Fault& candidate, const Fault& than) {
    if (than.code == FaultCode::key_changed) return false;
    return candidate.code == FaultCode::key_changed ||
           (than.code == FaultCode::cannot_connect && candidate.code != FaultCode::cannot_connect);
}

}  // namespace

asio::awaitable<Result<TlsStream>> dial(Clock& clock, Network& network, const TlsContext& tls,
                                        Endpoint to, Channel channel,
                                        std::optional<PeerId> expected) {
    auto connection = co_await network.connect(clock, to);
    if (!connection) co_return connection.fault();
    TlsStream stream(std::move(*connection), TlsEngine::client(tls, channel, expected));
    const StreamDeadline deadline(clock, limits::tls_handshake_max, stream);
    const auto greeted = co_await stream.handshake();
    if (!greeted && greeted.fault().code == FaultCode::disconnected) {
        // A host that we are with is dropline: it has no place for one more connection just now.
        if (channel == Channel::relay) {
            co_return Fault{FaultCode::slow_down, "The host takes no more connections just now."};
        }
        if (!deadline.has_passed()) {
            co_return Fault{FaultCode::disconnected,
                            endpoint_text(to) + " closed the connection before it greeted."};
        }
        co_return Fault{FaultCode::cannot_connect,
                        endpoint_text(to) + " answered but did not greet; is it dropline?"};
    }
    if (!greeted) co_return greeted.fault();
    co_return Result<TlsStream>(std::move(stream));
}

asio::awaitable<Result<TlsStream>> dial_each(Clock& clock, Network& network, const TlsContext& tls,
                                             std::vector<Endpoint> addresses, Channel channel,
                                             std::optional<PeerId> expected) {
    std::optional<Fault> best;
    for (const Endpoint& address : addresses) {
        auto stream = co_await dial(clock, network, tls, address, channel, expected);
        if (stream) co_return stream;
        if (!best || tells_more(stream.fault(), *best)) best = stream.fault();
    }
    co_return best.value_or(Fault{FaultCode::cannot_connect, "There is no address to try."});
}

}  // namespace dropline
