#include "net/store/store_thread.hpp"

#include <asio/post.hpp>
#include <fcntl.h>
#include <sqlite3.h>

#include <array>
#include <vector>

#include "net/platform/file_descriptor.hpp"
#include "net/platform/landlock.hpp"
#include "net/platform/thread_name.hpp"
#include "net/store/history_file.hpp"

namespace dropline {
namespace {

std::size_t waiting_bytes_max_for(std::size_t task_bytes) {
    const bool is_small = task_bytes <= store_small_task_bytes_max + store_task_overhead_bytes;
    return is_small ? store_waiting_bytes_max
                    : store_waiting_bytes_max - store_kept_for_small_tasks_bytes;
}

/// From here on this thread, and whatever a hostile database makes of it, reaches nothing but the
/// profile.
void confine_this_thread_to_profile(const std::filesystem::path& database) {
    const FileDescriptor profile(
        ::open(database.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!profile.is_open()) return;  // the first write will say what is wrong
    unsigned char seed = 0;
    sqlite3_randomness(sizeof seed, &seed);  // it opens the system's source at its first use
    const std::array folders = {profile.number()};
    (void)confine_this_thread_to(folders);
}

}  // namespace

StoreThread::StoreThread(std::filesystem::path path, std::unique_ptr<Database> database,
                         asio::any_io_executor net)
    : path_(std::move(path)),
      net_(std::move(net)),
      database_(std::move(database)),
      tables_(std::in_place, *database_),
      sync_(
          std::in_place, [&database = *database_] { return database.sync(); },
          [this](StoreBatch batch) {
              forget_bytes(batch);
              deliver(std::move(batch));
              wake_.notify_one();
          }),
      thread_([this] { run(); }) {}

StoreThread::~StoreThread() { stop(); }

void StoreThread::stop() {
    if (*is_over_) return;
    *is_over_ = true;
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
    sync_->stop();
    if (sync_->failure()) database_->leave_as_it_is();
    tables_.reset();  // a connection does not close while it has statements
    close_history(path_, std::move(database_));
}

void StoreThread::submit(std::unique_ptr<StoreTask> task) {
    if (*is_over_) return;
    if (!take_room(task->bytes())) return refuse(std::move(task));
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(task));
    }
    wake_.notify_one();
}

bool StoreThread::take_room(std::size_t task_bytes) {
    const std::lock_guard lock(mutex_);
    if (waiting_bytes_ + task_bytes > waiting_bytes_max_for(task_bytes)) return false;
    waiting_bytes_ += task_bytes;
    return true;
}

void StoreThread::refuse(std::unique_ptr<StoreTask> task) {
    task->fail({FaultCode::slow_down,
                "The disk does not keep up with what the history is given. Try again in a while."});
    StoreBatch refused;
    refused.push_back(std::move(task));
    deliver(std::move(refused));
}

void StoreThread::deliver(StoreBatch batch) {
    asio::post(net_, [batch = std::move(batch), is_over = is_over_] {
        for (const auto& task : batch) {
            // One of them may be what ends the store.
            if (!*is_over) task->finish();
        }
    });
}

void StoreThread::run() {
    name_this_thread("store");
    confine_this_thread_to_profile(path_);
    database_->leave_syncs_to_caller();
    database_->make_room_in_wal();
    for (StoreBatch batch = next_batch(); !batch.empty(); batch = next_batch()) {
        work_on(std::move(batch));
    }
}

void StoreThread::work_on(StoreBatch batch) {
    if (const auto failure = sync_->failure()) {
        for (const auto& task : batch) task->fail(*failure);
        return sync_->add(std::move(batch), false);
    }
    const auto changes = database_->changes();
    commit(batch);
    last_commit_ = std::chrono::steady_clock::now();
    sync_->add(std::move(batch), database_->changes() != changes);
    database_->checkpoint_when_due();
}

/// Waits until there is something; empty when there will be nothing any more.
StoreBatch StoreThread::next_batch() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
    wait_for_company(lock);
    return take_turn_of(waiting_);
}

/// Only while the disk is busy: whoever waits for one answer before the next call waits for no
/// more than the disk.
void StoreThread::wait_for_company(std::unique_lock<std::mutex>& lock) {
    const auto until = last_commit_ + store_commit_every;
    wake_.wait_until(lock, until, [this] {
        return is_stopping_ || waiting_.size() >= store_tasks_per_turn_max || !sync_->is_busy();
    });
}

/// Bytes count until their task is done: the one being written is memory too.
void StoreThread::forget_bytes(const StoreBatch& batch) {
    const std::lock_guard lock(mutex_);
    for (const auto& task : batch) waiting_bytes_ -= task->bytes();
}

/// A fault undoes all that shared the commit with it, so each half is done again by itself, down to
/// the tasks that cannot be done: on a full disk those are writes, and what only reads is answered.
void StoreThread::commit(Tasks tasks) {
    const auto fault = run_in_transaction(tasks);
    if (!fault) return tell_early(tasks);
    database_->rollback();
    if (tasks.size() == 1) return tasks.front()->fail(*fault);
    const std::size_t half = tasks.size() / 2;
    commit(tasks.first(half));
    commit(tasks.subspan(half));
}

void StoreThread::tell_early(Tasks tasks) {
    std::vector<std::function<void()>> answers;
    for (const auto& task : tasks) {
        if (auto answer = task->take_early_answer()) answers.push_back(std::move(answer));
    }
    if (answers.empty()) return;
    asio::post(net_, [answers = std::move(answers), is_over = is_over_] {
        for (const auto& answer : answers) {
            if (!*is_over) answer();
        }
    });
}

/// The fault that undid all of it, if there was one. A task that fails alone undoes only what its
/// own failed statement wrote, as every SQLite statement does.
std::optional<Fault> StoreThread::run_in_transaction(Tasks tasks) {
    if (auto begun = database_->execute("BEGIN"); !begun) return begun.fault();
    for (const auto& task : tasks) {
        task->run(*tables_);
        // Without a transaction the next task would commit by itself, with part of this
        // transaction.
        if (!database_->is_in_transaction()) return database_->fault();
    }
    if (auto committed = database_->execute("COMMIT"); !committed) return committed.fault();
    return std::nullopt;
}

}  // namespace dropline
