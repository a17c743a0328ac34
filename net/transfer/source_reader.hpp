// Turns the files of an offer into frames, ready to be encrypted: opens, compares, reads, hashes.
// Thread: the sender's own reading thread; blocks on the disk and on the pipe.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "net/transfer/block_pipe.hpp"
#include "net/transfer/chunk_hash.hpp"
#include "net/transfer/data_frame.hpp"
#include "net/transfer/source_tree.hpp"
#include "net/transfer/transfer_plan.hpp"

namespace dropline {

class SourceReader {
  public:
    SourceReader(const SourceTree& sources, const TransferPlan& plan, BlockPipe& pipe)
        : sources_(sources), plan_(plan), pipe_(pipe) {}

    /// Until everything is in the pipe, the pipe is abandoned (cancelled), or a fault:
    /// source_changed, file_error. Whole frames only, whatever happens.
    Result<void> run();

  private:
    Result<void> read_root(std::uint32_t root);
    Result<void> read_file(const SourceFile& file, std::uint32_t index, std::uint64_t bytes);
    Result<std::uint64_t> compare(const OpenSource& source, std::uint32_t index,
                                  const StoredPart& part);
    Result<void> read_chunk(const OpenSource& source, std::uint32_t index, std::uint64_t offset,
                            std::uint64_t end);
    Result<void> put(DataHeader header, std::span<const std::byte> payload);
    Result<void> make_room(std::size_t bytes);
    void hand_over();

    const SourceTree& sources_;
    const TransferPlan& plan_;
    BlockPipe& pipe_;
    BlockPipe::Block* block_ = nullptr;
    ChunkHash hash_;
};

}  // namespace dropline
