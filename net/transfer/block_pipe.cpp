#include "net/transfer/block_pipe.hpp"

namespace dropline {

namespace {

/// Adds the time of its life to a sum.
class WaitTimer {
  public:
    explicit WaitTimer(BlockPipe::Duration& sum) : sum_(sum) {}
    ~WaitTimer() { sum_ += std::chrono::steady_clock::now() - begin_; }
    WaitTimer(const WaitTimer&) = delete;
    WaitTimer& operator=(const WaitTimer&) = delete;

  private:
    BlockPipe::Duration& sum_;
    const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace

BlockPipe::BlockPipe(std::size_t blocks, std::size_t block_bytes) {
    blocks_.reserve(blocks);
    for (std::size_t i = 0; i < blocks; ++i) {
        blocks_.push_back(
            {std::make_unique_for_overwrite<std::byte[]>(block_bytes), block_bytes, 0});
        empty_.push_back(&blocks_.back());
    }
}

BlockPipe::Block* BlockPipe::begin_fill() {
    Block* block = nullptr;
    while (block == nullptr && !is_abandoned()) block = begin_fill(std::chrono::hours(1));
    return block;
}

BlockPipe::Block* BlockPipe::begin_fill(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    if (empty_.empty() && !is_abandoned_) {
        const WaitTimer timer(producer_waited_);
        changed_.wait_for(lock, patience, [this] { return !empty_.empty() || is_abandoned_; });
    }
    if (is_abandoned_ || empty_.empty()) return nullptr;
    Block* block = empty_.front();
    empty_.pop_front();
    block->filled = 0;
    return block;
}

bool BlockPipe::is_abandoned() const {
    const std::lock_guard lock(mutex_);
    return is_abandoned_;
}

void BlockPipe::end_fill(Block* block) {
    const std::lock_guard lock(mutex_);
    filled_.push_back(block);
    changed_.notify_all();
}

void BlockPipe::close() {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    changed_.notify_all();
}

BlockPipe::Block* BlockPipe::take(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    if (filled_.empty() && !is_closed_) {
        const WaitTimer timer(consumer_waited_);
        changed_.wait_for(lock, patience, [this] { return !filled_.empty() || is_closed_; });
    }
    if (filled_.empty()) return nullptr;
    Block* block = filled_.front();
    filled_.pop_front();
    return block;
}

void BlockPipe::give_back(Block* block) {
    const std::lock_guard lock(mutex_);
    empty_.push_front(block);  // the one that the caches know best
    changed_.notify_all();
}

bool BlockPipe::is_closed() const {
    const std::lock_guard lock(mutex_);
    return is_closed_ && filled_.empty();
}

void BlockPipe::abandon() {
    const std::lock_guard lock(mutex_);
    is_abandoned_ = true;
    changed_.notify_all();
}

BlockPipe::Duration BlockPipe::producer_waited() const {
    const std::lock_guard lock(mutex_);
    return producer_waited_;
}

BlockPipe::Duration BlockPipe::consumer_waited() const {
    const std::lock_guard lock(mutex_);
    return consumer_waited_;
}

}  // namespace dropline
