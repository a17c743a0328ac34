// Tells one listener things in their order, though some are known later than what follows them.
// Thread: net.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <utility>

namespace dropline {

class InOrder {
  public:
    using Tell = std::function<void()>;
    using Place = std::uint64_t;

    /// Calls it now, or when all that is awaited before it has been told.
    template <typename Call>
    void tell(Call call) {
        if (places_.empty()) {
            call();
        } else {
            places_.emplace_back(std::move(call));
        }
    }

    /// What is told from now on waits for this place to be filled, with `fill`, once.
    Place await();
    void fill(Place place, Tell tell);

  private:
    void tell_known();

    std::deque<Tell> places_;  // empty ones are awaited, the first among them
    Place first_ = 0;
};

}  // namespace dropline
