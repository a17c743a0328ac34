// What one member may still ask of their host, whichever connection they ask on.
// Thread: net. It outlives the session: who comes back has what they had left, so that breaking a
// connection buys nothing. Knows no clock; the caller says what time it is.
#pragma once

#include <cstddef>
#include <map>
#include <memory>

#include "net/api/ids.hpp"
#include "net/link/rate_limit.hpp"
#include "net/room/chat_turn.hpp"

namespace dropline {

struct MemberRates {
    ChatTurn chat;
    RateLimit history;
    RateLimit streams;
    RateLimit renames;
    RateLimit returns;  // to the room, without a burden for the address they come from

    explicit MemberRates(TimePoint now);
    /// When all of it has filled up again: forgetting it then changes nothing.
    TimePoint full_at() const;
};
using MemberRatesPtr = std::shared_ptr<MemberRates>;

class MemberRatesBook {
  public:
    /// For a session that begins. What a key has used up is remembered for as long as somebody
    /// holds the answer, and then until it is full again.
    MemberRatesPtr of(const PeerId& key, TimePoint now);
    std::size_t count() const { return kept_.size(); }

  private:
    void make_room(TimePoint now);

    std::map<PeerId, MemberRatesPtr> kept_;
};

}  // namespace dropline
