// Takes the stream of one sender apart and puts the files where they belong: writes, hashes,
// compares, names.
// Thread: bulk; blocks on the disk. Takes no name from the connection:
// frames carry positions in the accepted offer.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "net/api/fault.hpp"
#include "net/transfer/chunk_hash.hpp"
#include "net/transfer/data_frame.hpp"
#include "net/transfer/receive_folder.hpp"
#include "net/transfer/receive_state.hpp"
#include "net/transfer/staging.hpp"
#include "net/transfer/transfer_observer.hpp"
#include "net/transfer/transfer_plan.hpp"

namespace dropline {

class ReceiveSink {
  public:
    struct Hooks {
        /// Something worth telling was stored. Called often; who listens paces itself.
        std::function<void()> on_stored;
        std::function<void()> on_verifying;
        std::function<void(Bottleneck)> on_bottleneck;
    };

    /// All references must outlive it; `plan` is the one the sender was given.
    ReceiveSink(const ReceiveFolder& folder, const Manifest& manifest, const TransferPlan& plan,
                Staging& staging, ReceiveState& state, const std::atomic<bool>& is_interrupted,
                Hooks hooks);
    ~ReceiveSink();

    /// Before the first byte: what needs none is finished already. Faults as `take`.
    Result<void> begin();
    /// The next bytes of the stream, cut anywhere. protocol_error, damaged (a digest differs),
    /// file_error, disk_full; cancelled when it was interrupted while it read or copied for long;
    /// `stop` frames as the fault they carry.
    Result<void> take(std::span<const std::byte> stream);
    /// Everything wanted has its final name and is on the disk.
    bool has_all() const { return has_all_; }

  private:
    Result<void> take_piece(const DataPiece& piece);
    Result<void> take_begin(const DataHeader& header);
    Result<void> go_on_in_staging(std::uint64_t offset, const StoredPart& part);
    Result<void> go_on_from_candidate(std::uint64_t offset, const StoredPart& part);
    Result<void> take_data(const DataPiece& piece);
    Result<void> take_chunk(const DataPiece& piece);
    Result<void> take_file_end(const DataPiece& piece);
    Result<void> open_current(std::uint64_t bytes_kept);
    Result<void> check_space_for(std::size_t bytes);
    Result<void> write(std::span<const std::byte> bytes);
    Result<void> write_back();
    Fault lose_current(int error_number);
    Result<bool> read_again(int fd, std::uint64_t end);
    Result<void> copy_from_candidate(std::uint32_t index, std::uint64_t bytes,
                                     const StoredPart& part, int into_fd);
    Result<void> leave_candidate();
    Result<void> forget_candidate();
    Result<void> copy_whole_from_candidate(std::uint32_t index, const StoredPart& part);
    Result<void> finish_current();
    Result<void> advance();
    Result<void> end_root();
    Result<void> publish_ready();
    void expect_file();
    void remember_begun();
    Fault damaged() const;
    Fault not_written(int error_number) const;
    Result<void> go_on_unless_interrupted() const;
    const ManifestEntry& entry() const { return manifest_.entries[index_]; }
    RootState& root_state() { return state_.roots[root_]; }

    const ReceiveFolder& folder_;
    const Manifest& manifest_;
    const TransferPlan& plan_;
    Staging& staging_;
    ReceiveState& state_;
    const std::atomic<bool>& is_interrupted_;
    const Hooks hooks_;
    DataStreamParser parser_;

    std::uint32_t root_ = 0;
    std::uint32_t index_ = 0;
    bool is_in_candidate_ = false;  // the file is there already: nothing is written
    FileDescriptor file_;
    std::uint64_t written_ = 0;  // bytes of the file that are in it now
    std::uint64_t write_back_begun_at_ = 0;
    ChunkHash hash_;
    std::uint64_t bytes_since_space_check_ = 0;  // of all files

    std::vector<std::uint32_t> ready_;  // roots that wait for their final name
    std::uint64_t ready_bytes_ = 0;
    bool has_all_ = false;
};

}  // namespace dropline
