#include "net/store/sync_thread.hpp"

#include <iterator>
#include <utility>

#include "net/platform/thread_name.hpp"

namespace dropline {

SyncThread::SyncThread(std::function<Result<void>()> sync, std::function<void(StoreBatch)> done)
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

void SyncThread::add(StoreBatch batch, bool is_written) {
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
        StoreBatch batch = take_turn_of(waiting_);
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

void SyncThread::sync_when_needed(bool is_written) {
    if (!is_written || failure()) return;
    const auto synced = sync_();
    if (synced) return;
    const std::lock_guard lock(mutex_);
    failure_ = synced.fault();
}

}  // namespace dropline
