#include "net/transfer/receiver.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "net/api/limits.hpp"
#include "net/transfer/frame_channel.hpp"
#include "net/transfer/receive_sink.hpp"
#include "net/transfer/signs_of_life.hpp"
#include "net/transfer/stage_clock.hpp"

namespace dropline {

namespace {

using std::chrono::steady_clock;

constexpr std::size_t block_bytes = 256 * 1024;

/// What a receiver tells, both to our own side and to the sender.
/// Thread: the receiving one; `say_alive` also that of the signs of life.
class ProgressTeller {
  public:
    ProgressTeller(BulkChannel& channel, const ReceiveState& state, ReceiveObserver& observer)
        : channel_(channel),
          state_(state),
          observer_(observer),
          progress_(present()),
          signs_([this] { say_alive(); }) {}

    void on_stored() {
        if (pace_.is_due(steady_clock::now())) tell();
    }

    void tell() {
        const TransferProgress now = present();
        {
            const std::lock_guard lock(mutex_);
            progress_ = now;
        }
        observer_.on_progress(now);
        say(now);
    }

    void say_waits_for(Bottleneck bottleneck) {
        const std::array payload = {encode_bottleneck(bottleneck)};
        write({encode_frame({.kind = DataKind::waits_for}, payload)});
    }

    /// The files are here for good; that the sender may not learn of it takes nothing back.
    void say_all_done() {
        tell();
        write({encode_frame({.kind = DataKind::all_done})});
    }

  private:
    /// While the disk is busy or nothing comes: what was last told, once more.
    void say_alive() {
        TransferProgress last;
        {
            const std::lock_guard lock(mutex_);
            last = progress_;
        }
        say(last);
    }

    TransferProgress present() const {
        return {state_.bytes_stored, state_.files_stored + state_.files_unconfirmed};
    }

    void say(const TransferProgress& progress) {
        write({encode_frame({.kind = DataKind::stored, .offset = progress.bytes_stored}),
               encode_frame({.kind = DataKind::file_done, .file_index = progress.files_done})});
    }

    /// Only writes: what comes is for the receiving thread, which also notices when nobody listens.
    void write(std::initializer_list<std::vector<std::byte>> frames) {
        const std::lock_guard lock(say_mutex_);
        signs_.spoke();
        bool is_written = true;
        for (const auto& frame : frames) is_written = is_written && channel_.write(frame);
        if (is_written) (void)channel_.flush();
    }

    BulkChannel& channel_;
    const ReceiveState& state_;
    ReceiveObserver& observer_;
    ProgressPace pace_;
    std::mutex mutex_;  // guards progress_
    std::mutex say_mutex_;
    TransferProgress progress_;
    SignsOfLife signs_;  // last: it speaks as soon as it is there
};

/// A connection that broke, or that somebody broke off, ends nothing but itself; nor does what may
/// be over in a moment.
bool is_worth_saying(const Fault& why) {
    return why.code != FaultCode::disconnected && why.code != FaultCode::timed_out &&
           why.code != FaultCode::cancelled && !why.is_passing;
}

/// What could not be saved for now: what is stored stays, and the sender need not give up.
bool is_folder_away(const ReceiveJob& job, const Fault& why) {
    if (why.code != FaultCode::file_error || why.is_from_other_side) return false;
    const bool is_read_only = job.state.has_staged() && is_disk_read_only(job.folder.folder_fd());
    return is_read_only || !job.folder.is_there();
}

/// One hand-over as its receiver sees it.
class ReceiveLoop {
  public:
    ReceiveLoop(BulkChannel& channel, const ReceiveJob& job, ReceiveObserver& observer)
        : raw_(channel),
          job_(job),
          observer_(observer),
          channel_(channel, DataPhase::receiver_has_all),
          block_(block_bytes) {}

    Result<void> run() {
        auto result = run_to_end();
        bool& is_away = job_.state.is_folder_away;
        is_away = !result && is_folder_away(job_, result.fault());
        if (!result && !is_away && is_worth_saying(result.fault())) say_stop(result.fault());
        return result;
    }

  private:
    Result<void> run_to_end();
    void say_stop(const Fault& why);
    Result<void> send_plan();
    Result<void> receive_everything(ReceiveSink& sink, ProgressTeller& teller);
    Result<std::span<const std::byte>> next_bytes();
    void wait_for_limit(std::size_t bytes);
    void on_sender_waits_for(Bottleneck limit);
    void judge_stages(ProgressTeller& teller);

    BulkChannel& raw_;
    const ReceiveJob& job_;
    ReceiveObserver& observer_;
    FrameChannel channel_;
    StageClock stages_;
    Bottleneck told_ = Bottleneck::unknown;
    Bottleneck heard_ = Bottleneck::unknown;
    ProgressPace heard_pace_;
    std::vector<std::byte> block_;
    steady_clock::duration disk_waited_{};
    steady_clock::duration limit_waited_{};
    bool is_limited_ = false;
    steady_clock::time_point heard_at_ = steady_clock::now();
    bool block_was_empty_ = false;
};

Result<void> ReceiveLoop::run_to_end() {
    if (auto planned = send_plan(); !planned) return planned;
    ProgressTeller teller(raw_, job_.state, observer_);
    ReceiveSink sink(job_.folder, job_.manifest, job_.plan, job_.staging, job_.state,
                     job_.is_interrupted,
                     {[&teller] { teller.on_stored(); },
                      [this, &teller] {
                          teller.tell();
                          observer_.on_verifying();
                      },
                      [this](Bottleneck limit) { on_sender_waits_for(limit); }});
    if (auto received = receive_everything(sink, teller); !received) return received;
    // A sender that knows it is done forgets it: we must not ask for more after a restart.
    observer_.on_complete();
    teller.say_all_done();
    return {};
}

/// Said with every sign of life, and by a hostile sender as often as it can.
void ReceiveLoop::on_sender_waits_for(Bottleneck limit) {
    if (limit == heard_ || !heard_pace_.is_due(steady_clock::now())) return;
    heard_ = limit;
    observer_.on_bottleneck(limit);
}

/// Closing with unread bytes would destroy what is still on its way to the sender.
void ReceiveLoop::say_stop(const Fault& why) {
    const auto payload = encode_stop(why);
    const bool is_told = channel_.send({.kind = DataKind::stop}, payload) && channel_.flush();
    const auto until = steady_clock::now() + limits::graceful_close_max;
    while (is_told && steady_clock::now() < until) {
        const auto read = raw_.read_some(block_, limits::transfer_progress_every);
        if (!read || read->is_end) return;
    }
}

Result<void> ReceiveLoop::send_plan() {
    const TransferPlan& plan = job_.plan;
    for (std::uint32_t first = 0; first < plan.is_skipped.size();) {
        std::uint32_t end = first;
        while (end < plan.is_skipped.size() && plan.is_skipped[end]) ++end;
        if (end > first) {
            auto said =
                channel_.send({.kind = DataKind::skip, .file_index = first, .offset = end - first});
            if (!said) return said;
        }
        first = end + 1;
    }
    for (const auto& [index, part] : plan.stored) {
        const auto digests = std::as_bytes(std::span(part.chunks));
        auto said = channel_.send(
            {.kind = DataKind::have, .file_index = index, .offset = part.bytes}, digests);
        if (!said) return said;
    }
    if (auto said = channel_.send({.kind = DataKind::start, .file_index = job_.manifest.version});
        !said)
        return said;
    return channel_.flush();
}

/// One thread does all of it: what was decrypted is hashed and written while it is in the cache.
Result<void> ReceiveLoop::receive_everything(ReceiveSink& sink, ProgressTeller& teller) {
    if (auto begun = sink.begin(); !begun) return begun;
    while (!sink.has_all()) {
        const auto bytes = next_bytes();
        if (!bytes) return bytes.fault();
        const auto begin = steady_clock::now();
        if (auto taken = sink.take(*bytes); !taken) return taken;
        disk_waited_ += steady_clock::now() - begin;
        judge_stages(teller);
    }
    return {};
}

/// Waits for bytes, for a while: none is no fault.
Result<std::span<const std::byte>> ReceiveLoop::next_bytes() {
    // Not before: while the disk was busy nobody listened.
    if (!block_was_empty_) heard_at_ = steady_clock::now();
    const auto read = raw_.read_some(block_, limits::transfer_sign_of_life_every);
    if (!read) return read.fault();
    if (read->is_end) {
        return Fault{FaultCode::disconnected,
                     "The connection ended before the transfer was complete."};
    }
    block_was_empty_ = read->bytes == 0;
    if (block_was_empty_ && steady_clock::now() - heard_at_ >= limits::transfer_stalled_max) {
        return Fault{FaultCode::timed_out, "The other side gives no sign of life."};
    }
    wait_for_limit(read->bytes);
    return std::span<const std::byte>(block_).first(read->bytes);
}

void ReceiveLoop::wait_for_limit(std::size_t bytes) {
    while (bytes > 0 && !job_.is_interrupted) {
        const std::size_t piece = std::min(
            bytes, is_limited_ ? limits::rate_limited_piece_bytes : rate_gate_piece_bytes_max);
        const auto begin = steady_clock::now();
        is_limited_ = job_.gate.pass(piece, job_.is_interrupted);
        if (is_limited_) limit_waited_ += steady_clock::now() - begin;
        bytes -= piece;
    }
}

void ReceiveLoop::judge_stages(ProgressTeller& teller) {
    const StageWaits waits{{}, {}, disk_waited_, limit_waited_};
    const auto verdict = stages_.judge(steady_clock::now(), waits, Bottleneck::unknown);
    if (!verdict) return;
    // Whatever is not ours to say is for the sender to judge.
    const bool is_ours =
        *verdict == Bottleneck::receiver_disk || *verdict == Bottleneck::rate_limit;
    const Bottleneck ours = is_ours ? *verdict : Bottleneck::unknown;
    if (ours == told_) return;
    told_ = ours;
    teller.say_waits_for(ours);
}

}  // namespace

Result<void> receive_files(BulkChannel& channel, const ReceiveJob& job, ReceiveObserver& observer) {
    return ReceiveLoop(channel, job, observer).run();
}

}  // namespace dropline
