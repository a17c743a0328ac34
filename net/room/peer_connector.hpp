// Brings two members together: directly, in both directions at once, else through the host.
// Thread: net. Every connection it gives out is TLS between the two keys that the host's ticket
// names; the host relays only ciphertext. What the connection is for is said inside it.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "net/api/fault.hpp"
#include "net/api/values.hpp"
#include "net/link/frame_stream.hpp"
#include "net/link/rate_limit.hpp"
#include "net/link/stranger_limit.hpp"
#include "net/link/task_scope.hpp"
#include "net/room/node_context.hpp"
#include "net/room/room_access.hpp"
#include "net/wire/messages.hpp"

namespace dropline {

/// A connection that both sides have agreed on.
struct PeerConnection {
    FrameStream stream;
    PeerId peer;
    Path path = Path::direct;
    wire::Purpose purpose = wire::Purpose::conversation;
    TransferId transfer;
};

/// Which paths an attempt may end on.
enum class Reach { any, direct };

class PeerConnector {
  public:
    using Done = std::function<void(Result<PeerConnection>)>;

    /// `on_incoming` gets connections that the other side asked for. Both references must
    /// outlive the connector.
    PeerConnector(NodeContext& node, RoomAccess& room,
                  std::function<void(PeerConnection)> on_incoming);
    ~PeerConnector();

    /// Asks for a connection, as soon as the host may be asked for one more; those for
    /// conversations come first. `done` is called once, within `limits::dial_timeout` and the time
    /// for relaying from then on. Faults: cannot_connect, refused, timed_out, cancelled; slow_down
    /// when the host relays as much as it may.
    void connect(const PeerId& peer, wire::Purpose purpose, const TransferId& transfer, Done done,
                 Reach reach = Reach::any);

    /// Called when the host has no place for one more relayed stream.
    void on_relay_full(std::function<void()> handler) { on_relay_full_ = std::move(handler); }

    /// The host's answers, and its notices that somebody wants to reach us.
    void on_ticket(const wire::StreamTicket& ticket);
    void on_refused(const wire::StreamRefused& refusal);

    /// A connection of the peer channel that came in at our listener.
    void on_inbound(TlsStream stream, StrangerPlace place);

    /// True when a connection may come to our listener from this address, because of a ticket that
    /// is not used up; once a ticket.
    bool expect_one_from(const std::string& address);

    /// This person is to be reached no more, and reaches us no more by a ticket he still has.
    void drop(const PeerId& peer);

    /// This person has left, or we have: what the host has not answered yet is answered with
    /// `cancelled`. Connections that are being made may still come about.
    void withdraw(const PeerId& peer);

    /// Ends everything; what waits is answered with `cancelled`.
    void stop();

  private:
    struct Pending;
    struct Attempt;
    using AttemptPtr = std::shared_ptr<Attempt>;
    /// What was asked for here comes before what others ask of us, and of each ticket its likeliest
    /// address before the others.
    struct DialRank {
        bool is_unasked = false;
        std::size_t place = 0;  // among the candidates
        friend auto operator<=>(const DialRank&, const DialRank&) = default;
    };
    struct DueDial {
        AttemptPtr attempt;
        Endpoint to;
    };

    void ask_due();
    void ask_later(Duration wait);
    void spawn(asio::awaitable<void> task);
    bool may_attempt(const wire::StreamTicket& ticket) const;
    void begin_direct(const AttemptPtr& attempt);
    void dial_due();
    void begin_relayed(const AttemptPtr& attempt);
    asio::awaitable<void> try_direct(AttemptPtr attempt, Endpoint to);
    asio::awaitable<void> try_relayed(AttemptPtr attempt);
    asio::awaitable<Result<TlsStream>> open_relay(const AttemptPtr& attempt);
    asio::awaitable<void> greet_inbound(TlsStream stream, StrangerPlace place);
    asio::awaitable<AttemptPtr> await_ticket(StreamId stream, PeerId peer);
    asio::awaitable<void> greet_as_dialer(AttemptPtr attempt, FrameStream stream, Path path);
    asio::awaitable<void> greet_as_dialled(AttemptPtr attempt, FrameStream stream, Path path);
    asio::awaitable<void> choose(AttemptPtr attempt, FrameStream stream, Path path);
    asio::awaitable<void> await_choice(AttemptPtr attempt, FrameStream stream, Path path);
    void fail(const AttemptPtr& attempt, Fault fault);
    std::optional<Pending> settle(Attempt& attempt);
    bool may_greet(Attempt& attempt, StrangerSeat& seat);
    /// A place among those that dial others, until the end of its scope.
    struct DirectDial;
    /// A place among those that dial the host, until the end of its scope.
    struct RelayTurn;
    asio::awaitable<void> await_relay_turn();

    NodeContext& node_;
    RoomAccess& room_;
    std::function<void(PeerConnection)> on_incoming_;
    TaskScope tasks_;
    std::uint32_t last_request_ = 0;
    std::map<std::uint32_t, Pending> pending_;
    std::set<std::pair<wire::Purpose, std::uint32_t>> unasked_;  // wishes the host has not heard
    RateLimit pace_;
    ScheduledCallPtr next_ask_;
    std::function<void()> on_relay_full_;
    std::size_t relay_dials_ = 0;
    asio::steady_timer relay_turn_;  // never expires; cancelled to wake those who wait
    std::multimap<DialRank, DueDial> due_dials_;
    std::size_t direct_dials_ = 0;  // under way
    std::unordered_map<StreamId, AttemptPtr> attempts_;
    std::size_t unasked_attempts_ = 0;  // of these
    std::unordered_multimap<StreamId, std::weak_ptr<asio::steady_timer>> awaiting_ticket_;
};

}  // namespace dropline
