#include "net/store/sync_thread.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "net/platform/thread_name.hpp"

namespace dropline {

SyncThread::SyncThread(std::function<Result<void>()> sync, std::function<void(Batch)> done)
    : sync_(std::move(sync)), done_(std::move(done)), thread_([this] { run(); }) {}

SyncThread::~SyncThread() { stop(); }

void SyncThread::stop() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void SyncThread::add(Batch batch, bool is_written) {
    {
        const std::lock_guard lock(mutex_);
        waiting_.insert(waiting_.end(), std::make_move_iterator(batch.begin()),
                        std::make_move_iterator(batch.end()));
        is_written_ = is_written_ || is_written;
    }
    wake_.notify_one();
}

std::optional<Fault> SyncThread::failure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
}

bool SyncThread::is_busy() const {
    const std::lock_guard lock(mutex_);
    return is_working_ || !waiting_.empty();
}

void SyncThread::run() {
    name_this_thread("store-sync");
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        Batch batch = next_batch();
        // The rest may have been written after this one.
        const bool is_written = std::exchange(is_written_, is_written_ && !waiting_.empty());
        is_working_ = true;
        lock.unlock();
        sync_when_needed(is_written);
        if (const auto fault = failure()) {
            for (const auto& task : batch) task->fail(*fault);
        }
        lock.lock();
        is_working_ = false;
        lock.unlock();
        done_(std::move(batch));
        lock.lock();
    }
}

SyncThread::Batch SyncThread::next_batch() {
    const auto count = std::min(waiting_.size(), store_tasks_per_turn_max);
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
    Batch batch(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
    return batch;
}

void SyncThread::sync_when_needed(bool is_written) {
    if (!is_written || failure()) return;
    const auto synced = sync_();
    if (synced) return;
    const std::lock_guard lock(mutex_);
    failure_ = synced.fault();
}

}  // namespace dropline
