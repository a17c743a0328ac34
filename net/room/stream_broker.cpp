#include "net/room/stream_broker.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <utility>

#include "net/api/limits.hpp"

namespace dropline {

/// The first of two members to arrive, until the second comes.
struct RelayHalf {
    FrameStream stream;
    ScheduledCallPtr limit;
    std::shared_ptr<void> keep_alive;
};

StreamBroker::StreamBroker(NodeContext& node, std::function<bool(const PeerId&)> is_member)
    : node_(node), is_member_(std::move(is_member)) {}
StreamBroker::~StreamBroker() = default;

StreamBroker::Tickets StreamBroker::issue(std::uint32_t request, const End& initiator,
                                          const End& other) {
    forget_expired_tokens();
    const auto stream = random_id<StreamId>();
    const bool has_relay = !initiator.is_host && !other.is_host;
    const auto token = [&](const PeerId& member, const PeerId& peer) {
        // Without a relay the field still has its length, and the token opens nothing.
        return has_relay ? new_token(stream, member, peer)
                         : std::string(limits::relay_token_bytes, '\0');
    };
    return {wire::StreamTicket{request, stream, other.id, true, other.candidates,
                               token(initiator.id, other.id)},
            wire::StreamTicket{0, stream, initiator.id, false, initiator.candidates,
                               token(other.id, initiator.id)}};
}

asio::awaitable<void> StreamBroker::serve_relay(TlsStream stream, StrangerPlace place,
                                                std::shared_ptr<void> keep_alive) {
    FrameStream frames(std::move(stream));
    const StreamDeadline deadline(node_.clock, limits::tls_handshake_max, frames.stream());
    const GivesWay gives_way(place, frames.stream());
    const auto opened = co_await frames.receive(wire::Phase::relay_expects_open);
    if (!opened || is_stopped_) co_return;
    const auto token = redeem(std::get<wire::RelayOpen>(*opened).token, frames.peer());
    if (!token) {
        const wire::Refused refusal{wire::RefusalCode::unknown_stream, token.fault().sentence, 0};
        co_await frames.refuse(node_.clock, refusal);
        co_return;
    }
    if (const auto over = over_limit(*token)) {
        const wire::Refused refusal{wire::RefusalCode::rate_limited, over->sentence, 0};
        // The other one, here already or still to come, would wait in vain.
        const auto first = halves_.extract(token->stream);
        for (auto& [text, other] : tokens_) {
            if (other.stream == token->stream) other.is_refused = true;
        }
        co_await frames.refuse(node_.clock, refusal);
        if (!first.empty()) co_await first.mapped()->stream.refuse(node_.clock, refusal);
        co_return;
    }
    // Whoever has a token is no stranger.
    place.reset();
    const auto half = halves_.find(token->stream);
    if (half == halves_.end()) {
        auto limit = node_.clock.call_after(limits::relay_token_life,
                                            [this, id = token->stream] { halves_.erase(id); });
        halves_.emplace(token->stream,
                        std::make_shared<RelayHalf>(
                            RelayHalf{std::move(frames), std::move(limit), std::move(keep_alive)}));
        co_return;
    }
    FrameStream first = std::move(half->second->stream);
    halves_.erase(half);
    const wire::Message ready = wire::RelayReady{};
    const auto first_told = co_await first.send(ready);
    const auto second_told = co_await frames.send(ready);
    // While they were told, one of them may have been sent away.
    const bool are_here = is_member_(token->member) && is_member_(token->other);
    if (first_told && second_told && are_here && !is_stopped_) {
        join(*token, std::move(first), std::move(frames), std::move(keep_alive));
    }
}

/// From here on both sockets carry what the members say to each other, and nothing of ours.
void StreamBroker::join(const Token& token, FrameStream first, FrameStream second,
                        std::shared_ptr<void> keep_alive) {
    Socket socket_a = std::move(first).release().stream.release().socket;
    Socket socket_b = std::move(second).release().stream.release().socket;
    auto on_end = [this, id = token.stream, keep_alive] { relays_.erase(id); };
    relays_.emplace(token.stream,
                    std::make_unique<Relay>(node_.executor, token.member, std::move(socket_a),
                                            token.other, std::move(socket_b), std::move(on_end)));
}

void StreamBroker::drop_member(const PeerId& id) {
    std::erase_if(tokens_, [&id](const auto& entry) {
        return entry.second.member == id || entry.second.other == id;
    });
    for (const auto& [stream, relay] : relays_) {
        if (relay->involves(id)) relay->stop();
    }
}

void StreamBroker::stop() {
    is_stopped_ = true;
    tokens_.clear();
    halves_.clear();
    for (const auto& [stream, relay] : relays_) relay->stop();
}

std::string StreamBroker::new_token(const StreamId& stream, const PeerId& member,
                                    const PeerId& other) {
    std::string token(limits::relay_token_bytes, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(token.data()),
                   static_cast<int>(token.size())) != 1) {
        throw std::runtime_error("the system's random generator failed");
    }
    tokens_[token] = {stream, member, other, node_.clock.now() + limits::relay_token_life};
    return token;
}

Result<StreamBroker::Token> StreamBroker::redeem(const std::string& token, const PeerId& member) {
    const auto found = tokens_.find(token);
    const bool is_good = found != tokens_.end() && found->second.member == member &&
                         found->second.expires > node_.clock.now();
    if (!is_good) {
        return Fault{FaultCode::refused, "This relay token is unknown, used or too old."};
    }
    Token redeemed = found->second;
    tokens_.erase(found);
    return redeemed;
}

std::optional<Fault> StreamBroker::over_limit(const Token& token) const {
    const Fault full{FaultCode::slow_down, "The host already relays as much as it may."};
    if (token.is_refused) return full;
    std::vector<RelayEnds> running;
    for (const auto& [stream, relay] : relays_) running.push_back(relay->ends());
    if (may_relay_also(running, {token.member, token.other})) return std::nullopt;
    return full;
}

void StreamBroker::forget_expired_tokens() {
    const TimePoint now = node_.clock.now();
    std::erase_if(tokens_, [now](const auto& entry) { return entry.second.expires <= now; });
}

}  // namespace dropline
