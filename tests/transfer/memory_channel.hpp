// Two ends of a bulk connection in memory, bounded like a socket's buffers: for a sender and a
// receiver on threads of their own.
// Thread: of each end one that reads and one that writes; `interrupt` from any.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "net/transfer/bulk_channel.hpp"

namespace dropline::tests {

/// One direction.
class MemoryPipe {
  public:
    explicit MemoryPipe(std::size_t capacity_bytes) : bytes_(capacity_bytes) {}

    Result<void> write(std::span<const std::byte> bytes);
    Result<BulkChannel::ReadSome> read(std::span<std::byte> into,
                                       std::chrono::milliseconds patience);
    /// No more is written; what is inside can still be read.
    void close();
    /// So many bytes more are delivered; then the connection is cut, for both ends.
    void cut_after(std::size_t bytes);
    void interrupt_reader();
    void interrupt_writer();
    std::chrono::steady_clock::duration write_waited();

  private:
    bool is_cut() const { return deliverable_ == 0; }
    std::size_t take(std::span<std::byte> into);
    std::size_t put(std::span<const std::byte> bytes);

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::byte> bytes_;  // a ring
    std::size_t begin_ = 0;
    std::size_t filled_ = 0;
    std::size_t deliverable_ = static_cast<std::size_t>(-1);
    bool is_closed_ = false;
    bool is_reader_interrupted_ = false;
    bool is_writer_interrupted_ = false;
    std::chrono::steady_clock::duration write_waited_{};
};

class MemoryChannel : public BulkChannel {
  public:
    MemoryChannel(std::shared_ptr<MemoryPipe> in, std::shared_ptr<MemoryPipe> out)
        : in_(std::move(in)), out_(std::move(out)) {}
    ~MemoryChannel() override { close(); }

    Result<void> write(std::span<const std::byte> bytes) override { return out_->write(bytes); }
    Result<void> flush() override { return {}; }
    std::chrono::steady_clock::duration write_waited() const override {
        return out_->write_waited();
    }
    Result<ReadSome> read_some(std::span<std::byte> into,
                               std::chrono::milliseconds patience) override {
        return in_->read(into, patience);
    }
    Result<std::size_t> try_read(std::span<std::byte> into) override;
    void interrupt() override;

    /// As a closed socket: the other end reads what is on its way, then the end, and its writes
    /// fail.
    void close();
    /// Of what the other end sends, so many bytes more arrive; then the cable is cut.
    void cut_after(std::size_t bytes) { in_->cut_after(bytes); }

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
