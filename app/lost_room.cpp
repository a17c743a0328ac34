#include "app/lost_room.hpp"

#include <variant>

namespace dropline::app {

void LostRoom::notice(const Event& event, SteadyTime now) {
    if (std::holds_alternative<event::Joined>(event.body)) {
        lost_at_.reset();
    } else if (std::holds_alternative<event::Disconnected>(event.body) && !lost_at_) {
        lost_at_ = now;
    }
}

std::optional<SteadyTime> LostRoom::gives_up_at() const {
    if (!lost_at_) return std::nullopt;
    return *lost_at_ + patience_max;
}

}  // namespace dropline::app
