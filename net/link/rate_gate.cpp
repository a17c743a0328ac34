#include "net/link/rate_gate.hpp"

#include <algorithm>
#include <utility>

namespace dropline {
namespace {

class SystemGateClock final : public GateClock {
  public:
    TimePoint now() override { return std::chrono::steady_clock::now(); }
    void wait(std::unique_lock<std::mutex>& lock, std::condition_variable& woken,
              TimePoint when) override {
        if (when == TimePoint::max()) {
            woken.wait(lock);
        } else {
            woken.wait_until(lock, when);
        }
    }
};

}  // namespace

RateGate::RateGate() : RateGate(std::make_unique<SystemGateClock>()) {}

RateGate::RateGate(std::unique_ptr<GateClock> clock)
    : clock_(std::move(clock)), paid_until_(clock_->now()) {}

void RateGate::set(std::uint64_t bytes_per_s) {
    const std::lock_guard lock(mutex_);
    bytes_per_s_ = bytes_per_s;
    for (Caller* const caller : waiting_) caller->woken.notify_one();
}

void RateGate::wake() {
    const std::lock_guard lock(mutex_);
    for (Caller* const caller : waiting_) caller->woken.notify_one();
}

bool RateGate::pass(std::size_t bytes, const std::atomic<bool>& is_interrupted) {
    Lock lock(mutex_);
    Caller caller{is_interrupted, {}};
    while (bytes > 0 && is_to_wait(caller)) bytes -= pass_piece(lock, caller, bytes);
    return caller.has_waited;
}

bool RateGate::is_to_wait(const Caller& caller) const {
    return bytes_per_s_ != 0 && !caller.is_interrupted;
}

/// How many bytes passed in one turn; 0 when there is nothing to wait for any more.
std::size_t RateGate::pass_piece(Lock& lock, Caller& caller, std::size_t bytes) {
    waiting_.push_back(&caller);
    while (is_to_wait(caller) && waiting_.front() != &caller) {
        wait(lock, caller, TimePoint::max());
    }
    const std::size_t passed = wait_until_paid(lock, caller, bytes);
    std::erase(waiting_, &caller);
    if (!waiting_.empty()) waiting_.front()->woken.notify_one();
    return passed;
}

/// A thread wakes a little late each time; what that is counts for the piece after this one.
std::size_t RateGate::wait_until_paid(Lock& lock, Caller& caller, std::size_t bytes) {
    const TimePoint start = std::max(paid_until_, clock_->now() - rate_gate_burst);
    while (is_to_wait(caller)) {
        const std::size_t piece = piece_of(bytes);
        const TimePoint paid = start + duration_of(piece);
        if (paid <= clock_->now()) {
            paid_until_ = paid;
            return piece;
        }
        wait(lock, caller, paid);  // the limit may be another one afterwards
    }
    return 0;
}

void RateGate::wait(Lock& lock, Caller& caller, TimePoint when) {
    caller.has_waited = true;
    clock_->wait(lock, caller.woken, when);
}

/// No turn takes longer than the burst, if it can be helped: the others wait for it.
std::size_t RateGate::piece_of(std::size_t bytes) const {
    constexpr std::uint64_t bursts_per_s = std::chrono::seconds(1) / rate_gate_burst;
    const std::uint64_t in_a_burst = std::max<std::uint64_t>(bytes_per_s_ / bursts_per_s, 1);
    return static_cast<std::size_t>(
        std::min({std::uint64_t{bytes}, in_a_burst, std::uint64_t{rate_gate_piece_bytes_max}}));
}

/// Rounded up; at most a burst, or a second at the slowest.
Duration RateGate::duration_of(std::size_t bytes) const {
    constexpr std::uint64_t ns_per_s = 1'000'000'000;
    static_assert(rate_gate_piece_bytes_max * ns_per_s < (std::uint64_t{1} << 63));
    const std::uint64_t byte_ns = bytes * ns_per_s;
    return std::chrono::nanoseconds(byte_ns / bytes_per_s_ + (byte_ns % bytes_per_s_ != 0 ? 1 : 0));
}

}  // namespace dropline
