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

/// How long to wait before somebody who is there is tried again, after so many failures before.
Duration peer_retry_delay(unsigned failures);

class PrivateLinks {
  public:
    using OnMessage = std::function<void(const PeerId&, wire::Message)>;
    using OnFailure = std::function<void(const Fault&)>;
    enum class Ending {
        unused,  // after long disuse: nothing can have been on its way
        broken
    };
    using OnLost = std::function<void(const PeerId&, Ending)>;

    PrivateLinks(NodeContext& node, RoomAccess& room, PeerConnector& connector,
                 OnMessage on_message);

    /// Sends now, or as soon as the connection stands; a host that is too busy to bring two people
    /// together is asked again. `on_failure` (may be empty) is called when no connection could be
    /// made; a message handed to a connection that breaks later may be lost, and `on_lost` tells.
    void send(const PeerId& peer, wire::Message message, OnFailure on_failure);

    /// Called when a connection to somebody who is still in the room has ended.
    void on_lost(OnLost handler) { on_lost_.push_back(std::move(handler)); }
    /// Called when a connection stands, whoever opened it, and what waited has been written.
    void on_ready(std::function<void(const PeerId&)> handler) {
        on_ready_.push_back(std::move(handler));
    }

    /// While this holds for a peer the connection stays, however long nothing is said on it: a
    /// pause or an end of what goes on between us is not to wait for a new one.
    void keep_while(std::function<bool(const PeerId&)> is_needed) {
        is_needed_ = std::move(is_needed);
    }

    /// A conversation that the other side opened.
    void on_connection(PeerConnection connection);

    /// True while what was sent still waits for a connection.
    bool is_connecting(const PeerId& peer) const;
    /// Ends what there is, at once; either side may open it again.
    void close(const PeerId& peer, const Fault& fault);
    /// The host relays no more streams: gives back those that nothing uses just now.
    void make_room();

    /// The peer has left the room.
    void drop(const PeerId& peer);
    void stop();

  private:
    struct Waiting {
        wire::Message message;
        OnFailure on_failure;
    };
    struct Line {
        std::shared_ptr<Session> session;
        bool is_relayed = false;
        bool is_written_to = false;
    };
    struct Link {
        std::vector<Line> lines;
        std::deque<Waiting> waiting;
        bool is_connecting = false;
        ScheduledCallPtr retry;     // set: the host was too busy
        unsigned busy_answers = 0;  // in a row
        unsigned presence = 0;      // grows when the peer leaves: what was under way then is stale
        TimePoint last_used;
        ScheduledCallPtr idle_check;
    };

    void connect(const PeerId& peer);
    void adopt(PeerConnection connection);
    void on_message(const PeerId& peer, const std::shared_ptr<Session>& from,
                    wire::Message message);
    void on_not_connected(const PeerId& peer, const Fault& fault);
    void flush(Link& link);
    void fail_waiting(const PeerId& peer, const Fault& fault);
    void forget_session(const PeerId& peer, const Session* session, bool is_idle_end);
    void watch_idleness(const PeerId& peer, Link& link);
    void close_if_idle(const PeerId& peer);
    bool is_needed(const PeerId& peer) const;
    static Line* writable(Link& link);
    static void give_up_one_too_many(Link& link);
    static Duration idle_max(Link& link);
    static void part(const Link& link);
    static void part(const Line& line);

    NodeContext& node_;
    RoomAccess& room_;
    PeerConnector& connector_;
    OnMessage on_message_;
    std::vector<OnLost> on_lost_;
    std::vector<std::function<void(const PeerId&)>> on_ready_;
    std::function<bool(const PeerId&)> is_needed_;
    std::map<PeerId, Link> links_;
    bool is_stopped_ = false;
};

}  // namespace dropline
