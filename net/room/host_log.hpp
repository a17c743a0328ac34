// What is said in the room we host: numbered, on disk, then told to everybody.
// Thread: net. A message is acknowledged and passed on only when the room's log has it on disk.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/room/history_turns.hpp"
#include "net/room/host_members.hpp"
#include "net/room/node_context.hpp"
#include "net/room/room_access.hpp"
#include "net/store/room_log.hpp"

namespace dropline {

class HostLog {
  public:
    /// All three must outlive it.
    HostLog(NodeContext& node, RoomAccess& room, HostMembers& members)
        : node_(node), room_(room), members_(members) {}

    /// `done` is not called when the role is gone by then.
    void open(const std::string& room_name, std::function<void(Result<void>)> done);
    bool is_open() const { return log_ != nullptr; }
    LogId id() const { return log_->id(); }
    /// Number of the last message on disk, 0: none.
    std::uint64_t last_seq() const { return last_seq_; }

    /// The host's own message.
    void say(const MessageId& id, const std::string& text, const std::string& ref);
    void say(const MemberPtr& author, const wire::Say& say);

    /// What was said here before, for our own screen.
    void show_earlier();
    void load_history(std::optional<std::uint64_t> before, std::size_t limit,
                      const std::string& ref);
    /// Nothing up to and including number `hidden_up_to` is among what he gets.
    void answer(const MemberPtr& member, const wire::HistoryRequest& request,
                std::uint64_t hidden_up_to);

  private:
    void read_for(const MemberPtr& member, const wire::HistoryRequest& request,
                  std::uint64_t hidden_up_to, std::function<void()> done);
    void append(LogEntry entry, const MemberPtr& author, const std::string& ref);
    void on_appended(const LogEntry& entry, const Appended& appended, const MemberPtr& author,
                     const std::string& ref);

    void on_not_appended(const LogEntry& entry, const Fault& fault, const MemberPtr& author);

    NodeContext& node_;
    RoomAccess& room_;
    HostMembers& members_;
    std::shared_ptr<RoomLog> log_;
    std::uint64_t last_seq_ = 0;
    bool is_failing_ = false;  // what members say is not stored just now, and our user knows
    bool is_reading_failing_ = false;  // the same of what they ask for
    HistoryTurns turns_;
};

}  // namespace dropline
