#include "net/room/private_links.hpp"

#include <algorithm>
#include <utility>

#include "net/api/limits.hpp"

namespace dropline {

Duration peer_retry_delay(unsigned failures) {
    constexpr unsigned doublings_max = 5;
    const auto doubled = limits::peer_retry_delay_min * (1U << std::min(failures, doublings_max));
    return std::min<Duration>(doubled, limits::peer_retry_delay_max);
}

PrivateLinks::PrivateLinks(NodeContext& node, RoomAccess& room, PeerConnector& connector,
                           OnMessage on_message)
    : node_(node), room_(room), connector_(connector), on_message_(std::move(on_message)) {}

void PrivateLinks::send(const PeerId& peer, wire::Message message, OnFailure on_failure) {
    if (is_stopped_) return;
    Link& link = links_[peer];
    link.last_used = node_.clock.now();
    link.waiting.push_back({std::move(message), std::move(on_failure)});
    if (writable(link) != nullptr) {
        flush(link);
    } else if (!link.retry) {
        connect(peer);
    }
}

/// One that is closing takes nothing any more.
PrivateLinks::Line* PrivateLinks::writable(Link& link) {
    const auto found = std::ranges::find_if(
        link.lines, [](const Line& line) { return !line.session->is_closing(); });
    return found == link.lines.end() ? nullptr : &*found;
}

void PrivateLinks::connect(const PeerId& peer) {
    Link& link = links_[peer];
    if (std::exchange(link.is_connecting, true)) return;
    connector_.connect(peer, wire::Purpose::conversation, TransferId{},
                       [this, peer, presence = link.presence](Result<PeerConnection> connection) {
                           if (is_stopped_) return;
                           const bool is_stale = links_[peer].presence != presence;
                           if (!is_stale) links_[peer].is_connecting = false;
                           if (connection) {
                               adopt(std::move(*connection));
                           } else if (!is_stale && writable(links_[peer]) == nullptr) {
                               on_not_connected(peer, connection.fault());
                           }
                       });
}

void PrivateLinks::on_not_connected(const PeerId& peer, const Fault& fault) {
    Link& link = links_[peer];
    constexpr unsigned busy_answers_max = 10;
    const bool is_busy = fault.code == FaultCode::slow_down && link.busy_answers < busy_answers_max;
    if (!is_busy) {
        link.busy_answers = 0;
        return fail_waiting(peer, fault);
    }
    // Nobody is out of reach: the host has no place for one more stream just now.
    link.retry = node_.clock.call_after(peer_retry_delay(link.busy_answers++), [this, peer] {
        links_[peer].retry.reset();
        connect(peer);
    });
}

void PrivateLinks::on_connection(PeerConnection connection) {
    if (!is_stopped_) adopt(std::move(connection));
}

/// Of people in the room only. Both sides may have opened one at once; both are read, the first is
/// written to.
void PrivateLinks::adopt(PeerConnection connection) {
    const PeerId peer = connection.peer;
    // Asked for while he was in the room, and he is no more: nobody talks to us from outside.
    if (room_.roster().find(peer) == nullptr) return;
    const bool is_relayed = connection.path == Path::relayed;
    const auto session_slot = std::make_shared<std::weak_ptr<Session>>();
    auto session = Session::start(
        std::move(connection.stream), node_.session_context(), wire::Phase::peer_in_conversation,
        {[this, peer, session_slot](wire::Message message) {
             if (!is_stopped_) on_message(peer, session_slot->lock(), std::move(message));
         },
         [this, peer, session_slot, keep = room_.keep_alive()](const Fault& fault) {
             const bool is_idle_end = fault.code == FaultCode::cancelled;
             forget_session(peer, session_slot->lock().get(), is_idle_end);
         }});
    *session_slot = session;
    Link& link = links_[peer];
    give_up_one_too_many(link);
    link.lines.push_back({std::move(session), is_relayed});
    link.last_used = node_.clock.now();
    link.retry.reset();
    link.busy_answers = 0;
    watch_idleness(peer, link);
    flush(link);
    for (const auto& handler : on_ready_) handler(peer);
}

/// The oldest that we have not written to, so that nothing we said can be lost with it; what the
/// other side has said on it is heard to its end. There is one: only the first is written to.
void PrivateLinks::give_up_one_too_many(Link& link) {
    const auto is_open = [](const Line& line) { return !line.session->is_closing(); };
    const auto open = static_cast<std::size_t>(std::ranges::count_if(link.lines, is_open));
    if (open < limits::peer_channels_max) return;
    const auto spare = std::ranges::find_if(
        link.lines, [&](const Line& line) { return is_open(line) && !line.is_written_to; });
    if (spare != link.lines.end()) part(*spare);
}

void PrivateLinks::on_message(const PeerId& peer, const std::shared_ptr<Session>& from,
                              wire::Message message) {
    if (std::holds_alternative<wire::Leave>(message)) {
        if (from) from->close_after_queue({FaultCode::cancelled, "unused"});
        return;
    }
    links_[peer].last_used = node_.clock.now();
    on_message_(peer, std::move(message));
}

void PrivateLinks::flush(Link& link) {
    Line* const line = writable(link);
    if (line == nullptr) return;
    line->is_written_to = line->is_written_to || !link.waiting.empty();
    const auto session = line->session;
    for (auto& waiting : std::exchange(link.waiting, {})) session->send(waiting.message);
}

void PrivateLinks::fail_waiting(const PeerId& peer, const Fault& fault) {
    for (auto& waiting : std::exchange(links_[peer].waiting, {})) {
        if (waiting.on_failure) waiting.on_failure(fault);
    }
}

void PrivateLinks::forget_session(const PeerId& peer, const Session* session, bool is_idle_end) {
    const auto entry = links_.find(peer);
    if (entry == links_.end()) return;
    Link& link = entry->second;
    const auto forgotten = std::ranges::find_if(
        link.lines, [session](const Line& line) { return line.session.get() == session; });
    if (forgotten == link.lines.end()) return;
    const bool was_written_to = forgotten->is_written_to;
    link.lines.erase(forgotten);
    if (link.lines.empty()) link.idle_check.reset();
    if (is_stopped_ || !room_.roster().find(peer)) return;
    // Another one has taken its place, and what was said to this one has been confirmed or heard.
    const bool is_missed = link.lines.empty() || (was_written_to && !is_idle_end);
    if (!is_missed) return;
    // A Leave that comes right after we have said something has crossed it: it may not have been
    // heard, as otherwise the other side would not have found the connection unused.
    const bool is_crossed = node_.clock.now() - link.last_used < limits::crowded_channel_idle_max;
    const auto ending = is_idle_end && !is_crossed ? Ending::unused : Ending::broken;
    for (const auto& handler : on_lost_) handler(peer, ending);
}

// ---- The end ------------------------------------------------------------------------------------

void PrivateLinks::watch_idleness(const PeerId& peer, Link& link) {
    link.idle_check =
        node_.clock.call_at(link.last_used + idle_max(link), [this, peer] { close_if_idle(peer); });
}

Duration PrivateLinks::idle_max(Link& link) {
    const Line* const line = writable(link);
    const bool is_relayed = line != nullptr && line->is_relayed;
    return is_relayed ? Duration(limits::relayed_channel_idle_max)
                      : Duration(limits::peer_channel_idle_max);
}

void PrivateLinks::close_if_idle(const PeerId& peer) {
    Link& link = links_[peer];
    if (is_needed(peer)) link.last_used = node_.clock.now();
    if (node_.clock.now() - link.last_used < idle_max(link)) {
        watch_idleness(peer, link);
        return;
    }
    link.idle_check.reset();
    part(link);
}

void PrivateLinks::part(const Link& link) {
    for (const Line& line : link.lines) part(line);
}

/// The other side may be saying something at this very moment: it is heard to its end.
void PrivateLinks::part(const Line& line) {
    line.session->send(wire::Leave{});
    line.session->part_after_queue({FaultCode::cancelled, "unused"});
}

void PrivateLinks::make_room() {
    const TimePoint now = node_.clock.now();
    for (auto& [peer, link] : links_) {
        const Line* const line = writable(link);
        const bool is_unused = now - link.last_used >= limits::crowded_channel_idle_max;
        const bool can_go = line != nullptr && line->is_relayed && is_unused && !is_needed(peer);
        if (can_go) part(link);
    }
}

bool PrivateLinks::is_needed(const PeerId& peer) const { return is_needed_ && is_needed_(peer); }

bool PrivateLinks::is_connecting(const PeerId& peer) const {
    const auto entry = links_.find(peer);
    return entry != links_.end() && !entry->second.waiting.empty();
}

void PrivateLinks::close(const PeerId& peer, const Fault& fault) {
    const auto entry = links_.find(peer);
    if (entry == links_.end()) return;
    // Each is taken out of the link when it has ended, which is later.
    for (const Line& line : entry->second.lines) line.session->close(fault);
}

void PrivateLinks::drop(const PeerId& peer) {
    const auto entry = links_.find(peer);
    if (entry == links_.end()) return;
    const Fault fault{FaultCode::cancelled, "This person has left the room."};
    Link& link = entry->second;
    ++link.presence;
    link.is_connecting = false;
    link.idle_check.reset();
    link.retry.reset();
    link.busy_answers = 0;
    fail_waiting(peer, fault);
    // Whoever comes back under this key comes with new connections.
    for (const Line& line : std::exchange(link.lines, {})) line.session->close_after_queue(fault);
}

void PrivateLinks::stop() {
    if (std::exchange(is_stopped_, true)) return;
    for (auto& [peer, link] : links_) {
        link.idle_check.reset();
        link.retry.reset();
        link.waiting.clear();
        for (const Line& line : link.lines) {
            line.session->send(wire::Leave{});
            line.session->close_after_queue({FaultCode::cancelled, "left"});
        }
    }
}

}  // namespace dropline
