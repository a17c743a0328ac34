#include "net/room/room_outbox.hpp"

#include <algorithm>
#include <utility>

#include "net/api/safe_text.hpp"
#include "net/room/chat_turn.hpp"
#include "net/room/room_messages.hpp"

namespace dropline {

// As the host does, we go on counting over a cut.
RoomOutbox::RoomOutbox(NodeContext& node, RoomAccess& room, std::function<void(wire::Message)> send)
    : node_(node), room_(room), send_(std::move(send)), pace_(own_chat_pace(node.clock.now())) {}

void RoomOutbox::set_host(const PeerId& host) {
    if (std::exchange(host_, host) == host) return;
    node_.store.load_outbox([this, keep = room_.keep_alive(),
                             host](Result<std::vector<OutboxEntry>> kept) {
        if (!kept) return node_.events.fail(kept.fault());
        std::deque<Unconfirmed> earlier;
        for (OutboxEntry& entry : *kept) {
            if (entry.is_private || entry.host_or_peer != host) continue;
            const bool is_known =
                std::any_of(entries_.begin(), entries_.end(),
                            [&entry](const auto& other) { return other.entry.id == entry.id; });
            if (is_known) continue;
            const LogEntry as_logged{
                0,          entry.id,        room_.roster().self().id, room_.roster().self().name,
                entry.text, entry.created_at};
            node_.events.push(event::Message{pending_message(as_logged)});
            earlier.push_back({std::move(entry), {}, false});
        }
        entries_.insert(entries_.begin(), earlier.begin(), earlier.end());
        send_due();
    });
}

void RoomOutbox::add(const MessageId& id, const std::string& text, const std::string& ref) {
    OutboxEntry entry{id, host_.value_or(PeerId{}), false, text, node_.clock.wall_now()};
    const LogEntry as_logged{
        0, id, room_.roster().self().id, room_.roster().self().name, text, entry.created_at};
    node_.events.push(event::Message{pending_message(as_logged)}, ref);
    node_.store.put_outbox(entry,
                           [this, keep = room_.keep_alive(), entry, ref](Result<void> stored) {
                               if (!stored) return node_.events.fail(stored.fault(), ref);
                               entries_.push_back({entry, ref, false});
                               send_due();
                           });
}

void RoomOutbox::resume() {
    is_running_ = true;
    for (auto& entry : entries_) entry.is_sent = false;
    send_due();
}

void RoomOutbox::pause() {
    is_running_ = false;
    next_.reset();
}

void RoomOutbox::send_due() {
    if (!is_running_) return;
    const TimePoint now = node_.clock.now();
    for (auto& unconfirmed : entries_) {
        if (unconfirmed.is_sent) continue;
        if (!pace_.take(now)) {
            next_ = node_.clock.call_after(pace_.wait(now) + std::chrono::milliseconds(1),
                                           [this] { send_due(); });
            return;
        }
        unconfirmed.is_sent = true;
        send_(wire::Say{unconfirmed.entry.id, unconfirmed.entry.text});
    }
}

std::optional<RoomOutbox::Confirmed> RoomOutbox::confirm(const MessageId& id) {
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&id](const auto& one) { return one.entry.id == id; });
    if (found == entries_.end()) return std::nullopt;
    Confirmed confirmed{std::move(found->entry), std::move(found->ref)};
    entries_.erase(found);
    node_.store.remove_outbox(id);
    return confirmed;
}

void RoomOutbox::on_refused(const wire::SayRefused& refusal) {
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const auto& one) { return one.entry.id == refusal.id; });
    if (found == entries_.end()) return;
    if (refusal.retry_after_ms > 0) {
        // All of them again after the wait: the order of one author's messages is his own.
        constexpr std::uint32_t wait_ms_max = 60'000;
        const auto wait = std::chrono::milliseconds(std::min(refusal.retry_after_ms, wait_ms_max));
        for (auto entry = found; entry != entries_.end(); ++entry) entry->is_sent = false;
        next_ = node_.clock.call_after(wait, [this] { send_due(); });
        return;
    }
    node_.events.fail({FaultCode::refused,
                       "The host did not take the message: " + escape_for_display(refusal.reason)},
                      found->ref);
    node_.store.remove_outbox(refusal.id);
    entries_.erase(found);
}

}  // namespace dropline
