// The thread `store-sync`: waits for the disk, so that what is committed meanwhile need not. What
// came during one sync shares the next.
// Thread: `store` for all calls but where it says otherwise.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "net/api/fault.hpp"
#include "net/store/store_task.hpp"

namespace dropline {

class SyncThread {
  public:
    /// `sync` brings everything committed so far to the disk; `done` gets what then may be told, in
    /// the order it was added. Both are called on the thread.
    SyncThread(std::function<Result<void>()> sync, std::function<void(StoreBatch)> done);
    ~SyncThread();
    SyncThread(const SyncThread&) = delete;
    SyncThread& operator=(const SyncThread&) = delete;

    /// `is_written`: the batch changed something.
    void add(StoreBatch batch, bool is_written);

    /// After a sync that failed nobody knows what of the file is on the disk, and a second one may
    /// say that all is well: from then on nothing is done but with this fault. Thread: any.
    std::optional<Fault> failure() const;

    /// Returns when everything that was added is done; nothing may be added afterwards. Thread:
    /// any, not the one it waits for.
    void stop();

    /// Something that was added is not done yet. Thread: any.
    bool is_busy() const;

  private:
    void run();
    void sync_when_needed(bool is_written);

    const std::function<Result<void>()> sync_;
    const std::function<void(StoreBatch)> done_;

    // Under the mutex.
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    StoreQueue waiting_;
    // Something of what waits changed something. At first what an earlier process has left behind.
    bool is_written_ = true;
    std::optional<Fault> failure_;
    bool is_working_ = false;
    bool is_stopping_ = false;

    std::thread thread_;  // last: it uses the others
};

}  // namespace dropline
