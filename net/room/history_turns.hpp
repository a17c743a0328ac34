// Who of the members reads the log of the room we host next: one request of each at a time, and few
// of all together.
// Thread: net. What is being read is memory that no queue counts yet. It knows no log.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>

#include "net/api/ids.hpp"

namespace dropline {

class HistoryTurns {
  public:
    /// Begins to read. What it is given it calls once, when the answer has been sent.
    using Read = std::function<void(std::function<void()> done)>;

    /// `read` is called in its turn, which may be now. False when as many of this member's wait as
    /// may.
    bool enter(const PeerId& member, Read read);

  private:
    void begin_due();
    void finish(const PeerId& member);

    std::map<PeerId, std::deque<Read>> waiting_;  // of everybody who waits or is being served
    std::deque<PeerId> due_;  // who waits and is not being served, in the order of their turns
    std::size_t under_way_ = 0;
    bool is_beginning_ = false;  // a read that ends at once must not begin the next inside itself
};

}  // namespace dropline
