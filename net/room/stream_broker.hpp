// The host's part in bringing two members together: tickets with each other's addresses, and the
// single-use tokens with which they may have their bytes relayed.
// Thread: net. Of what a connection is for it knows what the initiator says: a conversation or the
// bytes of a transfer.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/api/ids.hpp"
#include "net/link/frame_stream.hpp"
#include "net/link/stranger_limit.hpp"
#include "net/room/node_context.hpp"
#include "net/room/relay.hpp"
#include "net/room/relay_limits.hpp"
#include "net/wire/messages.hpp"

namespace dropline {

struct RelayHalf;

class StreamBroker {
  public:
    /// One of the two ends of a future connection.
    struct End {
        PeerId id;
        std::vector<std::string> candidates;
        bool is_host = false;
        std::string counts_as;  // in RelayEnds
    };

    /// `is_member` says who is in the room now: bytes are relayed for nobody else.
    StreamBroker(NodeContext& node, std::function<bool(const PeerId&)> is_member);
    ~StreamBroker();

    struct Tickets {
        wire::StreamTicket for_initiator;
        wire::StreamTicket for_other;
    };
    /// Tickets for both; with a relay behind them unless one of them is the host.
    Tickets issue(std::uint32_t request, wire::Purpose purpose, const End& initiator,
                  const End& other);

    /// A connection of the relay channel: waits for its other half, then copies.
    asio::awaitable<void> serve_relay(TlsStream stream, StrangerPlace place,
                                      std::shared_ptr<void> keep_alive);

    /// True when one of the members that are meant may still come to be relayed; once a token.
    bool expect_one(const std::function<bool(const PeerId&)>& is_meant);

    /// A member is gone: its tokens and relayed streams end.
    void drop_member(const PeerId& id);
    void stop();

    /// Relayed streams that run now.
    std::size_t relayed_count() const { return relays_.size(); }

  private:
    struct Token {
        StreamId stream;
        PeerId member;
        PeerId other;
        RelayEnds ends;
        wire::Purpose purpose;
        TimePoint expires;
        bool is_refused = false;   // there was no place when the other half came
        bool is_expected = false;  // a connection was let in that may be the one with it
    };
    /// Held from the arrival of a stream's first half to the stream's end.
    struct Place {
        PeerId a;
        PeerId b;
        RelayEnds ends;
        wire::Purpose purpose;
    };
    std::string new_token(Token token);
    Result<Token> redeem(const std::string& token, const PeerId& member);
    bool take_place(const Token& token);
    void give_back(const StreamId& stream);
    void forget_expired_tokens();
    void join(const Token& token, FrameStream first, FrameStream second,
              std::shared_ptr<void> keep_alive);

    NodeContext& node_;
    const std::function<bool(const PeerId&)> is_member_;
    std::map<std::string, Token> tokens_;
    std::map<StreamId, Place> places_;
    std::map<StreamId, std::shared_ptr<RelayHalf>> halves_;  // waiting for the other one
    std::map<StreamId, std::unique_ptr<Relay>> relays_;
    bool is_stopped_ = false;
};

}  // namespace dropline
