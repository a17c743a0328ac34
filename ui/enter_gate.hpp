// Tells an Enter of the person from one that only commits what an input method has composed.
// Thread: ui. Under X11 both arrive as the same key press; the second is followed, within a few
// milliseconds, by characters that no key press of their own announced. So an Enter is held back
// for a moment and swallowed when that happens.
#pragma once

#include <chrono>
#include <optional>

namespace dropline::ui {

class EnterGate {
  public:
    using Clock = std::chrono::steady_clock;
    static constexpr auto hold_max = std::chrono::milliseconds(50);

    /// An Enter went down while somebody may be writing.
    void hold(Clock::time_point now) { held_since_ = now; }
    /// A character arrived and no other key went down since: the Enter was the input method's.
    void see_character() { held_since_.reset(); }
    bool is_holding() const { return held_since_.has_value(); }
    std::optional<Clock::time_point> release_at() const {
        if (!held_since_) return std::nullopt;
        return *held_since_ + hold_max;
    }
    /// True when the Enter is the person's: its time is over, or `is_forced` because another key
    /// went down after it. It is then no longer held.
    bool take(Clock::time_point now, bool is_forced) {
        const bool is_due = held_since_ && (is_forced || now >= *held_since_ + hold_max);
        if (is_due) held_since_.reset();
        return is_due;
    }

  private:
    std::optional<Clock::time_point> held_since_;
};

}  // namespace dropline::ui
