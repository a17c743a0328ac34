#include "net/transfer/incoming_offers.hpp"

#include <string>
#include <utility>

#include "net/api/limits.hpp"
#include "net/transfer/open_offers.hpp"

namespace dropline {

void IncomingOffers::on_offer(const PeerId& from, const wire::Offer& offer) {
    if (const RecordPtr known = book_.find(offer.transfer)) {
        // Another person's id is an attack (A17).
        if (known->shown.peer == from && known->is_incoming()) on_known_offer(known, offer);
        return;
    }
    if (const auto refusal = limits_.objection_to_another(from)) {
        return refuse_offer(book_, from, offer.transfer, refusal->sentence, refusal->retry_after_s);
    }
    // Its sender's program would have refused already: a forged one is not even shown.
    if (const auto objection =
            objection_to_offer(book_, from, book_.node().identity.id(), offer.bytes)) {
        return refuse_offer(book_, from, offer.transfer, objection->sentence);
    }
    auto record = std::make_shared<TransferRecord>();
    record->shown.id = offer.transfer;
    record->shown.peer = from;
    record->shown.direction = Direction::in;
    book_.add(record);
    begin_list(record, offer);
    book_.forget_oldest_over();
}

/// Said again because its sender could not know that we have it, or with a list that has changed.
void IncomingOffers::on_known_offer(const RecordPtr& record, const wire::Offer& offer) {
    const Transfer& shown = record->shown;
    if (shown.state == TransferState::done) {
        return book_.send(shown.peer, wire::TransferDone{shown.id});
    }
    if (shown.state == TransferState::declined) {
        const std::string reason = shown.fault ? shown.fault->sentence : "The offer was declined.";
        return refuse_offer(book_, shown.peer, shown.id, reason);
    }
    if (shown.is_over() || record->ending) {
        return book_.send(shown.peer, wire::TransferCancel{shown.id, {}});
    }
    const bool is_renewed = offer.version > record->version;
    const bool is_begun_again = record->reading != nullptr && offer.version == record->version;
    if (is_renewed) {
        if (const auto objection = objection_to_renewal(*record, offer)) {
            return read_on(record, *objection);
        }
        ++record->renewals;
        return begin_list(record, offer);
    }
    if (is_begun_again) {
        // Said too often, it changes nothing: we go on asking for the page that is missing.
        if (!limits_.objection_to_question(shown.peer)) begin_list(record, offer);
        return;
    }
    if (record->is_accepted && !record->is_keeping) answers_.answer_yes(record);
}

void IncomingOffers::begin_list(const RecordPtr& record, const wire::Offer& offer) {
    record->version = offer.version;
    record->reading = std::make_unique<ManifestReader>(offer);
    read_on(record, record->reading->add(offer.entries));
}

/// An unanswered offer that is renewed asks its person again, as a new one would. What was accepted
/// asks nobody, and files that change under way are no reason to hold it up.
std::optional<Fault> IncomingOffers::objection_to_renewal(const TransferRecord& record,
                                                          const wire::Offer& offer) {
    if (record.renewals >= limits::offer_renewals_max) {
        return Fault{FaultCode::source_changed,
                     "The list of this offer has changed too often. Offer it anew."};
    }
    if (!record.is_accepted) {
        if (auto too_often = limits_.objection_to_question(record.shown.peer)) return too_often;
    }
    return objection_to_offer(book_, record.shown.peer, book_.node().identity.id(), offer.bytes);
}

void IncomingOffers::on_page(const PeerId& from, const wire::OfferPage& page) {
    const RecordPtr record = book_.find(from, page.transfer);
    if (!record || !record->reading) return;
    const auto added = record->reading->add_page(page);
    if (added && !*added) return;
    read_on(record, added ? Result<void>() : Result<void>(added.fault()));
}

/// Asks for the next page, or takes the list when it is whole.
void IncomingOffers::read_on(const RecordPtr& record, const Result<void>& result) {
    const auto too_long = result ? limits_.objection_to_length(*record) : std::nullopt;
    const Result<void> added = too_long ? Result<void>(*too_long) : result;
    const PeerId peer = record->shown.peer;
    if (added && record->reading->page_missing() != 0) {
        book_.send(peer, wire::OfferPageRequest{record->shown.id, record->reading->page_missing()});
        return;
    }
    auto manifest = added ? record->reading->finish() : Result<Manifest>(added.fault());
    // A question is about what there is.
    const bool is_question = !record->session;
    if (manifest && is_question && manifest->gone > 0) manifest = nothing_there();
    if (manifest) {
        return take_list(record, std::make_shared<const Manifest>(std::move(*manifest)));
    }
    record->reading.reset();
    const Fault fault = manifest.fault();
    refuse_offer(book_, peer, record->shown.id, fault.sentence);
    const bool is_shown = record->is_accepted || record->is_announced;
    if (is_shown) return flow_.end(record, TransferState::failed, fault);
    book_.remove(record->shown.id);
    book_.node().events.fail({fault.code, "An offer was refused: " + fault.sentence});
}

void IncomingOffers::take_list(const RecordPtr& record, std::shared_ptr<const Manifest> manifest) {
    auto sent_names = record->reading->sent_names();
    record->reading.reset();
    if (record->session) {
        record->sent_names = std::move(sent_names);
        return answers_.take_renewed(record, std::move(manifest));
    }
    answers_.ask_about(record, std::move(manifest), std::move(sent_names));
}

}  // namespace dropline
