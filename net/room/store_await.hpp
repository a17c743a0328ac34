// Lets a coroutine wait for a callback of the store.
// Thread: net.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "net/api/fault.hpp"
#include "net/link/as_result.hpp"

namespace dropline {

/// `begin` gets the callback to hand to the store. When the coroutine is cancelled while waiting,
/// the answer is thrown away.
template <typename T, typename Begin>
asio::awaitable<Result<T>> await_store(asio::any_io_executor executor, Begin begin) {
    struct Answer {
        asio::steady_timer arrived;
        std::optional<Result<T>> result;
    };
    const auto answer = std::make_shared<Answer>(
        Answer{asio::steady_timer(executor, asio::steady_timer::time_point::max()), {}});
    begin(std::function<void(Result<T>)>([answer](Result<T> result) {
        answer->result.emplace(std::move(result));
        answer->arrived.cancel();
    }));
    if (!answer->result) {
        co_await answer->arrived.async_wait(as_result);
    }
    if (!answer->result) co_return Fault{FaultCode::cancelled, "No longer wanted."};
    co_return std::move(*answer->result);
}

}  // namespace dropline
