#include "net/link/rate_gate.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

namespace dropline {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const TimePoint start{std::chrono::hours(1)};
const std::atomic<bool> never{false};

/// Time that passes only while somebody waits for it.
class LeapingClock final : public GateClock {
  public:
    explicit LeapingClock(TimePoint& time, Duration late) : time_(time), late_(late) {}
    TimePoint now() override { return time_; }
    void wait(std::unique_lock<std::mutex>&, std::condition_variable&, TimePoint when) override {
        REQUIRE(when != TimePoint::max());  // nobody else is there
        REQUIRE(when > time_);
        time_ = when + late_;
    }

  private:
    TimePoint& time_;
    const Duration late_;
};

/// A gate for one caller.
struct LonelyGate {
    explicit LonelyGate(Duration late = {}) : gate(std::make_unique<LeapingClock>(time, late)) {}

    /// How long that took.
    Duration pass(std::size_t bytes) {
        const TimePoint before = time;
        const bool has_waited = gate.pass(bytes, never);
        CHECK(has_waited == (time > before));
        return time - before;
    }

    TimePoint time = start;
    RateGate gate;
};

TEST_CASE("Without a limit nothing waits") {
    LonelyGate lonely;
    CHECK(lonely.pass(std::size_t{1} << 40) == seconds(0));
    lonely.gate.set(1000);
    CHECK(lonely.pass(5000) > seconds(4));
    lonely.gate.set(0);
    CHECK(lonely.pass(std::size_t{1} << 40) == seconds(0));
}

TEST_CASE("A limit is exact over every second, whatever its size and that of the pieces") {
    for (const std::uint64_t bytes_per_s : std::initializer_list<std::uint64_t>{
             3, 999, 100'000, 1'000'000, 12'345'678, 117'000'000, 10'000'000'000}) {
        for (const std::size_t piece : {100U, 65'536U, 262'144U, 1'000'003U}) {
            CAPTURE(bytes_per_s, piece);
            LonelyGate lonely;
            lonely.gate.set(bytes_per_s);
            const auto count = static_cast<std::size_t>(bytes_per_s * 2 / piece + 1);
            for (std::size_t n = 0; n < std::min<std::size_t>(count, 50'000); ++n) {
                lonely.pass(piece);
            }
            const auto passed = static_cast<double>(piece) *
                                static_cast<double>(std::min<std::size_t>(count, 50'000));
            const double expected_s = passed / static_cast<double>(bytes_per_s);
            const double took_s = std::chrono::duration<double>(lonely.time - start).count();
            CHECK(took_s >= expected_s * 0.999'999);
            CHECK(took_s <= expected_s * 1.001);
        }
    }
}

TEST_CASE("Threads that wake late lose nothing of the limit") {
    LonelyGate lonely(milliseconds(60));
    constexpr std::uint64_t bytes_per_s = 1'000'000;
    lonely.gate.set(bytes_per_s);
    constexpr std::size_t piece = 10'000;
    std::size_t passed = 0;
    for (int second = 1; second <= 10; ++second) {
        for (; lonely.time < start + seconds(second); passed += piece) lonely.pass(piece);
        const double elapsed_s = std::chrono::duration<double>(lonely.time - start).count();
        CHECK(static_cast<double>(passed) <= elapsed_s * bytes_per_s);
        // Behind by what the last one overslept.
        CHECK(static_cast<double>(passed) >= (elapsed_s - 0.060) * bytes_per_s - 1);
    }
}

TEST_CASE("After a pause of any length a tenth of a second's bytes pass at once and no more") {
    LonelyGate lonely;
    lonely.gate.set(1'000'000);
    for (const Duration pause : {Duration(milliseconds(100)), Duration(seconds(3600))}) {
        lonely.time += pause;
        CHECK(lonely.pass(100'000) == seconds(0));
        CHECK(lonely.pass(100'000) == milliseconds(100));
    }
    lonely.time += milliseconds(50);
    CHECK(lonely.pass(50'000) == seconds(0));
    CHECK(lonely.pass(1'000) == milliseconds(1));
}

TEST_CASE("More than a burst passes when all of it has been waited for") {
    LonelyGate lonely;
    lonely.gate.set(1'000'000);
    CHECK(lonely.pass(5'000'000) == seconds(5));
}

TEST_CASE("A limit that was just set gives nothing away") {
    LonelyGate lonely;
    for (int n = 0; n < 10; ++n) {
        lonely.gate.set(1'000'000);
        CHECK(lonely.pass(100'000) == milliseconds(100));
        lonely.gate.set(2'000'000);
        CHECK(lonely.pass(100'000) == milliseconds(50));
    }
}

TEST_CASE("Zero bytes and an interrupted caller pass without waiting") {
    LonelyGate lonely;
    lonely.gate.set(1);
    CHECK(lonely.pass(0) == seconds(0));
    const std::atomic<bool> is_interrupted{true};
    CHECK_FALSE(lonely.gate.pass(1'000, is_interrupted));
    CHECK(lonely.time == start);
}

/// Time that the test moves, once every thread it knows of has come to wait.
class Conductor {
  public:
    class Clock final : public GateClock {
      public:
        explicit Clock(Conductor& conductor) : conductor_(conductor) {}
        TimePoint now() override { return conductor_.now(); }
        void wait(std::unique_lock<std::mutex>& lock, std::condition_variable& woken,
                  TimePoint when) override {
            conductor_.enter(lock, woken, when);
            woken.wait(lock);
            conductor_.leave(woken);
        }

      private:
        Conductor& conductor_;
    };

    TimePoint now() {
        const std::lock_guard lock(mutex_);
        return now_;
    }

    /// Returns when `count` threads wait and one of them for a time: that time.
    TimePoint wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return waiting_.size() == count && next() != TimePoint::max(); });
        return next();
    }

    /// Moves to that time and wakes whoever waits for it. They say that they wait, and stop to,
    /// under the gate's lock.
    void leap_to(TimePoint when) {
        const std::lock_guard nobody_leaves(*gate_);
        const std::lock_guard lock(mutex_);
        now_ = when;
        std::erase_if(waiting_, [&](const auto& entry) {
            if (entry.second <= when) entry.first->notify_one();
            return entry.second <= when;
        });
    }

  private:
    void enter(std::unique_lock<std::mutex>& gate, std::condition_variable& woken,
               TimePoint until) {
        const std::lock_guard lock(mutex_);
        gate_ = gate.mutex();
        waiting_[&woken] = until;
        changed_.notify_all();
    }
    void leave(std::condition_variable& woken) {
        const std::lock_guard lock(mutex_);
        waiting_.erase(&woken);
        changed_.notify_all();
    }
    TimePoint next() const {
        TimePoint earliest = TimePoint::max();
        for (const auto& [woken, until] : waiting_) earliest = std::min(earliest, until);
        return earliest;
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    TimePoint now_ = start;
    std::map<std::condition_variable*, TimePoint> waiting_;  // until when
    std::mutex* gate_ = nullptr;  // before `mutex_`, where both are taken
};

/// A caller that passes pieces of one size until it is stopped, and counts them.
class Caller {
  public:
    Caller(RateGate& gate, std::size_t piece)
        : gate_(gate), thread_([this, piece] {
              while (!is_stopped_) {
                  gate_.pass(piece, is_stopped_);
                  if (!is_stopped_) passed_ += piece;
              }
          }) {}
    ~Caller() { stop(); }
    Caller(const Caller&) = delete;
    Caller& operator=(const Caller&) = delete;

    void stop() {
        is_stopped_ = true;
        gate_.wake();
        if (thread_.joinable()) thread_.join();
    }
    std::size_t passed() const { return passed_; }

  private:
    RateGate& gate_;
    std::atomic<bool> is_stopped_{false};
    std::atomic<std::size_t> passed_{0};
    std::thread thread_;
};

TEST_CASE("Callers get the same share, whatever the size of what they ask for") {
    Conductor conductor;
    RateGate gate(std::make_unique<Conductor::Clock>(conductor));
    constexpr std::size_t bytes_per_s = 2'000'000;
    gate.set(bytes_per_s);
    constexpr std::size_t large = 262'144;
    {
        Caller one(gate, large);
        Caller two(gate, 65'536);
        Caller three(gate, large);
        constexpr auto time = seconds(30);
        while (conductor.now() < start + time) conductor.leap_to(conductor.wait_for(3));
        conductor.wait_for(3);
        constexpr std::size_t share = bytes_per_s * time.count() / 3;
        for (const Caller* caller : {&one, &two, &three}) {
            // What it has of a piece that has not passed yet is not counted.
            CHECK(caller->passed() <= share + rate_gate_piece_bytes_max);
            CHECK(caller->passed() + large + rate_gate_piece_bytes_max >= share);
        }
        CHECK(one.passed() + two.passed() + three.passed() <= bytes_per_s * time.count());
    }
}

TEST_CASE("A higher limit, or none, holds at once for who already waits") {
    Conductor conductor;
    RateGate gate(std::make_unique<Conductor::Clock>(conductor));
    gate.set(1);
    bool has_waited = false;
    std::thread caller([&] { has_waited = gate.pass(1'000, never); });
    CHECK(conductor.wait_for(1) == start + seconds(1));
    SECTION("higher") {
        gate.set(10'000);
        while (conductor.wait_for(1) > start + milliseconds(100)) {
        }
        conductor.leap_to(start + milliseconds(100));
    }
    SECTION("none") { gate.set(0); }
    caller.join();
    CHECK(has_waited);
    CHECK(conductor.now() <= start + milliseconds(100));
}

TEST_CASE("A lower limit holds for who already waits") {
    Conductor conductor;
    RateGate gate(std::make_unique<Conductor::Clock>(conductor));
    gate.set(10'000);
    std::thread caller([&] { gate.pass(1'000, never); });
    CHECK(conductor.wait_for(1) == start + milliseconds(100));
    gate.set(1'000);
    conductor.leap_to(start + milliseconds(100));  // a tenth has been paid for by now
    while (conductor.wait_for(1) == start + milliseconds(100)) {
    }
    while (conductor.now() < start + seconds(1)) conductor.leap_to(conductor.wait_for(1));
    caller.join();
    CHECK(conductor.now() == start + seconds(1));
}

TEST_CASE("Who is interrupted leaves at once and the next has its turn") {
    Conductor conductor;
    RateGate gate(std::make_unique<Conductor::Clock>(conductor));
    gate.set(1);
    std::atomic<bool> is_first_interrupted{false};
    std::thread first([&] { gate.pass(1'000, is_first_interrupted); });
    conductor.wait_for(1);
    std::thread second([&] { gate.pass(1, never); });
    conductor.wait_for(2);
    TimePoint second_passes = start + seconds(1);
    SECTION("while it has the turn") {}
    SECTION("while it waits for its next turn") {
        conductor.leap_to(start + seconds(1));
        second_passes = conductor.wait_for(2);
        CHECK(second_passes == start + seconds(2));
    }
    is_first_interrupted = true;
    gate.wake();
    first.join();
    CHECK(conductor.wait_for(1) == second_passes);
    conductor.leap_to(second_passes);
    second.join();
}

TEST_CASE("On the machine's clock no more passes than the limit lets") {
    RateGate gate;
    constexpr std::uint64_t bytes_per_s = 1'000'000'000;
    gate.set(bytes_per_s);
    const auto before = std::chrono::steady_clock::now();
    CHECK(gate.pass(bytes_per_s / 100 * 11, never));  // a tenth may be saved up
    CHECK(std::chrono::steady_clock::now() - before >= milliseconds(10));
}

}  // namespace
}  // namespace dropline
