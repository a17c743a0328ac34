// Our offers that have to wait: a receiver takes only so many of one person at a time, and only so
// many a minute; what is beyond that is held here and offered when its turn comes.
// Thread: net.
#pragma once

#include <functional>
#include <map>

#include "net/link/rate_limit.hpp"
#include "net/transfer/transfer_book.hpp"
#include "net/transfer/transfer_flow.hpp"

namespace dropline {

class OfferQueue {
  public:
    /// `say` sends the offer of a record.
    OfferQueue(TransferBook& book, TransferFlow& flow, std::function<void(const RecordPtr&)> say)
        : book_(book), flow_(flow), say_(std::move(say)) {}

    /// Offers what may be offered to this person now, in the order of the queue.
    void pump(const PeerId& peer);
    /// The receiver has no place for it yet: it goes back into the queue.
    void hold(const RecordPtr& record, Duration retry_after);
    /// This person has accepted an offer of ours: that one no longer counts against the rate.
    void on_yes(const PeerId& peer);
    void stop() { paces_.clear(); }

  private:
    /// What the other side allows, as far as we know.
    struct Pace {
        explicit Pace(TimePoint now);
        RateLimit rate;
        TimePoint not_before{};  // long ago
        ScheduledCallPtr next;
    };
    Pace& pace_of(const PeerId& peer);
    void pump_later(const PeerId& peer, Pace& pace);

    TransferBook& book_;
    TransferFlow& flow_;
    const std::function<void(const RecordPtr&)> say_;
    std::map<PeerId, Pace> paces_;
};

}  // namespace dropline
