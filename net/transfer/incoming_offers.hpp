// What others offer to us: their lists, read page by page, once and again when files have changed.
// Thread: net.
#pragma once

#include <memory>
#include <optional>

#include "net/transfer/offer_answers.hpp"
#include "net/transfer/offer_limits.hpp"
#include "net/transfer/transfer_book.hpp"
#include "net/transfer/transfer_flow.hpp"

namespace dropline {

class IncomingOffers {
  public:
    IncomingOffers(TransferBook& book, TransferFlow& flow)
        : book_(book), flow_(flow), limits_(book), answers_(book, flow, limits_) {}

    void on_offer(const PeerId& from, const wire::Offer& offer);
    void on_page(const PeerId& from, const wire::OfferPage& page);

    OfferAnswers& answers() { return answers_; }

  private:
    void on_known_offer(const RecordPtr& record, const wire::Offer& offer);
    void begin_list(const RecordPtr& record, const wire::Offer& offer);
    std::optional<Fault> objection_to_renewal(const TransferRecord& record,
                                              const wire::Offer& offer);
    void read_on(const RecordPtr& record, const Result<void>& added);
    void take_list(const RecordPtr& record, std::shared_ptr<const Manifest> manifest);

    TransferBook& book_;
    TransferFlow& flow_;
    OfferLimits limits_;
    OfferAnswers answers_;
};

}  // namespace dropline
