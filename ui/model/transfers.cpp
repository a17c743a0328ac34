#include "ui/model/transfers.hpp"

#include <algorithm>

namespace dropline::ui {

bool is_used_up(const Transfers& transfers, Direction direction, std::uint64_t limit) {
    if (limit == 0) return false;
    std::uint64_t rate = 0;
    for (const TransferItem& item : transfers.all()) {
        const Transfer& transfer = item.transfer;
        const bool moves = transfer.state == TransferState::active;
        if (moves && transfer.direction == direction) rate += transfer.rate_bytes_per_s;
    }
    // Rates are looked at over two seconds: they waver around the limit.
    return rate >= limit - limit / 5;
}

OfferedList offered_list(const TransferItem& item) {
    return {item.transfer.id, item.offer ? item.offer->version : 0};
}

bool is_unanswered_offer(const Transfer& transfer) {
    return transfer.state == TransferState::offered && transfer.direction == Direction::in;
}

const TransferItem* Transfers::find(const TransferId& id) const {
    const auto found = index_.find(id);
    return found == index_.end() ? nullptr : &items_[found->second];
}

bool Transfers::is_superseded(const TransferItem& item) const {
    if (item.wish.is_zero() || !item.transfer.is_over()) return false;
    const auto newest = newest_.find({item.wish, item.transfer.peer});
    return newest != newest_.end() && newest->second != item.transfer.id;
}

std::size_t Transfers::unanswered_count(const PeerId& from) const {
    return static_cast<std::size_t>(
        std::count_if(items_.begin(), items_.end(), [&from](const TransferItem& item) {
            return item.transfer.peer == from && is_unanswered_offer(item.transfer);
        }));
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
    if (inserted) items_.emplace_back().number = static_cast<int>(found->second);
    return items_[found->second];
}

Transfers::Change Transfers::apply(const Transfer& transfer) {
    Change change;
    TransferItem& known = item(transfer.id, change.is_new);
    change.is_only_progress = !change.is_new && known.transfer.state == transfer.state;
    known.transfer = transfer;
    if (known.wish.is_zero() && !transfer.batch.is_zero()) {
        known.wish = transfer.batch;
        newest_.insert_or_assign({transfer.batch, transfer.peer}, transfer.id);
    }
    // A hundred thousand names are for choosing from; afterwards nobody looks at them.
    if (!is_unanswered_offer(transfer)) known.entries = {};
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
    if (known.offer && known.offer->version != offer.version) {
        known.is_list_changed = true;
        known.entries = {};
        known.entries_total = 0;
    }
    known.offer = offer;
    return change;
}

bool Transfers::apply(const event::OfferEntries& page) {
    const auto found = index_.find(page.transfer);
    if (found == index_.end()) return false;
    TransferItem& known = items_[found->second];
    const bool is_next =
        known.offer && page.version == known.offer->version && page.first == known.entries.size();
    if (!is_unanswered_offer(known.transfer) || !is_next) return false;
    known.entries_total = page.total;
    known.entries.insert(known.entries.end(), page.entries.begin(), page.entries.end());
    return true;
}

}  // namespace dropline::ui
