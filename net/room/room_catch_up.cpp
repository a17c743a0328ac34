#include "net/room/room_catch_up.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "net/api/limits.hpp"
#include "net/room/room_messages.hpp"

namespace dropline {

namespace {

/// Messages that have been shown and are known again; a host that makes us forget more of them,
/// over and over, has some shown twice.
constexpr std::size_t known_max = 1000;
/// In place of the first and last number of an answer in which there is none.
constexpr auto nothing_told = std::numeric_limits<std::uint64_t>::max();

}  // namespace

RoomCatchUp::RoomCatchUp(NodeContext& node, RoomAccess& room, HistoryRequests& requests,
                         Hooks hooks)
    : node_(node),
      room_(room),
      requests_(requests),
      comparison_(node, room, requests),
      hooks_(std::move(hooks)) {}

void RoomCatchUp::begin(const RememberedLog& log, std::uint64_t host_last_seq) {
    if (log != log_) {
        shown_seq_ = 0;
        hole_after_.reset();
        beyond_gap_.clear();
        first_join_seq_ = host_last_seq;
        shown_.clear();
        lost_.clear();
    }
    log_ = log;
    target_seq_ = host_last_seq;
    is_running_ = true;
    is_up_to_date_ = false;
    live_.clear();
    ++generation_;
    // At once: what we say from now on is numbered so too.
    node_.store.forget_remembered(log_, host_last_seq, std::numeric_limits<std::uint64_t>::max());
    comparison_.begin(log_, host_last_seq,
                      [this, host_last_seq, generation = generation_](std::uint64_t agreed) {
                          if (generation != generation_ || !is_running_) return;
                          node_.store.forget_remembered(log_, agreed, host_last_seq);
                          go_on_from(agreed);
                      });
}

void RoomCatchUp::go_on_from(std::uint64_t agreed) {
    if (shown_seq_ > 0) first_join_seq_ = std::min(first_join_seq_, agreed);
    std::erase_if(beyond_gap_, [agreed](const LogEntry& entry) { return entry.seq > agreed; });
    known_first_ = std::exchange(hole_end_, 0);
    known_last_ = known_first_ > 0 ? std::min(shown_seq_, agreed) : 0;
    agreed = std::min(agreed, std::exchange(hole_after_, std::nullopt).value_or(agreed));
    const auto lost = shown_.upper_bound(agreed);
    if (lost_.size() >= known_max) lost_.clear();
    for (auto entry = lost; entry != shown_.end(); ++entry) lost_.insert(entry->second);
    shown_.erase(lost, shown_.end());
    if (shown_seq_ == 0) return begin_fresh();
    shown_seq_ = std::min(shown_seq_, agreed);
    request_next();
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
                                    if (entries) take_up_to_gap(std::move(*entries));
                                    request_next();
                                });
}

/// What could not be written down, or was not because the program ended, is asked for again.
void RoomCatchUp::take_up_to_gap(std::vector<LogEntry> entries) {
    const auto follows = [this](const LogEntry& entry) {
        return shown_seq_ == 0 || entry.seq == shown_seq_ + 1;
    };
    auto entry = entries.begin();
    for (; entry != entries.end() && follows(*entry); ++entry) take(*entry);
    beyond_gap_.assign(std::make_move_iterator(entry), std::make_move_iterator(entries.end()));
}

/// A guest is told nothing of what was said while he was away: then the gap stays, and what our
/// copy has behind it comes next.
void RoomCatchUp::take_beyond_gap(std::uint64_t first_told, std::uint64_t last_told) {
    for (const LogEntry& entry : beyond_gap_) {
        if (entry.seq < first_told) take(entry);
    }
    std::erase_if(beyond_gap_,
                  [last_told](const LogEntry& entry) { return entry.seq <= last_told; });
}

void RoomCatchUp::request_next() {
    if (!is_running_) return;
    if (shown_seq_ >= target_seq_) {
        finish();
        return;
    }
    requests_.ask_after(shown_seq_, [this, generation = generation_](auto entries) {
        if (generation != generation_ || !is_running_) return;
        if (entries) {
            on_answer(std::move(*entries));
        } else {
            on_no_answer();
        }
    });
}

/// A host that does not say what was said keeps nobody from talking.
void RoomCatchUp::on_no_answer() {
    hole_after_ = shown_seq_;
    take_beyond_gap(nothing_told, nothing_told);
    node_.events.fail({FaultCode::disconnected,
                       "Some of what was said while you were away is missing: the host does not "
                       "send it. It is asked again when you come back into the room."});
    finish();
}

void RoomCatchUp::remember_earlier(std::vector<LogEntry> entries) {
    if (is_up_to_date_) remember(std::move(entries));
}

/// While something before it is missing the copy ends there.
void RoomCatchUp::remember(std::vector<LogEntry> entries) {
    if (!hole_after_) node_.store.remember(log_, std::move(entries));
}

void RoomCatchUp::on_answer(std::vector<LogEntry> entries) {
    const std::uint64_t before = shown_seq_;
    take_beyond_gap(entries.empty() ? nothing_told : entries.front().seq,
                    entries.empty() ? nothing_told : entries.back().seq);
    for (const LogEntry& entry : entries) take(entry);
    remember(std::move(entries));
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
    remember({std::move(entry)});
}

void RoomCatchUp::on_own(LogEntry entry) {
    if (is_up_to_date_) note_shown(entry);
    remember({std::move(entry)});
}

void RoomCatchUp::note_shown(const LogEntry& entry) {
    const bool is_behind_gap = hole_end_ == 0 || entry.seq != shown_seq_ + 1;
    if (hole_after_ && is_behind_gap && entry.seq > shown_seq_) hole_end_ = entry.seq;
    shown_seq_ = std::max(shown_seq_, entry.seq);
    shown_.emplace(entry.seq, Identifier(entry.author, entry.id));
    if (shown_.size() > known_max) shown_.erase(shown_.begin());
}

/// Repeated ones are passed over: every message is shown once.
void RoomCatchUp::take(const LogEntry& entry) {
    if (entry.seq <= shown_seq_) return;
    note_shown(entry);
    if (entry.seq >= known_first_ && entry.seq <= known_last_) return;
    if (lost_.contains(Identifier(entry.author, entry.id))) return;
    hooks_.show(entry, entry.seq <= first_join_seq_);
}

void RoomCatchUp::finish() {
    is_up_to_date_ = true;
    for (LogEntry& entry : std::exchange(live_, {})) {
        take(entry);
        remember({std::move(entry)});
    }
    hooks_.done();
}

}  // namespace dropline
