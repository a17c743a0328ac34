// Our own messages to the room until the host has them: kept on disk, sent in order, at the pace
// the host allows, and again after a cut.
// Thread: net.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "net/link/rate_limit.hpp"
#include "net/room/node_context.hpp"
#include "net/room/room_access.hpp"
#include "net/store/records.hpp"
#include "net/wire/messages.hpp"

namespace dropline {

class RoomOutbox {
  public:
    /// `said` is called when the last of what waited has been answered.
    RoomOutbox(NodeContext& node, RoomAccess& room, std::function<void(wire::Message)> send,
               std::function<void()> said);

    /// After every JoinAccepted: in which room of which host we are. What was written for another
    /// one of his waits on disk until we are in that again.
    void set_room(const RememberedLog& room);

    /// Kept in the history, then sent as soon as `resume` has been called.
    void add(const MessageId& id, const std::string& text, const std::string& ref);

    /// The connection stands: everything unconfirmed goes out in order.
    void resume();
    /// The connection is gone.
    void pause();

    /// True while something has not been answered, or not even been kept.
    bool has_unsaid() const { return !being_kept_.empty() || !entries_.empty(); }
    /// We leave: who still waits for an answer is told that it comes another time.
    void stop();

    struct Confirmed {
        OutboxEntry entry;
        std::string ref;
    };
    /// The host has it; empty when it was none of ours, or confirmed before.
    std::optional<Confirmed> confirm(const MessageId& id);

    void on_refused(const wire::SayRefused& refusal);

  private:
    struct Unconfirmed {
        OutboxEntry entry;
        std::string ref;
        bool is_sent = false;
    };

    void show_pending(const OutboxEntry& entry, const std::string& ref);
    void add_earlier(std::vector<OutboxEntry> kept);
    void on_kept(const OutboxEntry& entry, const std::string& ref, const RememberedLog& room);
    void on_not_kept(const MessageId& id, const std::string& ref, const Fault& fault);
    void put_aside(const std::string& sentence);
    void tell_kept(const std::string& sentence, const std::string& ref);
    void send_due();

    NodeContext& node_;
    RoomAccess& room_;
    std::function<void(wire::Message)> send_;
    std::function<void()> said_;
    std::optional<RememberedLog> written_for_;
    std::deque<Unconfirmed> entries_;
    std::set<MessageId> being_kept_;
    bool is_lost_told_ = false;  // that what was on its way may not be on our disk
    RateLimit pace_;
    ScheduledCallPtr next_;
    bool is_running_ = false;
    bool is_stopped_ = false;
};

}  // namespace dropline
