#include "net/room/room_messages.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <utility>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"

namespace dropline {

namespace {

/// What a member costs in a roster frame besides its texts: id, tags, lengths.
constexpr std::size_t member_overhead_bytes = 64;
/// The same for a message in a history page.
constexpr std::size_t message_overhead_bytes = 128;
constexpr std::size_t chat_page_bytes = limits::frame_bytes_max - 1024;

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

/// "2026-01-31 23:59 UTC".
std::string utc_minute_text(WallTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d UTC",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()));
    return text.data();
}

}  // namespace

wire::Member to_wire(const Peer& peer) {
    return {
        peer.id,      peer.name, peer.address, peer.role == Role::host, peer.role == Role::guest,
        peer.is_muted};
}

Peer from_wire(const wire::Member& member) {
    auto name = make_safe_person_name(member.name);
    const Role role = member.is_host ? Role::host : member.is_guest ? Role::guest : Role::member;
    return Peer{member.id,
                name ? std::move(*name) : key_tag(member.id),
                escape_for_display(member.address),
                role,
                false,
                member.is_muted};
}

event::Banned banned_by(Peer host, const std::string& reason, std::uint32_t seconds, WallTime now) {
    event::Banned banned{std::move(host), escape_for_display(reason), std::nullopt};
    if (seconds > 0) banned.until = now + std::chrono::seconds(seconds);
    return banned;
}

Fault fault_of(const event::Banned& banned) {
    const std::string until = banned.until ? " until " + utc_minute_text(*banned.until) : "";
    const std::string why = banned.reason.empty() ? "." : ": " + banned.reason;
    return {FaultCode::banned, "The host has banned you from this room" + until + why};
}

Fault too_many_renames(std::chrono::milliseconds wait) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
    return {FaultCode::slow_down,
            "The name was changed too often in a short time and stays as it "
            "is. Try again in " +
                std::to_string(seconds) + (seconds == 1 ? " second." : " seconds.")};
}

wire::RoomRules to_wire(const RoomRules& rules) {
    return {rules.files, rules.file_bytes_max.value_or(0)};
}

RoomRules from_wire(const wire::RoomRules& rules) {
    return {rules.files,
            rules.file_bytes_max > 0 ? std::optional(rules.file_bytes_max) : std::nullopt};
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

event::History earlier_messages(const std::vector<LogEntry>& entries, const PeerId& self) {
    event::History history;
    for (const LogEntry& entry : entries) history.messages.push_back(earlier_message(entry, self));
    return history;
}

std::chrono::milliseconds wait_asked_for(std::uint32_t retry_after_ms) {
    return std::min(std::chrono::milliseconds(retry_after_ms),
                    std::chrono::milliseconds(std::chrono::minutes(1)));
}

std::vector<wire::Roster> roster_pages(const Roster& roster, const PeerId& reader,
                                       const Peer& host) {
    std::vector<wire::Roster> pages(1);
    std::size_t bytes = 0;
    const auto add = [&](const Peer& peer) {
        bytes += peer.name.size() + peer.address.size() + member_overhead_bytes;
        if (bytes > chat_page_bytes) {
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
        if (bytes + cost > chat_page_bytes) {
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
