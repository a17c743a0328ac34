#include "net/transfer/sender.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "net/api/limits.hpp"
#include "net/transfer/data_frame.hpp"
#include "net/transfer/frame_channel.hpp"
#include "net/transfer/signs_of_life.hpp"
#include "net/transfer/source_away.hpp"
#include "net/transfer/source_reader.hpp"
#include "net/transfer/stage_clock.hpp"

namespace dropline {

namespace {

using std::chrono::steady_clock;

Fault broken_answer(const std::string& what) {
    return {FaultCode::protocol_error, "The receiver broke the transfer protocol: " + what + "."};
}

/// The receiver holds an earlier list: its indices would mean other files.
Fault stale_list() {
    return {FaultCode::wrong_version,
            "The files have changed, and the receiver does not know yet."};
}

/// One hand-over as its sender sees it.
class SendLoop {
  public:
    SendLoop(BulkChannel& channel, const SourceTree& sources, RateGate& gate,
             const std::atomic<bool>& is_interrupted, SendObserver& observer)
        : raw_(channel),
          sources_(sources),
          gate_(gate),
          is_interrupted_(is_interrupted),
          observer_(observer),
          channel_(channel, DataPhase::sender_expects_plan) {}

    Result<void> run() {
        auto result = run_to_verdict();
        if (result) return result;
        const Fault why = or_that_disk_is_away(result.fault());
        if (why.is_passing) return why;  // the receiver need not give up for it
        const bool is_stale = why.code == FaultCode::wrong_version;
        (void)channel_.give_up(is_stale ? Fault{FaultCode::source_changed, why.sentence} : why);
        return why;
    }

  private:
    Fault or_that_disk_is_away(const Fault& why) const;
    Result<void> run_to_verdict();
    Result<void> take_plan();
    Result<void> take_skip(const DataHeader& skip);
    Result<void> take_have(const DataFrame& have);
    Result<void> send_everything();
    Result<void> go_on(std::span<const std::byte> block, steady_clock::duration disk_waited);
    Result<void> send_block(std::span<const std::byte> block);
    void say_alive_beside();
    Result<void> take_answers();
    Result<void> await_verdict();
    Result<void> say_alive();
    Result<void> say_what_it_waits_for();
    Result<void> apply(const DataFrame& answer);
    Result<void> apply_stored(std::uint64_t bytes);
    Result<void> judge_stages(steady_clock::duration disk_waited);

    BulkChannel& raw_;
    const SourceTree& sources_;
    RateGate& gate_;
    const std::atomic<bool>& is_interrupted_;
    SendObserver& observer_;
    FrameChannel channel_;
    TransferPlan plan_;
    std::size_t plan_digests_ = 0;
    TransferProgress progress_;  // as the receiver told
    ProgressPace pace_;
    StageClock stages_;
    steady_clock::duration limit_waited_{};
    bool is_limited_ = false;
    Bottleneck receiver_waits_for_ = Bottleneck::unknown;
    Bottleneck told_ = Bottleneck::unknown;
    bool is_all_done_ = false;
    std::mutex sending_;  // held while blocks are sent, and by whoever says a word between them
};

/// What lies on a disk that was pulled out is neither changed nor gone: it is waited for.
Fault SendLoop::or_that_disk_is_away(const Fault& why) const {
    const bool is_about_files =
        !why.is_from_other_side && !why.is_passing &&
        (why.code == FaultCode::source_changed || why.code == FaultCode::file_error);
    return is_about_files ? fault_if_away(sources_).value_or(why) : why;
}

Result<void> SendLoop::run_to_verdict() {
    if (auto planned = take_plan(); !planned) return planned;
    channel_.enter(DataPhase::sender_streams);
    if (auto sent = send_everything(); !sent) return sent;
    channel_.enter(DataPhase::sender_expects_verdict);
    if (auto flushed = channel_.flush(); !flushed) return flushed;
    return await_verdict();
}

// ---- The plan -----------------------------------------------------------------------------------

Result<void> SendLoop::take_plan() {
    const Manifest& manifest = sources_.manifest;
    plan_.is_skipped.assign(manifest.size(), false);
    while (true) {
        const auto frame = channel_.next();
        if (!frame) return frame.fault();
        if (frame->header.kind == DataKind::start) {
            if (frame->header.file_index != manifest.version) return stale_list();
            break;
        }
        auto taken =
            frame->header.kind == DataKind::skip ? take_skip(frame->header) : take_have(*frame);
        if (!taken) return taken;
    }
    for (std::uint32_t index = 0; index < manifest.size(); ++index) {
        const ManifestEntry& entry = manifest.entries[index];
        if (entry.is_folder || entry.is_gone) plan_.is_skipped[index] = true;
    }
    return {};
}

Result<void> SendLoop::take_skip(const DataHeader& skip) {
    const std::uint64_t size = plan_.is_skipped.size();
    if (skip.file_index >= size || skip.offset > size - skip.file_index) {
        return broken_answer("it skips files that were not offered");
    }
    const auto first = plan_.is_skipped.begin() + skip.file_index;
    std::fill(first, first + static_cast<std::ptrdiff_t>(skip.offset), true);
    return {};
}

Result<void> SendLoop::take_have(const DataFrame& have) {
    const std::uint32_t index = have.header.file_index;
    const auto& entries = sources_.manifest.entries;
    const std::uint64_t bytes = have.header.offset;
    const bool is_possible = index < entries.size() && !entries[index].is_folder &&
                             bytes <= entries[index].bytes &&
                             have.payload.size() == chunks_in(bytes) * sizeof(FileDigest);
    plan_digests_ += have.payload.size() / sizeof(FileDigest);
    if (!is_possible || plan_digests_ > limits::have_digests_max) {
        return broken_answer("it claims to have what cannot be");
    }
    StoredPart part;
    part.bytes = bytes;
    part.chunks.resize(have.payload.size() / sizeof(FileDigest));
    for (std::size_t chunk = 0; chunk < part.chunks.size(); ++chunk) {
        std::ranges::copy(have.payload.subspan(chunk * sizeof(FileDigest), sizeof(FileDigest)),
                          part.chunks[chunk].begin());
    }
    plan_.stored[index] = std::move(part);
    return {};
}

// ---- The bytes ----------------------------------------------------------------------------------

Result<void> SendLoop::send_everything() {
    SignsOfLife signs([this] { say_alive_beside(); });
    SourceReader reader(sources_, plan_, [&](std::span<const std::byte> block) {
        if (!block.empty()) signs.spoke();
        return go_on(block, reader.disk_waited());
    });
    return reader.run();
}

/// Between two looks at the disk.
Result<void> SendLoop::go_on(std::span<const std::byte> block, steady_clock::duration disk_waited) {
    if (is_interrupted_) return Fault{FaultCode::cancelled, "The transfer was stopped."};
    {
        const std::lock_guard lock(sending_);
        if (auto sent = send_block(block); !sent) return sent;
        if (auto judged = judge_stages(disk_waited); !judged) return judged;
    }
    return take_answers();
}

/// Thread: that of the signs of life. It only writes, and only between blocks: while one is being
/// sent, that is sign enough.
void SendLoop::say_alive_beside() {
    const std::unique_lock lock(sending_, std::try_to_lock);
    if (!lock) return;
    const std::array payload = {encode_bottleneck(told_)};
    (void)raw_.write(encode_frame({.kind = DataKind::waits_for}, payload));
}

Result<void> SendLoop::send_block(std::span<const std::byte> block) {
    while (!block.empty()) {
        const std::size_t piece_bytes =
            is_limited_ ? limits::rate_limited_piece_bytes : rate_gate_piece_bytes_max;
        const auto piece = block.first(std::min(piece_bytes, block.size()));
        const auto begin = steady_clock::now();
        is_limited_ = gate_.pass(piece.size(), is_interrupted_);
        if (is_limited_) limit_waited_ += steady_clock::now() - begin;
        auto sent = channel_.send_encoded(piece);
        if (sent && is_limited_) sent = channel_.flush();
        if (!sent) return sent;
        block = block.subspan(piece.size());
    }
    return {};
}

Result<void> SendLoop::judge_stages(steady_clock::duration disk_waited) {
    const StageWaits waits{disk_waited, raw_.write_waited(), {}, limit_waited_};
    const auto verdict = stages_.judge(steady_clock::now(), waits, receiver_waits_for_);
    if (!verdict || *verdict == told_) return {};
    told_ = *verdict;
    observer_.on_bottleneck(told_);
    return say_what_it_waits_for();
}

// ---- The answers --------------------------------------------------------------------------------

/// Also keeps the way back free: a receiver that cannot get rid of its answers stops reading.
Result<void> SendLoop::take_answers() {
    while (true) {
        const auto frame = channel_.next_if_here();
        if (!frame) return frame.fault();
        if (!*frame) return {};
        if (auto applied = apply(**frame); !applied) return applied;
    }
}

Result<void> SendLoop::await_verdict() {
    while (!is_all_done_) {
        const auto frame = channel_.next([this] { return say_alive(); });
        if (!frame) return frame.fault();
        if (auto applied = apply(*frame); !applied) return applied;
    }
    return {};
}

Result<void> SendLoop::say_what_it_waits_for() {
    const std::array payload = {encode_bottleneck(told_)};
    return channel_.send({.kind = DataKind::waits_for}, payload);
}

Result<void> SendLoop::say_alive() {
    auto said = say_what_it_waits_for();
    return said ? channel_.flush() : said;
}

Result<void> SendLoop::apply(const DataFrame& answer) {
    switch (answer.header.kind) {
        case DataKind::stored: return apply_stored(answer.header.offset);
        case DataKind::file_done:
            progress_.files_done = std::min(answer.header.file_index, sources_.manifest.files());
            return {};
        case DataKind::waits_for:
            receiver_waits_for_ = decode_bottleneck(answer.payload[0]);
            return {};
        case DataKind::all_done:
            is_all_done_ = true;
            observer_.on_progress(progress_);
            return {};
        case DataKind::start:
        case DataKind::data:
        case DataKind::file_end:
        case DataKind::stop:
        case DataKind::skip:
        case DataKind::have:
        case DataKind::begin:
        case DataKind::chunk: break;
    }
    return broken_answer(
        "a frame where none may come");  // the phase table lets none of these through
}

/// Counts what earlier connections have brought, too.
Result<void> SendLoop::apply_stored(std::uint64_t bytes) {
    if (bytes > sources_.manifest.bytes)
        return broken_answer("it claims more bytes than were offered");
    progress_.bytes_stored = bytes;
    if (pace_.is_due(steady_clock::now())) observer_.on_progress(progress_);
    return {};
}

}  // namespace

Result<void> send_files(BulkChannel& channel, const SourceTree& sources, RateGate& gate,
                        const std::atomic<bool>& is_interrupted, SendObserver& observer) {
    return SendLoop(channel, sources, gate, is_interrupted, observer).run();
}

}  // namespace dropline
