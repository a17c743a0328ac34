#include "net/room/room_outbox.hpp"

#include <algorithm>
#include <utility>

#include "net/api/safe_text.hpp"
#include "net/room/chat_turn.hpp"
#include "net/room/room_messages.hpp"

namespace dropline {

namespace {

constexpr const char* kept_for_next_time =
    "The host had not confirmed this when you left. It is kept, and goes out when you are in this "
    "room "
    "again.";
constexpr const char* kept_for_former_room =
    "This host has another room open now. What you wrote for the former one is kept, and goes out "
    "when you are in that room again.";

}  // namespace

// As the host does, we go on counting over a cut.
RoomOutbox::RoomOutbox(NodeContext& node, RoomAccess& room, std::function<void(wire::Message)> send,
                       std::function<void()> said)
    : node_(node),
      room_(room),
      send_(std::move(send)),
      said_(std::move(said)),
      pace_(own_chat_pace(node.clock.now())) {}

void RoomOutbox::set_room(const RememberedLog& room) {
    if (std::exchange(written_for_, room) == room) return;
    put_aside(kept_for_former_room);
    node_.store.load_outbox(
        [this, keep = room_.keep_alive(), room](Result<std::vector<OutboxEntry>> kept) {
            if (!kept) return node_.events.fail(kept.fault());
            if (written_for_ == room && !is_stopped_) add_earlier(std::move(*kept));
        });
}

/// From earlier visits to this room, before what has been written meanwhile.
void RoomOutbox::add_earlier(std::vector<OutboxEntry> kept) {
    std::deque<Unconfirmed> earlier;
    for (OutboxEntry& entry : kept) {
        const bool is_for_here = entry.log == written_for_->log || entry.log.is_zero();
        if (entry.is_private || entry.host_or_peer != written_for_->host || !is_for_here) continue;
        const bool is_known = std::ranges::any_of(
            entries_, [&entry](const auto& other) { return other.entry.id == entry.id; });
        if (is_known) continue;
        show_pending(entry, {});
        earlier.push_back({std::move(entry), {}, false});
    }
    // The host may remember that we have just spoken a lot.
    if (!earlier.empty()) pace_.use_up(node_.clock.now());
    entries_.insert(entries_.begin(), earlier.begin(), earlier.end());
    send_due();
}

void RoomOutbox::show_pending(const OutboxEntry& entry, const std::string& ref) {
    const Peer& self = room_.roster().self();
    const LogEntry as_logged{0, entry.id, self.id, self.name, entry.text, entry.created_at};
    node_.events.push(event::Message{pending_message(as_logged)}, ref);
}

void RoomOutbox::add(const MessageId& id, const std::string& text, const std::string& ref) {
    const RememberedLog room = written_for_.value_or(RememberedLog{});
    OutboxEntry entry{id, room.host, false, text, node_.clock.wall_now(), room.log};
    show_pending(entry, ref);
    being_kept_.insert(id);
    node_.store.put_outbox(
        entry,
        [this, keep = room_.keep_alive(), id, ref](const Result<void>& stored) {
            if (!stored) on_not_kept(id, ref, stored.fault());
        },
        [this, keep = room_.keep_alive(), entry, ref, room](const Result<void>&) {
            on_kept(entry, ref, room);
        });
}

/// Not on the disk yet, which may be busy: a power cut would take it back here alone.
void RoomOutbox::on_kept(const OutboxEntry& entry, const std::string& ref,
                         const RememberedLog& room) {
    being_kept_.erase(entry.id);
    if (is_stopped_) {
        tell_kept(kept_for_next_time, ref);
    } else if (written_for_ != room) {
        tell_kept(kept_for_former_room, ref);
    } else {
        entries_.push_back({entry, ref, false});
        send_due();
    }
}

void RoomOutbox::on_not_kept(const MessageId& id, const std::string& ref, const Fault& fault) {
    // The disk failed at what is on its way already: once, and nothing is kept any more.
    if (being_kept_.erase(id) == 0) {
        if (!std::exchange(is_lost_told_, true)) node_.events.fail(fault);
        return;
    }
    node_.events.push(event::Error{fault, id}, ref);
    if (!has_unsaid()) said_();
}

/// Each wish that bears a name is answered by it; the others together.
void RoomOutbox::put_aside(const std::string& sentence) {
    bool has_nameless = false;
    for (const Unconfirmed& unconfirmed : std::exchange(entries_, {})) {
        has_nameless = has_nameless || unconfirmed.ref.empty();
        if (!unconfirmed.ref.empty()) tell_kept(sentence, unconfirmed.ref);
    }
    if (has_nameless) tell_kept(sentence, {});
}

void RoomOutbox::tell_kept(const std::string& sentence, const std::string& ref) {
    node_.events.fail({FaultCode::not_in_room, sentence}, ref);
}

void RoomOutbox::stop() {
    is_stopped_ = true;
    pause();
    put_aside(kept_for_next_time);
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
    if (!has_unsaid()) said_();
    return confirmed;
}

void RoomOutbox::on_refused(const wire::SayRefused& refusal) {
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const auto& one) { return one.entry.id == refusal.id; });
    if (found == entries_.end()) return;
    if (refusal.retry_after_ms > 0) {
        // All of them again after the wait: the order of one author's messages is his own.
        const auto wait = wait_asked_for(refusal.retry_after_ms);
        for (auto entry = found; entry != entries_.end(); ++entry) entry->is_sent = false;
        next_ = node_.clock.call_after(wait, [this] { send_due(); });
        return;
    }
    const Fault fault{FaultCode::refused,
                      "The host did not take the message: " + escape_for_display(refusal.reason)};
    node_.events.push(event::Error{fault, refusal.id}, found->ref);
    node_.store.remove_outbox(refusal.id);
    entries_.erase(found);
    if (!has_unsaid()) said_();
}

}  // namespace dropline
