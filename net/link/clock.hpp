// Time as the network sees it: monotonic, and replaceable, so that tests move it by hand.
// Thread: net. Wall-clock time is for people only and comes from `wall_now`.
#pragma once

#include <asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>

#include "net/api/values.hpp"

namespace dropline {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

/// A call that will be made later; destroying it calls it off.
class ScheduledCall {
  public:
    virtual ~ScheduledCall() = default;
};

using ScheduledCallPtr = std::unique_ptr<ScheduledCall>;

class Clock {
  public:
    virtual ~Clock() = default;
    virtual TimePoint now() const = 0;
    virtual WallTime wall_now() const = 0;
    /// Calls `call` once at `when` (or as soon as possible after it), from the event loop, never
    /// from inside this function.
    [[nodiscard]] virtual ScheduledCallPtr call_at(TimePoint when, std::function<void()> call) = 0;

    [[nodiscard]] ScheduledCallPtr call_after(Duration delay, std::function<void()> call) {
        return call_at(now() + delay, std::move(call));
    }
};

/// The machine's clocks.
std::unique_ptr<Clock> make_system_clock(asio::any_io_executor executor);

}  // namespace dropline
