#include "net/transfer/receiver.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "net/api/limits.hpp"
#include "net/platform/landlock.hpp"
#include "net/platform/thread_name.hpp"
#include "net/transfer/block_pipe.hpp"
#include "net/transfer/frame_channel.hpp"
#include "net/transfer/receive_sink.hpp"
#include "net/transfer/stage_clock.hpp"

namespace dropline {

namespace {

using std::chrono::steady_clock;

constexpr std::size_t blocks = 4;
constexpr std::size_t block_bytes = 256 * 1024;

/// What the writing thread tells, both to our own side and to the sender.
/// Thread: the writing one; `say_alive` also the reading one.
class ProgressTeller {
  public:
    ProgressTeller(BulkChannel& channel, const ReceiveState& state, ReceiveObserver& observer)
        : channel_(channel), state_(state), observer_(observer) {}

    void on_stored() {
        if (pace_.is_due(steady_clock::now())) tell();
    }

    /// Thread: the writing one.
    void tell() {
        const TransferProgress now{state_.bytes_stored,
                                   state_.files_stored + state_.files_unconfirmed};
        {
            const std::lock_guard lock(mutex_);
            progress_ = now;
        }
        observer_.on_progress(now);
        say(now);
    }

    /// A sign of life while the disk is busy: what was last told, once more.
    void say_alive() {
        TransferProgress last;
        {
            const std::lock_guard lock(mutex_);
            last = progress_;
        }
        say(last);
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
    void say(const TransferProgress& progress) {
        write({encode_frame({.kind = DataKind::stored, .offset = progress.bytes_stored}),
               encode_frame({.kind = DataKind::file_done, .file_index = progress.files_done})});
    }

    /// Only writes: what comes is for the reading thread, which also notices when nobody listens.
    void write(std::initializer_list<std::vector<std::byte>> frames) {
        const std::lock_guard lock(say_mutex_);
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
};

/// The thread that writes, from its beginning to its end.
class WritingThread {
  public:
    WritingThread(BulkChannel& channel, const ReceiveJob& job, ProgressTeller& teller,
                  ReceiveObserver& observer)
        : pipe_(blocks, block_bytes), thread_([this, &channel, &job, &teller, &observer] {
              name_this_thread("bulk");
              const std::array folders = {job.folder.folder_fd()};
              (void)confine_this_thread_to(folders);
              result_ = write(job, teller, observer);
              is_over_ = true;
              pipe_.abandon();
              channel.wake();
          }) {}
    ~WritingThread() { (void)finish(); }
    WritingThread(const WritingThread&) = delete;
    WritingThread& operator=(const WritingThread&) = delete;

    BlockPipe& pipe() { return pipe_; }
    bool is_over() const { return is_over_; }
    /// Nothing more will come: waits for what is still being written.
    Result<void> finish() {
        pipe_.close();
        if (thread_.joinable()) thread_.join();
        return result_;
    }

  private:
    Result<void> write(const ReceiveJob& job, ProgressTeller& teller, ReceiveObserver& observer) {
        ReceiveSink sink(job.folder, job.manifest, job.plan, job.staging, job.state,
                         {[&teller] { teller.on_stored(); },
                          [&teller, &observer] {
                              teller.tell();
                              observer.on_verifying();
                          },
                          [&observer](Bottleneck limit) { observer.on_bottleneck(limit); }});
        if (auto begun = sink.begin(); !begun) return begun;
        while (!sink.has_all()) {
            BlockPipe::Block* const block = pipe_.take(limits::transfer_sign_of_life_every);
            if (block == nullptr && !pipe_.is_closed()) continue;
            if (block == nullptr) {
                return Fault{FaultCode::disconnected, "The connection ended too early."};
            }
            const auto taken = sink.take(block->content());
            pipe_.give_back(block);
            if (!taken) return taken;
        }
        teller.say_all_done();
        return {};
    }

    BlockPipe pipe_;
    std::atomic<bool> is_over_{false};
    Result<void> result_;  // valid once the thread has ended
    std::thread thread_;
};

/// A connection that broke, or that somebody broke off, ends nothing but itself.
bool is_worth_saying(FaultCode code) {
    return code != FaultCode::disconnected && code != FaultCode::timed_out &&
           code != FaultCode::cancelled;
}

/// One hand-over as its receiver sees it.
class ReceiveLoop {
  public:
    ReceiveLoop(BulkChannel& channel, const ReceiveJob& job, ReceiveObserver& observer)
        : raw_(channel),
          job_(job),
          observer_(observer),
          channel_(channel, DataPhase::receiver_has_all) {}

    Result<void> run() {
        auto result = run_to_end();
        if (!result && is_worth_saying(result.fault().code)) say_stop(result.fault());
        return result;
    }

  private:
    Result<void> run_to_end();
    void say_stop(const Fault& why);
    Result<void> send_plan();
    Result<void> read_until_over(WritingThread& writing, ProgressTeller& teller);
    Result<void> fill(BlockPipe::Block& block, ProgressTeller& teller);
    void wait_for_limit(std::size_t bytes, ProgressTeller& teller);
    void say_alive_if_due(ProgressTeller& teller);
    void judge_stages(const BlockPipe& pipe, ProgressTeller& teller);

    BulkChannel& raw_;
    const ReceiveJob& job_;
    ReceiveObserver& observer_;
    FrameChannel channel_;
    StageClock stages_;
    Bottleneck told_ = Bottleneck::unknown;
    steady_clock::duration limit_waited_{};
    bool is_limited_ = false;
    steady_clock::time_point heard_at_ = steady_clock::now();
    steady_clock::time_point spoke_at_ = steady_clock::now();
};

Result<void> ReceiveLoop::run_to_end() {
    if (auto planned = send_plan(); !planned) return planned;
    ProgressTeller teller(raw_, job_.state, observer_);
    WritingThread writing(raw_, job_, teller, observer_);
    const auto read = read_until_over(writing, teller);
    const auto written = writing.finish();
    // What the writing thread found came first; a connection that broke behind it is no news.
    if (written || written.fault().code != FaultCode::disconnected) return written;
    return read ? written : read;
}

/// Closing with unread bytes would destroy what is still on its way to the sender.
void ReceiveLoop::say_stop(const Fault& why) {
    const auto payload = encode_stop(why);
    const bool is_told = channel_.send({.kind = DataKind::stop}, payload) && channel_.flush();
    std::vector<std::byte> unwanted(is_told ? block_bytes : 0);
    const auto until = steady_clock::now() + limits::graceful_close_max;
    while (is_told && steady_clock::now() < until) {
        const auto read = raw_.read_some(unwanted, limits::transfer_progress_every);
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

Result<void> ReceiveLoop::read_until_over(WritingThread& writing, ProgressTeller& teller) {
    BlockPipe& pipe = writing.pipe();
    while (!writing.is_over()) {
        BlockPipe::Block* const block = pipe.begin_fill(limits::transfer_sign_of_life_every);
        if (block == nullptr && pipe.is_abandoned()) return {};
        if (block == nullptr) {  // the disk is busy; the sender may be waiting for it as well
            heard_at_ = steady_clock::now();
            say_alive_if_due(teller);
            continue;
        }
        Result<void> filled;
        while (filled && block->filled == 0 && !writing.is_over()) filled = fill(*block, teller);
        pipe.end_fill(block);
        if (!filled) return filled;
        judge_stages(pipe, teller);
    }
    return {};
}

/// Waits for bytes, for a while.
Result<void> ReceiveLoop::fill(BlockPipe::Block& block, ProgressTeller& teller) {
    const auto read = raw_.read_some(block.room(), limits::transfer_sign_of_life_every);
    if (!read) return read.fault();
    const auto now = steady_clock::now();
    if (read->is_end) {
        return Fault{FaultCode::disconnected,
                     "The connection ended before the transfer was complete."};
    }
    block.filled += read->bytes;
    if (read->bytes > 0) {
        wait_for_limit(read->bytes, teller);
        heard_at_ = steady_clock::now();
    } else if (now - heard_at_ >= limits::transfer_stalled_max) {
        return Fault{FaultCode::timed_out, "The other side gives no sign of life."};
    }
    say_alive_if_due(teller);
    return {};
}

void ReceiveLoop::wait_for_limit(std::size_t bytes, ProgressTeller& teller) {
    while (bytes > 0 && !job_.is_interrupted) {
        const std::size_t piece = std::min(
            bytes, is_limited_ ? limits::rate_limited_piece_bytes : rate_gate_piece_bytes_max);
        const auto begin = steady_clock::now();
        is_limited_ = job_.gate.pass(piece, job_.is_interrupted);
        if (is_limited_) limit_waited_ += steady_clock::now() - begin;
        say_alive_if_due(teller);
        bytes -= piece;
    }
}

void ReceiveLoop::say_alive_if_due(ProgressTeller& teller) {
    const auto now = steady_clock::now();
    if (now - spoke_at_ < limits::transfer_sign_of_life_every) return;
    spoke_at_ = now;
    teller.say_alive();
}

void ReceiveLoop::judge_stages(const BlockPipe& pipe, ProgressTeller& teller) {
    const StageWaits waits{{}, {}, pipe.producer_waited(), limit_waited_};
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
