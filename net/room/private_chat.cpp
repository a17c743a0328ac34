#include "net/room/private_chat.hpp"

#include <algorithm>
#include <utility>

#include "net/api/limits.hpp"

namespace dropline {

namespace {

/// Unanswered at a time: should all of it be refused, its author is still far from flooding.
constexpr std::ptrdiff_t unanswered_max = limits::chat_refused_per_10_s_max / 2;

}  // namespace

PrivateChat::PrivateChat(NodeContext& node, RoomAccess& room, PrivateLinks& links)
    : node_(node), room_(room), links_(links) {
    links_.on_lost([this](const PeerId& peer, PrivateLinks::Ending) { on_lost(peer); });
    links_.on_ready([this](const PeerId& peer) { try_held(peer); });
}

void PrivateChat::say(const PeerId& to, const MessageId& id, const std::string& text,
                      const std::string& ref) {
    Waiting waiting{{id, to, true, text, node_.clock.wall_now()}, ref};
    const PrivateEntry entry{id, true, text, waiting.entry.created_at, false};
    ChatMessage message = shown(to, entry);
    node_.events.push(event::Message{std::move(message)}, ref);
    being_kept_.insert(id);
    node_.store.write_private(
        waiting.entry,
        [this, keep = room_.keep_alive(), waiting](const Result<void>& stored) {
            if (!stored) on_not_kept(waiting, stored.fault());
        },
        [this, keep = room_.keep_alive(), to, waiting](const Result<void>&) {
            on_kept(to, waiting);
        });
}

/// Not on the disk yet, which may be busy: a power cut would take it back here alone.
void PrivateChat::on_kept(const PeerId& to, Waiting waiting) {
    being_kept_.erase(waiting.entry.id);
    if (is_stopped_) return tell_waiting(to, waiting);
    Outbox& outbox = outbox_of(to);
    const bool is_here = room_.roster().find(to) != nullptr;
    for (Waiting& one : outbox.entries) {
        // What was written before goes first.
        const bool goes_along = is_here && one.state == Waiting::State::held;
        if (goes_along) one.state = Waiting::State::due;
    }
    outbox.entries.push_back(std::move(waiting));
    send_due(to);
}

void PrivateChat::on_not_kept(const Waiting& waiting, const Fault& fault) {
    // The disk failed at what is on its way already: once, and nothing is kept any more.
    if (being_kept_.erase(waiting.entry.id) == 0) {
        if (!std::exchange(is_lost_told_, true)) node_.events.fail(fault);
        return;
    }
    node_.events.push(event::Error{fault, waiting.entry.id}, waiting.ref);
    said_();
}

/// Also what has been written to a connection already: nobody is there to confirm it.
void PrivateChat::on_peer_away(const PeerId& peer) {
    const auto found = outboxes_.find(peer);
    if (found == outboxes_.end() || is_stopped_) return;
    Outbox& outbox = found->second;
    outbox.next.reset();
    outbox.retry.reset();
    for (Waiting& waiting : outbox.entries) {
        if (waiting.state == Waiting::State::sent) waiting.state = Waiting::State::due;
    }
    hold_due(peer, outbox);
}

void PrivateChat::load_outbox() {
    node_.store.load_outbox([this,
                             keep = room_.keep_alive()](Result<std::vector<OutboxEntry>> entries) {
        if (!entries) return node_.events.fail(entries.fault());
        // What earlier runs could not deliver goes before what has been written meanwhile.
        for (auto entry = entries->rbegin(); entry != entries->rend(); ++entry) {
            if (!entry->is_private) continue;
            auto& waiting = outbox_of(entry->host_or_peer).entries;
            const bool is_there = std::ranges::any_of(
                waiting, [&entry](const Waiting& other) { return other.entry.id == entry->id; });
            if (!is_there) waiting.push_front({*entry, {}, Waiting::State::held});
        }
        for (auto& [peer, outbox] : outboxes_) {
            // They may remember that we have just spoken a lot.
            if (!outbox.entries.empty()) outbox.pace.use_up(node_.clock.now());
            if (room_.roster().find(peer)) send_again(peer);
        }
    });
}

bool PrivateChat::has_unsaid() const {
    const auto is_under_way = [](const Waiting& one) { return one.state != Waiting::State::held; };
    return !being_kept_.empty() || std::ranges::any_of(outboxes_, [&](const auto& entry) {
        return std::ranges::any_of(entry.second.entries, is_under_way);
    });
}

void PrivateChat::stop() {
    is_stopped_ = true;
    for (auto& [peer, outbox] : outboxes_) {
        outbox.next.reset();
        outbox.retry.reset();
        for (Waiting& waiting : outbox.entries) {
            const bool is_awaited = waiting.state != Waiting::State::held || !waiting.ref.empty();
            if (is_awaited) tell_waiting(peer, waiting);
        }
    }
}

// ---- To others ----------------------------------------------------------------------------------

bool PrivateChat::Outbox::awaits_an_answer() const {
    return std::ranges::any_of(
        entries, [](const Waiting& one) { return one.state == Waiting::State::sent; });
}

PrivateChat::Outbox& PrivateChat::outbox_of(const PeerId& peer) {
    const auto found = outboxes_.find(peer);
    if (found != outboxes_.end()) return found->second;
    Outbox fresh{own_chat_pace(node_.clock.now())};
    return outboxes_.emplace(peer, std::move(fresh)).first->second;
}

/// What went out before may be lost: all of it, in the old order.
void PrivateChat::send_again(const PeerId& peer) {
    const auto found = outboxes_.find(peer);
    if (found == outboxes_.end()) return;
    for (Waiting& waiting : found->second.entries) waiting.state = Waiting::State::due;
    found->second.retry.reset();
    send_due(peer);
}

/// Also after long disuse: what has not been confirmed by then is not going to be.
void PrivateChat::on_lost(const PeerId& peer) {
    const auto found = outboxes_.find(peer);
    if (found == outboxes_.end() || found->second.entries.empty()) return;
    if (found->second.failures++ == 0) return send_again(peer);
    for (Waiting& waiting : found->second.entries) waiting.state = Waiting::State::held;
    try_later(peer, found->second);
}

/// In the order of writing: what was written later has been held as well, or not been sent yet.
void PrivateChat::try_held(const PeerId& peer) {
    const auto found = outboxes_.find(peer);
    if (found == outboxes_.end()) return;
    found->second.retry.reset();
    for (Waiting& waiting : found->second.entries) {
        if (waiting.state == Waiting::State::held) waiting.state = Waiting::State::due;
    }
    send_due(peer);
}

/// To somebody who is there, but out of reach just now.
void PrivateChat::try_later(const PeerId& peer, Outbox& outbox) {
    if (outbox.retry) return;
    outbox.retry = node_.clock.call_after(peer_retry_delay(outbox.failures++),
                                          [this, peer] { try_held(peer); });
}

void PrivateChat::send_due(const PeerId& peer) {
    Outbox& outbox = outbox_of(peer);
    outbox.next.reset();
    if (is_stopped_) return;
    if (!room_.roster().find(peer)) return hold_due(peer, outbox);
    const bool is_overdue = outbox.awaits_an_answer() && outbox.answer_due <= node_.clock.now();
    if (is_overdue && !links_.is_connecting(peer)) go_back(outbox);
    send_at_own_pace(peer, outbox);
    look_again_when_needed(peer, outbox);
}

/// To the first that is not confirmed: from there on all of it comes again.
void PrivateChat::go_back(Outbox& outbox) {
    outbox.patience = std::min<Duration>(outbox.patience * 2, limits::private_answer_patience_max);
    for (Waiting& waiting : outbox.entries) {
        if (waiting.state == Waiting::State::sent) waiting.state = Waiting::State::due;
    }
}

void PrivateChat::send_at_own_pace(const PeerId& peer, Outbox& outbox) {
    const TimePoint now = node_.clock.now();
    const bool is_first = !outbox.awaits_an_answer();
    // Overdue with nothing to go back to: a connection that is still being made answers nothing.
    if (is_first || outbox.answer_due <= now) outbox.answer_due = now + outbox.patience;
    auto unanswered = std::ranges::count(outbox.entries, Waiting::State::sent, &Waiting::state);
    for (Waiting& waiting : outbox.entries) {
        if (waiting.state != Waiting::State::due) continue;
        if (unanswered == unanswered_max || !outbox.pace.take(now)) return;
        ++unanswered;
        waiting.state = Waiting::State::sent;
        send_one(peer, waiting);
    }
}

void PrivateChat::look_again_when_needed(const PeerId& peer, Outbox& outbox) {
    const auto due = std::ranges::count(outbox.entries, Waiting::State::due, &Waiting::state);
    const auto unanswered =
        std::ranges::count(outbox.entries, Waiting::State::sent, &Waiting::state);
    if (due == 0 && unanswered == 0) return;
    const TimePoint now = node_.clock.now();
    TimePoint when = unanswered > 0 ? outbox.answer_due : TimePoint::max();
    if (due > 0 && unanswered < unanswered_max) {
        when = std::min(when, now + outbox.pace.wait(now) + std::chrono::milliseconds(1));
    }
    outbox.next = node_.clock.call_at(when, [this, peer] { send_due(peer); });
}

void PrivateChat::send_one(const PeerId& peer, const Waiting& waiting) {
    links_.send(
        peer,
        wire::PrivateMessage{waiting.entry.id, waiting.entry.text,
                             waiting.entry.created_at.time_since_epoch().count()},
        [this, peer, id = waiting.entry.id](const Fault& fault) { on_failure(peer, id, fault); });
}

/// The person is away.
void PrivateChat::hold_due(const PeerId& peer, Outbox& outbox) {
    for (Waiting& waiting : outbox.entries) {
        if (waiting.state != Waiting::State::due) continue;
        waiting.state = Waiting::State::held;
        tell_waiting(peer, waiting);
    }
    said_();
}

void PrivateChat::on_failure(const PeerId& peer, const MessageId& id, const Fault& fault) {
    Outbox& outbox = outbox_of(peer);
    auto& entries = outbox.entries;
    const auto found =
        std::ranges::find_if(entries, [&id](const Waiting& one) { return one.entry.id == id; });
    if (found == entries.end()) return;
    const bool is_news = !found->is_told;
    // All of it waits: what was written later must not get there first.
    outbox.next.reset();
    for (Waiting& waiting : entries) {
        waiting.state = Waiting::State::held;
        tell_waiting(peer, waiting);
    }
    if (!room_.roster().find(peer)) return;
    if (is_news) node_.events.fail(fault, found->ref);
    try_later(peer, outbox);
}

void PrivateChat::tell_waiting(const PeerId& peer, Waiting& waiting) {
    if (std::exchange(waiting.is_told, true)) return;
    node_.events.push(event::Waiting{waiting.entry.id, peer}, waiting.ref);
}

// ---- From others --------------------------------------------------------------------------------

bool PrivateChat::on_message(const PeerId& from, const wire::Message& message) {
    if (const auto* text = std::get_if<wire::PrivateMessage>(&message)) {
        receive(from, *text);
        return true;
    }
    if (const auto* stored = std::get_if<wire::PrivateStored>(&message)) {
        confirm(from, stored->id);
        return true;
    }
    return false;
}

/// So much and no more: whoever says too much too fast has not said it, and who does not stop is
/// cut off. Before anything is written, so that one person costs others nothing of our disk.
void PrivateChat::receive(const PeerId& from, const wire::PrivateMessage& message) {
    const auto turn = turn_of(from).ask(message.id, node_.clock.now());
    if (turn.verdict == ChatTurn::Verdict::flood) {
        links_.close(from, {FaultCode::refused, "Far too many messages in a short time."});
    }
    if (turn.verdict != ChatTurn::Verdict::speak) return;
    const PrivateEntry entry{message.id, false, message.text,
                             WallTime(std::chrono::milliseconds(message.sent_at_ms)), false};
    node_.store.put_private(
        from, entry,
        [this, keep = room_.keep_alive(), from, id = entry.id](const Result<bool>& is_new) {
            if (!is_new) return on_not_stored(is_new.fault());
            is_failing_ = false;
            // Also for a repeated one: its first confirmation may have been lost.
            links_.send(from, wire::PrivateStored{id}, {});
        },
        [this, keep = room_.keep_alive(), from, entry](const Result<bool>& is_new) {
            if (*is_new) node_.events.push(event::Message{shown(from, entry)});
        });
}

/// Who writes sends it again until it is confirmed: said once, or it would fill the screen.
void PrivateChat::on_not_stored(const Fault& fault) {
    if (!std::exchange(is_failing_, true)) node_.events.fail(fault);
}

ChatTurn& PrivateChat::turn_of(const PeerId& from) {
    const TimePoint now = node_.clock.now();
    const auto found = turns_.find(from);
    if (found != turns_.end()) return found->second;
    // What has filled up again is as good as new: people who come and go leave nothing behind.
    std::erase_if(turns_, [now](const auto& entry) { return entry.second.full_at() <= now; });
    return turns_.emplace(from, ChatTurn(now)).first->second;
}

void PrivateChat::confirm(const PeerId& from, const MessageId& id) {
    const auto outbox = outboxes_.find(from);
    if (outbox == outboxes_.end()) return;
    auto& waiting = outbox->second.entries;
    const auto found = std::find_if(waiting.begin(), waiting.end(),
                                    [&id](const Waiting& one) { return one.entry.id == id; });
    if (found == waiting.end()) return;
    const std::string ref = std::move(found->ref);
    waiting.erase(found);
    outbox->second.failures = 0;
    outbox->second.patience = limits::private_answer_max;
    outbox->second.answer_due = node_.clock.now() + outbox->second.patience;
    node_.store.confirm_private(from, id);
    node_.events.push(event::Delivered{id, from}, ref);
    send_due(from);
    said_();
}

void PrivateChat::load_history(const PeerId& peer, std::optional<std::uint64_t> before,
                               std::size_t limit, const std::string& ref) {
    node_.store.read_private(
        peer, before, limit,
        [this, keep = room_.keep_alive(), peer, ref](Result<std::vector<PrivateEntry>> entries) {
            if (!entries) return node_.events.fail(entries.fault(), ref);
            event::History history{Conversation{peer}, {}};
            for (const PrivateEntry& entry : *entries) {
                history.messages.push_back(shown(peer, entry));
                history.messages.back().is_earlier = true;
                history.messages.back().seq = entry.number;
            }
            node_.events.push(std::move(history), ref);
        });
}

std::string PrivateChat::name_of(const PeerId& peer) const {
    const Peer* known = room_.roster().find_known(peer);
    return known ? known->name : key_tag(peer);
}

ChatMessage PrivateChat::shown(const PeerId& peer, const PrivateEntry& entry) const {
    ChatMessage message;
    message.id = entry.id;
    message.from = entry.is_outgoing ? room_.roster().self().id : peer;
    message.from_name = entry.is_outgoing ? room_.roster().self().name : name_of(peer);
    message.conversation.peer = peer;
    message.text = entry.text;
    message.sent_at = entry.sent_at;
    if (entry.is_outgoing) {
        message.state = entry.is_delivered ? MessageState::stored : MessageState::pending;
    }
    return message;
}

}  // namespace dropline
