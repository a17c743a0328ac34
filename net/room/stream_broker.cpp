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

StreamBroker::Tickets StreamBroker::issue(std::uint32_t request, wire::Purpose purpose,
                                          const End& initiator, const End& other) {
    forget_expired_tokens();
    const auto stream = random_id<StreamId>();
    const RelayEnds ends{initiator.counts_as, other.counts_as};
    const bool has_relay = !initiator.is_host && !other.is_host;
    const auto token = [&](const PeerId& member, const PeerId& peer) {
        // Without a relay the field still has its length, and the token opens nothing.
        return has_relay ? new_token({stream, member, peer, ends, purpose,
                                      node_.clock.now() + limits::relay_token_life})
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
    // Whoever has a token is no stranger.
    place->give_rate_back(node_.clock.now());
    place.reset();
    if (!take_place(*token)) {
        const wire::Refused refusal{wire::RefusalCode::rate_limited,
                                    "The host already relays as much as it may.", 0};
        co_await frames.refuse(node_.clock, refusal);
        co_return;
    }
    const auto half = halves_.find(token->stream);
    if (half == halves_.end()) {
        auto limit = node_.clock.call_after(limits::relay_token_life, [this, id = token->stream] {
            give_back(id);
            halves_.erase(id);
        });
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
    } else {
        give_back(token->stream);
    }
}

/// From here on both sockets carry what the members say to each other, and nothing of ours.
void StreamBroker::join(const Token& token, FrameStream first, FrameStream second,
                        std::shared_ptr<void> keep_alive) {
    Socket socket_a = std::move(first).release().stream.release().socket;
    Socket socket_b = std::move(second).release().stream.release().socket;
    auto on_end = [this, id = token.stream, keep_alive] {
        relays_.erase(id);
        give_back(id);
    };
    const std::size_t window_bytes = token.purpose == wire::Purpose::conversation
                                         ? limits::relay_conversation_window_bytes
                                         : limits::relay_window_bytes;
    auto relay = Relay::start(node_.executor, token.member, std::move(socket_a), token.other,
                              std::move(socket_b), window_bytes, std::move(on_end));
    // Both see that the connection ends; they may ask again.
    if (!relay) return give_back(token.stream);
    relays_.emplace(token.stream, std::move(relay));
}

void StreamBroker::drop_member(const PeerId& id) {
    std::erase_if(tokens_, [&id](const auto& entry) {
        return entry.second.member == id || entry.second.other == id;
    });
    for (const auto& [stream, relay] : relays_) {
        if (relay->involves(id)) relay->stop();
    }
    std::erase_if(places_, [&](const auto& entry) {
        const auto& [stream, place] = entry;
        const bool is_left = place.a == id || place.b == id;
        // Of a half that nobody will come to any more.
        return is_left && halves_.erase(stream) > 0;
    });
}

void StreamBroker::stop() {
    is_stopped_ = true;
    tokens_.clear();
    halves_.clear();
    places_.clear();
    for (const auto& [stream, relay] : relays_) relay->stop();
}

std::string StreamBroker::new_token(Token meaning) {
    std::string token(limits::relay_token_bytes, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(token.data()),
                   static_cast<int>(token.size())) != 1) {
        throw std::runtime_error("the system's random generator failed");
    }
    tokens_[token] = std::move(meaning);
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

bool StreamBroker::expect_one(const std::function<bool(const PeerId&)>& is_meant) {
    const TimePoint now = node_.clock.now();
    const auto found = std::ranges::find_if(tokens_, [&](const auto& entry) {
        const Token& token = entry.second;
        return !token.is_expected && token.expires > now && is_meant(token.member);
    });
    if (found == tokens_.end()) return false;
    found->second.is_expected = true;
    return true;
}

/// Both halves hear the same: one that came in just when a place was free would wait for nobody.
bool StreamBroker::take_place(const Token& token) {
    if (token.is_refused) return false;
    if (places_.contains(token.stream)) return true;
    std::vector<RelayEnds> taken;
    for (const auto& [stream, place] : places_) {
        if (place.purpose == token.purpose) taken.push_back(place.ends);
    }
    const bool is_conversation = token.purpose == wire::Purpose::conversation;
    if (may_relay_also(taken, token.ends, is_conversation ? conversation_budget : bulk_budget)) {
        places_.emplace(token.stream, Place{token.member, token.other, token.ends, token.purpose});
        return true;
    }
    for (auto& [secret, other_half] : tokens_) {
        if (other_half.stream == token.stream) other_half.is_refused = true;
    }
    return false;
}

void StreamBroker::give_back(const StreamId& stream) { places_.erase(stream); }

void StreamBroker::forget_expired_tokens() {
    const TimePoint now = node_.clock.now();
    std::erase_if(tokens_, [now](const auto& entry) { return entry.second.expires <= now; });
}

}  // namespace dropline
