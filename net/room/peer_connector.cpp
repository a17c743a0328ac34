#include "net/room/peer_connector.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "net/api/limits.hpp"
#include "net/link/address_groups.hpp"
#include "net/link/as_result.hpp"
#include "net/link/dialer.hpp"
#include "net/room/candidate_rules.hpp"
#include "net/room/room_messages.hpp"

namespace dropline {

namespace {

/// From the request to the connection, over the slowest way: ticket, direct, relay, greetings.
constexpr auto connect_max =
    limits::direct_attempt_max + limits::dial_timeout + std::chrono::seconds(5);

Fault host_is_busy() {
    return Fault{FaultCode::slow_down,
                 "Cannot reach the other person: the host relays as much as it may. Try again "
                 "later."};
}

std::vector<std::string> groups_of_each(const std::vector<std::string>& candidates,
                                        Network& network) {
    std::vector<std::string> groups;
    for (const std::string& candidate : candidates) {
        const auto endpoint = parse_endpoint(candidate);
        if (!endpoint) continue;
        const auto own = [&network] { return network.local_addresses(); };
        groups.push_back(groups_of(endpoint->address(), own).address);
    }
    return groups;
}

Fault unreachable(std::string why) {
    return Fault{FaultCode::cannot_connect, "Cannot reach the other person: " + std::move(why)};
}

}  // namespace

/// A wish that the host has not answered yet.
struct PeerConnector::Pending {
    PeerId peer;
    wire::Purpose purpose = wire::Purpose::conversation;
    TransferId transfer;
    Done done;
    ScheduledCallPtr limit;
    Reach reach = Reach::any;
};

/// One ticket: all the connections tried for it, of which one is chosen. It is kept until the last
/// of them has come, so that who comes too late is no stranger either.
struct PeerConnector::Attempt {
    wire::StreamTicket ticket;
    std::optional<Pending> wish;          // set on the side that asked
    std::vector<std::string> comes_from;  // AddressGroups::address of each candidate
    std::size_t greeted = 0;              // connections that came in for it
    bool is_expected = false;             // one was let in that may be the first of them
    bool is_settled = false;
    ScheduledCallPtr fallback;
    ScheduledCallPtr limit;
};

struct PeerConnector::RelayTurn {
    explicit RelayTurn(PeerConnector& connector) : connector_(connector) {
        ++connector_.relay_dials_;
    }
    ~RelayTurn() {
        --connector_.relay_dials_;
        connector_.relay_turn_.cancel_one();
    }
    RelayTurn(const RelayTurn&) = delete;
    RelayTurn& operator=(const RelayTurn&) = delete;

  private:
    PeerConnector& connector_;
};

struct PeerConnector::DirectDial {
    explicit DirectDial(PeerConnector& connector) : connector_(connector) {}
    ~DirectDial() {
        --connector_.direct_dials_;
        connector_.dial_due();
    }
    DirectDial(const DirectDial&) = delete;
    DirectDial& operator=(const DirectDial&) = delete;

  private:
    PeerConnector& connector_;
};

PeerConnector::PeerConnector(NodeContext& node, RoomAccess& room,
                             std::function<void(PeerConnection)> on_incoming)
    : node_(node),
      room_(room),
      on_incoming_(std::move(on_incoming)),
      tasks_(node.executor),
      pace_(RateLimit::below(limits::streams_burst, limits::streams_per_second, node.clock.now())),
      relay_turn_(node.executor, asio::steady_timer::time_point::max()) {}

PeerConnector::~PeerConnector() = default;

void PeerConnector::connect(const PeerId& peer, wire::Purpose purpose, const TransferId& transfer,
                            Done done, Reach reach) {
    const std::uint32_t request = ++last_request_;
    pending_.emplace(request, Pending{peer, purpose, transfer, std::move(done), {}, reach});
    unasked_.emplace(purpose, request);
    ask_due();
}

/// Sixty people at once are no reason for the host to refuse some of them.
void PeerConnector::ask_due() {
    if (next_ask_) return;
    while (!unasked_.empty()) {
        const std::uint32_t request = unasked_.begin()->second;
        const auto wish = pending_.find(request);
        const bool is_withdrawn = wish == pending_.end();
        // Nobody slows down a host, who asks itself.
        if (!is_withdrawn && room_.relay_point() && !pace_.take(node_.clock.now())) {
            return ask_later(pace_.wait(node_.clock.now()));
        }
        unasked_.erase(unasked_.begin());
        if (is_withdrawn) continue;
        wish->second.limit = node_.clock.call_after(connect_max, [this, request] {
            auto entry = pending_.extract(request);
            if (!entry.empty()) entry.mapped().done(unreachable("the host did not answer."));
        });
        room_.request_stream(request, PeerId(wish->second.peer), wish->second.purpose);
    }
}

void PeerConnector::ask_later(Duration wait) {
    next_ask_ = node_.clock.call_after(wait + std::chrono::milliseconds(1), [this] {
        next_ask_.reset();
        ask_due();
    });
}

void PeerConnector::on_refused(const wire::StreamRefused& refusal) {
    const auto found = pending_.find(refusal.request);
    if (found == pending_.end()) return;
    if (refusal.retry_after_ms > 0) {
        found->second.limit.reset();
        unasked_.emplace(found->second.purpose, refusal.request);
        return ask_later(wait_asked_for(refusal.retry_after_ms));
    }
    auto entry = pending_.extract(found);
    entry.mapped().done(unreachable(refusal.reason));
}

/// A host may send any number of tickets, and a member have it send us many.
bool PeerConnector::may_attempt(const wire::StreamTicket& ticket) const {
    return ticket.is_initiator || unasked_attempts_ < limits::unasked_streams_max;
}

void PeerConnector::on_ticket(const wire::StreamTicket& ticket) {
    if (!may_attempt(ticket)) return;
    auto attempt = std::make_shared<Attempt>();
    attempt->ticket = ticket;
    attempt->comes_from = groups_of_each(ticket.candidates, node_.network);
    if (attempts_.contains(ticket.stream)) return;
    if (ticket.is_initiator) {
        const auto wish = pending_.find(ticket.request);
        // Too late for the one who wished it, or never wished: the other side's limit ends it. A
        // wish that this does not answer has its own.
        if (wish == pending_.end() || wish->second.peer != ticket.peer) return;
        attempt->wish = std::move(pending_.extract(wish).mapped());
        attempt->wish->limit.reset();
    }
    attempts_.emplace(ticket.stream, attempt);
    if (!ticket.is_initiator) ++unasked_attempts_;
    attempt->limit = node_.clock.call_after(connect_max, [this, stream = ticket.stream] {
        const AttemptPtr late = attempts_.at(stream);
        attempts_.erase(stream);
        if (!late->ticket.is_initiator) --unasked_attempts_;
        fail(late, unreachable("neither way worked in time."));
    });
    const auto waiting = awaiting_ticket_.equal_range(ticket.stream);
    for (auto entry = waiting.first; entry != waiting.second; ++entry) {
        if (const auto signal = entry->second.lock()) signal->cancel();
    }
    const bool can_relay = room_.relay_point().has_value();
    const bool is_with_host = !can_relay || room_.relay_point()->host == ticket.peer;
    if (node_.path_policy == PathPolicy::relayed_only && !is_with_host) {
        begin_relayed(attempt);
        return;
    }
    begin_direct(attempt);
    const bool is_direct_wanted = attempt->wish && attempt->wish->reach == Reach::direct;
    if (is_with_host || is_direct_wanted || node_.path_policy == PathPolicy::direct_only) return;
    attempt->fallback =
        node_.clock.call_after(limits::direct_attempt_max, [this, weak = std::weak_ptr(attempt)] {
            const auto unlucky = weak.lock();
            if (unlucky && !unlucky->is_settled) begin_relayed(unlucky);
        });
}

void PeerConnector::on_inbound(TlsStream stream, StrangerPlace place) {
    spawn(greet_inbound(std::move(stream), std::move(place)));
}

void PeerConnector::drop(const PeerId& peer) {
    std::vector<AttemptPtr> dropped;
    for (const auto& [stream, attempt] : attempts_) {
        if (attempt->ticket.peer == peer) dropped.push_back(attempt);
    }
    const Fault gone{FaultCode::cancelled, "This person is no longer in the room."};
    for (const AttemptPtr& attempt : dropped) fail(attempt, gone);
    withdraw(peer);
}

void PeerConnector::withdraw(const PeerId& peer) {
    const Fault gone{FaultCode::cancelled, "This person is no longer in the room."};
    std::vector<std::uint32_t> asked;
    for (const auto& [request, wish] : pending_) {
        if (wish.peer == peer) asked.push_back(request);
    }
    for (const std::uint32_t request : asked) {
        auto entry = pending_.extract(request);
        if (!entry.empty()) entry.mapped().done(gone);
    }
}

void PeerConnector::stop() {
    tasks_.cancel();
    next_ask_.reset();
    unasked_.clear();
    due_dials_.clear();
    unasked_attempts_ = 0;
    const Fault cancelled{FaultCode::cancelled, "The room was left."};
    for (auto& [request, wish] : std::exchange(pending_, {})) wish.done(cancelled);
    for (auto& [stream, attempt] : std::exchange(attempts_, {})) {
        attempt->fallback.reset();
        attempt->limit.reset();
        if (attempt->wish && !std::exchange(attempt->is_settled, true)) {
            attempt->wish->done(cancelled);
        }
    }
}

// ---- The ways -----------------------------------------------------------------------------------

/// The role stays in memory until the task has ended.
void PeerConnector::spawn(asio::awaitable<void> task) {
    tasks_.spawn([](asio::awaitable<void> inner, std::shared_ptr<void>) -> asio::awaitable<void> {
        co_await std::move(inner);
    }(std::move(task), room_.keep_alive()));
}

void PeerConnector::begin_direct(const AttemptPtr& attempt) {
    const auto endpoints = dialable(attempt->ticket.candidates, node_.network.local_addresses(),
                                    room_.may_dial_loopback(attempt->ticket.peer));
    std::size_t place = 0;
    for (const Endpoint& endpoint : endpoints) {
        due_dials_.emplace(DialRank{!attempt->ticket.is_initiator, place++},
                           DueDial{attempt, endpoint});
    }
    dial_due();
}

void PeerConnector::dial_due() {
    while (!due_dials_.empty() && direct_dials_ < limits::direct_dials_max) {
        const DueDial next = due_dials_.extract(due_dials_.begin()).mapped();
        ++direct_dials_;
        spawn(try_direct(next.attempt, next.to));
    }
}

void PeerConnector::begin_relayed(const AttemptPtr& attempt) { spawn(try_relayed(attempt)); }

asio::awaitable<void> PeerConnector::try_direct(AttemptPtr attempt, Endpoint to) {
    const DirectDial place(*this);
    auto stream = co_await dial(node_.clock, node_.network, node_.tls, to, Channel::peer,
                                attempt->ticket.peer);
    if (!stream || attempt->is_settled) co_return;
    co_await greet_as_dialer(attempt, FrameStream(std::move(*stream)), Path::direct);
}

asio::awaitable<void> PeerConnector::try_relayed(AttemptPtr attempt) {
    auto stream = co_await open_relay(attempt);
    if (!stream) {
        const bool is_full = stream.fault().code == FaultCode::slow_down;
        fail(attempt,
             is_full ? stream.fault()
                     : unreachable("the host does not relay (" + stream.fault().sentence + ")"));
        if (is_full && on_relay_full_) on_relay_full_();
        co_return;
    }
    if (attempt->is_settled) co_return;
    if (attempt->ticket.is_initiator) {
        co_await greet_as_dialer(attempt, FrameStream(std::move(*stream)), Path::relayed);
        co_return;
    }
    FrameStream frames(std::move(*stream));
    const StreamDeadline deadline(node_.clock, limits::dial_timeout, frames.stream());
    const auto hello = co_await frames.receive(wire::Phase::peer_expects_hello);
    if (!hello || std::get<wire::PeerHello>(*hello).stream != attempt->ticket.stream) co_return;
    co_await greet_as_dialled(attempt, std::move(frames), Path::relayed);
}

/// TLS to the host, one token, then the host only copies: the inner TLS with the other member runs
/// on the bare socket, so nothing is encrypted twice.
asio::awaitable<Result<TlsStream>> PeerConnector::open_relay(const AttemptPtr& attempt) {
    const auto point = room_.relay_point();
    if (!point) co_return Fault{FaultCode::internal, "The host does not relay to itself."};
    co_await await_relay_turn();
    std::optional<RelayTurn> turn(std::in_place, *this);
    // Only now: who gives up a turn wakes the next one.
    if (attempt->is_settled) co_return Fault{FaultCode::cancelled, "It is not wanted any more."};
    auto outer = co_await dial(node_.clock, node_.network, node_.tls, point->endpoint,
                               Channel::relay, point->host);
    if (!outer && outer.fault().code == FaultCode::slow_down) co_return host_is_busy();
    if (!outer) co_return outer.fault();
    FrameStream frames(std::move(*outer));
    {
        const StreamDeadline deadline(node_.clock, limits::relay_token_life, frames.stream());
        const wire::Message open = wire::RelayOpen{attempt->ticket.relay_token};
        const auto opened = co_await frames.send(open);
        if (!opened) co_return opened.fault();
        turn.reset();
        const auto ready = co_await frames.receive(wire::Phase::relay_expects_ready);
        if (!ready) co_return ready.fault();
        if (const auto* refused = std::get_if<wire::Refused>(&*ready)) {
            if (refused->code == wire::RefusalCode::rate_limited) co_return host_is_busy();
            co_return Fault{FaultCode::refused, refused->reason};
        }
    }
    const Endpoint local = frames.stream().local();
    const Endpoint remote = frames.stream().remote();
    auto parts = std::move(frames).release().stream.release();
    const std::string already_here = parts.engine.take_unread_input();
    const auto& peer = attempt->ticket.peer;
    TlsEngine inner = attempt->ticket.is_initiator
                          ? TlsEngine::client(node_.tls, Channel::peer, peer)
                          : TlsEngine::server(node_.tls, peer);
    inner.push_input(std::as_bytes(std::span(already_here)));
    TlsStream stream(Connection{std::move(parts.socket), local, remote}, std::move(inner));
    const StreamDeadline deadline(node_.clock, limits::tls_handshake_max, stream);
    const auto greeted = co_await stream.handshake();
    if (!greeted) co_return greeted.fault();
    co_return Result<TlsStream>(std::move(stream));
}

/// The host greets only so many at once from one address, where others may be as well.
asio::awaitable<void> PeerConnector::await_relay_turn() {
    constexpr std::size_t at_once = limits::unadmitted_connections_per_address_max / 2;
    while (relay_dials_ >= at_once) co_await relay_turn_.async_wait(as_result);
}

asio::awaitable<void> PeerConnector::greet_inbound(TlsStream stream, StrangerPlace place) {
    if (node_.path_policy == PathPolicy::relayed_only && room_.relay_point()) co_return;
    FrameStream frames(std::move(stream));
    const StreamDeadline deadline(node_.clock, limits::tls_handshake_max, frames.stream());
    const GivesWay gives_way(place, frames.stream());
    const auto hello = co_await frames.receive(wire::Phase::peer_expects_hello);
    if (!hello) co_return;
    const auto attempt =
        co_await await_ticket(std::get<wire::PeerHello>(*hello).stream, frames.peer());
    const bool is_expected = attempt && may_greet(*attempt, *place);
    if (is_expected) place.reset();
    if (!is_expected || attempt->is_settled) {
        const wire::Refused refusal{wire::RefusalCode::unknown_stream,
                                    "Nobody here expects this connection.", 0};
        co_await frames.refuse(node_.clock, refusal);
        co_return;
    }
    co_await greet_as_dialled(attempt, std::move(frames), Path::direct);
}

/// Whoever has a ticket is no stranger, as long as no more come than there are addresses of ours to
/// dial: a ticket is no key to any number of connections.
bool PeerConnector::may_greet(Attempt& attempt, StrangerSeat& seat) {
    if (attempt.greeted == limits::candidates_max) return false;
    ++attempt.greeted;
    seat.give_rate_back(node_.clock.now());
    return true;
}

bool PeerConnector::expect_one_from(const std::string& address) {
    const auto found = std::ranges::find_if(attempts_, [&address](const auto& entry) {
        const Attempt& attempt = *entry.second;
        return !attempt.is_settled && !attempt.is_expected &&
               std::ranges::find(attempt.comes_from, address) != attempt.comes_from.end();
    });
    if (found == attempts_.end()) return false;
    found->second->is_expected = true;
    return true;
}

/// The other side may have had its ticket first: ours is on its way from the same host.
asio::awaitable<PeerConnector::AttemptPtr> PeerConnector::await_ticket(StreamId stream,
                                                                       PeerId peer) {
    const auto find = [this, stream, peer]() -> AttemptPtr {
        const auto found = attempts_.find(stream);
        const bool is_expected = found != attempts_.end() && found->second->ticket.peer == peer;
        return is_expected ? found->second : nullptr;
    };
    if (auto attempt = find()) co_return attempt;
    const auto signal =
        std::make_shared<asio::steady_timer>(node_.executor, limits::direct_attempt_max);
    const auto entry = awaiting_ticket_.emplace(stream, signal);
    co_await signal->async_wait(as_result);
    awaiting_ticket_.erase(entry);
    co_return find();
}

// ---- Greetings ----------------------------------------------------------------------------------

asio::awaitable<void> PeerConnector::greet_as_dialer(AttemptPtr attempt, FrameStream stream,
                                                     Path path) {
    const StreamDeadline deadline(node_.clock, limits::dial_timeout, stream.stream());
    const wire::Message hello = wire::PeerHello{attempt->ticket.stream};
    const auto sent = co_await stream.send(hello);
    if (!sent) co_return;
    const auto answer = co_await stream.receive(wire::Phase::peer_expects_welcome);
    if (!answer || !std::holds_alternative<wire::PeerWelcome>(*answer)) co_return;
    if (attempt->ticket.is_initiator) {
        co_await choose(attempt, std::move(stream), path);
    } else {
        co_await await_choice(attempt, std::move(stream), path);
    }
}

asio::awaitable<void> PeerConnector::greet_as_dialled(AttemptPtr attempt, FrameStream stream,
                                                      Path path) {
    const wire::Message welcome = wire::PeerWelcome{};
    const auto sent = co_await stream.send(welcome);
    if (!sent) co_return;
    if (attempt->ticket.is_initiator) {
        co_await choose(attempt, std::move(stream), path);
    } else {
        co_await await_choice(attempt, std::move(stream), path);
    }
}

/// Several connections may come about at once; the side that asked takes the first.
asio::awaitable<void> PeerConnector::choose(AttemptPtr attempt, FrameStream stream, Path path) {
    if (attempt->is_settled) co_return;
    auto wish = std::move(*settle(*attempt));
    const wire::Message use = wire::PeerUse{wish.purpose, wish.transfer};
    const auto sent = co_await stream.send(use);
    if (!sent) {
        wish.done(sent.fault());
        co_return;
    }
    wish.done(PeerConnection{std::move(stream), wish.peer, path, wish.purpose, wish.transfer});
}

asio::awaitable<void> PeerConnector::await_choice(AttemptPtr attempt, FrameStream stream,
                                                  Path path) {
    const StreamDeadline deadline(node_.clock, connect_max, stream.stream());
    const auto use = co_await stream.receive(wire::Phase::peer_expects_use);
    if (!use || attempt->is_settled) co_return;
    settle(*attempt);
    const auto& chosen = std::get<wire::PeerUse>(*use);
    on_incoming_(PeerConnection{std::move(stream), attempt->ticket.peer, path, chosen.purpose,
                                chosen.transfer});
}

void PeerConnector::fail(const AttemptPtr& attempt, Fault fault) {
    if (attempt->is_settled) return;
    if (const auto wish = settle(*attempt)) wish->done(std::move(fault));
}

/// What was wished for with it, so that somebody answers that. Its addresses that are still to be
/// dialled go at once: their turn may never come while others have enough of their own.
std::optional<PeerConnector::Pending> PeerConnector::settle(Attempt& attempt) {
    attempt.is_settled = true;
    std::erase_if(due_dials_,
                  [&attempt](const auto& due) { return due.second.attempt.get() == &attempt; });
    attempt.fallback.reset();
    return std::exchange(attempt.wish, std::nullopt);
}

}  // namespace dropline
