#include "ui/model/transfer_list.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

#include "tests/ui/made_up_transfers.hpp"
#include "ui/model/model.hpp"

using namespace dropline;
using made_up::happens;

namespace {

TransferId id(std::uint32_t number) { return made_up::id<TransferId>(number); }

Transfer one(std::uint32_t number, TransferState state, const Peer& with = made_up::ann) {
    Transfer transfer = made_up::transfer(number, with, Direction::out, state);
    transfer.name = std::to_string(number);
    return transfer;
}

Transfer queued(std::uint32_t number, std::uint32_t place, const Peer& with = made_up::ann) {
    Transfer transfer = one(number, TransferState::waiting, with);
    transfer.queue_place = place;
    return transfer;
}

ui::Transfers all_of(const std::vector<Transfer>& list) {
    ui::Transfers transfers;
    for (const Transfer& transfer : list) transfers.apply(transfer);
    return transfers;
}

/// Every row as the names on it, joined by '+'.
std::vector<std::string> rows_of(const ui::Transfers& transfers,
                                 const std::set<TransferId>& put_away = {}) {
    std::vector<std::string> rows;
    for (const ui::TransferRow& row : ui::list_transfers(transfers, {}, put_away).rows) {
        rows.emplace_back();
        for (const ui::TransferItem* item : row.items) {
            rows.back() += (rows.back().empty() ? "" : "+") + item->transfer.name;
        }
    }
    return rows;
}

using Rows = std::vector<std::string>;

}  // namespace

TEST_CASE("a speed limit is ours when what moves in its direction uses it up") {
    ui::Transfers transfers;
    Transfer first = made_up::transfer(1, made_up::ann, Direction::out, TransferState::active);
    first.rate_bytes_per_s = 30'000'000;
    transfers.apply(first);
    CHECK_FALSE(ui::is_used_up(transfers, Direction::out, 0));
    CHECK(ui::is_used_up(transfers, Direction::out, 30'000'000));
    CHECK_FALSE(ui::is_used_up(transfers, Direction::out, 60'000'000));
    CHECK_FALSE(ui::is_used_up(transfers, Direction::in, 30'000'000));
    Transfer second = made_up::transfer(2, made_up::bob, Direction::out, TransferState::active);
    second.rate_bytes_per_s = 25'000'000;
    transfers.apply(second);
    CHECK(ui::is_used_up(transfers, Direction::out, 60'000'000));
    second.state = TransferState::paused;
    transfers.apply(second);
    CHECK_FALSE(ui::is_used_up(transfers, Direction::out, 60'000'000));
}

TEST_CASE("what goes on is listed first, then what waits for its turn, then what is over") {
    const auto transfers =
        all_of({one(1, TransferState::done), queued(2, 2), queued(3, 1),
                one(4, TransferState::active), one(5, TransferState::interrupted),
                one(6, TransferState::failed), one(7, TransferState::paused)});
    CHECK(rows_of(transfers) == Rows{"7", "5", "4", "3", "2", "6", "1"});
}

TEST_CASE("one wish to send to several people is one card, in the order of the people") {
    std::vector<Transfer> batch = made_up::batch_to({made_up::ann, made_up::bob}, 100);
    batch[0].name = "to Ann";
    batch[1].name = "to Bob";
    batch.push_back(one(5, TransferState::active));
    CHECK(rows_of(all_of(batch)) == Rows{"5", "to Ann+to Bob"});
}

TEST_CASE("transfers without a batch stand alone, and so does a batch of one") {
    Transfer alone = one(3, TransferState::active);
    alone.batch = id(900);
    const auto transfers =
        all_of({one(1, TransferState::active), one(2, TransferState::active), alone});
    CHECK(rows_of(transfers) == Rows{"3", "2", "1"});
    CHECK_FALSE(ui::list_transfers(transfers, {}, {}).rows[0].is_batch());
}

TEST_CASE("what was offered again takes the place of what failed") {
    Transfer failed = one(1, TransferState::failed);
    failed.batch = id(900);
    Transfer elsewhere = one(2, TransferState::failed, made_up::bob);
    elsewhere.batch = id(900);
    ui::Transfers transfers = all_of({failed, elsewhere});
    CHECK(ui::can_be_retried(transfers, *transfers.find(id(1))));
    // The network takes the old one out of its batch, and offers anew a little later.
    failed.batch = {};
    transfers.apply(failed);
    CHECK(rows_of(transfers) == Rows{"1+2"});
    CHECK(ui::can_be_retried(transfers, *transfers.find(id(1))));
    Transfer again = one(3, TransferState::active);
    again.batch = id(900);
    transfers.apply(again);
    // Ann was asked first, and stays there.
    CHECK(rows_of(transfers) == Rows{"3+2"});
    CHECK_FALSE(ui::can_be_retried(transfers, *transfers.find(id(1))));
    CHECK(ui::can_be_retried(transfers, *transfers.find(id(2))));
}

TEST_CASE("only an own one that ended without arriving can be sent again") {
    const auto can_be_retried = [](const Transfer& transfer) {
        const ui::Transfers transfers = all_of({transfer});
        return ui::can_be_retried(transfers, *transfers.find(transfer.id));
    };
    for (const TransferState state :
         {TransferState::declined, TransferState::cancelled, TransferState::failed}) {
        CHECK(can_be_retried(one(1, state)));
    }
    for (const TransferState state :
         {TransferState::done, TransferState::active, TransferState::interrupted}) {
        CHECK_FALSE(can_be_retried(one(1, state)));
    }
    Transfer received = one(1, TransferState::failed);
    received.direction = Direction::in;
    CHECK_FALSE(can_be_retried(received));
}

TEST_CASE("what is put away is not listed, and an answered offer is no question any more") {
    const auto transfers = all_of({one(1, TransferState::done), one(2, TransferState::done)});
    CHECK(rows_of(transfers, {id(1)}) == Rows{"2"});
    ui::Transfers offers;
    event::Offer offer;
    offer.transfer = id(5);
    offer.from = made_up::ann;
    offers.apply(offer);
    CHECK(ui::list_transfers(offers, {}, {}).offers.size() == 1);
    CHECK(ui::list_transfers(offers, {ui::OfferedList{id(5)}}, {}).offers.empty());
    CHECK(ui::list_transfers(offers, {ui::OfferedList{id(5)}}, {}).rows.size() == 1);
}

TEST_CASE("a waiting one moves a place among those for the same person") {
    const auto transfers =
        all_of({queued(1, 1), queued(9, 1, made_up::bob), queued(2, 2), queued(3, 3)});
    const auto forward = [&](std::uint32_t number, std::uint32_t place) {
        return ui::move_forward(transfers, queued(number, place));
    };
    const auto back = [&](std::uint32_t number, std::uint32_t place) {
        return ui::move_back(transfers, queued(number, place));
    };
    CHECK_FALSE(forward(1, 1));
    REQUIRE(forward(3, 3));
    CHECK(forward(3, 3)->before == id(2));
    REQUIRE(back(1, 1));
    CHECK(back(1, 1)->before == id(3));
    REQUIRE(back(2, 2));
    CHECK_FALSE(back(2, 2)->before);
    CHECK_FALSE(back(3, 3));
    CHECK_FALSE(ui::move_forward(transfers, one(7, TransferState::active)));
    CHECK_FALSE(ui::move_back(transfers, queued(9, 1, made_up::bob)));
}

TEST_CASE("the list of an offer grows page by page and is forgotten with the answer") {
    const auto entries = made_up::many_entries(2500);
    ui::Model model(made_up::mara.id, made_up::mara.name);
    const event::Offer offer = made_up::offer_of(entries, made_up::ann, 50);
    model.apply(happens(offer));
    const auto page = [&](std::uint32_t first) {
        return happens(made_up::page_of(entries, {offer.transfer, first, 1000}));
    };
    CHECK(model.apply(page(1000)) == ui::Urgency::none);
    CHECK(model.apply(page(0)) == ui::Urgency::soon);
    CHECK(model.apply(page(0)) == ui::Urgency::none);
    CHECK(model.apply(page(1000)) == ui::Urgency::soon);
    CHECK(model.apply(page(2000)) == ui::Urgency::now);
    const ui::TransferItem* item = model.transfers().find(offer.transfer);
    REQUIRE(item->entries.size() == entries.size());
    CHECK(item->entries_total == entries.size());
    CHECK(item->entries.back().name == entries.back().name);
    Transfer accepted = made_up::transfer(50, made_up::ann, Direction::in, TransferState::waiting);
    model.apply(happens(event::TransferChanged{accepted}));
    CHECK(model.transfers().find(offer.transfer)->entries.empty());
    CHECK(model.apply(page(0)) == ui::Urgency::none);
}

TEST_CASE("somebody who is away since before the start is known by the name in the transfer") {
    ui::Model model(made_up::mara.id, made_up::mara.name);
    Transfer old = one(1, TransferState::interrupted);
    old.peer_name = "Ann as of last week";
    model.apply(happens(event::Transfers{{old}}));
    CHECK(model.name_of(made_up::ann.id) == "Ann as of last week");
    model.apply(happens(event::PeerJoined{made_up::ann}));
    CHECK(model.name_of(made_up::ann.id) == "Ann");
}
