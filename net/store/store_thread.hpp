// The thread `store`: takes the tasks that wait, runs them in one transaction, answers on `net`.
// Thread: net for all calls; what a task does in `run` happens on `store`. A commit costs a sync
// of the disk whatever is in it, so the tasks that came during one commit share the next. Where the
// kernel has Landlock, the thread reaches no files but those of the profile.
#pragma once

#include <asio/any_io_executor.hpp>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "net/api/fault.hpp"
#include "net/store/log_table.hpp"
#include "net/store/mail_table.hpp"
#include "net/store/pin_table.hpp"
#include "net/store/rights_table.hpp"
#include "net/store/secret_table.hpp"
#include "net/store/sqlite.hpp"
#include "net/store/transfer_table.hpp"

namespace dropline {

/// What may wait for the disk: 1 KiB for each task plus the bytes it carries, enough for a long
/// stall of the disk in the loudest room. Beyond it a task is answered with slow_down at once.
inline constexpr std::size_t store_waiting_bytes_max = 64 * 1024 * 1024;
inline constexpr std::size_t store_task_overhead_bytes = 1024;
/// A task that carries more than the first must leave the second free: a few long manifests must
/// not be why a chat message is refused.
inline constexpr std::size_t store_small_task_bytes_max = 1024 * 1024;
inline constexpr std::size_t store_kept_for_small_tasks_bytes = 8 * 1024 * 1024;
/// The first answers of a long queue should not wait for its end.
inline constexpr std::size_t store_tasks_per_commit_max = 1024;

/// All tables of one open database.
struct Tables {
    explicit Tables(Database& database)
        : logs(database),
          outbox(database),
          private_messages(database),
          transfers(database),
          pins(database),
          secrets(database),
          rights(database) {}
    LogTable logs;
    OutboxTable outbox;
    PrivateTable private_messages;
    TransferTable transfers;
    PinTable pins;
    SecretTable secrets;
    RightsTable rights;
};

/// One piece of work on its way to `store` and back.
class StoreTask {
  public:
    explicit StoreTask(std::size_t bytes) : bytes_(bytes + store_task_overhead_bytes) {}
    virtual ~StoreTask() = default;
    StoreTask(const StoreTask&) = delete;
    StoreTask& operator=(const StoreTask&) = delete;

    /// Replaces whatever the result was: it is run again when the commit that it shared with others
    /// failed and was undone. Thread: store.
    virtual void run(Tables& tables) = 0;
    /// Replaces whatever the result was. Thread: store, or net before it was queued.
    virtual void fail(const Fault& fault) = 0;
    /// Tells the result. Thread: net.
    virtual void finish() = 0;

    std::size_t bytes() const { return bytes_; }

  private:
    const std::size_t bytes_;
};

template <typename T>
class StoreTaskOf final : public StoreTask {
  public:
    using Work = std::function<Result<T>(Tables&)>;
    using Done = std::function<void(Result<T>)>;

    StoreTaskOf(std::size_t bytes, Work work, Done done)
        : StoreTask(bytes), work_(std::move(work)), done_(std::move(done)) {}

    void run(Tables& tables) override { result_.emplace(work_(tables)); }
    void fail(const Fault& fault) override { result_.emplace(fault); }
    void finish() override { done_(std::move(*result_)); }

  private:
    Work work_;
    Done done_;
    std::optional<Result<T>> result_;
};

class StoreThread {
  public:
    /// `path` is where `database` lies, for closing it. Thread: any.
    StoreThread(std::filesystem::path path, std::unique_ptr<Database> database,
                asio::any_io_executor net);
    ~StoreThread();
    StoreThread(const StoreThread&) = delete;
    StoreThread& operator=(const StoreThread&) = delete;

    /// `done` gets what `work` gave, after the commit and in the order of the calls; a fault of
    /// the commit instead, if there was one. `work` may be called several times and so leaves its
    /// traces in the tables alone. `bytes`: what the call carries. Thread: net.
    template <typename T>
    void submit(std::size_t bytes, typename StoreTaskOf<T>::Work work,
                typename StoreTaskOf<T>::Done done) {
        submit(std::make_unique<StoreTaskOf<T>>(bytes, std::move(work), std::move(done)));
    }

    /// Commits what waits, joins the thread, closes the database. Afterwards nothing is answered,
    /// and what is submitted is dropped. Thread: net, or any once `net` has stopped.
    void stop();

  private:
    using Batch = std::vector<std::unique_ptr<StoreTask>>;
    using Tasks = std::span<const std::unique_ptr<StoreTask>>;

    void submit(std::unique_ptr<StoreTask> task);
    bool take_room(std::size_t task_bytes);
    void refuse(std::unique_ptr<StoreTask> task);
    void deliver(Batch batch);
    void run();
    Batch next_batch();
    void commit(Tasks tasks);
    std::optional<Fault> run_in_transaction(Tasks tasks);
    void forget_bytes(const Batch& batch);

    // Constant after construction.
    const std::filesystem::path path_;
    const asio::any_io_executor net_;

    // Net's. Handlers on their way share it: they may run after this object is gone.
    const std::shared_ptr<bool> is_over_ = std::make_shared<bool>(false);

    // The thread's, from its start to its end.
    std::unique_ptr<Database> database_;
    std::optional<Tables> tables_;

    // Under the mutex.
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::unique_ptr<StoreTask>> waiting_;
    std::size_t waiting_bytes_ = 0;
    bool is_stopping_ = false;

    std::thread thread_;  // last: it starts when everything else is there
};

}  // namespace dropline
