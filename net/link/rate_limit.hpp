// A token bucket: so many at once, then so many a second.
// Thread: one at a time. Knows no clock; the caller says what time it is.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>

#include "net/link/clock.hpp"

namespace dropline {

class RateLimit {
  public:
    RateLimit(double burst, double per_second, TimePoint now)
        : burst_(burst), per_second_(per_second), tokens_(burst), filled_at_(now) {}

    /// What we allow ourselves where somebody else counts: a little below, as they began before us.
    static RateLimit below(double burst, double per_second, TimePoint now) {
        return RateLimit(burst * 0.9, per_second * 0.95, now);
    }

    /// Takes one; false when there is none.
    bool take(TimePoint now) {
        fill(now);
        if (tokens_ < 1.0) return false;
        tokens_ -= 1.0;
        return true;
    }

    /// As if all but one had been taken: what was used up before we began to count is not known.
    void use_up(TimePoint now) {
        fill(now);
        tokens_ = std::min(tokens_, 1.0);
    }

    /// What was taken turned out to be no burden.
    void give_back(TimePoint now) {
        fill(now);
        tokens_ = std::min(burst_, tokens_ + 1.0);
    }

    /// How long until the next one can be taken.
    std::chrono::milliseconds wait(TimePoint now) {
        fill(now);
        if (tokens_ >= 1.0) return std::chrono::milliseconds(0);
        const double missing_ms = (1.0 - tokens_) / per_second_ * 1000.0;
        return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(missing_ms)));
    }

    /// Untouched for so long that it is full again: forgetting it changes nothing.
    bool is_full(TimePoint now) const { return tokens_at(now) >= burst_; }

    /// When it is full again if nobody takes of it any more.
    TimePoint full_at() const {
        const double missing_s = (burst_ - tokens_) / per_second_;
        return filled_at_ + std::chrono::ceil<Duration>(std::chrono::duration<double>(missing_s));
    }

  private:
    double tokens_at(TimePoint now) const {
        const double elapsed_s = std::chrono::duration<double>(now - filled_at_).count();
        return std::min(burst_, tokens_ + elapsed_s * per_second_);
    }

    void fill(TimePoint now) {
        tokens_ = tokens_at(now);
        filled_at_ = now;
    }

    double burst_;
    double per_second_;
    double tokens_;
    TimePoint filled_at_;
};

}  // namespace dropline
