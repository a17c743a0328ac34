// Keeps the bytes of all transfers of one direction together under one limit.
// Thread: any; `pass` blocks its caller, so it is for `bulk`. Callers take turns, a small piece
// each, so that everyone gets the same share whatever sizes it asks for. It moves no bytes itself.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>

#include "net/link/clock.hpp"

namespace dropline {

/// After a pause so much time's worth of bytes may pass at once.
inline constexpr Duration rate_gate_burst = std::chrono::milliseconds(100);
/// The largest piece of one turn; a slow limit makes it smaller.
inline constexpr std::size_t rate_gate_piece_bytes_max = 64 * 1024;

/// How a gate sees time and waits; tests bring their own.
class GateClock {
  public:
    virtual ~GateClock() = default;
    virtual TimePoint now() = 0;
    /// Until `woken` is notified or, unless it is TimePoint::max(), `when` has come; may return
    /// earlier.
    virtual void wait(std::unique_lock<std::mutex>& lock, std::condition_variable& woken,
                      TimePoint when) = 0;
};

class RateGate {
  public:
    /// Without a limit, on the machine's clock.
    RateGate();
    explicit RateGate(std::unique_ptr<GateClock> clock);
    /// Nobody may be in `pass` any more.
    ~RateGate() = default;
    RateGate(const RateGate&) = delete;
    RateGate& operator=(const RateGate&) = delete;

    /// 0: no limit. Holds at once, also for those who wait. Thread: any.
    void set(std::uint64_t bytes_per_s);

    /// Returns when `bytes` may pass, or when `is_interrupted` is found set: at once, or at the
    /// next `wake`. Over any time T at most the limit times (T + rate_gate_burst) and one piece
    /// pass. True when the limit made it wait. Thread: any.
    bool pass(std::size_t bytes, const std::atomic<bool>& is_interrupted);

    /// After an `is_interrupted` was set. Thread: any.
    void wake();

  private:
    using Lock = std::unique_lock<std::mutex>;
    struct Caller {
        const std::atomic<bool>& is_interrupted;
        std::condition_variable woken;
        bool has_waited = false;
    };

    bool is_to_wait(const Caller& caller) const;
    std::size_t pass_piece(Lock& lock, Caller& caller, std::size_t bytes);
    std::size_t wait_until_paid(Lock& lock, Caller& caller, std::size_t bytes);
    void wait(Lock& lock, Caller& caller, TimePoint when);
    std::size_t piece_of(std::size_t bytes) const;
    Duration duration_of(std::size_t bytes) const;

    const std::unique_ptr<GateClock> clock_;
    std::mutex mutex_;
    // Guarded by the mutex:
    std::uint64_t bytes_per_s_ = 0;
    TimePoint paid_until_;         // what has passed took the line until then
    std::deque<Caller*> waiting_;  // the first has the turn
};

}  // namespace dropline
