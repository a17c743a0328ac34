#include "net/room/room_entry.hpp"

#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/link/dialer.hpp"
#include "net/room/room_messages.hpp"
#include "net/room/store_await.hpp"

namespace dropline {

namespace {

constexpr const char* program_name = "dropline 0.1";

Fault key_changed(const JoinTarget& target, const Fault& fault) {
    return Fault{
        FaultCode::key_changed,
        "The host at " + target.text() + " is not the one you know. " + fault.sentence +
            " Somebody may be pretending to be the host, so nothing was sent. Ask the host "
            "in person whether its key is new."};
}

Fault refused(const wire::Refused& refusal) {
    const bool is_version = refusal.code == wire::RefusalCode::version;
    const bool may_help_later = refusal.code == wire::RefusalCode::room_full ||
                                refusal.code == wire::RefusalCode::rate_limited ||
                                refusal.code == wire::RefusalCode::shutting_down;
    const FaultCode code = is_version       ? FaultCode::wrong_version
                           : may_help_later ? FaultCode::slow_down
                                            : FaultCode::refused;
    return Fault{code, "The host refused: " + escape_for_display(refusal.reason)};
}

/// One question and its answer; a refusal becomes a fault.
asio::awaitable<Result<wire::Message>> ask(FrameStream& stream, wire::Message question,
                                           wire::Phase phase) {
    auto sent = co_await stream.send(question);
    // The host may have refused already: what it said is worth more than that it closed.
    auto answer = co_await stream.receive(phase);
    if (!answer) co_return answer.fault();
    if (const auto* refusal = std::get_if<wire::Refused>(&*answer)) co_return refused(*refusal);
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
        if (page.is_last) co_return peers;
        if (peers.size() > limits::members_max || page.members.empty()) {
            co_return Fault{FaultCode::protocol_error, "The host's list of people has no end."};
        }
    }
}

/// From the greeting to the last page of the roster.
asio::awaitable<Result<RoomEntry>> introduce(NodeContext& node, const EntryWish& wish,
                                             TlsStream tls) {
    FrameStream stream(std::move(tls));
    const StreamDeadline deadline(node.clock, limits::admission_max, stream.stream());
    wire::Message hello = wire::Hello{wire::protocol_version, wire::protocol_version, program_name};
    const auto welcome =
        co_await ask(stream, std::move(hello), wire::Phase::member_expects_welcome);
    if (!welcome) co_return welcome.fault();
    const auto& greeting = std::get<wire::Welcome>(*welcome);
    if (greeting.version != wire::protocol_version) {
        co_return Fault{FaultCode::wrong_version, "The host speaks another version of dropline."};
    }
    if (greeting.way_in != wire::WayIn::open) {
        co_return Fault{FaultCode::not_available,
                        "This room asks for a secret, which this version cannot give yet."};
    }
    wire::Message request = wire::JoinRequest{
        wish.name, wish.peer_port, own_candidates(node, stream.stream().remote(), wish.peer_port)};
    auto acceptance =
        co_await ask(stream, std::move(request), wire::Phase::member_expects_acceptance);
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
    co_return RoomEntry{std::move(stream), std::move(accepted), std::move(*peers), false};
}

}  // namespace

bool is_worth_retrying(FaultCode code) {
    return code != FaultCode::key_changed && code != FaultCode::wrong_version &&
           code != FaultCode::refused && code != FaultCode::not_available;
}

asio::awaitable<Result<RoomEntry>> enter_room(NodeContext& node, EntryWish wish) {
    const auto pin = co_await await_store<std::optional<Pin>>(node.executor, [&](auto done) {
        node.store.find_host_pin(wish.target.text(), std::move(done));
    });
    if (!pin) co_return pin.fault();
    const auto addresses = co_await node.network.resolve(wish.target.host, wish.target.port);
    if (!addresses) co_return addresses.fault();
    const auto expected = *pin ? std::optional((*pin)->id) : std::nullopt;
    auto tls =
        co_await dial_each(node.clock, node.network, node.tls, *addresses, Channel::room, expected);
    if (!tls && tls.fault().code == FaultCode::key_changed) {
        co_return key_changed(wish.target, tls.fault());
    }
    if (!tls) co_return tls.fault();
    if (tls->peer() == node.identity.id()) {
        co_return Fault{FaultCode::refused,
                        "This is your own room: the profile that hosts it cannot join it too."};
    }
    auto entry = co_await introduce(node, wish, std::move(*tls));
    if (!entry) co_return entry.fault();
    entry->is_first_contact = !pin->has_value();
    const Peer& host = entry->peers.front();
    const Pin met{host.id, host.name, endpoint_text(entry->stream.stream().remote()),
                  node.clock.wall_now(), false};
    const auto pinned = co_await await_store<void>(node.executor, [&](auto done) {
        node.store.put_host_pin(wish.target.text(), met, std::move(done));
    });
    if (!pinned) co_return pinned.fault();
    co_return entry;
}

}  // namespace dropline
