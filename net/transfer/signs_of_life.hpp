// Speaks for a thread that may be held up by a disk: the other side must not take it for dead.
// Thread: its own, from construction to destruction; `spoke` from any.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace dropline {

class SignsOfLife {
  public:
    /// `say` is called whenever nothing was said for limits::transfer_sign_of_life_every; what it
    /// says counts as said.
    explicit SignsOfLife(std::function<void()> say);
    /// Waits for a `say` that has begun.
    ~SignsOfLife();
    SignsOfLife(const SignsOfLife&) = delete;
    SignsOfLife& operator=(const SignsOfLife&) = delete;

    void spoke() { spoke_at_ = Clock::now(); }

  private:
    using Clock = std::chrono::steady_clock;
    void run();

    const std::function<void()> say_;
    std::atomic<Clock::time_point> spoke_at_{Clock::now()};
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_over_ = false;  // under the mutex
    std::thread thread_;    // last: it starts when everything else is there
};

}  // namespace dropline
