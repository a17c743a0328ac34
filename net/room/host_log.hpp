// What is said in the room we host: numbered, written down, told to everybody.
// Thread: net. A message is passed on when the room's log has written it, and acknowledged to its
// author when the disk has it: the disk may be busy, and what a power cut took he says again. Until
// then he waits for what has higher numbers, as everybody hears all of it in one order.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "net/room/history_turns.hpp"
#include "net/room/host_members.hpp"
#include "net/room/in_order.hpp"
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
    /// Number of the last message passed on, 0: none.
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
    struct Said {
        Said(const MessageId& message, MemberPtr by, std::string wish)
            : id(message), author(std::move(by)), ref(std::move(wish)) {}
        const MessageId id;
        const MemberPtr author;  // null: the host
        const std::string ref;
        std::optional<InOrder::Place> place = std::nullopt;  // in what its author hears
    };
    struct Numbered {
        std::shared_ptr<Said> said;
        LogEntry entry;
    };

    void read_for(const MemberPtr& member, const wire::HistoryRequest& request,
                  std::uint64_t hidden_up_to, std::function<void()> done);
    void append(LogEntry entry, const MemberPtr& author, const std::string& ref);
    void pass_on_what_may_be();
    void on_disk(const std::shared_ptr<Said>& said, const Result<Appended>& appended);
    InOrder& hears(const Said& said);
    void pass_on(const LogEntry& entry, bool is_own);
    void answer_author(const Said& said, const Result<Appended>& appended);
    void acknowledge(const Said& said, const Appended& appended);
    void on_not_appended(const Said& said, const Fault& fault);

    NodeContext& node_;
    RoomAccess& room_;
    HostMembers& members_;
    std::shared_ptr<RoomLog> log_;
    std::uint64_t last_seq_ = 0;
    InOrder host_hears_;
    std::size_t not_on_disk_ = 0;      // of what has been passed on
    std::deque<Numbered> to_pass_on_;  // when there are fewer of those
    bool is_failing_ = false;  // what members say is not stored just now, and our user knows
    bool is_reading_failing_ = false;  // the same of what they ask for
    HistoryTurns turns_;
};

}  // namespace dropline
