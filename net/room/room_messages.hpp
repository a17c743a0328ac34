// Between the three shapes a room's facts have: on the wire, in the log, on screen.
// Thread: any. Pure conversions.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "net/api/event.hpp"
#include "net/api/values.hpp"
#include "net/room/roster.hpp"
#include "net/store/room_log.hpp"
#include "net/wire/messages.hpp"

namespace dropline {

wire::Member to_wire(const Peer& peer);
/// The name is made safe once more: a host may be hostile too. One that cannot be saved becomes
/// the person's key tag.
Peer from_wire(const wire::Member& member);

/// What a host says to somebody it shuts out, for so many seconds from now; 0: for good.
event::Banned banned_by(Peer host, const std::string& reason, std::uint32_t seconds, WallTime now);
/// The same in a sentence.
Fault fault_of(const event::Banned& banned);

/// What somebody hears who changes their name more often than others are to be bothered with.
Fault too_many_renames(std::chrono::milliseconds wait);

wire::RoomRules to_wire(const RoomRules& rules);
RoomRules from_wire(const wire::RoomRules& rules);

wire::RoomMessage to_wire(const LogEntry& entry);
LogEntry from_wire(const wire::RoomMessage& message);

/// Our own message on its way.
ChatMessage pending_message(const LogEntry& entry);
/// Somebody's message, just arrived.
ChatMessage received_message(const LogEntry& entry);
/// From the log, said before we came or looked; `self` tells our own ones.
ChatMessage earlier_message(const LogEntry& entry, const PeerId& self);

/// All of these, as the answer to who asked for them.
event::History earlier_messages(const std::vector<LogEntry>& entries, const PeerId& self);

/// What somebody asks us to wait before we ask again, but no more than a minute.
std::chrono::milliseconds wait_asked_for(std::uint32_t retry_after_ms);

/// Everybody but `reader`, in frames below their limit; `host` as the reader shall see him.
std::vector<wire::Roster> roster_pages(const Roster& roster, const PeerId& reader,
                                       const Peer& host);
/// The entries in frames below their limit; the last one is marked.
std::vector<wire::HistoryPage> history_pages(std::uint32_t request,
                                             const std::vector<LogEntry>& entries);

}  // namespace dropline
