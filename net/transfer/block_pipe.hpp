// A few large blocks that go round between two threads: one fills them, the other empties them.
// Thread: one producer, one consumer; `close` and `abandon` from any. It keeps the time that each
// side has waited for the other: that is what shows which stage of a transfer is the slow one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace dropline {

class BlockPipe {
  public:
    struct Block {
        std::unique_ptr<std::byte[]> bytes;
        std::size_t capacity = 0;
        std::size_t filled = 0;

        std::span<std::byte> room() const {
            return std::span(bytes.get(), capacity).subspan(filled);
        }
        std::span<const std::byte> content() const { return std::span(bytes.get(), filled); }
    };

    BlockPipe(std::size_t blocks, std::size_t block_bytes);

    // ---- Producer
    /// An empty block; waits until there is one. Null once the consumer has abandoned the pipe.
    Block* begin_fill();
    /// The same, but null also after `patience` without one (`is_abandoned` tells which).
    Block* begin_fill(std::chrono::milliseconds patience);
    bool is_abandoned() const;
    void end_fill(Block* block);
    /// Nothing more comes: the consumer gets what is there, then null.
    void close();

    // ---- Consumer
    /// The next filled block; null after `patience` without one, or when there will be none
    /// (`is_closed` tells which).
    Block* take(std::chrono::milliseconds patience);
    void give_back(Block* block);
    /// True when everything was taken and nothing more comes.
    bool is_closed() const;
    /// The producer need not go on.
    void abandon();

    using Duration = std::chrono::steady_clock::duration;
    Duration producer_waited() const;
    Duration consumer_waited() const;

  private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Block> blocks_;
    std::deque<Block*> empty_;
    std::deque<Block*> filled_;
    bool is_closed_ = false;
    bool is_abandoned_ = false;
    Duration producer_waited_{};
    Duration consumer_waited_{};
};

}  // namespace dropline
