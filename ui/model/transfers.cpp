#include "ui/model/transfers.hpp"

#include <algorithm>

namespace dropline::ui {

bool is_unanswered_offer(const Transfer& transfer) {
    return transfer.state == TransferState::offered && transfer.direction == Direction::in;
}

const TransferItem* Transfers::find(const TransferId& id) const {
    const auto found = index_.find(id);
    return found == index_.end() ? nullptr : &items_[found->second];
}

std::size_t Transfers::unanswered_count() const {
    return static_cast<std::size_t>(
        std::count_if(items_.begin(), items_.end(),
                      [](const TransferItem& item) { return is_unanswered_offer(item.transfer); }));
}

std::size_t Transfers::running_count() const {
    return static_cast<std::size_t>(
        std::count_if(items_.begin(), items_.end(), [](const TransferItem& item) {
            return !item.transfer.is_over() && item.transfer.state != TransferState::offered;
        }));
}

TransferItem& Transfers::item(const TransferId& id, bool& is_new) {
    const auto [found, inserted] = index_.try_emplace(id, items_.size());
    is_new = inserted;
    if (inserted) items_.emplace_back();
    return items_[found->second];
}

Transfers::Change Transfers::apply(const Transfer& transfer) {
    Change change;
    TransferItem& known = item(transfer.id, change.is_new);
    change.is_only_progress = !change.is_new && known.transfer.state == transfer.state;
    known.transfer = transfer;
    return change;
}

Transfers::Change Transfers::apply(const event::Offer& offer) {
    Change change;
    TransferItem& known = item(offer.transfer, change.is_new);
    if (change.is_new) {
        known.transfer.id = offer.transfer;
        known.transfer.peer = offer.from.id;
        known.transfer.direction = Direction::in;
        known.transfer.name = offer.name;
        known.transfer.bytes_total = offer.bytes;
        known.transfer.files_total = offer.files;
    }
    known.offer = offer;
    return change;
}

}  // namespace dropline::ui
