#include "net/transfer/transfer_flow.hpp"

#include <algorithm>
#include <utility>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/transfer/journal.hpp"
#include "net/transfer/shown_state.hpp"

namespace dropline {

namespace {

constexpr unsigned damages_max = 3;
constexpr auto not_known_any_more =
    "The program of this person knows nothing of this offer any more. Ask them to send it again.";

bool is_link_trouble(FaultCode code) {
    switch (code) {
        case FaultCode::disconnected:
        case FaultCode::timed_out:
        case FaultCode::cannot_connect:
        case FaultCode::cancelled:
        case FaultCode::slow_down:
        case FaultCode::unknown_peer:
        case FaultCode::refused:
        case FaultCode::not_in_room: return true;
        default: return false;
    }
}

/// Of what the other side may say of one transfer; counted since the first of it.
bool takes_one_of(std::optional<RateLimit>& limit, TimePoint now) {
    if (!limit) {
        limit.emplace(limits::transfer_wishes_burst, limits::transfer_wishes_per_second, now);
    }
    return limit->take(now);
}

constexpr std::size_t usual_max = limits::active_transfers_per_peer_max;
/// With those that somebody wants beyond the limit: each takes threads and a socket.
constexpr std::size_t started_now_max = 2 * usual_max;

/// It takes one of the places of its person.
bool is_at_work(const TransferRecord& record) {
    return record.is_incoming() && record.is_accepted && record.is_busy() && !record.ending;
}

}  // namespace

TransferFlow::TransferFlow(TransferBook& book, Hooks hooks)
    : book_(book), hooks_(std::move(hooks)) {}

void TransferFlow::stop() {
    is_stopped_ = true;
    watch_.reset();
    stale_watch_.reset();
}

void TransferFlow::set_limits(std::uint64_t up, std::uint64_t down) {
    up_.set(up);
    down_.set(down);
}

// ---- Who may begin ------------------------------------------------------------------------------

bool TransferFlow::may_begin(const RecordPtr& record) const {
    return record->is_incoming() && record->is_accepted && record->session && !record->is_keeping &&
           !record->shown.is_over() && !record->ending && !record->is_paused() &&
           !record->is_busy() && !record->retry;
}

void TransferFlow::pump(const PeerId& peer) {
    if (is_stopped_ || !book_.is_present(peer)) return;
    std::size_t busy = 0;
    const auto records = book_.with(peer);
    for (const RecordPtr& record : records) {
        if (is_at_work(*record)) ++busy;
    }
    std::uint32_t place = 0;
    for (const RecordPtr& record : records) {
        if (!may_begin(record)) continue;
        const std::size_t places = record->is_started_now ? started_now_max : usual_max;
        if (busy < places) {
            ++busy;
            record->is_started_now = false;
            record->shown.queue_place = 0;
            prepare(record);
        } else if (record->shown.queue_place != ++place) {
            record->shown.queue_place = place;
            settle(record);
        }
    }
}

void TransferFlow::try_now(const RecordPtr& record) {
    record->retry.reset();
    record->attempts = 0;
    if (record->is_incoming()) {
        pump(record->shown.peer);
    } else {
        book_.send(record->shown.peer, wire::TransferResume{record->shown.id});
    }
    settle(record);
}

void TransferFlow::start_now(const RecordPtr& record) {
    record->is_started_now = true;
    try_now(record);
}

std::unique_ptr<DiskTask> TransferFlow::disk_task(
    std::function<void(const std::atomic<bool>&)> work, std::function<void()> done) {
    auto task = std::make_unique<DiskTask>();
    const std::weak_ptr<int> alive = alive_;
    task->thread = std::make_unique<BulkThread>(
        book_.node().executor,
        [work = std::move(work), is_given_up = task->is_given_up] { work(*is_given_up); },
        // Without a role too, nobody quits before the thread has said that it is done.
        [alive, done = std::move(done), keep = keep_role_alive(book_),
         guard = asio::make_work_guard(book_.node().executor)] {
            if (!alive.expired()) done();
        });
    return task;
}

void TransferFlow::prepare(const RecordPtr& record) {
    const auto result = std::make_shared<Result<void>>();
    record->disk_task = disk_task(
        [session = record->session, result](const std::atomic<bool>& is_given_up) {
            *result = session->prepare(is_given_up);
        },
        [this, record, result] {
            record->disk_task.reset();
            on_prepared(record, *result);
        });
    settle(record);
}

void TransferFlow::on_prepared(const RecordPtr& record, const Result<void>& prepared) {
    // It was made for this moment: what is not used now may be dead by the next one.
    const auto better = std::exchange(record->better, nullptr);
    if (record->ending) return let_go(record);
    take_over_state(record);
    const bool is_wished = std::exchange(record->is_cut_for_pause, false);
    if (record->renewed) return hooks_.on_list_renewed(record);
    if (!prepared && is_wished) {
        come_to_rest(record);
        return pump(record->shown.peer);
    }
    if (!prepared) return on_broken(record, prepared.fault());
    record->no_room.reset();
    if (std::exchange(record->told_of_disk, DiskTold::nothing) != DiskTold::nothing) {
        book_.send(record->shown.peer, wire::TransferPause{record->shown.id, false, {}});
    }
    const bool is_held =
        record->is_paused() || is_stopped_ || !book_.is_present(record->shown.peer);
    if (is_held) {
        come_to_rest(record);
        return pump(record->shown.peer);  // its place is free for another one
    }
    book_.note(record);
    if (better) {
        begin_bytes(record, std::move(*better));
    } else {
        connect(record);
    }
}

/// What the user sees, and what a restart needs, of the state that no thread works with now.
void TransferFlow::take_over_state(const RecordPtr& record) {
    if (!record->session) return;
    const ReceiveState& state = record->session->state();
    record->shown.bytes_done = state.bytes_stored;
    record->shown.files_done = state.files_stored + state.files_unconfirmed;
    record->shown.files_skipped = state.files_skipped;
    record->shown.bytes_sent_again = state.bytes_sent_again;
    record->state_blob = encode_state(*record->session);
}

/// Only at the end: thousands of paths are too much to be told with every progress.
void TransferFlow::show_saved(const RecordPtr& record) {
    if (record->session) record->shown.saved_as = record->session->saved_as();
}

void TransferFlow::connect(const RecordPtr& record) {
    record->is_connecting = true;
    settle(record);
    const std::weak_ptr<int> alive = alive_;
    book_.room()->connector.connect(record->shown.peer, wire::Purpose::transfer, record->shown.id,
                                    [this, alive, record](Result<PeerConnection> connection) {
                                        if (alive.expired()) return;
                                        on_connected(record, std::move(connection));
                                    });
}

void TransferFlow::on_connected(const RecordPtr& record, Result<PeerConnection> connection) {
    record->is_connecting = false;
    if (record->ending) return let_go(record);
    if (record->renewed) return hooks_.on_list_renewed(record);
    const bool is_held = record->is_paused() || is_stopped_ || record->shown.is_over();
    if (!is_held && connection) return begin_bytes(record, std::move(*connection));
    if (is_held) {
        come_to_rest(record);
    } else {
        on_broken(record, connection.fault());
    }
    pump(record->shown.peer);  // its place is free for another one
}

void TransferFlow::on_connection(PeerConnection connection) {
    const RecordPtr record = book_.find(connection.peer, connection.transfer);
    const bool is_ours =
        record && !record->is_incoming() && !record->shown.is_over() && !record->ending;
    if (!is_ours) {
        const bool is_refused =
            record ? record->shown.state != TransferState::done : book_.is_complete();
        const std::string reason = record ? "" : not_known_any_more;
        if (is_refused) {
            book_.send(connection.peer, wire::TransferCancel{connection.transfer, reason});
        }
        return;
    }
    if (record->is_paused_by_us) return tell_pause(record);
    if (!record->sources || is_stopped_) return;
    // Whoever comes for the bytes has said yes: what got lost of it is said again.
    if (!record->is_accepted) return hooks_.on_offer_to_repeat(record);
    if (record->job) {
        // The receiver knows better than we that the old connection is dead.
        record->job->interrupt();
    }
    begin_bytes(record, std::move(connection));
}

// ---- Bytes --------------------------------------------------------------------------------------

void TransferFlow::begin_bytes(const RecordPtr& record, PeerConnection connection) {
    record->shown.path = connection.path;
    record->interruption.reset();
    record->cut_because.reset();
    record->is_cut_for_pause = false;
    record->no_room.reset();
    record->retry.reset();
    record->meter.clear();
    // What a sender remembers may be long outdated: it counts from the first that it is told.
    if (record->is_incoming()) {
        record->meter.add(book_.node().clock.now(), record->shown.bytes_done);
    }
    const std::weak_ptr<int> alive = alive_;
    const auto self = std::make_shared<std::weak_ptr<BulkJob>>();
    const auto is_current = [self, record] {
        const auto job = self->lock();
        return job != nullptr && job == record->job;
    };
    BulkJob::Hooks hooks{
        [this, alive, record, is_current](BulkProgress progress) {
            if (!alive.expired() && is_current()) on_progress(record, progress);
        },
        [this, alive, record](std::function<void()> kept) {
            alive.expired() ? kept() : book_.keep_end(record, std::move(kept));
        },
        [this, alive, record, is_current, keep = keep_role_alive(book_)](Result<void> result) {
            // One that was replaced by a newer connection has nothing more to say.
            if (alive.expired() || !is_current()) return;
            record->job.reset();
            on_bytes_done(record, result);
        }};
    auto& node = book_.node();
    record->job = record->is_incoming() ? BulkJob::receive(node.executor, std::move(connection),
                                                           record->session, down_, std::move(hooks))
                                        : BulkJob::send(node.executor, std::move(connection),
                                                        record->sources, up_, std::move(hooks));
    *self = record->job;
    record->moved_at = book_.node().clock.now();
    look_for_direct_path(record);
    watch();
    settle(record);
}

/// A cable that was pulled may be back.
void TransferFlow::look_for_direct_path(const RecordPtr& record) {
    record->direct_try.reset();
    if (is_stopped_) return;
    auto& node = book_.node();
    const bool is_sensible = record->is_incoming() && record->shown.path == Path::relayed &&
                             node.path_policy == PathPolicy::automatic;
    if (!is_sensible) {
        record->direct_tries = 0;
        return;
    }
    constexpr auto first_delay = std::chrono::seconds(10);
    constexpr unsigned doublings_max = 5;
    const auto delay = first_delay * (1U << std::min(record->direct_tries, doublings_max));
    // The record holds the call: it must not hold the record.
    record->direct_try = node.clock.call_after(delay, [this, weak = std::weak_ptr(record)] {
        const RecordPtr relayed = weak.lock();
        if (!relayed) return;
        relayed->direct_try.reset();
        if (!relayed->job || relayed->ending || !book_.is_present(relayed->shown.peer)) return;
        ++relayed->direct_tries;
        const std::weak_ptr<int> alive = alive_;
        book_.room()->connector.connect(
            relayed->shown.peer, wire::Purpose::transfer, relayed->shown.id,
            [this, alive, relayed](Result<PeerConnection> connection) {
                if (!alive.expired()) on_direct_path(relayed, std::move(connection));
            },
            Reach::direct);
    });
}

/// The sender has turned to the new connection already; ours takes its place when it is prepared.
void TransferFlow::on_direct_path(const RecordPtr& record, Result<PeerConnection> connection) {
    if (!record->job || record->ending || record->shown.is_over() || is_stopped_) return;
    if (!connection) return look_for_direct_path(record);
    record->better = std::make_shared<PeerConnection>(std::move(*connection));
    record->job->interrupt();
}

/// Bytes that do not come are no event: somebody has to look.
void TransferFlow::watch() {
    if (watch_ || is_stopped_) return;
    watch_ = book_.node().clock.call_after(limits::transfer_sign_of_life_every, [this] {
        watch_.reset();
        bool is_anything_moving = false;
        for (const RecordPtr& record : book_.all()) {
            if (!record->job || record->ending) continue;
            is_anything_moving = true;
            watch(record);
        }
        if (is_anything_moving && !is_stopped_) watch();
    });
}

void TransferFlow::watch_for_stale() {
    if (is_stopped_) return;
    constexpr auto often_enough = std::chrono::hours(1);
    stale_watch_ = book_.node().clock.call_after(often_enough, [this] {
        for (const RecordPtr& record : book_.all()) {
            const Transfer& shown = record->shown;
            const bool is_told = shown.state != TransferState::interrupted || shown.is_stale;
            if (!is_told && is_quiet_for_long(record)) settle(record);
        }
        watch_for_stale();
    });
}

bool TransferFlow::is_quiet_for_long(const RecordPtr& record) const {
    return book_.node().clock.wall_now() - record->quiet_since > limits::transfer_stale_after;
}

void TransferFlow::watch(const RecordPtr& record) {
    constexpr auto still_after = std::chrono::seconds(2);
    constexpr auto gone_after = std::chrono::seconds(4);
    const Duration still_for = book_.node().clock.now() - record->moved_at;
    if (still_for < still_after) return;
    Transfer& shown = record->shown;
    const bool is_news = shown.rate_bytes_per_s != 0 || shown.eta_s;
    if (is_news) {
        record->meter.clear();
        shown.rate_bytes_per_s = 0;
        shown.eta_s.reset();
        const bool is_explained = shown.bottleneck == Bottleneck::receiver_disk ||
                                  shown.bottleneck == Bottleneck::sender_disk ||
                                  shown.bottleneck == Bottleneck::rate_limit;
        if (!is_explained) shown.bottleneck = Bottleneck::network;
        book_.publish(record);
    }
    // Nothing comes, and the room has missed the person as well: that connection is dead.
    if (still_for >= gone_after && !book_.is_present(shown.peer)) {
        cut(record, Fault{FaultCode::timed_out, "The other side gives no sign of life."});
    }
}

/// What net/PROTOCOL.md has only the other of the two say: a disk is the receiver's, as is what
/// its bytes add up to, and the files are the sender's.
bool TransferFlow::is_out_of_place(const Fault& fault, bool is_incoming) {
    if (!fault.is_from_other_side) return false;
    if (!is_incoming) return fault.code == FaultCode::source_changed;
    return fault.code == FaultCode::disk_full || fault.code == FaultCode::damaged;
}

void TransferFlow::on_progress(const RecordPtr& record, const BulkProgress& progress) {
    if (record->shown.is_over() || record->ending) return;
    Transfer& shown = record->shown;
    const TimePoint now = book_.node().clock.now();
    const std::uint64_t stored = std::min(progress.bytes_stored, shown.bytes_total);
    // What the receiver has said when it paused is newer than the rest of what its connection said.
    shown.bytes_done = record->is_paused() ? std::max(stored, shown.bytes_done) : stored;
    shown.files_done = std::min(progress.files_done, shown.files_total);
    shown.bottleneck = progress.bottleneck;
    record->attempts = 0;
    // A connection says nothing yet: a pause of the receiver's may have overtaken it. Words do.
    if (!record->is_incoming() && !record->is_cut_for_pause) lift_pause_of_peer(record);
    // What was damaged has come through: only what is damaged again and again is given up.
    if (shown.bytes_done > record->damaged_at_bytes) record->damages = 0;
    // The same for files that change: a long transfer gets over any number of saved documents. What
    // grows as fast as it is sent comes no nearer to its end.
    const std::uint64_t bytes_missing = shown.bytes_total - shown.bytes_done;
    if (bytes_missing < record->bytes_missing_least) {
        record->bytes_missing_least = bytes_missing;
        record->renewals = 0;
    }
    if (shown.bytes_done != record->meter.last_bytes()) {
        record->moved_at = now;
        record->quiet_since = book_.node().clock.wall_now();
    }
    record->meter.add(now, shown.bytes_done);
    shown.rate_bytes_per_s = record->meter.bytes_per_s(now);
    shown.eta_s.reset();
    if (shown.rate_bytes_per_s > 0) {
        shown.eta_s = (shown.bytes_total - shown.bytes_done) / shown.rate_bytes_per_s;
    }
    const bool is_all_there = shown.bytes_done == shown.bytes_total && shown.bytes_total > 0;
    shown.state = progress.is_verifying || (!record->is_incoming() && is_all_there)
                      ? TransferState::verifying
                      : TransferState::active;
    book_.publish(record);
    if (progress.state_blob) {
        record->state_blob = *progress.state_blob;
        book_.note(record);
    } else if (!record->noted_at || now - *record->noted_at > limits::sender_noted_every) {
        record->noted_at = now;
        book_.note(record);
    }
}

/// It is heard from on its connection, so what it had paused goes on.
void TransferFlow::lift_pause_of_peer(const RecordPtr& record) {
    if (std::exchange(record->is_paused_by_peer, false)) settle(record);
}

void TransferFlow::on_bytes_done(const RecordPtr& record, const Result<void>& result) {
    const PeerId peer = record->shown.peer;
    record->direct_try.reset();
    if (record->shown.is_over()) return pump(peer);  // its end came another way
    take_over_state(record);
    const bool is_wished = std::exchange(record->is_cut_for_pause, false);
    if (record->renewed && !record->ending) {
        hooks_.on_list_renewed(record);
    } else if (record->ending && (!result || record->is_incoming())) {
        // Also when it was complete at the last moment: the other side has heard that it ended.
        let_go(record);
    } else if (result) {
        record->shown.bytes_done = record->shown.bytes_total;
        record->shown.files_done = record->shown.files_total;
        show_saved(record);
        // What the bulk connection said last may have been lost with it.
        if (record->is_incoming()) book_.send(peer, wire::TransferDone{record->shown.id});
        book_.finish(record, TransferState::done, std::nullopt);
    } else if (record->better && !record->is_paused()) {
        prepare(record);
    } else if (is_wished) {
        // A pause may be over before its connection is: that broke nothing, and waits for nothing.
        record->better.reset();
        book_.note(record);
        come_to_rest(record);
    } else {
        const Fault why = record->cut_because.value_or(result.fault());
        record->better.reset();
        // Such trouble comes from what the receiver has said there.
        if (!record->is_incoming() && !is_link_trouble(why.code)) record->is_paused_by_peer = false;
        on_broken(record, why);
    }
    pump(peer);
}

// ---- Breaking off -------------------------------------------------------------------------------

void TransferFlow::on_broken(const RecordPtr& record, const Fault& fault) {
    if (record->shown.is_over()) return;
    if (is_out_of_place(fault, record->is_incoming())) {
        return fail(record, {FaultCode::protocol_error,
                             "The other side said of itself what only this side can know."});
    }
    book_.note(record);
    if (record->is_paused()) return come_to_rest(record);
    // A disk that is not plugged in now, or not mounted yet after a restart of the machine, is no
    // reason to throw away what lies on it.
    const bool is_folder_away = record->session && record->session->is_folder_away();
    if (is_folder_away) return on_folder_away(record, fault);
    // No growing delay: the connection may well have brought something each time.
    if (fault.is_passing) return interrupt(record, fault, limits::disk_full_check_every);
    if (fault.code == FaultCode::disk_full) return on_no_room(record, fault);
    if (fault.code == FaultCode::slow_down) {
        return interrupt(record, fault, limits::relay_full_retry_every);
    }
    if (is_link_trouble(fault.code)) return interrupt(record, fault, backoff(record));
    if (fault.code == FaultCode::damaged && ++record->damages <= damages_max) {
        if (record->session) record->damaged_at_bytes = record->session->state().bytes_stored_most;
        return interrupt(record, fault, Duration::zero());
    }
    if (fault.code == FaultCode::wrong_version) {
        interrupt(record, fault, Duration::zero());
        return hooks_.on_offer_to_repeat(record);
    }
    if (fault.code == FaultCode::source_changed) {
        constexpr auto new_list_max = std::chrono::seconds(10);
        interrupt(record, fault, new_list_max);
        if (!record->is_incoming()) hooks_.on_sources_changed(record);
        return;
    }
    fail(record, fault);
}

void TransferFlow::on_no_room(const RecordPtr& record, const Fault& fault) {
    record->no_room = fault;
    if (!record->is_incoming()) return settle(record);
    if (std::exchange(record->told_of_disk, DiskTold::full) != DiskTold::full) tell_of_disk(record);
    interrupt(record, fault, limits::disk_full_check_every);
}

void TransferFlow::on_folder_away(const RecordPtr& record, const Fault& fault) {
    record->no_room.reset();
    if (std::exchange(record->told_of_disk, DiskTold::away) != DiskTold::away) tell_of_disk(record);
    interrupt(record, fault, backoff(record));
}

void TransferFlow::tell_of_disk(const RecordPtr& record) {
    wire::TransferPause pause{record->shown.id, true, {}};
    switch (record->told_of_disk) {
        case DiskTold::nothing: return;
        case DiskTold::full:
            if (!record->no_room) return;
            pause.no_room = record->no_room->sentence;
            break;
        // Only that: where people save what they get is nobody else's business.
        case DiskTold::away: pause.is_away = true; break;
    }
    book_.send(record->shown.peer, std::move(pause));
}

void TransferFlow::forget_what_was_told(const RecordPtr& record) {
    if (record->is_incoming()) return;
    record->no_room.reset();
}

void TransferFlow::interrupt(const RecordPtr& record, const Fault& fault, Duration retry_after) {
    record->interruption = fault;
    if (record->is_incoming()) {
        ++record->attempts;
        pump_after(record, retry_after);
    }
    settle(record);
}

void TransferFlow::pump_after(const RecordPtr& record, Duration wait) {
    if (is_stopped_) return;
    record->retry = book_.node().clock.call_after(wait, [this, weak = std::weak_ptr(record)] {
        const RecordPtr waiting = weak.lock();
        if (!waiting) return;
        waiting->retry.reset();
        pump(waiting->shown.peer);
    });
}

Duration TransferFlow::backoff(const RecordPtr& record) const {
    const Duration doubled = limits::reconnect_delay_min * (1U << std::min(record->attempts, 5U));
    return std::min<Duration>(doubled, limits::reconnect_delay_max);
}

void TransferFlow::pause(const RecordPtr& record, bool is_paused) {
    record->is_paused_by_us = is_paused;
    record->retry.reset();
    record->attempts = 0;
    tell_pause(record);
    if (is_paused) cut_for_pause(record);
    // One that looks whether there is room for a yes goes on: that is not what was paused.
    const bool is_cut = is_paused && record->disk_task && record->is_accepted;
    if (is_cut) *record->disk_task->is_given_up = true;
    if (record->is_incoming()) {  // said again if it still holds
        record->no_room.reset();
        record->told_of_disk = DiskTold::nothing;
    }
    book_.note(record);
    settle(record);
    if (!is_paused) try_now(record);
}

/// Whether we have paused it; as its receiver also how far it is, once nothing moves any more.
void TransferFlow::tell_pause(const RecordPtr& record) {
    wire::TransferPause pause{record->shown.id, record->is_paused_by_us, {}};
    const bool is_known = record->is_incoming() && record->session && !record->is_busy();
    if (is_known) pause.bytes_stored = record->shown.bytes_done;
    book_.send(record->shown.peer, std::move(pause));
}

/// Nothing moves any more, as somebody has paused it or had: what was stored last may not have been
/// heard on the other side.
void TransferFlow::come_to_rest(const RecordPtr& record) {
    const bool is_over = record->shown.is_over() || record->ending;
    if (record->is_incoming() && !is_over) tell_pause(record);
    settle(record);
}

void TransferFlow::cut_for_pause(const RecordPtr& record) {
    record->is_cut_for_pause = record->job || record->disk_task;
    if (record->job) record->job->interrupt();
}

/// How far it is while nothing moves. Who says more of that than there is to say is listened to,
/// but not repeated: not more often than its wishes are.
void TransferFlow::take_stored_there(const RecordPtr& record, std::uint64_t bytes) {
    const bool is_at_rest = record->is_paused() || !record->job;
    if (record->is_incoming() || !is_at_rest) return;
    const auto stored = std::min(bytes, record->shown.bytes_total);
    if (std::exchange(record->shown.bytes_done, stored) == stored) return;
    const TimePoint now = book_.node().clock.now();
    auto& words = record->words_of_receiver;
    if (takes_one_of(words, now)) {
        book_.note(record);
        settle(record);
    } else if (!record->told_later && !is_stopped_) {
        record->told_later =
            book_.node().clock.call_after(words->wait(now), [this, weak = std::weak_ptr(record)] {
                const RecordPtr late = weak.lock();
                if (!late) return;
                late->told_later.reset();
                settle(late);
            });
    }
}

void TransferFlow::on_pause(const RecordPtr& record, const wire::TransferPause& pause) {
    if (pause.bytes_stored) take_stored_there(record, *pause.bytes_stored);
    if (!pause.no_room.empty()) {
        return on_disk_trouble_there(
            record, Fault{FaultCode::disk_full, escape_for_display(pause.no_room)});
    }
    if (pause.is_away) {
        return on_disk_trouble_there(
            record,
            Fault{FaultCode::file_error,
                  "The folder that it is saved in there is away now, or can only be read."});
    }
    if (!pause.is_paused) return go_on(record);
    // One too many is said again when we come for the bytes.
    if (record->is_paused_by_peer || !takes_wish(record)) return;
    record->is_paused_by_peer = true;
    record->retry.reset();
    cut_for_pause(record);
    // Its connection may have ended before this word came.
    record->is_busy() ? settle(record) : come_to_rest(record);
}

void TransferFlow::on_disk_trouble_there(const RecordPtr& record, const Fault& fault) {
    const bool is_news = !record->no_room || record->no_room->sentence != fault.sentence;
    if (record->is_incoming() || !is_news || !takes_wish(record)) return;
    record->no_room = fault;
    settle(record);
}

void TransferFlow::go_on(const RecordPtr& record) {
    const bool had_no_room = !record->is_incoming() && record->no_room;
    if (had_no_room) record->no_room.reset();
    const bool was_paused = std::exchange(record->is_paused_by_peer, false);
    if (had_no_room || was_paused) settle(record);
    if (!record->is_incoming() || record->is_busy()) return;
    if (takes_wish(record)) return try_now(record);
    // It comes by itself, then or earlier.
    if (!record->retry) pump_after(record, record->wishes_of_peer->wait(book_.node().clock.now()));
}

bool TransferFlow::takes_wish(const RecordPtr& record) {
    return takes_one_of(record->wishes_of_peer, book_.node().clock.now());
}

void TransferFlow::cut(const RecordPtr& record, const Fault& why) {
    if (!record->job) return settle(record);
    record->cut_because = why;
    record->job->interrupt();
}

void TransferFlow::interrupt_all() {
    for (const RecordPtr& record : book_.all()) {
        if (record->shown.is_over()) continue;
        record->is_connecting = false;
        // A program that quits waits for every call that is still to come.
        record->retry.reset();
        record->direct_try.reset();
        record->told_later.reset();
        record->better.reset();
        if (record->job) record->job->interrupt();
        if (record->disk_task && !record->ending) *record->disk_task->is_given_up = true;
        record->interruption = Fault{FaultCode::not_in_room, "You have left the room."};
        forget_what_was_told(record);
        book_.note(record);
        settle(record);
    }
}

// ---- The end ------------------------------------------------------------------------------------

void TransferFlow::end(const RecordPtr& record, TransferState state, std::optional<Fault> fault) {
    if (record->shown.is_over() || record->ending) return;
    record->ending = TransferRecord::Ending{state, std::move(fault)};
    // What is stored is cleared away by another thread, which a quit does not wait for.
    book_.note(record);
    record->retry.reset();
    if (record->job) record->job->interrupt();
    if (record->disk_task) *record->disk_task->is_given_up = true;
    const bool is_held = record->job || record->disk_task;
    if (!is_held) let_go(record);
}

void TransferFlow::fail(const RecordPtr& record, const Fault& fault) {
    if (!fault.is_from_other_side) {
        book_.send(record->shown.peer, wire::TransferCancel{record->shown.id, fault.sentence});
    }
    end(record, TransferState::failed, fault);
}

/// No thread works with it any more.
void TransferFlow::let_go(const RecordPtr& record) {
    if (record->job || record->disk_task || record->shown.is_over()) return;
    if (record->session) {
        show_saved(record);
        return remove_debris(record);
    }
    auto ending = std::exchange(record->ending, std::nullopt);
    book_.finish(record, ending->state, std::move(ending->fault));
    pump(record->shown.peer);
}

void TransferFlow::remove_debris(const RecordPtr& record) {
    const auto is_removed = std::make_shared<bool>(false);
    record->disk_task =
        disk_task([session = record->session, is_removed](
                      const std::atomic<bool>&) { *is_removed = session->remove_staged(); },
                  [this, record, is_removed] {
                      record->disk_task.reset();
                      record->session.reset();
                      const bool is_given_up = record->is_left_behind && is_quiet_for_long(record);
                      record->is_debris_left = !*is_removed && !is_given_up;
                      let_go(record);
                  });
}

// ---- What the user is shown ---------------------------------------------------------------------

void TransferFlow::settle(const RecordPtr& record) {
    if (record->shown.is_over() || record->ending) return;
    const bool is_present = book_.is_present(record->shown.peer);
    show_state(*record, is_present, is_quiet_for_long(record));
    book_.publish(record);
}

}  // namespace dropline
