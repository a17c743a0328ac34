// Two ends of a bulk connection in memory, bounded like a socket's buffers: for a sender and a
// receiver on threads of their own.
// Thread: each end one at a time; `interrupt` from any.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

#include "net/transfer/bulk_channel.hpp"

namespace dropline::tests {

/// One direction.
class MemoryPipe {
  public:
    explicit MemoryPipe(std::size_t capacity_bytes) : capacity_bytes_(capacity_bytes) {}

    Result<void> write(std::span<const std::byte> bytes);
    /// 0: closed and empty, or, without `may_wait`, nothing now.
    Result<std::size_t> read(std::span<std::byte> into, bool may_wait);
    /// No more is written; what is inside can still be read.
    void close();
    void interrupt_reader();
    void interrupt_writer();

  private:
    const std::size_t capacity_bytes_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::byte> bytes_;
    bool is_closed_ = false;
    bool is_reader_interrupted_ = false;
    bool is_writer_interrupted_ = false;
};

class MemoryChannel : public BulkChannel {
  public:
    MemoryChannel(std::shared_ptr<MemoryPipe> in, std::shared_ptr<MemoryPipe> out)
        : in_(std::move(in)), out_(std::move(out)) {}
    ~MemoryChannel() override { close(); }

    Result<void> write(std::span<const std::byte> header,
                       std::span<const std::byte> payload) override;
    Result<void> flush() override { return {}; }
    Result<std::size_t> read_some(std::span<std::byte> into) override;
    Result<std::size_t> try_read(std::span<std::byte> into) override;
    void interrupt() override;

    /// As a closed socket: the other end reads what is on its way, then the end, and its writes
    /// fail.
    void close();

  private:
    std::shared_ptr<MemoryPipe> in_;
    std::shared_ptr<MemoryPipe> out_;
};

struct ChannelPair {
    std::unique_ptr<MemoryChannel> sender;
    std::unique_ptr<MemoryChannel> receiver;
};
ChannelPair make_channel_pair(std::size_t capacity_bytes = 64 * 1024);

}  // namespace dropline::tests
