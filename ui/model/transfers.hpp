// All hand-overs of this run, offered, running and over, in order of arrival.
// Thread: ui. Knows what the network said last about each; computes no progress of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "net/api/event.hpp"
#include "net/api/values.hpp"

namespace dropline::ui {

/// One list of an offer. What a person has said or was warned of holds for this one and for none
/// that takes its place.
struct OfferedList {
    TransferId transfer;
    std::uint32_t version = 0;  // event::Offer::version

    friend auto operator<=>(const OfferedList&, const OfferedList&) = default;
};

struct TransferItem {
    Transfer transfer;
    /// The wish to send it came of. The network takes it from a transfer that is offered again; for
    /// the screen the two stay attempts at the same thing.
    TransferId wish;
    std::optional<event::Offer> offer;  // of an incoming one: what it holds
    bool is_list_changed = false;       // another list was offered before that one
    /// The whole list of an offer that waits for an answer, as far as it was asked for.
    std::vector<OfferedFile> entries;
    std::uint32_t entries_total = 0;  // 0: not known yet
    /// Its place in Transfers::all, which it keeps, and which is nobody else's: what is drawn for
    /// it is told apart by it. Its id is made by whoever sends.
    int number = 0;
};

class Transfers {
  public:
    const std::vector<TransferItem>& all() const { return items_; }
    const TransferItem* find(const TransferId& id) const;
    /// True for one that is over when the same wish to send was offered to the same person again
    /// later: the later one tells how it goes.
    bool is_superseded(const TransferItem& item) const;
    /// Offers of this person to us that nobody answered yet.
    std::size_t unanswered_count(const PeerId& from) const;
    std::size_t running_count() const;

    struct Change {
        bool is_new = false;
        bool is_only_progress = false;
    };
    Change apply(const Transfer& transfer);
    Change apply(const event::Offer& offer);
    /// False when it does not continue the list that is known, or the offer is no longer open.
    bool apply(const event::OfferEntries& page);

  private:
    TransferItem& item(const TransferId& id, bool& is_new);

    std::vector<TransferItem> items_;
    std::unordered_map<TransferId, std::size_t> index_;
    /// The newest of each wish and person.
    std::map<std::pair<TransferId, PeerId>, TransferId> newest_;
};

/// True when all that moves in this direction comes near a limit in bytes per second; false for 0,
/// which is no limit.
bool is_used_up(const Transfers& transfers, Direction direction, std::uint64_t limit);

/// The list that an incoming one holds now.
OfferedList offered_list(const TransferItem& item);

/// True when it is offered to us and waits for an answer.
bool is_unanswered_offer(const Transfer& transfer);

}  // namespace dropline::ui
