#include "net/transfer/sender.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "net/transfer/data_frame.hpp"
#include "net/transfer/file_hash.hpp"
#include "net/transfer/frame_channel.hpp"

namespace dropline {

namespace {

Fault broken(const std::string& what) {
    return {FaultCode::protocol_error, "The receiver broke the transfer protocol: " + what + "."};
}

/// One hand-over as its sender sees it.
class SendLoop {
  public:
    SendLoop(BulkChannel& channel, const std::vector<SourceFile>& files, SendObserver& observer)
        : files_(files),
          observer_(observer),
          channel_(channel, DataPhase::sender_expects_start),
          buffer_(limits::data_payload_bytes_max) {}

    Result<void> run() {
        auto result = run_to_verdict();
        if (!result) return channel_.give_up(result.fault());
        return result;
    }

  private:
    Result<void> run_to_verdict();
    Result<void> await_start();
    Result<void> send_file(std::uint32_t index, std::uint64_t offset);
    Result<void> hash_until(const OpenSource& source, std::uint64_t offset, FileHash& hash);
    Result<void> send_bytes(const OpenSource& source, DataHeader at, std::uint64_t bytes,
                            FileHash& hash);
    Result<void> take_answers();
    Result<void> await_verdict();
    Result<void> apply(const DataHeader& answer);
    Result<void> apply_stored(std::uint64_t bytes);
    Result<void> apply_file_done(std::uint32_t index);
    Result<void> apply_all_done();
    void report(bool is_last);

    const std::vector<SourceFile>& files_;
    SendObserver& observer_;
    FrameChannel channel_;
    std::vector<std::byte> buffer_;
    DataHeader start_;
    std::uint64_t sent_bytes_ = 0;  // of the whole transfer, what the receiver had before included
    std::uint32_t ended_files_ = 0;
    TransferProgress progress_;  // as the receiver told
    ProgressPace pace_;
    bool is_verifying_ = false;
    bool is_all_done_ = false;
};

Result<void> SendLoop::run_to_verdict() {
    if (auto started = await_start(); !started) return started;
    channel_.enter(DataPhase::sender_streams);
    std::uint64_t offset = start_.offset;
    for (std::uint32_t index = start_.file_index; index < files_.size(); ++index) {
        if (auto sent = send_file(index, offset); !sent) return sent;
        offset = 0;
    }
    channel_.enter(DataPhase::sender_expects_verdict);
    if (auto flushed = channel_.flush(); !flushed) return flushed;
    return await_verdict();
}

Result<void> SendLoop::await_start() {
    const auto frame = channel_.next();
    if (!frame) return frame.fault();
    start_ = frame->header;
    // One behind the last file: the receiver has all of them and only its last word is missing.
    const bool has_all = start_.file_index == files_.size() && start_.offset == 0;
    const bool is_inside =
        start_.file_index < files_.size() && start_.offset <= files_[start_.file_index].bytes;
    if (!has_all && !is_inside) return broken("it asks for a place outside the offer");
    for (std::uint32_t index = 0; index < start_.file_index; ++index) {
        sent_bytes_ += files_[index].bytes;
    }
    sent_bytes_ += start_.offset;
    ended_files_ = start_.file_index;
    progress_ = {sent_bytes_, start_.file_index};
    return {};
}

Result<void> SendLoop::send_file(std::uint32_t index, std::uint64_t offset) {
    const auto source = OpenSource::open(files_[index]);
    if (!source) return source.fault();
    FileHash hash;
    if (auto hashed = hash_until(*source, offset, hash); !hashed) return hashed;
    const std::uint64_t size = files_[index].bytes;
    while (offset < size) {
        const std::uint64_t bytes = std::min<std::uint64_t>(buffer_.size(), size - offset);
        const DataHeader at{.kind = DataKind::data, .file_index = index, .offset = offset};
        if (auto sent = send_bytes(*source, at, bytes, hash); !sent) return sent;
        offset += bytes;
    }
    // Only now is it known that what was read belongs together.
    if (auto unchanged = source->check_unchanged(); !unchanged) return unchanged;
    const FileDigest digest = hash.digest();
    ++ended_files_;
    return channel_.send({.kind = DataKind::file_end, .file_index = index, .offset = size}, digest);
}

/// The hash is of the whole file, also of the part that the receiver already has.
Result<void> SendLoop::hash_until(const OpenSource& source, std::uint64_t offset, FileHash& hash) {
    for (std::uint64_t at = 0; at < offset;) {
        const auto piece = std::span(buffer_).first(
            static_cast<std::size_t>(std::min<std::uint64_t>(buffer_.size(), offset - at)));
        if (auto read = source.read_at(at, piece); !read) return read;
        hash.update(piece);
        at += piece.size();
        if (auto taken = take_answers(); !taken) return taken;
    }
    return {};
}

Result<void> SendLoop::send_bytes(const OpenSource& source, DataHeader at, std::uint64_t bytes,
                                  FileHash& hash) {
    const auto piece = std::span(buffer_).first(static_cast<std::size_t>(bytes));
    if (auto read = source.read_at(at.offset, piece); !read) return read;
    hash.update(piece);
    if (auto sent = channel_.send(at, piece); !sent) return sent;
    sent_bytes_ += bytes;
    return take_answers();
}

/// Also keeps the way back free: a receiver that cannot get rid of its answers stops reading.
Result<void> SendLoop::take_answers() {
    while (true) {
        const auto frame = channel_.next_if_here();
        if (!frame) return frame.fault();
        if (!*frame) return {};
        if (auto applied = apply((*frame)->header); !applied) return applied;
    }
}

Result<void> SendLoop::await_verdict() {
    while (!is_all_done_) {
        const auto frame = channel_.next();
        if (!frame) return frame.fault();
        if (auto applied = apply(frame->header); !applied) return applied;
    }
    return {};
}

Result<void> SendLoop::apply(const DataHeader& answer) {
    switch (answer.kind) {
        case DataKind::stored: return apply_stored(answer.offset);
        case DataKind::file_done: return apply_file_done(answer.file_index);
        case DataKind::all_done: is_all_done_ = true; return apply_all_done();
        case DataKind::start:
        case DataKind::data:
        case DataKind::file_end:
        case DataKind::stop: break;
    }
    return broken("a frame where none may come");  // the phase table lets none of these through
}

Result<void> SendLoop::apply_stored(std::uint64_t bytes) {
    if (bytes < progress_.bytes_stored || bytes > sent_bytes_) {
        return broken("it says that it stored " + std::to_string(bytes) + " bytes of " +
                      std::to_string(sent_bytes_));
    }
    progress_.bytes_stored = bytes;
    const bool has_all = ended_files_ == files_.size() && bytes == sent_bytes_;
    const bool begins_verifying = has_all && !std::exchange(is_verifying_, has_all);
    report(begins_verifying);
    if (begins_verifying) observer_.on_verifying();
    return {};
}

Result<void> SendLoop::apply_file_done(std::uint32_t index) {
    // Cumulative: one frame may speak for many small files, none may speak twice.
    if (index < progress_.files_done || index >= ended_files_) {
        return broken("it says that file " + std::to_string(index) + " is done");
    }
    progress_.files_done = index + 1;
    report(false);
    return {};
}

Result<void> SendLoop::apply_all_done() {
    const bool has_all =
        progress_.files_done == files_.size() && progress_.bytes_stored == sent_bytes_;
    if (!has_all) return broken("it says that all is done, and before that not all was");
    report(true);
    return {};
}

void SendLoop::report(bool is_last) {
    if (is_last || pace_.is_due(std::chrono::steady_clock::now())) observer_.on_progress(progress_);
}

}  // namespace

Result<void> send_files(BulkChannel& channel, const std::vector<SourceFile>& files,
                        SendObserver& observer) {
    return SendLoop(channel, files, observer).run();
}

}  // namespace dropline
