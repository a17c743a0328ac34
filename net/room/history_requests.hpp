// What a member asks of the host's log: in turns, no faster than the host answers, each until it
// has its answer or the connection is gone. Thread: net.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "net/link/rate_limit.hpp"
#include "net/room/node_context.hpp"
#include "net/store/records.hpp"
#include "net/wire/messages.hpp"

namespace dropline {

class HistoryRequests {
  public:
    /// Oldest first; empty: there is no connection, nothing of an answer for
    /// `limits::history_answer_max` in which we listened, or nothing but
    /// "later" for two minutes of listening, or 500 times.
    using Done = std::function<void(std::optional<std::vector<LogEntry>>)>;

    HistoryRequests(NodeContext& node, std::function<void(wire::Message)> send);

    /// The `limit` (1 to `limits::history_messages_max`) newest before `seq`.
    void ask_before(std::uint64_t seq, std::size_t limit, Done done);
    /// The oldest after `seq`; with 0 the newest of all.
    void ask_after(std::uint64_t seq, Done done);

    void on_page(const wire::HistoryPage& page);

    /// The connection stands.
    void resume() { is_running_ = true; }
    /// The connection is gone: whoever waits is told.
    void pause();

  private:
    struct Pending {
        wire::HistoryRequest request;
        Done done;
        std::vector<LogEntry> entries;
        bool is_asked = false;
        std::optional<TimePoint> first_asked_at;  // since we have listened without a break
        std::uint64_t gate_closed_at_first = 0;
        std::size_t put_off = 0;               // times
        std::uint64_t gate_closed_before = 0;  // as `limit` was set
        ScheduledCallPtr limit;                // while it is asked
    };

    void ask(wire::HistoryRequest request, Done done);
    void ask_due();
    void ask_later(Duration wait);
    std::uint64_t breaks_in_listening() const;
    bool is_put_off_for_good(Pending& pending) const;
    void limit_wait(std::uint32_t number, Pending& pending);
    void on_limit(std::uint32_t number);
    void finish(std::uint32_t number, bool is_answered);

    NodeContext& node_;
    std::function<void(wire::Message)> send_;
    RateLimit pace_;
    std::map<std::uint32_t, Pending> pending_;  // by number, in the order of asking
    std::uint32_t last_number_ = 0;
    ScheduledCallPtr next_;
    bool is_running_ = false;
};

}  // namespace dropline
