// Brings a member's view of the room up to date after every join: what is remembered, what was
// missed, then what is new, in the order of the host's numbers. What a host that was put back to
// an earlier state no longer has is forgotten first.
// Thread: net.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "net/room/history_requests.hpp"
#include "net/room/log_comparison.hpp"
#include "net/room/node_context.hpp"
#include "net/room/room_access.hpp"
#include "net/store/records.hpp"
#include "net/wire/messages.hpp"

namespace dropline {

class RoomCatchUp {
  public:
    struct Hooks {
        /// One message of the room, in order; `is_earlier`: said before we first came.
        std::function<void(const LogEntry&, bool is_earlier)> show;
        /// Everything said so far has been shown.
        std::function<void()> done;
    };

    RoomCatchUp(NodeContext& node, RoomAccess& room, HistoryRequests& requests, Hooks hooks);

    /// After every JoinAccepted.
    void begin(const RememberedLog& log, std::uint64_t host_last_seq);
    /// The connection is gone.
    void pause() { is_running_ = false; }

    /// A message that has just been said; shown now or when its turn comes.
    void on_live(const wire::RoomMessage& message);
    /// An own message the host has numbered: it is part of the copy too.
    void on_own(LogEntry entry);

    /// Puts into our copy what the host has told of earlier, on somebody's wish. Not while
    /// something may be missing right before it: the copy would seem to be whole.
    void remember_earlier(std::vector<LogEntry> entries);

    /// The newest that has been shown or is still to come; 0: nothing was ever said.
    std::uint64_t newest_seq() const { return std::max(shown_seq_, target_seq_); }

  private:
    /// The same for one message under whatever number.
    using Identifier = std::pair<PeerId, MessageId>;

    void go_on_from(std::uint64_t agreed);
    void begin_fresh();
    void show_remembered(std::uint64_t remembered_seq);
    void take_up_to_gap(std::vector<LogEntry> entries);
    void take_beyond_gap(std::uint64_t first_told, std::uint64_t last_told);
    void request_next();
    void remember(std::vector<LogEntry> entries);
    void on_answer(std::vector<LogEntry> entries);
    void on_no_answer();
    void take(const LogEntry& entry);
    void note_shown(const LogEntry& entry);
    void finish();

    NodeContext& node_;
    RoomAccess& room_;
    HistoryRequests& requests_;
    LogComparison comparison_;
    Hooks hooks_;
    RememberedLog log_;
    std::uint64_t target_seq_ = 0;      // the host's last one when we came in, or what came since
    std::uint64_t first_join_seq_ = 0;  // up to here everything was said before we first came
    std::uint64_t shown_seq_ = 0;
    // After this one the host did not say what was said; asked for again after the next join.
    std::optional<std::uint64_t> hole_after_;
    std::uint64_t hole_end_ = 0;  // from here on everything was shown behind it; 0: nothing was
    // Shown behind a hole that is being filled: not shown once more.
    std::uint64_t known_first_ = 0;
    std::uint64_t known_last_ = 0;
    std::map<std::uint64_t, Identifier> shown_;  // the newest of them, by number
    std::set<Identifier> lost_;     // shown, and then lost by the host: somebody may say it again
    std::uint32_t generation_ = 0;  // answers to what an earlier `begin` asked are ignored
    std::vector<LogEntry> beyond_gap_;  // of our copy, in order: what stands behind a gap in it
    std::vector<LogEntry> live_;
    bool is_running_ = false;
    bool is_up_to_date_ = false;
};

}  // namespace dropline
