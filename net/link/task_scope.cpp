#include "net/link/task_scope.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/system_error.hpp>

#include <exception>
#include <utility>
#include <vector>

namespace dropline {

struct TaskScope::State {
    std::list<asio::cancellation_signal> running;
    std::vector<std::function<void()>> waiting;
    bool is_cancelled = false;
};

namespace {

void rethrow_unless_cancelled(const std::exception_ptr& failure) {
    if (!failure) return;
    try {
        std::rethrow_exception(failure);
    } catch (const asio::system_error& error) {
        if (error.code() != asio::error::operation_aborted) throw;
    }
}

}  // namespace

TaskScope::TaskScope(asio::any_io_executor executor)
    : executor_(std::move(executor)), state_(std::make_shared<State>()) {}

TaskScope::~TaskScope() { cancel(); }

void TaskScope::spawn(asio::awaitable<void> task) {
    if (state_->is_cancelled) return;
    const auto entry = state_->running.emplace(state_->running.end());
    auto finished = [state = state_, entry,
                     executor = executor_](const std::exception_ptr& failure) {
        state->running.erase(entry);
        if (state->running.empty()) {
            for (auto& done : std::exchange(state->waiting, {}))
                asio::post(executor, std::move(done));
        }
        rethrow_unless_cancelled(failure);
    };
    asio::co_spawn(executor_, std::move(task),
                   asio::bind_cancellation_slot(entry->slot(), std::move(finished)));
}

void TaskScope::cancel() {
    state_->is_cancelled = true;
    // Emitting may end a coroutine, which leaves the list: walk a copy of the positions.
    std::vector<std::list<asio::cancellation_signal>::iterator> entries;
    for (auto entry = state_->running.begin(); entry != state_->running.end(); ++entry) {
        entries.push_back(entry);
    }
    const auto keep_alive = state_;
    for (const auto entry : entries) {
        if (is_idle()) return;
        entry->emit(asio::cancellation_type::terminal);
    }
}

void TaskScope::when_idle(std::function<void()> done) {
    if (is_idle()) {
        asio::post(executor_, std::move(done));
        return;
    }
    state_->waiting.push_back(std::move(done));
}

bool TaskScope::is_idle() const { return state_->running.empty(); }

}  // namespace dropline
