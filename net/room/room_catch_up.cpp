#include "net/room/room_catch_up.hpp"

#include <algorithm>
#include <utility>

#include "net/api/limits.hpp"
#include "net/room/room_messages.hpp"

namespace dropline {

RoomCatchUp::RoomCatchUp(NodeContext& node, RoomAccess& room, HistoryRequests& requests,
                         Hooks hooks)
    : node_(node), room_(room), requests_(requests), hooks_(std::move(hooks)) {}

void RoomCatchUp::begin(const RememberedLog& log, std::uint64_t host_last_seq) {
    const bool is_same_log = log == log_ && shown_seq_ > 0;
    log_ = log;
    target_seq_ = host_last_seq;
    is_running_ = true;
    is_up_to_date_ = false;
    live_.clear();
    ++generation_;
    if (is_same_log) {
        // A host that was put back to an earlier state counts from there.
        shown_seq_ = std::min(shown_seq_, host_last_seq);
        request_next();
    } else {
        first_join_seq_ = host_last_seq;
        shown_seq_ = 0;
        begin_fresh();
    }
}

void RoomCatchUp::begin_fresh() {
    node_.store.last_remembered_seq(
        log_, [this, keep = room_.keep_alive(),
               generation = generation_](Result<std::uint64_t> remembered) {
            if (generation != generation_) return;
            const std::uint64_t seq = remembered ? *remembered : 0;
            // The newest ones are better than a replay without end; the rest is read on scrolling.
            const bool is_too_much = target_seq_ > seq + limits::catch_up_messages_max;
            if (seq == 0 || is_too_much || seq > target_seq_) {
                request_next();
            } else {
                show_remembered(seq);
            }
        });
}

void RoomCatchUp::show_remembered(std::uint64_t remembered_seq) {
    node_.store.read_remembered(log_, remembered_seq + 1, limits::history_messages_max,
                                [this, keep = room_.keep_alive(),
                                 generation = generation_](Result<std::vector<LogEntry>> entries) {
                                    if (generation != generation_) return;
                                    if (entries) {
                                        for (const LogEntry& entry : *entries) {
                                            shown_seq_ = entry.seq;
                                            hooks_.show(entry, true);
                                        }
                                    }
                                    request_next();
                                });
}

void RoomCatchUp::request_next() {
    if (!is_running_) return;
    if (shown_seq_ >= target_seq_) {
        finish();
        return;
    }
    requests_.ask_after(shown_seq_, [this, generation = generation_](auto entries) {
        if (generation != generation_ || !is_running_) return;
        // A host that does not say what was said keeps nobody from talking.
        on_answer(entries ? std::move(*entries) : std::vector<LogEntry>{});
    });
}

void RoomCatchUp::on_answer(std::vector<LogEntry> entries) {
    const std::uint64_t before = shown_seq_;
    for (const LogEntry& entry : entries) take(entry);
    node_.store.remember(log_, std::move(entries));
    // A host that has no more to give must not be asked for ever.
    if (shown_seq_ > before) {
        request_next();
    } else {
        finish();
    }
}

void RoomCatchUp::on_live(const wire::RoomMessage& message) {
    LogEntry entry = from_wire(message);
    if (!is_up_to_date_) {
        constexpr std::size_t waiting_max = 10'000;
        if (live_.size() < waiting_max) {
            live_.push_back(std::move(entry));
        } else {
            // Read from the log, when its turn comes.
            target_seq_ = std::max(target_seq_, entry.seq);
        }
        return;
    }
    take(entry);
    node_.store.remember(log_, {std::move(entry)});
}

void RoomCatchUp::on_own(LogEntry entry) {
    if (is_up_to_date_) shown_seq_ = std::max(shown_seq_, entry.seq);
    node_.store.remember(log_, {std::move(entry)});
}

/// Repeated ones are passed over: every message is shown once.
void RoomCatchUp::take(const LogEntry& entry) {
    if (entry.seq <= shown_seq_) return;
    shown_seq_ = entry.seq;
    hooks_.show(entry, entry.seq <= first_join_seq_);
}

void RoomCatchUp::finish() {
    is_up_to_date_ = true;
    for (LogEntry& entry : std::exchange(live_, {})) {
        take(entry);
        node_.store.remember(log_, {std::move(entry)});
    }
    hooks_.done();
}

}  // namespace dropline
