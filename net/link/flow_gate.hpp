// Holds every session's reading back while the consumer of our events cannot keep up.
// Thread: net.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include <cstdint>
#include <utility>

#include "net/link/as_result.hpp"

namespace dropline {

class FlowGate {
  public:
    explicit FlowGate(const asio::any_io_executor& executor)
        : opened_(executor, asio::steady_timer::time_point::max()) {}

    bool is_open() const { return is_open_; }
    /// How often it has closed: whoever counts time against others sees by it that they were not
    /// listened to meanwhile.
    std::uint64_t times_closed() const { return times_closed_; }

    void close() {
        if (std::exchange(is_open_, false)) ++times_closed_;
    }

    void open() {
        if (is_open_) return;
        is_open_ = true;
        opened_.cancel();
    }

    /// Returns when the gate is open.
    asio::awaitable<void> wait_open() {
        while (!is_open_) {
            co_await opened_.async_wait(as_result);
        }
    }

  private:
    asio::steady_timer opened_;  // never expires; cancelled to wake those who wait
    bool is_open_ = true;
    std::uint64_t times_closed_ = 0;
};

}  // namespace dropline
