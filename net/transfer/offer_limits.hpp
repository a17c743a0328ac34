// How much one person, and all together, may ask of us in offers: those that nobody has agreed to
// yet, and new ones beside what is under way.
// Thread: net.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "net/link/rate_limit.hpp"
#include "net/transfer/transfer_book.hpp"

namespace dropline {

class OfferLimits {
  public:
    explicit OfferLimits(TransferBook& book) : book_(book) {}

    /// Why no other offer is taken now, and when the same may be said again.
    struct NotNow {
        std::string sentence;
        std::uint32_t retry_after_s = 0;
    };
    /// Counts the offer when there is nothing against it.
    std::optional<NotNow> objection_to_another(const PeerId& from);
    /// A list that is read anew counts as an offer: slow_down when that is too much.
    std::optional<Fault> objection_to_question(const PeerId& from);
    /// A person has said yes: that offer no longer counts.
    void give_back(const PeerId& from);
    /// A list of 200,000 names is 60 MB of memory, and nobody has agreed to it yet: too_large.
    std::optional<Fault> objection_to_length(const TransferRecord& record) const;

  private:
    bool has_too_much_under_way(const PeerId& from) const;
    RateLimit& offer_rate(const PeerId& from);

    TransferBook& book_;
    std::map<PeerId, RateLimit> offer_rates_;
};

}  // namespace dropline
