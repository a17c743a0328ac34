#include "net/room/private_links.hpp"

#include <algorithm>
#include <utility>

#include "net/api/limits.hpp"

namespace dropline {

PrivateLinks::PrivateLinks(NodeContext& node, RoomAccess& room, PeerConnector& connector,
                           OnMessage on_message)
    : node_(node), room_(room), connector_(connector), on_message_(std::move(on_message)) {}

void PrivateLinks::send(const PeerId& peer, wire::Message message, OnFailure on_failure) {
    if (is_stopped_) return;
    Link& link = links_[peer];
    link.last_used = node_.clock.now();
    link.waiting.push_back({std::move(message), std::move(on_failure)});
    if (link.sessions.empty()) {
        connect(peer);
    } else {
        flush(link);
    }
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
                           } else if (!is_stale && links_[peer].sessions.empty()) {
                               fail_waiting(peer, connection.fault());
                           }
                       });
}

void PrivateLinks::on_connection(PeerConnection connection) {
    if (!is_stopped_) adopt(std::move(connection));
}

/// Both sides may have opened one at once; all are read, the first is written to.
void PrivateLinks::adopt(PeerConnection connection) {
    const PeerId peer = connection.peer;
    const auto session_slot = std::make_shared<std::weak_ptr<Session>>();
    auto session = Session::start(
        std::move(connection.stream), node_.session_context(), wire::Phase::peer_in_conversation,
        {[this, peer, session_slot](wire::Message message) {
             if (is_stopped_) return;
             links_[peer].last_used = node_.clock.now();
             const auto from = session_slot->lock();
             const bool is_farewell = std::holds_alternative<wire::Leave>(message);
             if (is_farewell && from) {
                 from->close_after_queue({FaultCode::cancelled, "unused"});
             } else {
                 on_message_(peer, std::move(message));
             }
         },
         [this, peer, session_slot, keep = room_.keep_alive()](const Fault& fault) {
             const bool is_idle_end = fault.code == FaultCode::cancelled;
             forget_session(peer, session_slot->lock().get(), is_idle_end);
         }});
    *session_slot = session;
    Link& link = links_[peer];
    link.sessions.push_back(std::move(session));
    link.last_used = node_.clock.now();
    if (!link.idle_check) watch_idleness(peer, link);
    flush(link);
}

void PrivateLinks::flush(Link& link) {
    for (auto& waiting : std::exchange(link.waiting, {})) {
        link.sessions.front()->send(waiting.message);
    }
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
    const auto forgotten =
        std::erase_if(link.sessions, [session](const auto& held) { return held.get() == session; });
    if (forgotten == 0 || !link.sessions.empty()) return;
    link.idle_check.reset();
    if (is_stopped_ || is_idle_end || !room_.roster().find(peer)) return;
    for (const auto& handler : on_lost_) handler(peer);
}

// ---- The end ------------------------------------------------------------------------------------

void PrivateLinks::watch_idleness(const PeerId& peer, Link& link) {
    link.idle_check = node_.clock.call_at(link.last_used + limits::peer_channel_idle_max,
                                          [this, peer] { close_if_idle(peer); });
}

void PrivateLinks::close_if_idle(const PeerId& peer) {
    Link& link = links_[peer];
    if (node_.clock.now() - link.last_used < limits::peer_channel_idle_max) {
        watch_idleness(peer, link);
        return;
    }
    link.idle_check.reset();
    for (const auto& session : link.sessions) {
        session->send(wire::Leave{});
        session->close_after_queue({FaultCode::cancelled, "unused"});
    }
}

bool PrivateLinks::is_connecting(const PeerId& peer) const {
    const auto entry = links_.find(peer);
    return entry != links_.end() && !entry->second.waiting.empty();
}

void PrivateLinks::close(const PeerId& peer, const Fault& fault) {
    const auto entry = links_.find(peer);
    if (entry == links_.end()) return;
    // Each is taken out of the link when it has ended, which is later.
    for (const auto& session : entry->second.sessions) session->close(fault);
}

void PrivateLinks::drop(const PeerId& peer) {
    const auto entry = links_.find(peer);
    if (entry == links_.end()) return;
    const Fault fault{FaultCode::cancelled, "This person has left the room."};
    Link& link = entry->second;
    ++link.presence;
    link.is_connecting = false;
    link.idle_check.reset();
    fail_waiting(peer, fault);
    // Whoever comes back under this key comes with new connections.
    for (const auto& session : std::exchange(link.sessions, {})) session->close_after_queue(fault);
}

void PrivateLinks::stop() {
    if (std::exchange(is_stopped_, true)) return;
    for (auto& [peer, link] : links_) {
        link.idle_check.reset();
        link.waiting.clear();
        for (const auto& session : link.sessions) {
            session->send(wire::Leave{});
            session->close_after_queue({FaultCode::cancelled, "left"});
        }
    }
}

}  // namespace dropline
