#include "ui/text/transfer_words.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

#include "tests/ui/made_up_transfers.hpp"
#include "ui/text/batch_words.hpp"
#include "ui/text/quantity.hpp"
#include "ui/text/rate.hpp"
#include "ui/text/text.hpp"

using namespace dropline;
using namespace dropline::ui;

namespace {

const OtherSide ann_here{"Ann", true, true, false};

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

Transfer one(TransferState state, Direction direction = Direction::in) {
    use_language(Language::english);
    return made_up::transfer(1, made_up::ann, direction, state);
}

}  // namespace

TEST_CASE("a pause says who has to lift it") {
    Transfer transfer = one(TransferState::paused);
    transfer.paused_by = PausedBy::us;
    CHECK(has(state_words(transfer, "Ann"), "paused by you"));
    transfer.paused_by = PausedBy::peer;
    CHECK(has(state_words(transfer, "Ann"), "paused by Ann"));
    transfer.paused_by = PausedBy::disk;
    CHECK(has(state_words(transfer, "Ann"), "your disk is full"));
    CHECK(has(fact_words(transfer, ann_here), "when there is room"));
    transfer.direction = Direction::out;
    CHECK(has(state_words(transfer, "Ann"), "Ann's disk is full"));
    transfer.fault = Fault{FaultCode::file_error, "Away."};
    CHECK(has(state_words(transfer, "Ann"), "Ann cannot save it now"));
    CHECK(has(fact_words(transfer, ann_here), "when it can be saved there again"));
}

TEST_CASE("an interrupted one says what makes it go on") {
    Transfer transfer = one(TransferState::interrupted);
    CHECK(has(state_words(transfer, "Ann"), "interrupted"));
    CHECK(has(fact_words(transfer, {"Ann", false, true, false}), "when Ann is back"));
    CHECK(has(fact_words(transfer, {"Ann", false, false, false}),
              "when you and Ann are in the same room"));
    CHECK(has(fact_words(transfer, ann_here), "in a moment"));
    transfer.fault = Fault{FaultCode::file_error, "Its disk is away."};
    CHECK(has(fact_words(transfer, ann_here), "when that works again"));
}

TEST_CASE("a stale one says since when nothing moved, by its date") {
    Transfer transfer = one(TransferState::interrupted);
    transfer.is_stale = true;
    transfer.quiet_since =
        WallTime(std::chrono::sys_days(std::chrono::year(2026) / 3 / 14) + std::chrono::hours(12));
    CHECK(fact_words(transfer, ann_here) == "Nothing moved since 2026-03-14");
}

TEST_CASE("an active one says which stage it waits for, in both languages") {
    Transfer transfer = one(TransferState::active);
    CHECK(limit_words(transfer, ann_here).empty());
    transfer.bottleneck = Bottleneck::network;
    CHECK(limit_words(transfer, ann_here) == "limited by the network");
    transfer.bottleneck = Bottleneck::receiver_disk;
    CHECK(limit_words(transfer, ann_here) == "limited by the receiver's disk");
    transfer.bottleneck = Bottleneck::rate_limit;
    CHECK(limit_words(transfer, ann_here) == "limited by Ann's speed limit");
    OtherSide with_our_limit = ann_here;
    with_our_limit.is_limit_ours = true;
    CHECK(limit_words(transfer, with_our_limit) == "limited by your speed limit");
    use_language(Language::chinese);
    CHECK(limit_words(transfer, ann_here) == "瓶颈：Ann 的限速设置");
    CHECK(limit_words(transfer, with_our_limit) == "瓶颈：你的限速设置");
    use_language(Language::english);
    transfer.state = TransferState::done;
    CHECK(limit_words(transfer, ann_here).empty());
}

TEST_CASE("an active one that stands still says who does not answer, and promises no time") {
    Transfer transfer = one(TransferState::active);
    transfer.bottleneck = Bottleneck::network;
    CHECK_FALSE(is_without_answer(transfer));
    transfer.rate_bytes_per_s = 0;
    CHECK(is_without_answer(transfer));
    CHECK(has(state_words(transfer, "Ann"), "no answer from Ann"));
    CHECK_FALSE(has(state_words(transfer, "Ann"), "left"));
    CHECK(short_state_words(transfer, "Ann") == "33 % · no answer");
    CHECK(limit_words(transfer, ann_here).empty());
    use_language(Language::chinese);
    CHECK(has(state_words(transfer, "Ann"), "Ann 暂时没有响应"));
    use_language(Language::english);
    transfer.bottleneck = Bottleneck::receiver_disk;
    CHECK_FALSE(is_without_answer(transfer));
}

TEST_CASE("one that reads what is stored again says so, without a rate, a count or a limit") {
    Transfer transfer = one(TransferState::active);
    transfer.is_checking = true;
    transfer.files_total = 20'000;
    transfer.files_done = 4'161;
    transfer.bottleneck = Bottleneck::network;
    CHECK(state_words(transfer, "Ann") == "716 MB / 2.1 GB · checking what is here already…");
    CHECK(short_state_words(transfer, "Ann") == "checking…");
    CHECK(fact_words(transfer, ann_here).empty());
    CHECK(limit_words(transfer, ann_here).empty());
    transfer.rate_bytes_per_s = 0;
    CHECK_FALSE(is_without_answer(transfer));
    for (const TransferState state : {TransferState::waiting, TransferState::interrupted}) {
        transfer.state = state;
        CHECK(has(state_words(transfer, "Ann"), "checking what is here already…"));
    }
    transfer.direction = Direction::out;
    CHECK(has(state_words(transfer, "Ann"), "Ann is checking what is there already…"));
    use_language(Language::chinese);
    CHECK(has(state_words(transfer, "Ann"), "Ann 正在检查已有的内容…"));
    transfer.direction = Direction::in;
    CHECK(has(state_words(transfer, "Ann"), "正在检查已有的内容…"));
    use_language(Language::english);
}

TEST_CASE("files are counted, with those skipped and left out") {
    Transfer transfer = one(TransferState::active);
    CHECK(fact_words(transfer, ann_here).empty());
    transfer.files_total = 20'000;
    transfer.files_done = 1'240;
    transfer.files_skipped = 12;
    transfer.left_out = 2;
    CHECK(fact_words(transfer, ann_here) ==
          "1,240 of 20,000 files · 12 there already · 2 left out");
    transfer.state = TransferState::done;
    CHECK(fact_words(transfer, ann_here) == "20,000 files · 12 there already · 2 left out");
    CHECK(has(detail_words(transfer), "Links, sockets and devices"));
}

TEST_CASE("before anything came, files are counted without a part of them") {
    Transfer transfer = one(TransferState::offered, Direction::out);
    transfer.files_total = 40;
    CHECK(fact_words(transfer, ann_here) == "40 files");
    transfer.state = TransferState::waiting;
    CHECK(fact_words(transfer, ann_here) == "40 files");
    transfer.files_done = 2;
    CHECK(fact_words(transfer, ann_here) == "2 of 40 files");
}

TEST_CASE("what was saved under another name than it was sent with says so") {
    Transfer transfer = one(TransferState::done);
    transfer.name = "Project plans";
    transfer.saved_as = {"/home/ann/Downloads/Project plans"};
    CHECK(fact_words(transfer, ann_here).empty());
    transfer.saved_as = {"/home/ann/Downloads/Project plans (2)"};
    CHECK(fact_words(transfer, ann_here) == "saved as Project plans (2)");
}

TEST_CASE("bytes that travelled twice are told to whoever asks") {
    Transfer transfer = one(TransferState::active);
    CHECK(detail_words(transfer).empty());
    transfer.bytes_sent_again = 8'000'000;
    CHECK(has(detail_words(transfer), "8.0 MB"));
}

TEST_CASE("a reason stands with what failed or stands still, not with what goes on again") {
    Transfer transfer = one(TransferState::interrupted);
    transfer.fault = Fault{FaultCode::disconnected, "The cable was pulled."};
    CHECK(reason_words(transfer) == "The cable was pulled.");
    transfer.state = TransferState::active;
    CHECK(reason_words(transfer).empty());
}

TEST_CASE("a wish to several people counts those who are only asked apart from what moves") {
    use_language(Language::english);
    std::vector<Peer> people;
    people.reserve(8);
    for (std::uint32_t i = 0; i < 8; ++i) people.push_back(made_up::peer(50 + i, "Bo"));
    const std::vector<Transfer> transfers = made_up::batch_to(people, 300);
    std::vector<const Transfer*> all;
    all.reserve(transfers.size());
    for (const Transfer& transfer : transfers) all.push_back(&transfer);
    CHECK(batch_summary_words(all) ==
          "to 8 people · 2 arrived · 2 under way · 1 interrupted · 1 asked · 2 did not get it");
    use_language(Language::chinese);
    CHECK(batch_summary_words(all) ==
          "发给 8 人 · 2 人已收到 · 2 人进行中 · 1 人已中断 · 1 人待答复 · 2 人未收到");
    use_language(Language::english);
}

TEST_CASE("a wish to several people says its size, then how fast all of it goes") {
    Transfer to_ann = one(TransferState::offered, Direction::out);
    Transfer to_bo = to_ann;
    to_ann.bytes_total = to_bo.bytes_total = 4'000'000'000;
    to_ann.bytes_done = to_bo.bytes_done = 1'000'000'000;
    const std::vector<const Transfer*> both{&to_ann, &to_bo};
    CHECK(batch_progress_words(both) == "4.0 GB for each");
    to_ann.state = to_bo.state = TransferState::active;
    to_ann.rate_bytes_per_s = 30'000'000;
    to_bo.rate_bytes_per_s = 20'000'000;
    to_ann.eta_s = 100;
    to_bo.eta_s = 45;
    CHECK(batch_progress_words(both) == "2.0 GB / 8.0 GB · 50.0 MB/s · 2 min left");
    to_bo.state = TransferState::done;
    CHECK(batch_progress_words(both) == "5.0 GB / 8.0 GB · 30.0 MB/s · 2 min left");
    to_bo.state = TransferState::declined;
    to_ann.eta_s.reset();
    CHECK(batch_progress_words(both) == "1.0 GB / 4.0 GB · 30.0 MB/s");
}

TEST_CASE("below a person's name stands why they wait and what makes it go on") {
    Transfer transfer = one(TransferState::interrupted, Direction::out);
    transfer.fault = Fault{FaultCode::disconnected, "The cable was pulled."};
    const OtherSide ann_away{"Ann", false, true, false};
    CHECK(batch_person_words(transfer, ann_away) ==
          "Goes on by itself when Ann is back\nThe cable was pulled.");
    transfer.state = TransferState::failed;
    CHECK(batch_person_words(transfer, ann_here) == "The cable was pulled.");
    transfer.state = TransferState::offered;
    CHECK(batch_person_words(transfer, ann_here).empty());
    transfer.state = TransferState::active;
    transfer.files_total = 20;
    transfer.files_done = 4;
    transfer.bottleneck = Bottleneck::sender_disk;
    CHECK(batch_person_words(transfer, ann_here) ==
          "17 s left · 4 of 20 files · limited by the sender's disk");
}

TEST_CASE("a queued one says its place, a connecting one that it connects") {
    Transfer transfer = one(TransferState::waiting);
    CHECK(has(state_words(transfer, "Ann"), "connecting"));
    transfer.queue_place = 3;
    CHECK(has(state_words(transfer, "Ann"), "place 3"));
    CHECK(short_state_words(transfer, "Ann") == "place 3");
}

TEST_CASE("counts have their thousands apart") {
    CHECK(count_text(0) == "0");
    CHECK(count_text(999) == "999");
    CHECK(count_text(1'000) == "1,000");
    CHECK(count_text(100'000) == "100,000");
    CHECK(count_text(1'234'567) == "1,234,567");
}

TEST_CASE("a rate limit reads as people write it") {
    CHECK(rate_from_text("5M") == 5'000'000U);
    CHECK(rate_from_text("1.5m") == 1'500'000U);
    CHECK(rate_from_text("800K") == 800'000U);
    CHECK(rate_from_text("2g") == 2'000'000'000U);
    CHECK(rate_from_text("123") == 123U);
    CHECK(rate_from_text("0") == 0U);
    CHECK(rate_from_text("0.0001k") == 1U);
    CHECK(rate_from_text("1000G") == 1'000'000'000'000U);
    for (const char* bad : {"", "k", "-1", "+1", " 1", "1 ", "1e3", ".5", "5.", "1.2.3", "nan",
                            "inf", "0x10", "5MB", "1001G"}) {
        CAPTURE(bad);
        CHECK_FALSE(rate_from_text(bad));
    }
}

TEST_CASE("a rate limit is written so that it reads as the same") {
    for (const std::uint64_t rate :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{999}, std::uint64_t{800'000},
          std::uint64_t{1'500'000}, std::uint64_t{5'000'001}, std::uint64_t{1'000'000'000'000}}) {
        CHECK(rate_from_text(rate_setting_text(rate)) == rate);
    }
    CHECK(rate_setting_text(5'000'000) == "5M");
    CHECK(rate_setting_text(1'500'000) == "1500k");
}
