#include "net/transfer/receive_sink.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "net/api/limits.hpp"
#include "net/platform/disk.hpp"
#include "net/platform/file_bytes.hpp"
#include "net/platform/file_fault.hpp"
#include "net/transfer/hash_file.hpp"

namespace dropline {

namespace {

/// Small enough that the sync at the end is short, large enough that disks like it.
constexpr std::uint64_t write_back_every_bytes = 8 * 1024 * 1024;
/// Names are given together, for one sync costs as much as many; but no file waits long for it.
constexpr std::size_t ready_roots_max = 256;
constexpr std::uint64_t ready_bytes_max = 64ULL * 1024 * 1024;

Fault broken_stream(const std::string& what) {
    return {FaultCode::protocol_error, "The sender broke the transfer protocol: " + what + "."};
}

bool is_equal(std::span<const std::byte> payload, const FileDigest& digest) {
    return std::ranges::equal(payload, digest);
}

}  // namespace

ReceiveSink::ReceiveSink(const ReceiveFolder& folder, const Manifest& manifest,
                         const TransferPlan& plan, Staging& staging, ReceiveState& state,
                         const std::atomic<bool>& is_interrupted, Hooks hooks)
    : folder_(folder),
      manifest_(manifest),
      plan_(plan),
      staging_(staging),
      state_(state),
      is_interrupted_(is_interrupted),
      hooks_(std::move(hooks)),
      parser_(DataPhase::receiver_in_file) {}

ReceiveSink::~ReceiveSink() { remember_begun(); }

/// What the file under way holds now is what a later connection can build on.
void ReceiveSink::remember_begun() {
    if (!file_.is_open()) return;
    struct stat status {};
    StoredPart part{hash_.bytes(), hash_.chunk_digests(), false, 0};
    if (::fstat(file_.number(), &status) == 0) part.modified_at_ns = modified_at_ns(status);
    state_.begun[index_] = within_limits(std::move(part));
    file_.reset();
}

Result<void> ReceiveSink::begin() { return advance(); }

Result<void> ReceiveSink::go_on_unless_interrupted() const {
    if (!is_interrupted_) return {};
    return Fault{FaultCode::cancelled, "The transfer was stopped."};
}

Result<void> ReceiveSink::take(std::span<const std::byte> stream) {
    while (!has_all_) {
        const auto piece = parser_.next(stream);
        if (!piece) return piece.fault();
        if (!*piece) return {};
        if (auto taken = take_piece(**piece); !taken) return taken;
    }
    return {};
}

Result<void> ReceiveSink::take_piece(const DataPiece& piece) {
    switch (piece.header.kind) {
        case DataKind::begin: return take_begin(piece.header);
        case DataKind::data: return take_data(piece);
        case DataKind::chunk: return take_chunk(piece);
        case DataKind::file_end: return take_file_end(piece);
        case DataKind::stop: return decode_stop(piece.payload);
        case DataKind::waits_for:
            hooks_.on_bottleneck(decode_bottleneck(piece.payload[0]));
            return {};
        case DataKind::start:
        case DataKind::stored:
        case DataKind::file_done:
        case DataKind::all_done:
        case DataKind::skip:
        case DataKind::have: break;
    }
    return broken_stream(
        "a frame where none may come");  // the phase table lets none of these through
}

// ---- The order of files -------------------------------------------------------------------------

/// To the next file that is wanted and not stored; what ends on the way is finished.
Result<void> ReceiveSink::advance() {
    for (; root_ < manifest_.roots.size(); ++root_, is_in_candidate_ = false) {
        const ManifestRoot& range = manifest_.roots[root_];
        for (index_ = std::max(index_, range.first); index_ < range.first + range.count; ++index_) {
            const bool is_due =
                !plan_.is_skipped[index_] && state_.entries[index_] == EntryState::missing;
            if (!is_due) continue;
            expect_file();
            return {};
        }
        if (auto ended = end_root(); !ended) return ended;
    }
    if (auto going_on = go_on_unless_interrupted(); !going_on) return going_on;
    parser_.enter(DataPhase::receiver_has_all);
    hooks_.on_verifying();
    if (auto published = publish_ready(); !published) return published;
    has_all_ = true;
    return {};
}

void ReceiveSink::expect_file() {
    hash_.restart();
    written_ = 0;
    write_back_begun_at_ = 0;
    is_in_candidate_ = false;
    if (plan_.stored.contains(index_)) {
        parser_.enter(DataPhase::receiver_expects_begin);
    } else if (entry().bytes == 0) {
        parser_.enter(DataPhase::receiver_at_file_end);
    } else {
        parser_.enter(DataPhase::receiver_in_file);
    }
}

Result<void> ReceiveSink::end_root() {
    RootState& root = root_state();
    const ManifestRoot& range = manifest_.roots[root_];
    if (root.is_over || !state_.has_wanted(range)) return {};
    if (!root.candidate.empty() && root.is_candidate_equal) {
        root.is_over = true;
        root.saved_as = root.candidate;
        state_.equal_in_candidate.clear();
        for (std::uint32_t index = range.first; index < range.first + range.count; ++index) {
            if (manifest_.entries[index].is_folder &&
                state_.entries[index] == EntryState::missing) {
                state_.entries[index] = EntryState::stored;
            }
        }
        return {};
    }
    ready_.push_back(root_);
    for (std::uint32_t index = range.first; index < range.first + range.count; ++index) {
        ready_bytes_ += manifest_.entries[index].bytes;
    }
    const bool is_much = ready_.size() >= ready_roots_max || ready_bytes_ >= ready_bytes_max;
    const bool is_last = root_ + 1 == manifest_.roots.size();
    return is_much && !is_last ? publish_ready() : Result<void>();
}

Result<void> ReceiveSink::publish_ready() {
    if (ready_.empty()) return {};
    const auto ready = std::exchange(ready_, {});
    ready_bytes_ = 0;
    auto published = staging_.publish(ready, is_interrupted_);
    hooks_.on_stored();
    return published;
}

// ---- A file that is partly there ----------------------------------------------------------------

Result<void> ReceiveSink::take_begin(const DataHeader& header) {
    const StoredPart& part = plan_.stored.at(index_);
    const bool is_possible =
        header.file_index == index_ && header.offset <= part.bytes &&
        (header.offset == part.bytes || header.offset % limits::chunk_bytes == 0);
    if (!is_possible) return broken_stream("it begins where it was not asked to");
    auto begun = part.is_of_candidate ? go_on_from_candidate(header.offset, part)
                                      : go_on_in_staging(header.offset, part);
    if (!begun) return begun;
    state_.begun.erase(index_);
    state_.bytes_stored -= part.bytes - header.offset;
    if (part.bytes == entry().bytes && state_.files_unconfirmed > 0) --state_.files_unconfirmed;
    const bool is_whole = header.offset == entry().bytes;
    parser_.enter(is_whole ? DataPhase::receiver_at_file_end : DataPhase::receiver_in_file);
    return {};
}

Result<void> ReceiveSink::go_on_in_staging(std::uint64_t offset, const StoredPart& part) {
    const std::size_t whole_chunks = offset / limits::chunk_bytes;
    hash_.restart_behind(
        {part.chunks.begin(), part.chunks.begin() + static_cast<std::ptrdiff_t>(whole_chunks)});
    if (hash_.bytes() < offset) {
        // The begun chunk: the sender has compared it, but only its bytes continue the hash.
        const auto stored = staging_.open_stored(root_, index_);
        if (!stored) return stored.fault();
        const auto read = read_again(stored->number(), offset);
        if (!read) return read.fault();
        if (!*read) {
            return Fault{FaultCode::file_error,
                         "Cannot save " + entry().path + ": the unfinished file was changed."};
        }
    }
    auto opened = open_current(offset);
    if (opened) state_.bytes_sent_again += part.bytes - offset;
    return opened;
}

Result<bool> ReceiveSink::read_again(int fd, std::uint64_t end) {
    return hash_file(fd, end, hash_,
                     [this](std::span<const std::byte>) { return go_on_unless_interrupted(); });
}

/// Something of that name and size was there before. Equal so far: nothing is written. At the first
/// file that differs, everything found equal is copied to where the rest will go.
Result<void> ReceiveSink::go_on_from_candidate(std::uint64_t offset, const StoredPart& part) {
    RootState& root = root_state();
    const bool is_whole = offset == entry().bytes && part.bytes == entry().bytes;
    if (is_whole && root.is_candidate_equal) {
        // Once more: it is not ours, and may have changed since it was first read.
        is_in_candidate_ = true;
        hash_.restart();
        const auto there = staging_.open_in_candidate(root_, index_);
        if (!there) return there.fault();
        const auto read = read_again(there->number(), offset);
        if (!read) return read.fault();
        const bool is_same = there->is_open() && *read && hash_.chunk_digests() == part.chunks;
        return is_same ? Result<void>() : forget_candidate();
    }
    if (auto opened = open_current(0); !opened) return opened;
    auto copied = copy_from_candidate(index_, offset, part, file_.number());
    if (copied) return {};
    if (copied.fault().code == FaultCode::damaged) return forget_candidate();
    file_.reset();  // it is still the candidate that the next connection builds on
    return copied;
}

/// What was copied when this is interrupted stays so; the next connection copies the rest.
Result<void> ReceiveSink::leave_candidate() {
    root_state().is_candidate_equal = false;
    auto fits = folder_.check_space("The rest of \"" + manifest_.title() + "\"",
                                    state_.bytes_to_write(manifest_), 0);
    if (!fits) return fits;
    while (!state_.equal_in_candidate.empty()) {
        const auto equal = state_.equal_in_candidate.begin();
        auto copied = copy_whole_from_candidate(equal->first, equal->second);
        if (!copied && copied.fault().code == FaultCode::damaged) return forget_candidate();
        if (!copied) return copied;
        state_.equal_in_candidate.erase(equal);
        --state_.files_skipped;
    }
    return {};
}

/// It changed under our eyes. What was not copied from it is missing again; the next connection
/// brings it.
Result<void> ReceiveSink::forget_candidate() {
    root_state().is_candidate_equal = false;
    root_state().candidate.clear();
    for (const auto& [index, part] : std::exchange(state_.equal_in_candidate, {})) {
        state_.entries[index] = EntryState::missing;
        --state_.files_stored;
        --state_.files_skipped;
    }
    std::erase_if(state_.begun, [](const auto& entry) { return entry.second.is_of_candidate; });
    file_.reset();
    return damaged();
}

Result<void> ReceiveSink::copy_whole_from_candidate(std::uint32_t index, const StoredPart& part) {
    auto file = staging_.open_for_writing(root_, index, 0);
    if (!file) return file.fault();
    if (auto copied = copy_from_candidate(index, part.bytes, part, file->number()); !copied) {
        return copied;
    }
    staging_.finish_file(file->number(), index);
    return {};
}

/// Compared again on the way: it may have changed since it was hashed.
Result<void> ReceiveSink::copy_from_candidate(std::uint32_t index, std::uint64_t bytes,
                                              const StoredPart& part, int into_fd) {
    const auto from = staging_.open_in_candidate(root_, index);
    if (!from) return from.fault();
    ChunkHash copied;
    const auto read =
        hash_file(from->number(), bytes, copied, [&](std::span<const std::byte> piece) {
            if (auto going_on = go_on_unless_interrupted(); !going_on) return going_on;
            if (auto fits = check_space_for(piece.size()); !fits) return fits;
            const int error_number = write_all(into_fd, piece);
            return error_number == 0 ? Result<void>() : not_written(error_number);
        });
    if (!read) return read.fault();
    if (!*read) return damaged();
    const auto digests = copied.chunk_digests();
    const bool is_same = digests.size() <= part.chunks.size() &&
                         std::equal(digests.begin(), digests.end(), part.chunks.begin());
    if (!is_same) return damaged();
    if (index == index_) {
        hash_ = std::move(copied);
        written_ = bytes;
    }
    return {};
}

// ---- Bytes --------------------------------------------------------------------------------------

Result<void> ReceiveSink::open_current(std::uint64_t bytes_kept) {
    const bool is_first_to_differ =
        !root_state().candidate.empty() && root_state().is_candidate_equal;
    if (is_first_to_differ || !state_.equal_in_candidate.empty()) {
        if (auto left = leave_candidate(); !left) return left;
    }
    auto file = staging_.open_for_writing(root_, index_, bytes_kept);
    if (!file) return file.fault();
    file_ = std::move(*file);
    written_ = bytes_kept;
    write_back_begun_at_ = bytes_kept;
    return {};
}

Result<void> ReceiveSink::take_data(const DataPiece& piece) {
    if (piece.header.file_index != index_) return broken_stream("bytes of a file that is not due");
    if (piece.offset != written_) return broken_stream("bytes out of their order");
    const std::uint64_t begin = piece.header.offset;
    const std::uint64_t chunk_end = (begin / limits::chunk_bytes + 1) * limits::chunk_bytes;
    const std::uint64_t end = std::min(chunk_end, entry().bytes);
    if (begin >= end || piece.header.payload_bytes > end - begin) {
        return broken_stream("more bytes than it offered");
    }
    if (!file_.is_open()) {
        if (auto opened = open_current(0); !opened) return opened;
    }
    if (auto written = write(piece.payload); !written) return written;
    hash_.update(piece.payload);
    state_.bytes_stored += piece.payload.size();
    state_.bytes_stored_most = std::max(state_.bytes_stored_most, state_.bytes_stored);
    if (written_ - write_back_begun_at_ >= write_back_every_bytes) {
        if (auto begun = write_back(); !begun) return begun;
    }
    if (written_ == entry().bytes) {
        parser_.enter(DataPhase::receiver_at_file_end);
    } else if (written_ == chunk_end) {
        parser_.enter(DataPhase::receiver_at_chunk_end);
    }
    hooks_.on_stored();
    return {};
}

/// Every so many bytes of all files together: a folder of small ones fills a disk as well.
Result<void> ReceiveSink::check_space_for(std::size_t bytes) {
    if (bytes_since_space_check_ < limits::free_space_check_every_bytes) {
        bytes_since_space_check_ += bytes;
        return {};
    }
    bytes_since_space_check_ = bytes;
    return folder_.check_space("The rest of \"" + manifest_.title() + "\"",
                               state_.bytes_to_write(manifest_),
                               state_.files_wanted - state_.files_stored);
}

Result<void> ReceiveSink::write(std::span<const std::byte> bytes) {
    if (auto fits = check_space_for(bytes.size()); !fits) return fits;
    if (const int error_number = write_all(file_.number(), bytes); error_number != 0) {
        return not_written(error_number);
    }
    written_ += bytes.size();
    return {};
}

/// Two pieces are on their way to the disk at a time: a message that is being stored beside the
/// transfer does not wait for gigabytes.
Result<void> ReceiveSink::write_back() {
    int error_number =
        begin_writing_back(file_.number(), write_back_begun_at_, written_ - write_back_begun_at_);
    if (error_number == 0 && write_back_begun_at_ >= write_back_every_bytes) {
        error_number = wait_for_writing_back(
            file_.number(), write_back_begun_at_ - write_back_every_bytes, write_back_every_bytes);
    }
    write_back_begun_at_ = written_;
    return error_number == 0 ? Result<void>() : lose_current(error_number);
}

/// Some of what was written never reached the disk, and nobody knows what: it begins anew.
Fault ReceiveSink::lose_current(int error_number) {
    state_.bytes_stored -= std::min(state_.bytes_stored, written_);
    state_.bytes_sent_again += written_;
    state_.begun.erase(index_);
    file_.reset();
    (void)staging_.open_for_writing(root_, index_, 0);  // its room is needed for it
    return not_written(error_number);
}

Fault ReceiveSink::not_written(int error_number) const {
    // Both numbers, when it is room that is missing and not something else.
    const bool is_full = error_number == ENOSPC || error_number == EDQUOT;
    const auto fits = is_full ? folder_.check_space("The rest of \"" + manifest_.title() + "\"",
                                                    state_.bytes_wanted - state_.bytes_stored, 0)
                              : Result<void>();
    return fits ? file_fault("Cannot save", entry().path, error_number) : fits.fault();
}

Fault ReceiveSink::damaged() const {
    return {FaultCode::damaged,
            "\"" + entry().path + "\" arrived damaged: its checksum differs from the sender's."};
}

Result<void> ReceiveSink::take_chunk(const DataPiece& piece) {
    if (piece.header.file_index != index_ || piece.header.offset != written_) {
        return broken_stream("the end of a chunk that is not due");
    }
    if (!is_equal(piece.payload, hash_.last_whole_chunk())) {
        // What lies before this chunk is good: a later connection builds on it.
        auto good = hash_.chunk_digests();
        good.pop_back();
        state_.bytes_stored -= limits::chunk_bytes;
        const std::uint64_t good_bytes = good.size() * limits::chunk_bytes;
        state_.begun[index_] = within_limits({good_bytes, std::move(good), false, 0});
        file_.reset();
        return damaged();
    }
    parser_.enter(DataPhase::receiver_in_file);
    return {};
}

Result<void> ReceiveSink::take_file_end(const DataPiece& piece) {
    if (piece.header.file_index != index_ || piece.header.offset != entry().bytes) {
        return broken_stream("the end of a file that is not due");
    }
    if (!is_equal(piece.payload, hash_.file_digest())) {
        state_.bytes_stored -= std::min(state_.bytes_stored, entry().bytes);
        state_.begun.erase(index_);
        file_.reset();
        return damaged();
    }
    if (auto finished = finish_current(); !finished) return finished;
    state_.mark_stored(manifest_, index_);
    ++index_;
    hooks_.on_stored();
    return advance();
}

Result<void> ReceiveSink::finish_current() {
    if (is_in_candidate_) {
        state_.equal_in_candidate.emplace(
            index_, StoredPart{hash_.bytes(), hash_.chunk_digests(), true, 0});
        ++state_.files_skipped;
        return {};
    }
    if (!file_.is_open()) {  // a file without a byte
        if (auto opened = open_current(0); !opened) return opened;
    }
    staging_.finish_file(file_.number(), index_);
    // Through the descriptor that has seen every failure of it; of folders the disk as a whole is
    // asked, which was held open as long.
    const bool is_large = entry().bytes >= write_back_every_bytes;
    if (is_large && !manifest_.roots[root_].is_folder) {
        const int error_number = sync_file(file_.number());
        if (error_number != 0) return lose_current(error_number);
    }
    file_.reset();
    return {};
}

}  // namespace dropline
