// Coroutines that belong together: cancelled together, and waited for before their owner ends.
// Thread: net. An exception in a coroutine other than its own cancellation is our mistake and ends
// the program.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/cancellation_signal.hpp>

#include <functional>
#include <list>
#include <memory>

namespace dropline {

class TaskScope {
  public:
    explicit TaskScope(asio::any_io_executor executor);
    /// Cancels what still runs; the coroutines end later, on the event loop, without this object.
    ~TaskScope();
    TaskScope(const TaskScope&) = delete;
    TaskScope& operator=(const TaskScope&) = delete;

    /// Starts `task` from the event loop. After `cancel` nothing starts any more.
    void spawn(asio::awaitable<void> task);

    /// Every running coroutine sees its current and later operations cancelled.
    void cancel();

    /// Calls `done` from the event loop as soon as no coroutine is left.
    void when_idle(std::function<void()> done);

    bool is_idle() const;

  private:
    struct State;
    asio::any_io_executor executor_;
    std::shared_ptr<State> state_;
};

}  // namespace dropline
