// A clock that stands still until a test moves it.
// Thread: the test's own.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/post.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "net/link/clock.hpp"

namespace dropline::testing {

class ManualClock : public Clock {
  public:
    explicit ManualClock(asio::any_io_executor executor) : executor_(std::move(executor)) {}

    TimePoint now() const override { return now_; }

    WallTime wall_now() const override {
        const auto since_start = now_.time_since_epoch();
        return WallTime(std::chrono::duration_cast<std::chrono::milliseconds>(since_start) +
                        wall_ahead_);
    }

    /// As when the machine was asleep, or somebody has set its clock: back, if below 0.
    void move_wall(std::chrono::milliseconds by) { wall_ahead_ += by; }

    ScheduledCallPtr call_at(TimePoint when, std::function<void()> call) override {
        auto kept = std::make_shared<std::function<void()>>(std::move(call));
        calls_.emplace(when, kept);
        return std::make_unique<Handle>(std::move(kept));
    }

    /// What is due then is called from the event loop, in the order of its time.
    void advance(Duration by) {
        now_ += by;
        while (!calls_.empty() && calls_.begin()->first <= now_) {
            const auto due = calls_.extract(calls_.begin()).mapped();
            asio::post(executor_, [due] {
                if (const auto call = due.lock()) (*call)();
            });
        }
    }

    /// Those that somebody still waits for: a program's event loop would not end before them.
    std::size_t calls_due_later() const {
        return static_cast<std::size_t>(std::ranges::count_if(
            calls_, [](const auto& entry) { return !entry.second.expired(); }));
    }

  private:
    struct Handle : ScheduledCall {
        explicit Handle(std::shared_ptr<std::function<void()>> due) : call(std::move(due)) {}
        const std::shared_ptr<std::function<void()>> call;
    };

    asio::any_io_executor executor_;
    // Not zero: "never" must not look like "just now".
    TimePoint now_{std::chrono::hours(1000)};
    std::chrono::milliseconds wall_ahead_{0};
    std::multimap<TimePoint, std::weak_ptr<std::function<void()>>> calls_;
};

}  // namespace dropline::testing
