// All hand-overs of this run, offered, running and over, in order of arrival.
// Thread: ui. Knows what the network said last about each; computes no progress of its own.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/api/event.hpp"
#include "net/api/values.hpp"

namespace dropline::ui {

struct TransferItem {
    Transfer transfer;
    std::optional<event::Offer> offer;  // of an incoming one: what it holds
};

class Transfers {
  public:
    const std::vector<TransferItem>& all() const { return items_; }
    const TransferItem* find(const TransferId& id) const;
    /// Offers to us that nobody answered yet.
    std::size_t unanswered_count() const;
    std::size_t running_count() const;

    struct Change {
        bool is_new = false;
        bool is_only_progress = false;
    };
    Change apply(const Transfer& transfer);
    Change apply(const event::Offer& offer);

  private:
    TransferItem& item(const TransferId& id, bool& is_new);

    std::vector<TransferItem> items_;
    std::unordered_map<TransferId, std::size_t> index_;
};

/// True when it is offered to us and waits for an answer.
bool is_unanswered_offer(const Transfer& transfer);

}  // namespace dropline::ui
