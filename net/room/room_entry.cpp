#include "net/room/room_entry.hpp"

#include <asio/steady_timer.hpp>

#include <algorithm>
#include <utility>

#include "net/api/limits.hpp"
#include "net/api/password.hpp"
#include "net/api/safe_text.hpp"
#include "net/link/as_result.hpp"
#include "net/link/dialer.hpp"
#include "net/room/proof.hpp"
#include "net/room/room_messages.hpp"
#include "net/room/store_await.hpp"

namespace dropline {

namespace {

constexpr const char* program_name = "dropline 0.1";

Fault key_changed(const HostAddress& address, const std::string& name, Fault fault) {
    fault.sentence = "The host at " + address.text() + " is not the one you know. " +
                     fault.sentence +
                     " Somebody may be pretending to be the host, so nothing was sent. Ask the "
                     "host in person whether its key is new. If it is, forget the old one among "
                     "the known keys; then join again.";
    if (fault.key_change) {
        KeyChange change = *fault.key_change;
        change.address = address.text();
        change.name = name;
        fault.key_change = std::make_shared<const KeyChange>(std::move(change));
    }
    return fault;
}

/// An invite names its host: whoever else answers at its addresses is told nothing.
Fault not_the_inviter(const HostAddress& address, const Fault& fault) {
    return Fault{FaultCode::key_changed, "Somebody else than the host of this invite answers at " +
                                             address.text() + ". " + fault.sentence +
                                             " Nothing was sent. Ask the host for a new invite."};
}

Fault refused(NodeContext& node, const PeerId& host, const wire::Refused& refusal) {
    if (refusal.code == wire::RefusalCode::banned) {
        const auto banned = banned_by(Peer{host, key_tag(host), "", Role::host}, refusal.reason,
                                      refusal.retry_after_s, node.clock.wall_now());
        node.events.push(banned);
        return fault_of(banned);
    }
    return refusal_fault(refusal);
}

/// One question and its answer; a refusal becomes a fault.
asio::awaitable<Result<wire::Message>> ask(NodeContext& node, FrameStream& stream,
                                           wire::Message question, wire::Phase phase) {
    auto sent = co_await stream.send(question);
    // The host may have refused already: what it said is worth more than that it closed.
    auto answer = co_await stream.receive(phase);
    if (!answer) co_return answer.fault();
    if (const auto* refusal = std::get_if<wire::Refused>(&*answer)) {
        co_return refused(node, stream.peer(), *refusal);
    }
    if (!sent) co_return sent.fault();
    co_return answer;
}

std::vector<std::string> own_candidates(NodeContext& node, const Endpoint& host,
                                        std::uint16_t port) {
    std::vector<std::string> candidates;
    if (port == 0) return candidates;
    for (const auto& address : node.network.local_addresses()) {
        const bool is_useful = !address.is_loopback() || host.address().is_loopback();
        if (is_useful && candidates.size() < limits::candidates_max) {
            candidates.push_back(endpoint_text(Endpoint(address, port)));
        }
    }
    return candidates;
}

asio::awaitable<Result<std::vector<Peer>>> receive_roster(FrameStream& stream) {
    std::vector<Peer> peers;
    for (;;) {
        const auto message = co_await stream.receive(wire::Phase::member_expects_roster);
        if (!message) co_return message.fault();
        const auto& page = std::get<wire::Roster>(*message);
        for (const auto& member : page.members) peers.push_back(from_wire(member));
        const bool is_too_long = peers.size() > limits::members_max;
        if (page.is_last && !is_too_long) co_return peers;
        if (is_too_long || page.members.empty()) {
            co_return Fault{FaultCode::protocol_error, "The host's list of people has no end."};
        }
    }
}

/// What of the wish is known to be true when a connection stands.
struct Reached {
    TlsStream tls;
    HostAddress address;
    bool is_known = false;   // its key was expected: pinned, or named by an invite
    bool is_pinned = false;  // the first of these
};

/// Until the host would let us in: who gave a secret has it proven, unless the host's key is known.
/// So somebody in between who claims an open room learns nothing, and is found out (C1).
asio::awaitable<Result<void>> get_past_the_door(NodeContext& node, const EntryWish& wish,
                                                FrameStream& stream, wire::WayIn way_in,
                                                bool is_host_known) {
    const bool must_prove = way_in == wire::WayIn::proof;
    if (!must_prove && way_in != wire::WayIn::open) {
        co_return Fault{FaultCode::not_available,
                        "This room asks for something that this version cannot give. Update "
                        "dropline."};
    }
    const std::optional<JoinSecret>& secret = wish.target.secret;
    if (must_prove && !secret) {
        co_return Fault{FaultCode::secret_needed,
                        "This room asks for an invite, a code or its password. Get one from the "
                        "host."};
    }
    if (must_prove || (secret && !is_host_known)) {
        co_return co_await prove_secret(node, stream, *secret);
    }
    co_return Result<void>{};
}

/// From the greeting to the last page of the roster.
asio::awaitable<Result<RoomEntry>> introduce(NodeContext& node, const EntryWish& wish,
                                             Reached reached) {
    FrameStream stream(std::move(reached.tls));
    const StreamDeadline deadline(node.clock, limits::admission_max, stream.stream());
    wire::Message hello = wire::Hello{wire::protocol_version, wire::protocol_version, program_name};
    const auto welcome =
        co_await ask(node, stream, std::move(hello), wire::Phase::member_expects_welcome);
    if (!welcome) co_return welcome.fault();
    const auto& greeting = std::get<wire::Welcome>(*welcome);
    if (greeting.version != wire::protocol_version) {
        co_return Fault{FaultCode::wrong_version, "The host speaks another version of dropline."};
    }
    const auto let_in =
        co_await get_past_the_door(node, wish, stream, greeting.way_in, reached.is_known);
    if (!let_in) co_return let_in.fault();
    wire::Message request = wire::JoinRequest{
        wish.name, wish.peer_port, own_candidates(node, stream.stream().remote(), wish.peer_port)};
    auto acceptance =
        co_await ask(node, stream, std::move(request), wire::Phase::member_expects_acceptance);
    if (!acceptance) co_return acceptance.fault();
    auto peers = co_await receive_roster(stream);
    if (!peers) co_return peers.fault();
    auto& accepted = std::get<wire::JoinAccepted>(*acceptance);
    // Who the host is, its key says; who we are, ours. Ids in messages are not believed (C3).
    accepted.host.id = stream.peer();
    accepted.host.is_host = true;
    accepted.self.id = node.identity.id();
    std::erase_if(*peers, [&](const Peer& peer) {
        return peer.id == accepted.host.id || peer.id == accepted.self.id;
    });
    peers->insert(peers->begin(), from_wire(accepted.host));
    co_return RoomEntry{std::move(stream), std::move(accepted), std::move(*peers),
                        std::move(reached.address), false};
}

/// A password that a person made up can be guessed by whoever stood in between: its proof says less
/// than an invite, a code or a password of ours.
bool is_strong(const JoinSecret& secret) {
    return secret.kind == SecretKind::invite || secret.kind == SecretKind::code ||
           is_made_password(secret.text.view());
}

/// One address of the target; a key other than the pinned one is a hard stop.
asio::awaitable<Result<Reached>> reach(NodeContext& node, const JoinTarget& target,
                                       HostAddress address) {
    const auto pin = co_await await_store<std::optional<Pin>>(node.executor, [&](auto done) {
        node.store.find_host_pin(address.text(), std::move(done));
    });
    if (!pin) co_return pin.fault();
    const auto pinned = *pin ? std::optional((*pin)->id) : std::nullopt;
    if (pinned && target.host && *pinned != *target.host) {
        const Fault other{FaultCode::key_changed,
                          "The invite names the key " + fingerprint_text(*target.host) + ", but " +
                              fingerprint_text(*pinned) + " was there before."};
        co_return key_changed(address, (*pin)->label, other);
    }
    const auto endpoints = co_await node.network.resolve(address.host, address.port);
    if (!endpoints) co_return endpoints.fault();
    const auto expected = pinned ? pinned : target.host;
    auto tls =
        co_await dial_each(node.clock, node.network, node.tls, *endpoints, Channel::room, expected);
    if (!tls && tls.fault().code == FaultCode::key_changed) {
        co_return pinned ? key_changed(address, (*pin)->label, tls.fault())
                         : not_the_inviter(address, tls.fault());
    }
    if (!tls) co_return tls.fault();
    co_return Reached{std::move(*tls), std::move(address), expected.has_value(),
                      pinned.has_value()};
}

/// Somebody else's key is never hidden, and an answer says more than none.
bool says_more(const Fault& candidate, const Fault& than) {
    if (than.code == FaultCode::key_changed) return false;
    return candidate.code == FaultCode::key_changed || candidate.code == FaultCode::disconnected;
}

/// All addresses of an invite; the fault that tells most when none leads there.
asio::awaitable<Result<Reached>> reach_any(NodeContext& node, const JoinTarget& target) {
    std::optional<Fault> best;
    for (const HostAddress& address : target.addresses) {
        auto reached = co_await reach(node, target, address);
        if (reached) co_return reached;
        if (!best || says_more(reached.fault(), *best)) best = reached.fault();
    }
    co_return *best;
}

asio::awaitable<void> pass_time(NodeContext& node, Duration time) {
    asio::steady_timer is_over(node.executor, asio::steady_timer::time_point::max());
    const auto call = node.clock.call_after(time, [&is_over] { is_over.cancel(); });
    co_await is_over.async_wait(as_result);
}

/// A host closes connections from where too many come, and cannot say so before it has greeted.
asio::awaitable<Result<Reached>> reach_patiently(NodeContext& node, const JoinTarget& target) {
    Duration pause = limits::entry_retry_delay_min;
    for (unsigned retries = 0;; ++retries, pause *= 2) {
        auto reached = co_await reach_any(node, target);
        if (reached || reached.fault().code != FaultCode::disconnected) co_return reached;
        if (retries == limits::entry_retries_max) {
            co_return Fault{FaultCode::cannot_connect,
                            reached.fault().sentence +
                                " Either it is not dropline, or this computer has connected to it "
                                "too often: then wait a minute and try again."};
        }
        co_await pass_time(node, pause);
    }
}

}  // namespace

bool is_worth_retrying(FaultCode code) {
    return code != FaultCode::key_changed && code != FaultCode::wrong_version &&
           code != FaultCode::refused && code != FaultCode::banned &&
           code != FaultCode::not_available && code != FaultCode::secret_needed &&
           code != FaultCode::secret_wrong && code != FaultCode::secret_expired;
}

asio::awaitable<Result<RoomEntry>> enter_room(NodeContext& node, EntryWish wish) {
    auto reached = co_await reach_patiently(node, wish.target);
    if (!reached) co_return reached.fault();
    if (reached->tls.peer() == node.identity.id()) {
        co_return Fault{FaultCode::refused,
                        "This is your own room: the profile that hosts it cannot join it too."};
    }
    const bool is_known = reached->is_known;
    const bool was_pinned = reached->is_pinned;
    auto entry = co_await introduce(node, wish, std::move(*reached));
    if (!entry) co_return entry.fault();
    const bool is_proven = wish.target.secret && is_strong(*wish.target.secret);
    entry->is_first_contact = !is_known && !is_proven;
    const Peer& host = entry->peers.front();
    const Pin met{host.id, host.name, endpoint_text(entry->stream.stream().remote()),
                  node.clock.wall_now(), false};
    const auto pinned = co_await await_store<void>(node.executor, [&](auto done) {
        node.store.put_host_pin(entry->address.text(), met, std::move(done));
    });
    if (!pinned) {
        const FaultCode code = pinned.fault().code;
        const bool is_over = code == FaultCode::key_changed || code == FaultCode::cancelled;
        if (!was_pinned || is_over) co_return pinned.fault();
    }
    // The key is kept already; only when it was met last is not. One can talk without that.
    if (!pinned) node.events.fail(pinned.fault());
    co_return entry;
}

}  // namespace dropline
