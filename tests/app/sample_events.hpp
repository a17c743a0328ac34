// People and messages for the tests of app/: two members and a way to wrap what they do.
// Thread: any.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "net/api/event.hpp"

namespace dropline::app {

inline PeerId peer_id(std::uint8_t byte) {
    PeerId id;
    id.bytes.fill(byte);
    return id;
}

inline MessageId message_id(std::uint8_t byte) {
    MessageId id;
    id.bytes.fill(byte);
    return id;
}

inline const PeerId self_id = peer_id(1);
inline const PeerId ann_id = peer_id(2);

inline Peer ann() { return {ann_id, "Ann", "10.0.0.2:50000", Role::host, false}; }

/// 2026-01-31T23:59:59.042Z
inline WallTime sample_time() {
    using namespace std::chrono;
    return sys_days(year(2026) / January / 31) + 23h + 59min + 59s + 42ms;
}

inline Event event_of(EventBody body, std::string ref = {}) {
    return {std::move(body), std::move(ref), sample_time()};
}

inline ChatMessage message_from(const PeerId& from, std::string text) {
    ChatMessage message;
    message.id = message_id(9);
    message.seq = 5;
    message.from = from;
    message.from_name = "Ann";
    message.text = std::move(text);
    message.sent_at = sample_time();
    return message;
}

inline ChatMessage own_message(std::string text) {
    ChatMessage message = message_from(self_id, std::move(text));
    message.seq = 0;
    message.state = MessageState::pending;
    return message;
}

}  // namespace dropline::app
