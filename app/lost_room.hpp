// How long `send` and `receive` wait for a host that is gone.
// Thread: any; one owner. It has no clock: who uses it says what time it is.
#pragma once

#include <chrono>
#include <optional>

#include "app/wait_point.hpp"
#include "net/api/event.hpp"

namespace dropline::app {

class LostRoom {
  public:
    /// A host that only starts again is back long before; whoever waits in a script wants an end.
    static constexpr std::chrono::seconds patience_max{60};

    /// Every event. One that says again that the host is out of reach does not begin anew.
    void notice(const Event& event, SteadyTime now);

    /// When the patience ends; empty while we are in the room, or were never.
    std::optional<SteadyTime> gives_up_at() const;

  private:
    std::optional<SteadyTime> lost_at_;
};

}  // namespace dropline::app
