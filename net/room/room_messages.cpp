#include "net/room/room_messages.hpp"

#include <utility>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"

namespace dropline {

namespace {

/// What a member costs in a roster frame besides its texts: id, tags, lengths.
constexpr std::size_t member_overhead_bytes = 64;
/// The same for a message in a history page.
constexpr std::size_t message_overhead_bytes = 128;
constexpr std::size_t page_bytes = limits::frame_bytes_max - 1024;

ChatMessage message_from(const LogEntry& entry, MessageState state) {
    ChatMessage message;
    message.id = entry.id;
    message.seq = entry.seq;
    message.from = entry.author;
    message.from_name = entry.author_name;
    message.text = entry.text;
    message.sent_at = entry.sent_at;
    message.state = state;
    return message;
}

}  // namespace

wire::Member to_wire(const Peer& peer) {
    return {peer.id, peer.name, peer.address, peer.role == Role::host};
}

Peer from_wire(const wire::Member& member) {
    auto name = make_safe_person_name(member.name);
    return Peer{member.id, name ? std::move(*name) : key_tag(member.id),
                escape_for_display(member.address), member.is_host ? Role::host : Role::member,
                false};
}

wire::RoomMessage to_wire(const LogEntry& entry) {
    return {entry.seq,         entry.id,   entry.author,
            entry.author_name, entry.text, entry.sent_at.time_since_epoch().count()};
}

LogEntry from_wire(const wire::RoomMessage& message) {
    auto name = make_safe_person_name(message.from_name);
    return {message.seq,  message.id,
            message.from, name ? std::move(*name) : key_tag(message.from),
            message.text, WallTime(std::chrono::milliseconds(message.sent_at_ms))};
}

ChatMessage pending_message(const LogEntry& entry) {
    return message_from(entry, MessageState::pending);
}

ChatMessage received_message(const LogEntry& entry) {
    return message_from(entry, MessageState::received);
}

ChatMessage earlier_message(const LogEntry& entry, const PeerId& self) {
    auto message =
        message_from(entry, entry.author == self ? MessageState::stored : MessageState::received);
    message.is_earlier = true;
    return message;
}

std::vector<wire::Roster> roster_pages(const Roster& roster, const PeerId& reader,
                                       const Peer& host) {
    std::vector<wire::Roster> pages(1);
    std::size_t bytes = 0;
    const auto add = [&](const Peer& peer) {
        bytes += peer.name.size() + peer.address.size() + member_overhead_bytes;
        if (bytes > page_bytes) {
            pages.emplace_back();
            bytes = 0;
        }
        pages.back().members.push_back(to_wire(peer));
    };
    add(host);
    for (const auto& [id, peer] : roster.present()) {
        if (id != reader) add(peer);
    }
    pages.back().is_last = true;
    return pages;
}

std::vector<wire::HistoryPage> history_pages(std::uint32_t request,
                                             const std::vector<LogEntry>& entries) {
    std::vector<wire::HistoryPage> pages(1);
    std::size_t bytes = 0;
    for (const LogEntry& entry : entries) {
        const std::size_t cost =
            entry.text.size() + entry.author_name.size() + message_overhead_bytes;
        if (bytes + cost > page_bytes) {
            pages.emplace_back();
            bytes = 0;
        }
        bytes += cost;
        pages.back().messages.push_back(to_wire(entry));
    }
    for (auto& page : pages) page.request = request;
    pages.back().is_last = true;
    return pages;
}

}  // namespace dropline
