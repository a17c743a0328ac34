#include "net/transfer/receiver.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>

#include "net/api/limits.hpp"
#include "net/transfer/data_frame.hpp"
#include "net/transfer/file_hash.hpp"
#include "net/transfer/frame_channel.hpp"

namespace dropline {

namespace {

Fault broken(const std::string& what) {
    return {FaultCode::protocol_error, "The sender broke the transfer protocol: " + what + "."};
}

/// One hand-over as its receiver sees it.
class ReceiveLoop {
  public:
    ReceiveLoop(BulkChannel& channel, const ReceiveFolder& folder,
                const std::vector<ExpectedFile>& files, ReceiveObserver& observer)
        : folder_(folder),
          files_(files),
          observer_(observer),
          channel_(channel, DataPhase::receiver_in_file) {}

    Result<ReceivedFiles> run() {
        auto result = receive_all();
        if (!result) return channel_.give_up(result.fault());
        return result;
    }

  private:
    Result<ReceivedFiles> receive_all();
    Result<void> check_offer();
    Result<std::string> receive_file(std::uint32_t index);
    Result<void> receive_bytes(PartFile& part, std::uint32_t index, FileHash& hash);
    Result<void> receive_end(std::uint32_t index, const FileHash& hash);
    bool is_last(std::uint32_t index) const { return index + 1 == files_.size(); }
    Result<void> begin_verifying();
    Result<void> report_if_due();
    Result<void> report();
    Result<void> say_all_done();

    const ReceiveFolder& folder_;
    const std::vector<ExpectedFile>& files_;
    ReceiveObserver& observer_;
    FrameChannel channel_;
    TransferProgress progress_;
    std::uint32_t files_told_ = 0;
    ProgressPace pace_;
};

Result<ReceivedFiles> ReceiveLoop::receive_all() {
    if (auto fits = check_offer(); !fits) return fits.fault();
    auto started = channel_.send({.kind = DataKind::start});
    if (started) started = channel_.flush();
    if (!started) return started.fault();
    ReceivedFiles received;
    for (std::uint32_t index = 0; index < files_.size(); ++index) {
        if (auto reported = report_if_due(); !reported) return reported.fault();
        auto saved = receive_file(index);
        if (!saved) return saved.fault();
        received.saved_as.push_back(std::move(*saved));
    }
    channel_.enter(DataPhase::receiver_has_all);
    // The files are here for good; that the sender may not learn of it takes nothing back.
    (void)say_all_done();
    return received;
}

Result<void> ReceiveLoop::check_offer() {
    std::uint64_t total = 0;
    for (const ExpectedFile& file : files_) {
        if (file.bytes > limits::file_bytes_max || total > limits::file_bytes_max) {
            return Fault{FaultCode::too_large, "\"" + file.name + "\" is too large."};
        }
        total += file.bytes;
    }
    const std::string what = files_.size() == 1 ? "\"" + files_.front().name + "\""
                                                : std::to_string(files_.size()) + " files";
    return folder_.check_space(what, total, files_.size());
}

/// Where it was saved. The unfinished file is gone when this returns, whatever happens.
Result<std::string> ReceiveLoop::receive_file(std::uint32_t index) {
    const ExpectedFile& file = files_[index];
    auto part = folder_.create_part(file.name, file.bytes);
    if (!part) return part.fault();
    FileHash hash;
    if (auto received = receive_bytes(*part, index, hash); !received) return received.fault();
    if (auto ended = receive_end(index, hash); !ended) return ended.fault();
    if (auto synced = part->sync(file.modified_at_s); !synced) return synced.fault();
    // A sync can take long enough for somebody to cancel; then the file gets no name.
    auto reported = is_last(index) ? report() : report_if_due();
    if (!reported) return reported.fault();
    const auto name = part->publish();
    if (!name) return name.fault();
    std::string saved_as = std::filesystem::absolute(folder_.path() / *name).string();
    ++progress_.files_done;
    observer_.on_saved(index, saved_as);
    return saved_as;
}

Result<void> ReceiveLoop::receive_bytes(PartFile& part, std::uint32_t index, FileHash& hash) {
    channel_.enter(DataPhase::receiver_in_file);
    const std::uint64_t size = files_[index].bytes;
    while (part.bytes_written() < size) {
        const auto frame = channel_.next();
        if (!frame) return frame.fault();
        if (frame->header.file_index != index) return broken("bytes of a file that is not due");
        if (frame->header.offset != part.bytes_written()) return broken("bytes out of their order");
        if (frame->payload.size() > size - part.bytes_written()) {
            return broken("more bytes than it offered");
        }
        if (auto stored = part.append(frame->payload); !stored) return stored;
        hash.update(frame->payload);
        progress_.bytes_stored += frame->payload.size();
        if (auto reported = report_if_due(); !reported) return reported;
    }
    return {};
}

Result<void> ReceiveLoop::receive_end(std::uint32_t index, const FileHash& hash) {
    channel_.enter(DataPhase::receiver_at_file_end);
    const auto frame = channel_.next();
    if (!frame) return frame.fault();
    if (frame->header.file_index != index || frame->header.offset != files_[index].bytes) {
        return broken("the end of a file that is not due");
    }
    if (is_last(index)) {
        if (auto begun = begin_verifying(); !begun) return begun;
    }
    if (!std::ranges::equal(frame->payload, hash.digest())) {
        return Fault{FaultCode::damaged, "\"" + files_[index].name +
                                             "\" arrived damaged: its checksum differs from the "
                                             "sender's. Ask for it again."};
    }
    return {};
}

Result<void> ReceiveLoop::begin_verifying() {
    auto reported = report();
    observer_.on_verifying();
    return reported;
}

Result<void> ReceiveLoop::report_if_due() {
    if (!pace_.is_due(std::chrono::steady_clock::now())) return {};
    return report();
}

Result<void> ReceiveLoop::report() {
    observer_.on_progress(progress_);
    auto told = channel_.send({.kind = DataKind::stored, .offset = progress_.bytes_stored});
    if (told && progress_.files_done > files_told_) {
        files_told_ = progress_.files_done;
        told = channel_.send({.kind = DataKind::file_done, .file_index = files_told_ - 1});
    }
    if (!told) return told;
    return channel_.flush();
}

Result<void> ReceiveLoop::say_all_done() {
    if (auto reported = report(); !reported) return reported;
    if (auto said = channel_.send({.kind = DataKind::all_done}); !said) return said;
    return channel_.flush();
}

}  // namespace

Result<ReceivedFiles> receive_files(BulkChannel& channel, const ReceiveFolder& folder,
                                    const std::vector<ExpectedFile>& files,
                                    ReceiveObserver& observer) {
    return ReceiveLoop(channel, folder, files, observer).run();
}

}  // namespace dropline
