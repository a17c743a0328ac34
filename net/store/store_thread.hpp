// The thread `store`: takes the tasks that wait, runs them in one transaction, answers on `net`.
// Thread: net for all calls; what a task does in `run` happens on `store`. Another thread waits for
// the disk (sync_thread.hpp), which may be busy with a transfer for as long as a reader would
// notice. Where the kernel has Landlock, `store` reaches no files but those of the profile.
#pragma once

#include <asio/any_io_executor.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <utility>

#include "net/api/fault.hpp"
#include "net/store/sqlite.hpp"
#include "net/store/store_task.hpp"
#include "net/store/sync_thread.hpp"

namespace dropline {

/// What may wait for the disk: 1 KiB for each task plus the bytes it carries, enough for a long
/// stall of the disk in the loudest room. Beyond it a task is answered with slow_down at once.
inline constexpr std::size_t store_waiting_bytes_max = 64 * 1024 * 1024;
/// A task that carries more than the first must leave the second free: a few long manifests must
/// not be why a chat message is refused.
inline constexpr std::size_t store_small_task_bytes_max = 1024 * 1024;
inline constexpr std::size_t store_kept_for_small_tasks_bytes = 8 * 1024 * 1024;
/// While the disk is busy, what comes within this time shares a commit: each one costs `net` and
/// every member a turn.
inline constexpr std::chrono::milliseconds store_commit_every{2};

class StoreThread {
  public:
    /// `path` is where `database` lies, for closing it. Thread: any.
    StoreThread(std::filesystem::path path, std::unique_ptr<Database> database,
                asio::any_io_executor net);
    ~StoreThread();
    StoreThread(const StoreThread&) = delete;
    StoreThread& operator=(const StoreThread&) = delete;

    /// `done` gets what `work` gave, when the disk has it and in the order of the calls; a fault of
    /// the commit or the disk instead, if there was one. `written` gets the same before that, also
    /// in order, as soon as it outlasts this process, though not a power cut; no faults. `work` may
    /// be called several times and so leaves its traces in the tables alone. `bytes`: what the call
    /// carries. Thread: net.
    template <typename T>
    void submit(std::size_t bytes, typename StoreTaskOf<T>::Work work,
                typename StoreTaskOf<T>::Done done, typename StoreTaskOf<T>::Written written = {}) {
        submit(std::make_unique<StoreTaskOf<T>>(bytes, std::move(work), std::move(done),
                                                std::move(written)));
    }

    /// Commits what waits, joins the thread, closes the database. Afterwards nothing is answered,
    /// and what is submitted is dropped. Thread: net, or any once `net` has stopped.
    void stop();

  private:
    using Tasks = std::span<const std::unique_ptr<StoreTask>>;

    void submit(std::unique_ptr<StoreTask> task);
    bool take_room(std::size_t task_bytes);
    void refuse(std::unique_ptr<StoreTask> task);
    void deliver(StoreBatch batch);
    void run();
    StoreBatch next_batch();
    void work_on(StoreBatch batch);
    void commit(Tasks tasks);
    void tell_early(Tasks tasks);
    std::optional<Fault> run_in_transaction(Tasks tasks);
    void forget_bytes(const StoreBatch& batch);
    void wait_for_company(std::unique_lock<std::mutex>& lock);

    // Constant after construction.
    const std::filesystem::path path_;
    const asio::any_io_executor net_;

    // Net's. Handlers on their way share it: they may run after this object is gone.
    const std::shared_ptr<bool> is_over_ = std::make_shared<bool>(false);

    // The thread's, from its start to its end.
    std::unique_ptr<Database> database_;
    std::optional<Tables> tables_;
    std::chrono::steady_clock::time_point last_commit_;

    // Under the mutex.
    std::mutex mutex_;
    std::condition_variable wake_;
    StoreQueue waiting_;
    std::size_t waiting_bytes_ = 0;
    bool is_stopping_ = false;

    // The thread's, as far as it is told to.
    std::optional<SyncThread> sync_;

    std::thread thread_;  // last: it starts when everything else is there
};

}  // namespace dropline
