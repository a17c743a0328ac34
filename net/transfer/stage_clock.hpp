// Finds the stage of a transfer that the others wait for, from the time that went into each.
// Thread: bulk, one at a time. Pure but for the clock it is given.
#pragma once

#include <chrono>
#include <optional>

#include "net/api/values.hpp"

namespace dropline {

/// Sums since the transfer began. A part of what is spent on disks is work, not waiting.
struct StageWaits {
    using Duration = std::chrono::steady_clock::duration;
    Duration for_source{};      // sender: reading from the disk; receiver: 0
    Duration for_other_side{};  // sender: until the connection takes more; receiver: 0
    Duration for_target{};      // receiver: comparing and writing to the disk; sender: 0
    Duration for_limit{};       // for the user's own rate limit
};

class StageClock {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// Once a second a verdict over the last second; nothing between. `other_side`: what the
    /// receiver says that it waits for; `unknown` on the receiver itself.
    std::optional<Bottleneck> judge(TimePoint now, const StageWaits& waits, Bottleneck other_side);

  private:
    StageWaits last_;
    std::optional<TimePoint> judged_at_;
};

}  // namespace dropline
