// The standing connection to each member with whom we talk privately or negotiate files: opened
// when first needed, closed when long unused.
// Thread: net. It knows no message kinds; what it carries is read by the chat and the transfers.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "net/link/session.hpp"
#include "net/room/node_context.hpp"
#include "net/room/peer_connector.hpp"

namespace dropline {

class PrivateLinks {
  public:
    using OnMessage = std::function<void(const PeerId&, wire::Message)>;
    using OnFailure = std::function<void(const Fault&)>;

    PrivateLinks(NodeContext& node, RoomAccess& room, PeerConnector& connector,
                 OnMessage on_message);

    /// Sends now, or as soon as the connection stands. `on_failure` (may be empty) is called when
    /// it could not be made; a message handed to a connection that breaks later is lost, and
    /// `on_lost` tells.
    void send(const PeerId& peer, wire::Message message, OnFailure on_failure);

    /// Called when the last connection to a peer has ended otherwise than by long disuse.
    void on_lost(std::function<void(const PeerId&)> handler) {
        on_lost_.push_back(std::move(handler));
    }

    /// A conversation that the other side opened.
    void on_connection(PeerConnection connection);

    /// True while what was sent still waits for a connection.
    bool is_connecting(const PeerId& peer) const;
    /// Ends what there is, at once; either side may open it again.
    void close(const PeerId& peer, const Fault& fault);

    /// The peer has left the room.
    void drop(const PeerId& peer);
    void stop();

  private:
    struct Waiting {
        wire::Message message;
        OnFailure on_failure;
    };
    struct Link {
        std::vector<std::shared_ptr<Session>> sessions;
        std::deque<Waiting> waiting;
        bool is_connecting = false;
        unsigned presence = 0;  // grows when the peer leaves: what was under way then is stale
        TimePoint last_used;
        ScheduledCallPtr idle_check;
    };

    void connect(const PeerId& peer);
    void adopt(PeerConnection connection);
    void flush(Link& link);
    void fail_waiting(const PeerId& peer, const Fault& fault);
    void forget_session(const PeerId& peer, const Session* session, bool is_idle_end);
    void watch_idleness(const PeerId& peer, Link& link);
    void close_if_idle(const PeerId& peer);

    NodeContext& node_;
    RoomAccess& room_;
    PeerConnector& connector_;
    OnMessage on_message_;
    std::vector<std::function<void(const PeerId&)>> on_lost_;
    std::map<PeerId, Link> links_;
    bool is_stopped_ = false;
};

}  // namespace dropline
