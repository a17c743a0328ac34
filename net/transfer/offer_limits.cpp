#include "net/transfer/offer_limits.hpp"

#include "net/api/limits.hpp"

namespace dropline {

namespace {

/// What the limits count of the lists of one offer that nobody has agreed to yet.
std::size_t list_bytes(const TransferRecord& record) {
    std::size_t bytes = record.reading ? record.reading->kept_bytes() : 0;
    if (record.is_accepted) return bytes;
    if (record.manifest) bytes += record.manifest->kept_bytes;
    if (record.renewed) bytes += record.renewed->kept_bytes;
    return bytes;
}

constexpr const char* too_many_offers = "Too many offers at once. Wait until some are answered.";

}  // namespace

/// What is agreed to stays in memory and in the journal until it is over.
bool OfferLimits::has_too_much_under_way(const PeerId& from) const {
    std::size_t count = 0;
    std::size_t of_peer = 0;
    std::size_t of_all = 0;
    for (const RecordPtr& record : book_.all()) {
        const bool is_under_way =
            record->is_incoming() && record->is_accepted && !record->shown.is_over();
        if (!is_under_way || !record->manifest) continue;
        of_all += record->manifest->kept_bytes;
        if (record->shown.peer != from) continue;
        ++count;
        of_peer += record->manifest->kept_bytes;
    }
    return count >= limits::accepted_per_peer_max ||
           of_peer >= limits::accepted_lists_bytes_per_peer_max ||
           (of_all >= limits::accepted_lists_bytes_max &&
            of_peer > limits::unanswered_lists_bytes_always);
}

std::optional<OfferLimits::NotNow> OfferLimits::objection_to_another(const PeerId& from) {
    constexpr std::uint32_t retry_when_full_s = 10;  // when a person answers nobody knows
    if (has_too_much_under_way(from)) {
        return NotNow{
            "Too much of yours is under way here. Offer it again when some of that is done.",
            retry_when_full_s};
    }
    std::size_t of_all = 0;
    std::size_t of_peer = 0;
    for (const RecordPtr& record : book_.with_open_list()) {
        if (record->is_accepted) continue;
        ++of_all;
        if (record->shown.peer == from) ++of_peer;
    }
    if (of_peer >= limits::offers_pending_per_peer_max) {
        return NotNow{too_many_offers, retry_when_full_s};
    }
    if (of_peer > 0 && of_all >= limits::offers_pending_max) {
        return NotNow{
            "Too many offers of all people wait for an answer here. Offer it again when "
            "some of them are answered.",
            retry_when_full_s};
    }
    if (!objection_to_question(from)) return std::nullopt;
    const auto wait_ms = offer_rate(from).wait(book_.node().clock.now()).count();
    return NotNow{too_many_offers, static_cast<std::uint32_t>(wait_ms / 1000) + 1};
}

std::optional<Fault> OfferLimits::objection_to_length(const TransferRecord& record) const {
    std::size_t of_all = 0;
    std::size_t of_peer = 0;
    for (const RecordPtr& one : book_.with_open_list()) {
        of_all += list_bytes(*one);
        if (one->shown.peer == record.shown.peer) of_peer += list_bytes(*one);
    }
    if (of_peer > limits::unanswered_lists_bytes_per_peer_max) {
        return Fault{FaultCode::too_large,
                     "The unanswered offers of one person list too many files together. Offer it "
                     "again when some of them are answered."};
    }
    // What others ask of us must not end what was agreed to.
    const bool is_too_much = !record.session && of_all > limits::unanswered_lists_bytes_max &&
                             of_peer > limits::unanswered_lists_bytes_always;
    if (!is_too_much) return std::nullopt;
    return Fault{FaultCode::too_large,
                 "Too many long lists of files wait for an answer here. Offer it again when some "
                 "of them are answered."};
}

RateLimit& OfferLimits::offer_rate(const PeerId& from) {
    const TimePoint now = book_.node().clock.now();
    // What has filled up again is as good as new: strangers who come and go leave nothing behind.
    std::erase_if(offer_rates_, [now](const auto& entry) { return entry.second.is_full(now); });
    const auto rate =
        offer_rates_.try_emplace(from, limits::offers_burst, limits::offers_per_minute / 60.0, now);
    return rate.first->second;
}

std::optional<Fault> OfferLimits::objection_to_question(const PeerId& from) {
    if (offer_rate(from).take(book_.node().clock.now())) return std::nullopt;
    return Fault{FaultCode::slow_down, too_many_offers};
}

void OfferLimits::give_back(const PeerId& from) {
    offer_rate(from).give_back(book_.node().clock.now());
}

}  // namespace dropline
