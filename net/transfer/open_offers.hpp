// What an offer is before it is a transfer, on either side: bound by the rules of the room, and a
// list that can be looked at. Thread: net.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "net/transfer/transfer_book.hpp"
#include "net/transfer/transfer_flow.hpp"

namespace dropline {

/// not_allowed when the rules of the room forbid it. Nothing outside of a room: then nobody can be
/// sent to, and nobody sends.
std::optional<Fault> objection_to_offer(TransferBook& book, const PeerId& from, const PeerId& to,
                                        std::uint64_t bytes);
/// The same, of an offer that has a list.
std::optional<Fault> objection_to_offer(TransferBook& book, const TransferRecord& record);

/// Ends an offer that the rules forbid by now; both sides hear why.
void end_against_rules(TransferBook& book, TransferFlow& flow, const RecordPtr& record,
                       const Fault& objection);
/// Does so with all unanswered offers, ours and those to us.
void keep_offers_to_rules(TransferBook& book, TransferFlow& flow);

/// `retry_after_s`: 0 when that is the last word; otherwise it may be offered again after so long.
void refuse_offer(TransferBook& book, const PeerId& from, const TransferId& id,
                  const std::string& reason, std::uint32_t retry_after_s = 0);

/// At most limits::offer_entries_per_answer_max of `count` entries of its list, from `first` on.
event::OfferEntries entries_of_offer(const TransferRecord& record, std::uint32_t first,
                                     std::uint32_t count);

}  // namespace dropline
