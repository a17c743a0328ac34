#include "net/room/node_log.hpp"

#include <optional>
#include <utility>
#include <variant>

#include "net/link/network.hpp"

namespace dropline {

namespace {

struct Line {
    LogUrgency urgency;
    std::string source;
    std::string text;
};
using MaybeLine = std::optional<Line>;

constexpr const char* own_doing = "room";

std::string person(const Peer& peer) {
    return key_tag(peer.id) + (peer.address.empty() ? "" : " at " + peer.address);
}

std::string because_of(const std::optional<Fault>& fault) {
    return fault ? " (" + fault_code_text(fault->code) + ")" : "";
}

std::string short_id(const TransferId& id) {
    constexpr std::size_t digits = 8;
    return to_hex(id).substr(0, digits);
}

std::string ending(TransferState state) {
    switch (state) {
        case TransferState::done: return "is done";
        case TransferState::declined: return "was declined";
        case TransferState::cancelled: return "was cancelled";
        case TransferState::failed: return "failed";
        case TransferState::interrupted: return "was interrupted";
        default: return "stopped";
    }
}

/// Events without a line of their own say nothing about who came and went.
template <typename Body>
MaybeLine line_of(const Body&) {
    return std::nullopt;
}

MaybeLine line_of(const event::Hosting& hosting) {
    const char* rule = hosting.is_invite_only ? ", by invite only"
                       : hosting.has_password ? ", with a password"
                                              : ", to everybody";
    return Line{LogUrgency::info, own_doing, "open on port " + std::to_string(hosting.port) + rule};
}

MaybeLine line_of(const event::Connecting& connecting) {
    return Line{LogUrgency::debug, own_doing,
                "connecting, attempt " + std::to_string(connecting.attempt)};
}

MaybeLine line_of(const event::Joined& joined) {
    return Line{LogUrgency::info, own_doing,
                "joined the room of " + person(joined.host) + " with " +
                    std::to_string(joined.peers.size()) + " others in it"};
}

MaybeLine line_of(const event::PeerJoined& joined) {
    return Line{LogUrgency::info, key_tag(joined.peer.id), "joined as " + person(joined.peer)};
}

MaybeLine line_of(const event::PeerLeft& left) {
    return Line{LogUrgency::info, key_tag(left.peer.id), "left"};
}

MaybeLine line_of(const event::Disconnected& lost) {
    return Line{LogUrgency::info, own_doing,
                "the host is not reached, attempt " + std::to_string(lost.attempt) +
                    "; the next in " + std::to_string(lost.retry_in.count()) + " ms"};
}

MaybeLine line_of(const event::RoleEnded& ended) {
    return Line{LogUrgency::info, own_doing, "closed" + because_of(ended.fault)};
}

MaybeLine line_of(const event::Kicked& kicked) {
    return Line{LogUrgency::info, own_doing, "removed by " + person(kicked.by)};
}

MaybeLine line_of(const event::Banned& banned) {
    return Line{LogUrgency::info, own_doing, "banned by " + person(banned.by)};
}

MaybeLine line_of(const event::Offer& offer) {
    return Line{LogUrgency::info, key_tag(offer.from.id),
                "offers transfer " + short_id(offer.transfer) + ": " + std::to_string(offer.files) +
                    " files, " + std::to_string(offer.bytes) + " bytes"};
}

/// Its sentence names files and people.
MaybeLine line_of(const event::Error& error) {
    return Line{LogUrgency::debug, own_doing, "an error was shown" + because_of(error.fault)};
}

}  // namespace

void NodeLog::note(const EventBody& event) {
    if (const auto* changed = std::get_if<event::TransferChanged>(&event)) return note(*changed);
    const MaybeLine line = std::visit([](const auto& body) { return line_of(body); }, event);
    if (line) lines_.say(line->urgency, line->source, line->text);
}

void NodeLog::note_stranger(LogUrgency urgency, const Endpoint& from, const PeerId& key,
                            const std::string& what) {
    // The address is the source: keys cost nothing to make.
    lines_.say(urgency, plain_address(from.address()).to_string(),
               key_tag(key) + " at " + endpoint_text(from) + " " + what);
}

void NodeLog::note(const event::TransferChanged& changed) {
    const Transfer& transfer = changed.transfer;
    const std::string source = key_tag(transfer.peer);
    const std::string name = "transfer " + short_id(transfer.id);
    if (transfer.state == TransferState::active) {
        if (!running_.insert(transfer.id).second) return;
        const char* way = transfer.direction == Direction::out ? " to them" : " from them";
        lines_.say(LogUrgency::info, source,
                   name + way + " began: " + std::to_string(transfer.files_total) + " files, " +
                       std::to_string(transfer.bytes_total) + " bytes");
        return;
    }
    const bool has_stopped = transfer.is_over() || transfer.state == TransferState::interrupted;
    if (!has_stopped) return;
    const bool was_running = running_.erase(transfer.id) > 0;
    if (!was_running && !transfer.is_over()) return;
    lines_.say(LogUrgency::info, source,
               name + " " + ending(transfer.state) + because_of(transfer.fault));
}

}  // namespace dropline
