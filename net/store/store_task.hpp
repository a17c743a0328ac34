// A piece of work on the database, on its way from `net` to `store` and back.
// Thread: each function says its own; one at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
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

/// What a task costs besides the bytes it carries.
inline constexpr std::size_t store_task_overhead_bytes = 1024;

/// The first answers of a long queue should not wait for its end, nor `net` for all of it.
inline constexpr std::size_t store_tasks_per_turn_max = 1024;

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
    /// Replaces whatever the result was. Thread: store, store-sync, or net before it was queued.
    virtual void fail(const Fault& fault) = 0;
    /// What may be told before the disk has it, empty: nothing. To be asked for once, when it is
    /// committed; called before `finish`, or never. Thread: store; net for what it gives.
    virtual std::function<void()> take_early_answer() = 0;
    /// Tells the result. Thread: net.
    virtual void finish() = 0;

    std::size_t bytes() const { return bytes_; }

  private:
    const std::size_t bytes_;
};

using StoreQueue = std::deque<std::unique_ptr<StoreTask>>;
using StoreBatch = std::vector<std::unique_ptr<StoreTask>>;

/// The oldest of what waits, at most store_tasks_per_turn_max.
inline StoreBatch take_turn_of(StoreQueue& waiting) {
    const auto count = std::min(waiting.size(), store_tasks_per_turn_max);
    const auto end = waiting.begin() + static_cast<std::ptrdiff_t>(count);
    StoreBatch batch(std::make_move_iterator(waiting.begin()), std::make_move_iterator(end));
    waiting.erase(waiting.begin(), end);
    return batch;
}

template <typename T>
class StoreTaskOf final : public StoreTask {
  public:
    using Work = std::function<Result<T>(Tables&)>;
    using Done = std::function<void(Result<T>)>;
    /// Gets no fault.
    using Written = std::function<void(const Result<T>&)>;

    StoreTaskOf(std::size_t bytes, Work work, Done done, Written written)
        : StoreTask(bytes),
          work_(std::move(work)),
          done_(std::move(done)),
          written_(std::move(written)) {}

    void run(Tables& tables) override { result_.emplace(work_(tables)); }
    void fail(const Fault& fault) override { result_.emplace(fault); }
    std::function<void()> take_early_answer() override {
        if (!written_ || !*result_) return {};
        return [written = std::move(written_), result = *result_] { written(result); };
    }
    void finish() override { done_(std::move(*result_)); }

  private:
    Work work_;
    Done done_;
    Written written_;
    std::optional<Result<T>> result_;
};

}  // namespace dropline
