// Turns the files of an offer into frames, ready to be encrypted: opens, compares, reads, hashes.
// Thread: bulk; blocks on the disk and on whoever takes the frames. One thread does all of it, and
// encrypts: what was read is hashed and encrypted while it is in that core's cache.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "net/transfer/chunk_hash.hpp"
#include "net/transfer/data_frame.hpp"
#include "net/transfer/source_tree.hpp"
#include "net/transfer/transfer_plan.hpp"

namespace dropline {

class SourceReader {
  public:
    /// Takes a block of whole frames; an empty one every now and then while files are compared. A
    /// fault of its ends the reading.
    using Take = std::function<Result<void>(std::span<const std::byte>)>;

    SourceReader(const SourceTree& sources, const TransferPlan& plan, Take take);

    /// Until everything was taken, or a fault: that of `take`, source_changed, file_error.
    Result<void> run();
    /// How long it has waited for the disk, all in all.
    std::chrono::steady_clock::duration disk_waited() const { return disk_waited_; }

  private:
    Result<void> read_root(std::uint32_t root);
    Result<void> read_file(const SourceFile& file, std::uint32_t index, std::uint64_t bytes);
    Result<std::uint64_t> compare(const OpenSource& source, std::uint32_t index,
                                  const StoredPart& part);
    Result<void> read_chunk(const OpenSource& source, std::uint32_t index, std::uint64_t offset,
                            std::uint64_t end);
    Result<void> read_at(const OpenSource& source, std::uint64_t offset, std::span<std::byte> into);
    Result<void> put(DataHeader header, std::span<const std::byte> payload);
    std::span<std::byte> room() const;
    void append(std::span<const std::byte> bytes);
    Result<void> make_room(std::size_t bytes);
    Result<void> hand_over();

    const SourceTree& sources_;
    const TransferPlan& plan_;
    const Take take_;
    const std::unique_ptr<std::byte[]> block_;
    std::size_t filled_ = 0;  // of the block
    ChunkHash hash_;
    std::chrono::steady_clock::duration disk_waited_{};
};

}  // namespace dropline
