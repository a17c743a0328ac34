#include "net/transfer/open_offers.hpp"

#include <algorithm>

#include "net/api/limits.hpp"
#include "net/room/offer_rules.hpp"

namespace dropline {

std::optional<Fault> objection_to_offer(TransferBook& book, const PeerId& from, const PeerId& to,
                                        std::uint64_t bytes) {
    if (!book.room()) return std::nullopt;
    return objection_to_offer(book.room()->room, from, to, bytes);
}

std::optional<Fault> objection_to_offer(TransferBook& book, const TransferRecord& record) {
    const PeerId& self = book.node().identity.id();
    const PeerId& peer = record.shown.peer;
    if (record.is_incoming()) return objection_to_offer(book, peer, self, record.manifest->bytes);
    if (!record.sources) return std::nullopt;
    return objection_to_offer(book, self, peer, record.sources->manifest.bytes);
}

/// The other side is told as well: its program may not look at the rules by itself.
void end_against_rules(TransferBook& book, TransferFlow& flow, const RecordPtr& record,
                       const Fault& objection) {
    const Transfer& shown = record->shown;
    if (record->is_incoming()) {
        refuse_offer(book, shown.peer, shown.id, objection.sentence);
    } else {
        book.send(shown.peer, wire::TransferCancel{shown.id, objection.sentence});
    }
    flow.end(record, TransferState::declined, objection);
}

void keep_offers_to_rules(TransferBook& book, TransferFlow& flow) {
    for (const RecordPtr& record : book.all()) {
        const bool is_unanswered =
            !record->is_accepted && !record->shown.is_over() && !record->ending;
        if (!is_unanswered) continue;
        const auto objection = objection_to_offer(book, *record);
        if (objection) end_against_rules(book, flow, record, *objection);
    }
}

void refuse_offer(TransferBook& book, const PeerId& from, const TransferId& id,
                  const std::string& reason, std::uint32_t retry_after_s) {
    book.send(from, wire::OfferAnswer{id, false, reason, 0, 0, retry_after_s});
}

event::OfferEntries entries_of_offer(const TransferRecord& record, std::uint32_t first,
                                     std::uint32_t count) {
    const Manifest* manifest = record.sources    ? &record.sources->manifest
                               : record.manifest ? record.manifest.get()
                                                 : nullptr;
    event::OfferEntries answer;
    answer.transfer = record.shown.id;
    answer.first = first;
    if (manifest == nullptr) return answer;
    answer.total = manifest->size();
    answer.version = manifest->version;
    const std::uint64_t wanted =
        std::min<std::uint64_t>(count, limits::offer_entries_per_answer_max);
    const std::uint64_t end = std::min<std::uint64_t>(manifest->size(), first + wanted);
    for (std::uint64_t index = first; index < end; ++index) {
        answer.entries.push_back(
            offered_file(*manifest, static_cast<std::uint32_t>(index), record.sent_names));
    }
    return answer;
}

}  // namespace dropline
