// What the profile keeps of a transfer, and what it makes of it after a restart.
#include "net/transfer/journal.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>

#include "net/api/limits.hpp"
#include "net/transfer/safe_name.hpp"
#include "tests/transfer/reception.hpp"
#include "tests/transfer/sender_frames.hpp"

using namespace dropline;
using namespace dropline::tests;

namespace {

TransferRecord record_of(Direction direction) {
    TransferRecord record;
    record.shown.id = random_id<TransferId>();
    record.shown.peer = *PeerId::from_bytes(std::string(PeerId::size_bytes, 'p'));
    record.shown.peer_name = "小陈";
    record.shown.batch = random_id<TransferId>();
    record.shown.direction = direction;
    record.shown.bytes_done = 77;
    record.shown.files_done = 3;
    record.version = 2;
    record.is_accepted = true;
    return record;
}

KeptTransfer keep(TransferRecord& record, bool is_done = false) {
    if (record.session) record.state_blob = encode_state(*record.session);
    KeptTransfer kept;
    kept.id = record.shown.id;
    kept.peer = record.shown.peer;
    kept.is_outgoing = !record.is_incoming();
    kept.touched_at = WallTime(std::chrono::milliseconds(123'456));
    if (!is_done) kept.manifest = encode_agreed(record);
    kept.progress = encode_progress(record, is_done);
    return kept;
}

/// An accepted offer of three roots, of which one has its name and one is half there.
TransferRecord received_record(const std::filesystem::path& into) {
    TransferRecord record = record_of(Direction::in);
    Manifest list = list_of({{"a", 5}, {"d/", 0}, {"d/x", 7}, {"d/y", 9}, {"z", 1}});
    list.left_out = 4;
    list.entries[2].is_executable = true;
    list.entries[3].modified_at_s = -9;
    list.entries[4].is_risky = true;
    record.manifest = std::make_shared<const Manifest>(list);
    ReceiveState state = ReceiveState::all_of(list);
    state.leave_out(list, 3);
    state.mark_stored(list, 0);
    state.roots[0].is_over = true;
    state.roots[0].saved_as = "a (2)";
    state.roots[1].staged_as = ".d.part";
    state.roots[1].identity = FileIdentity{11, 12, 13};
    state.roots[2].staged_as = "z.part";
    state.bytes_stored = 6;
    state.bytes_sent_again = 2;
    record.session =
        std::make_shared<ReceiveSession>(record.shown.id, into, record.manifest, state);
    record.session->expect_folder(FileIdentity{21, 22, -23});
    return record;
}

std::vector<std::pair<std::string, std::uint64_t>> as_many_files_as_an_offer_may_hold() {
    std::vector<std::pair<std::string, std::uint64_t>> files;
    for (std::size_t i = 0; i < limits::offer_entries_max; ++i) {
        files.emplace_back("IMG_20261123_" + std::to_string(i) + ".jpeg", 1024);
    }
    return files;
}

}  // namespace

TEST_CASE("A transfer that is received goes on after a restart as far as it was") {
    const std::string into = "/home/anna/下载\xff";
    TransferRecord record = received_record(into);
    record.is_paused_by_us = GENERATE(false, true);
    const KeptTransfer kept = keep(record);
    CHECK(decode_kept(kept)->rule_bytes_max == 0);
    record.rule_bytes_max = 5'000'000;
    CHECK(decode_kept(keep(record))->rule_bytes_max == 5'000'000);
    record.renewed_bytes_max = 7'000'000;
    CHECK(decode_kept(keep(record))->renewed_bytes_max == 7'000'000);
    const RecordPtr again = decode_kept(kept);
    REQUIRE(again);
    CHECK(again->shown.id == record.shown.id);
    CHECK(again->shown.peer == record.shown.peer);
    CHECK(again->shown.peer_name == "小陈");
    CHECK(again->shown.direction == Direction::in);
    CHECK(again->shown.state == TransferState::interrupted);
    CHECK(again->quiet_since == kept.touched_at);
    CHECK(again->shown.bytes_total == 13);
    CHECK(again->shown.files_total == 3);
    CHECK(again->shown.left_out == 4);
    CHECK(again->is_accepted);
    CHECK(again->is_kept);
    CHECK(again->is_announced);
    CHECK(again->is_paused_by_us == record.is_paused_by_us);
    CHECK(again->version == 2);

    REQUIRE(again->session);
    CHECK(again->session->into() == into);
    CHECK(again->session->folder_identity() == FileIdentity{21, 22, -23});
    const Manifest& list = again->session->manifest();
    REQUIRE(list.size() == 5);
    CHECK(list.entries[2].path == "d/x");
    CHECK(list.entries[2].bytes == 7);
    CHECK(list.entries[2].is_executable);
    CHECK(list.entries[3].modified_at_s == -9);
    CHECK(list.entries[4].is_risky);
    CHECK(list.roots.size() == 3);

    const ReceiveState& state = again->session->state();
    CHECK(state.entries == std::vector{EntryState::stored, EntryState::missing, EntryState::missing,
                                       EntryState::unwanted, EntryState::missing});
    CHECK(state.roots[0].is_over);
    CHECK(state.roots[0].saved_as == "a (2)");
    CHECK(state.roots[1].staged_as == ".d.part");
    CHECK(state.roots[1].identity == FileIdentity{11, 12, 13});
    CHECK(state.roots[2].staged_as == "z.part");
    CHECK_FALSE(state.roots[2].identity);
    CHECK(state.bytes_wanted == 13);
    CHECK(state.files_wanted == 3);
    CHECK(state.files_stored == 1);
    CHECK(state.bytes_stored == 6);
    CHECK(state.bytes_sent_again == 2);
    CHECK_FALSE(state.has_looked_at_disk);
}

TEST_CASE("A transfer that is sent goes on after a restart with the files as they were offered") {
    TestFolder folder;
    std::filesystem::create_directories(folder.send() / "d/A");
    std::filesystem::create_directories(folder.send() / "d/a");
    folder.write(folder.send() / "d/A/x", "in A");
    folder.write(folder.send() / "d/a/x", "in a");
    TransferRecord record = record_of(Direction::out);
    const auto sources = sources_of({folder.send() / "d"});
    record.sources = std::make_shared<const SourceTree>(sources);
    record.chosen = sources.chosen;
    record.chosen.emplace_back(folder.send() / "left out");
    record.unsendable = Unsendable::left_out;
    // The receiver took one of the two.
    record.shown.files_total = 1;
    record.shown.bytes_total = 4;
    const RecordPtr again = decode_kept(keep(record));
    REQUIRE(again);
    CHECK(again->shown.direction == Direction::out);
    CHECK(again->shown.files_total == 1);
    CHECK(again->shown.bytes_total == 4);
    CHECK(again->shown.batch == record.shown.batch);
    CHECK(again->chosen == record.chosen);
    CHECK(again->unsendable == Unsendable::left_out);
    REQUIRE(again->sources);
    CHECK(again->sources->chosen == sources.chosen);
    CHECK(again->sources->stamps == sources.stamps);
    CHECK(again->sources->own_names == sources.own_names);
    const TransferPlan everything{std::vector<bool>{true, true, false, true, false}, {}};
    CHECK(stream_of(*again->sources, everything).bytes == stream_of(sources, everything).bytes);
    CHECK(stream_of(*again->sources, everything).result);
    folder.write(folder.send() / "d/A/x", "IN A");
    CHECK_FALSE(stream_of(*again->sources, everything).result);
}

TEST_CASE("What has gone is known after a restart of either side") {
    const Manifest list = without(list_of({{"d/", 0}, {"d/x", 7}, {"d/y", 9}, {"z", 1}}), {"d/x"});
    TransferRecord received = record_of(Direction::in);
    received.manifest = std::make_shared<const Manifest>(list);
    received.session = std::make_shared<ReceiveSession>(received.shown.id, "/", received.manifest,
                                                        ReceiveState::all_of(list));
    TransferRecord sent = record_of(Direction::out);
    SourceTree sources;
    sources.manifest = list;
    sources.chosen = {"/d", "/z"};
    sources.stamps.resize(list.size());
    sent.sources = std::make_shared<const SourceTree>(sources);
    sent.chosen = sources.chosen;
    const RecordPtr receiving = decode_kept(keep(received));
    const RecordPtr sending = decode_kept(keep(sent));
    REQUIRE(receiving);
    REQUIRE(sending);
    CHECK(receiving->session->state().entries ==
          std::vector{EntryState::missing, EntryState::unwanted, EntryState::missing,
                      EntryState::missing});
    CHECK(receiving->shown.files_total == 2);
    CHECK(receiving->shown.bytes_total == 10);
    for (const Manifest* again : {receiving->manifest.get(), &sending->sources->manifest}) {
        CHECK(again->entries[1].is_gone);
        CHECK(again->gone == 1);
        CHECK(again->files() == 2);
    }
}

TEST_CASE("Whether an offer had its answer is kept") {
    TestFolder folder;
    folder.write(folder.send() / "x", "x");
    const bool is_accepted = GENERATE(true, false);
    TransferRecord record = record_of(Direction::out);
    record.sources = std::make_shared<const SourceTree>(sources_of({folder.send() / "x"}));
    record.chosen = record.sources->chosen;
    record.is_accepted = is_accepted;
    const RecordPtr again = decode_kept(keep(record));
    REQUIRE(again);
    CHECK(again->is_accepted == is_accepted);
    CHECK(again->is_said != is_accepted);
}

TEST_CASE("Of a done transfer its id, its person and that it is done are kept") {
    TestFolder folder;
    TransferRecord record = received_record(folder.receive());
    const RecordPtr again = decode_kept(keep(record, true));
    REQUIRE(again);
    CHECK(again->shown.state == TransferState::done);
    CHECK(again->shown.id == record.shown.id);
    CHECK(again->shown.peer == record.shown.peer);
    CHECK_FALSE(again->session);
}

TEST_CASE("Roots that have their own names are kept as ranges, whatever lies between them") {
    Manifest list = list_of({{"0", 1}, {"1", 1}, {"2", 1}, {"3", 1}, {"4", 1}, {"5", 1}});
    const unsigned over = GENERATE(0b000000U, 0b111111U, 0b101101U, 0b100001U, 0b011110U);
    TransferRecord record = record_of(Direction::in);
    record.manifest = std::make_shared<const Manifest>(list);
    ReceiveState state = ReceiveState::all_of(list);
    for (std::uint32_t root = 0; root < 6; ++root) {
        state.roots[root].is_over = (over >> root & 1U) != 0;
        if (state.roots[root].is_over) state.roots[root].saved_as = std::to_string(root);
    }
    record.session =
        std::make_shared<ReceiveSession>(record.shown.id, "/x", record.manifest, state);
    const RecordPtr again = decode_kept(keep(record));
    REQUIRE(again);
    for (std::uint32_t root = 0; root < 6; ++root) {
        CHECK(again->session->state().roots[root].is_over == state.roots[root].is_over);
        CHECK(again->session->state().roots[root].saved_as == state.roots[root].saved_as);
    }
}

TEST_CASE("Bytes that make no sense give no transfer and do no harm") {
    TestFolder folder;
    TransferRecord record = received_record(folder.receive());
    const KeptTransfer good = keep(record);
    SECTION("nothing at all") {
        KeptTransfer kept = good;
        kept.manifest.clear();
        CHECK(decode_kept(kept) == nullptr);
    }
    SECTION("not what it should be") {
        KeptTransfer kept = good;
        kept.manifest = "\xff\xff\xff\xff";
        CHECK(decode_kept(kept) == nullptr);
        kept = good;
        kept.progress = "\xff\xff\xff\xff";
        CHECK(decode_kept(kept) == nullptr);
    }
    SECTION("sending without its places") {
        KeptTransfer kept = good;
        kept.is_outgoing = true;
        CHECK(decode_kept(kept) == nullptr);
    }
    SECTION("cut or turned over anywhere") {
        const std::uint32_t seed = 7788;
        CAPTURE(seed);
        std::mt19937 random(seed);
        for (std::string KeptTransfer::*blob : {&KeptTransfer::manifest, &KeptTransfer::progress}) {
            for (std::size_t at = 0; at < (good.*blob).size(); ++at) {
                KeptTransfer kept = good;
                (kept.*blob).resize(at);
                (void)decode_kept(kept);
                kept = good;
                (kept.*blob)[at] = static_cast<char>(random());
                const RecordPtr again = decode_kept(kept);
                if (!again || !again->session) continue;
                const ReceiveState& state = again->session->state();
                REQUIRE(state.entries.size() == again->session->manifest().size());
                REQUIRE(state.roots.size() == again->session->manifest().roots.size());
            }
        }
    }
}

TEST_CASE("A selection of as many files as an offer may hold is not too much for the journal") {
    const auto files = as_many_files_as_an_offer_may_hold();
    TransferRecord record = record_of(Direction::in);
    record.manifest = std::make_shared<const Manifest>(list_of(files));
    ReceiveState state = ReceiveState::all_of(*record.manifest);
    for (std::size_t root = 0; root < files.size(); ++root) {
        state.roots[root].staged_as = files[root].first + ".part";
    }
    record.session =
        std::make_shared<ReceiveSession>(record.shown.id, "/x", record.manifest, state);
    const KeptTransfer kept = keep(record);
    CHECK(kept.manifest.size() <= kept_manifest_bytes_max);
    CHECK(kept.progress.size() <= kept_progress_bytes_max);
}

TEST_CASE("A selection of that many files is not too much when each is saved beside another") {
    // As when all of it is there already, or every other file, so that no two numbers are alike.
    const auto numbers = GENERATE(as<std::size_t>(), 1, 2);
    const auto files = as_many_files_as_an_offer_may_hold();
    TransferRecord record = record_of(Direction::in);
    record.manifest = std::make_shared<const Manifest>(list_of(files));
    ReceiveState state = ReceiveState::all_of(*record.manifest);
    for (std::size_t root = 0; root < files.size(); ++root) {
        state.roots[root].is_over = true;
        state.roots[root].saved_as = numbered_name(files[root].first, 2 + root % numbers);
    }
    record.session =
        std::make_shared<ReceiveSession>(record.shown.id, "/x", record.manifest, state);
    const KeptTransfer kept = keep(record);
    CHECK(kept.progress.size() <= kept_progress_bytes_max);
    const RecordPtr again = decode_kept(kept);
    REQUIRE(again);
    const auto& roots = again->session->state().roots;
    CHECK(std::ranges::equal(roots, state.roots, {}, &RootState::saved_as, &RootState::saved_as));
    CHECK(std::ranges::all_of(roots, &RootState::is_over));
}

TEST_CASE("Whatever name a root was saved under is known after a restart") {
    const auto name = GENERATE(as<std::string>(), "a", "photo.jpg", "photo (7).jpg", "x (2) (3)",
                               "b (", std::string(250, 'n') + ".txt");
    const auto number = GENERATE(as<std::size_t>(), 1, 2, 9, 10, 9999);
    const bool is_numbered = GENERATE(true, false);
    Manifest list = list_of({{"0", 1}, {name, 1}, {"z", 1}});
    TransferRecord record = record_of(Direction::in);
    record.manifest = std::make_shared<const Manifest>(list);
    ReceiveState state = ReceiveState::all_of(list);
    state.roots[1].is_over = true;
    state.roots[1].saved_as = is_numbered ? numbered_name(name, number) : "another (2)";
    record.session =
        std::make_shared<ReceiveSession>(record.shown.id, "/x", record.manifest, state);
    const RecordPtr again = decode_kept(keep(record));
    REQUIRE(again);
    const auto& roots = again->session->state().roots;
    CHECK_FALSE(roots[0].is_over);
    CHECK(roots[1].is_over);
    CHECK(roots[1].saved_as == state.roots[1].saved_as);
    CHECK_FALSE(roots[2].is_over);
}

TEST_CASE("What is being ended while it is received is cleared away by the next run") {
    TestFolder folder;
    TransferRecord record = received_record(folder.receive());
    record.ending = TransferRecord::Ending{TransferState::cancelled, std::nullopt};
    const RecordPtr again = decode_kept(keep(record));
    REQUIRE(again);
    CHECK(again->is_left_behind);
    CHECK(again->session);
    CHECK_FALSE(again->is_remembered);
}

TEST_CASE("what was cancelled while its receiver was away is remembered as no more than that") {
    TransferRecord record = record_of(Direction::out);
    record.shown.state = TransferState::cancelled;
    KeptTransfer kept;
    kept.id = record.shown.id;
    kept.peer = record.shown.peer;
    kept.is_outgoing = true;
    kept.progress = encode_progress(record, false);
    const RecordPtr again = decode_kept(kept);
    REQUIRE(again);
    CHECK(again->shown.state == TransferState::cancelled);
    CHECK(again->is_remembered);
    CHECK_FALSE(again->sources);
}
