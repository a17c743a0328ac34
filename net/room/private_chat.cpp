#include "net/room/private_chat.hpp"

#include <algorithm>
#include <utility>

#include "net/api/limits.hpp"

namespace dropline {

PrivateChat::PrivateChat(NodeContext& node, RoomAccess& room, PrivateLinks& links)
    : node_(node), room_(room), links_(links) {
    links_.on_lost([this](const PeerId& peer) {
        if (!waiting_[peer].empty()) send_waiting(peer);
    });
}

void PrivateChat::say(const PeerId& to, const MessageId& id, const std::string& text,
                      const std::string& ref) {
    const Waiting waiting{{id, to, true, text, node_.clock.wall_now()}, ref};
    const PrivateEntry entry{id, true, text, waiting.entry.created_at, false};
    ChatMessage message = shown(to, entry);
    node_.events.push(event::Message{std::move(message)}, ref);
    node_.store.put_private(to, entry, [](Result<bool>) {});
    node_.store.put_outbox(waiting.entry,
                           [this, keep = room_.keep_alive(), to, waiting](Result<void> stored) {
                               if (!stored) return node_.events.fail(stored.fault(), waiting.ref);
                               waiting_[to].push_back(waiting);
                               send_one(to, waiting);
                           });
}

void PrivateChat::load_outbox() {
    node_.store.load_outbox([this,
                             keep = room_.keep_alive()](Result<std::vector<OutboxEntry>> entries) {
        if (!entries) return node_.events.fail(entries.fault());
        for (const OutboxEntry& entry : *entries) {
            if (!entry.is_private) continue;
            auto& waiting = waiting_[entry.host_or_peer];
            const bool is_there =
                std::any_of(waiting.begin(), waiting.end(),
                            [&entry](const Waiting& other) { return other.entry.id == entry.id; });
            if (!is_there) waiting.push_back({entry, {}});
        }
        for (const auto& [peer, unsent] : waiting_) {
            if (room_.roster().find(peer)) send_waiting(peer);
        }
    });
}

void PrivateChat::send_waiting(const PeerId& peer) {
    const auto entry = waiting_.find(peer);
    if (entry == waiting_.end()) return;
    for (const Waiting& waiting : entry->second) send_one(peer, waiting);
}

void PrivateChat::send_one(const PeerId& peer, const Waiting& waiting) {
    if (!room_.roster().find(peer)) {
        tell_waiting(peer, waiting);
        return;
    }
    links_.send(peer,
                wire::PrivateMessage{waiting.entry.id, waiting.entry.text,
                                     waiting.entry.created_at.time_since_epoch().count()},
                [this, peer, waiting](const Fault& fault) {
                    tell_waiting(peer, waiting);
                    if (room_.roster().find(peer)) node_.events.fail(fault, waiting.ref);
                });
}

void PrivateChat::tell_waiting(const PeerId& peer, const Waiting& waiting) {
    node_.events.push(event::Waiting{waiting.entry.id, peer}, waiting.ref);
}

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

void PrivateChat::receive(const PeerId& from, const wire::PrivateMessage& message) {
    const PrivateEntry entry{message.id, false, message.text,
                             WallTime(std::chrono::milliseconds(message.sent_at_ms)), false};
    node_.store.put_private(from, entry,
                            [this, keep = room_.keep_alive(), from, entry](Result<bool> is_new) {
                                if (!is_new) return node_.events.fail(is_new.fault());
                                if (*is_new) node_.events.push(event::Message{shown(from, entry)});
                                // Also for a repeated one: its first confirmation may have been
                                // lost.
                                links_.send(from, wire::PrivateStored{entry.id}, {});
                            });
}

void PrivateChat::confirm(const PeerId& from, const MessageId& id) {
    auto& waiting = waiting_[from];
    const auto found = std::find_if(waiting.begin(), waiting.end(),
                                    [&id](const Waiting& one) { return one.entry.id == id; });
    if (found == waiting.end()) return;
    const std::string ref = std::move(found->ref);
    waiting.erase(found);
    node_.store.remove_outbox(id);
    node_.store.mark_private_delivered(from, id);
    node_.events.push(event::Delivered{id, from}, ref);
}

void PrivateChat::load_history(const PeerId& peer, std::size_t limit, const std::string& ref) {
    node_.store.read_private(
        peer, std::nullopt, limit,
        [this, keep = room_.keep_alive(), peer, ref](Result<std::vector<PrivateEntry>> entries) {
            if (!entries) return node_.events.fail(entries.fault(), ref);
            event::History history{Conversation{peer}, {}};
            for (const PrivateEntry& entry : *entries) {
                history.messages.push_back(shown(peer, entry));
                history.messages.back().is_earlier = true;
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
