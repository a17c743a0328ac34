#include "net/link/clock.hpp"

#include <asio/steady_timer.hpp>

#include <utility>

namespace dropline {

namespace {

class SteadyCall : public ScheduledCall {
  public:
    SteadyCall(const asio::any_io_executor& executor, TimePoint when, std::function<void()> call)
        : timer_(executor, when), call_(std::make_shared<std::function<void()>>(std::move(call))) {
        // A handler may be queued already when the call is called off: it then finds nothing.
        timer_.async_wait([weak = std::weak_ptr(call_)](std::error_code error) {
            const auto still_wanted = weak.lock();
            if (!error && still_wanted) (*still_wanted)();
        });
    }

  private:
    asio::steady_timer timer_;
    std::shared_ptr<std::function<void()>> call_;
};

class SystemClock : public Clock {
  public:
    explicit SystemClock(asio::any_io_executor executor) : executor_(std::move(executor)) {}

    TimePoint now() const override { return std::chrono::steady_clock::now(); }

    WallTime wall_now() const override {
        return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    }

    ScheduledCallPtr call_at(TimePoint when, std::function<void()> call) override {
        return std::make_unique<SteadyCall>(executor_, when, std::move(call));
    }

  private:
    asio::any_io_executor executor_;
};

}  // namespace

std::unique_ptr<Clock> make_system_clock(asio::any_io_executor executor) {
    return std::make_unique<SystemClock>(std::move(executor));
}

}  // namespace dropline
