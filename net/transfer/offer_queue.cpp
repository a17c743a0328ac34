#include "net/transfer/offer_queue.hpp"

#include <algorithm>
#include <utility>

#include "net/api/limits.hpp"

namespace dropline {

namespace {

bool is_open_offer(const TransferRecord& record) {
    return !record.is_incoming() && !record.is_accepted && !record.shown.is_over() &&
           !record.ending;
}

}  // namespace

OfferQueue::Pace::Pace(TimePoint now)
    : rate(limits::offers_burst, limits::offers_per_minute / 60.0, now) {}

OfferQueue::Pace& OfferQueue::pace_of(const PeerId& peer) {
    const TimePoint now = book_.node().clock.now();
    std::erase_if(paces_, [now](const auto& entry) {
        return !entry.second.next && entry.second.not_before <= now &&
               entry.second.rate.is_full(now);
    });
    return paces_.try_emplace(peer, now).first->second;
}

void OfferQueue::pump(const PeerId& peer) {
    if (!book_.is_present(peer)) return;
    const TimePoint now = book_.node().clock.now();
    const auto records = book_.with(peer);
    auto unanswered =
        static_cast<std::size_t>(std::ranges::count_if(records, [](const RecordPtr& record) {
            return is_open_offer(*record) && record->is_said;
        }));
    Pace& pace = pace_of(peer);
    pace.next.reset();
    std::uint32_t place = 0;
    for (const RecordPtr& record : records) {
        if (!is_open_offer(*record) || record->is_said) continue;
        const bool may_go = place == 0 && unanswered < limits::offers_pending_per_peer_max &&
                            pace.not_before <= now && pace.rate.take(now);
        if (may_go) {
            record->is_said = true;
            record->shown.queue_place = 0;
            ++unanswered;
            flow_.settle(record);
            say_(record);
        } else {
            ++place;
            const bool is_news = std::exchange(record->shown.queue_place, place) != place;
            if (is_news) flow_.settle(record);
        }
    }
    if (place > 0) pump_later(peer, pace);
}

/// An answer makes room at once; this is for what time alone brings.
void OfferQueue::pump_later(const PeerId& peer, Pace& pace) {
    constexpr Duration soonest = std::chrono::seconds(1);
    const TimePoint now = book_.node().clock.now();
    const Duration wait = std::max<Duration>(pace.not_before - now, pace.rate.wait(now));
    pace.next = book_.node().clock.call_after(std::max(wait, soonest), [this, peer] {
        const PeerId whom = peer;  // the call ends with `next`
        paces_.at(whom).next.reset();
        pump(whom);
    });
}

void OfferQueue::hold(const RecordPtr& record, Duration retry_after) {
    record->is_said = false;
    const PeerId peer = record->shown.peer;
    pace_of(peer).not_before = book_.node().clock.now() + retry_after;
    pump(peer);
}

void OfferQueue::on_yes(const PeerId& peer) {
    pace_of(peer).rate.give_back(book_.node().clock.now());
    pump(peer);
}

}  // namespace dropline
