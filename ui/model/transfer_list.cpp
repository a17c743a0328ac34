#include "ui/model/transfer_list.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace dropline::ui {
namespace {

enum class Rank { goes_on, waits_for_turn, over };

Rank rank_of(const Transfer& transfer) {
    if (transfer.is_over()) return Rank::over;
    return transfer.queue_place > 0 ? Rank::waits_for_turn : Rank::goes_on;
}

/// The place of a row: what its liveliest transfer deserves.
auto order_of(const TransferRow& row) {
    auto best = std::pair(Rank::over, std::uint32_t{0});
    for (const TransferItem* item : row.items) {
        const Rank rank = rank_of(item->transfer);
        const std::uint32_t place = rank == Rank::waits_for_turn ? item->transfer.queue_place : 0;
        best = std::min(best, std::pair(rank, place));
    }
    return best;
}

/// Those that wait for their turn with this one, the next one first.
std::vector<const Transfer*> queue_of(const Transfers& transfers, const Transfer& of) {
    std::vector<const Transfer*> queue;
    for (const TransferItem& item : transfers.all()) {
        const bool waits = rank_of(item.transfer) == Rank::waits_for_turn;
        const bool is_beside =
            item.transfer.peer == of.peer && item.transfer.direction == of.direction;
        if (waits && is_beside) queue.push_back(&item.transfer);
    }
    std::stable_sort(queue.begin(), queue.end(), [](const Transfer* a, const Transfer* b) {
        return a->queue_place < b->queue_place;
    });
    return queue;
}

/// Where `id` stands in `queue`; its size when it does not.
std::size_t place_in(const std::vector<const Transfer*>& queue, const TransferId& id) {
    const auto is_it = [&id](const Transfer* one) { return one->id == id; };
    return static_cast<std::size_t>(std::find_if(queue.begin(), queue.end(), is_it) -
                                    queue.begin());
}

}  // namespace

TransferList list_transfers(const Transfers& transfers, const std::set<OfferedList>& answered,
                            const std::set<TransferId>& put_away) {
    TransferList list;
    std::unordered_map<TransferId, std::size_t> row_of_wish;
    const std::vector<TransferItem>& all = transfers.all();
    std::map<std::pair<TransferId, PeerId>, std::ptrdiff_t> place_of;
    for (auto item = all.rbegin(); item != all.rend(); ++item) {
        const Transfer& transfer = item->transfer;
        if (!item->wish.is_zero()) place_of[{item->wish, transfer.peer}] = all.rend() - item;
        if (put_away.contains(transfer.id) || transfers.is_superseded(*item)) continue;
        list.has_finished |= transfer.is_over();
        if (item->offer && is_unanswered_offer(transfer) &&
            !answered.contains(offered_list(*item))) {
            list.offers.push_back(&*item);
            continue;
        }
        const auto [row, is_new] = row_of_wish.try_emplace(item->wish, list.rows.size());
        const bool stands_alone = item->wish.is_zero();
        if (stands_alone || is_new) list.rows.emplace_back();
        TransferRow& its_row = stands_alone ? list.rows.back() : list.rows[row->second];
        its_row.items.push_back(&*item);
    }
    // Who is asked again keeps the place of the first time.
    const auto place = [&place_of](const TransferItem* item) {
        return place_of.at({item->wish, item->transfer.peer});
    };
    for (TransferRow& row : list.rows) {
        std::reverse(row.items.begin(), row.items.end());
        if (!row.is_batch()) continue;
        std::stable_sort(
            row.items.begin(), row.items.end(),
            [&](const TransferItem* a, const TransferItem* b) { return place(a) < place(b); });
    }
    std::stable_sort(
        list.rows.begin(), list.rows.end(),
        [](const TransferRow& a, const TransferRow& b) { return order_of(a) < order_of(b); });
    return list;
}

bool can_be_retried(const Transfers& transfers, const TransferItem& item) {
    const Transfer& transfer = item.transfer;
    const bool is_without_success = transfer.is_over() && transfer.state != TransferState::done;
    return is_without_success && transfer.direction == Direction::out &&
           !transfers.is_superseded(item);
}

std::optional<command::Move> move_forward(const Transfers& transfers, const Transfer& transfer) {
    const auto queue = queue_of(transfers, transfer);
    const std::size_t place = place_in(queue, transfer.id);
    if (place == queue.size() || place == 0) return std::nullopt;
    return command::Move{transfer.id, queue[place - 1]->id};
}

std::optional<command::Move> move_back(const Transfers& transfers, const Transfer& transfer) {
    const auto queue = queue_of(transfers, transfer);
    const std::size_t place = place_in(queue, transfer.id);
    if (place + 1 >= queue.size()) return std::nullopt;
    if (place + 2 == queue.size()) return command::Move{transfer.id, std::nullopt};
    return command::Move{transfer.id, queue[place + 2]->id};
}

}  // namespace dropline::ui
