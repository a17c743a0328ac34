// In what order the transfers are listed, and which of them belong together on one card.
// Thread: ui. Values only; an id that is put away or answered is the window's knowledge.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "net/api/command.hpp"
#include "ui/model/transfers.hpp"

namespace dropline::ui {

/// One card: a transfer, or all of one wish to send to several people, in the order of the people.
struct TransferRow {
    std::vector<const TransferItem*> items;
    bool is_batch() const { return items.size() > 1; }
};

struct TransferList {
    std::vector<const TransferItem*> offers;  // to us, unanswered; the newest first
    /// What goes on, the newest first; then what waits for its turn, the next one first; then what
    /// is over, the newest first.
    std::vector<TransferRow> rows;
    bool has_finished = false;
};

/// The pointers live as long as `transfers` is not changed.
TransferList list_transfers(const Transfers& transfers, const std::set<OfferedList>& answered,
                            const std::set<TransferId>& put_away);

/// True for an own one that ended without arriving and was not offered again since.
bool can_be_retried(const Transfers& transfers, const TransferItem& item);

/// What puts a waiting one a place further to the front or to the end among those that wait for
/// the same person; empty when it is there already, or does not wait.
std::optional<command::Move> move_forward(const Transfers& transfers, const Transfer& transfer);
std::optional<command::Move> move_back(const Transfers& transfers, const Transfer& transfer);

}  // namespace dropline::ui
