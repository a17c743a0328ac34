#include "net/room/in_order.hpp"

#include <utility>

namespace dropline {

InOrder::Place InOrder::await() {
    places_.emplace_back();
    return first_ + places_.size() - 1;
}

void InOrder::fill(Place place, Tell tell) {
    places_[static_cast<std::size_t>(place - first_)] = std::move(tell);
    tell_known();
}

void InOrder::tell_known() {
    while (!places_.empty() && places_.front()) {
        const Tell tell = std::move(places_.front());
        places_.pop_front();
        ++first_;
        tell();
    }
}

}  // namespace dropline
