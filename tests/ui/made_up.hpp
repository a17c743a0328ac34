// People, messages and transfers for the tests of the window: made up, the same in every run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "net/api/event.hpp"

namespace dropline::made_up {

template <typename Id>
Id id(std::uint32_t number) {
    Id result;
    for (std::size_t i = 0; i < Id::size_bytes; ++i) {
        result.bytes[i] = static_cast<std::uint8_t>((number >> ((i % 4) * 8)) + i * (number % 7));
    }
    // The number itself stands at the end, so that no two are alike.
    for (std::size_t i = 0; i < 4; ++i) {
        result.bytes[Id::size_bytes - 1 - i] = static_cast<std::uint8_t>(number >> (i * 8));
    }
    return result;
}

inline WallTime time_at(std::int64_t minutes) {
    return WallTime(std::chrono::minutes(29'398'000 + minutes));
}

inline Peer peer(std::uint32_t number, std::string name, Role role = Role::member) {
    Peer result;
    result.id = id<PeerId>(number);
    result.name = std::move(name);
    result.address = "192.168.1." + std::to_string(number % 250) + ":52144";
    result.role = role;
    return result;
}

/// Who the tests' people are, unless what they are called or may do matters.
inline const Peer mara = peer(1, "Mara");  // whose window it is
inline const Peer ann = peer(3, "Ann");
inline const Peer bob = peer(4, "Bob");

inline ChatMessage room_message(std::uint32_t number, const Peer& from, std::string text,
                                std::uint64_t seq) {
    ChatMessage message;
    message.id = id<MessageId>(number);
    message.seq = seq;
    message.from = from.id;
    message.from_name = from.name;
    message.text = std::move(text);
    message.sent_at = time_at(number);
    return message;
}

inline ChatMessage private_message(std::uint32_t number, const Peer& from, const Peer& with,
                                   std::string text) {
    ChatMessage message = room_message(number, from, std::move(text), 0);
    message.conversation = Conversation{with.id};
    return message;
}

inline Transfer transfer(std::uint32_t number, const Peer& with, Direction direction,
                         TransferState state) {
    Transfer result;
    result.id = id<TransferId>(number);
    result.peer = with.id;
    result.direction = direction;
    result.name = "file-" + std::to_string(number) + ".zip";
    result.state = state;
    result.bytes_total = 2'147'483'648;
    result.bytes_done = result.bytes_total / 3;
    result.files_total = 1;
    result.rate_bytes_per_s = 84'500'000;
    result.eta_s = 17;
    result.path = Path::direct;
    return result;
}

inline Event happens(EventBody body, WallTime at = time_at(0)) { return {std::move(body), {}, at}; }

}  // namespace dropline::made_up
