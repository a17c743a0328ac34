#include "net/store/room_log.hpp"

#include <catch2/catch_test_macros.hpp>

#include <limits>
#include <string>
#include <vector>

#include "net/api/limits.hpp"
#include "tests/store/open_store.hpp"
#include "tests/store/scratch_folder.hpp"

namespace dropline {
namespace {

using test::entry_by;
using test::id_of;
using test::OpenStore;
using test::ScratchFolder;
using test::some_time;

using Entries = std::vector<LogEntry>;

std::vector<std::uint64_t> seqs_of(const Entries& entries) {
    std::vector<std::uint64_t> seqs;
    for (const LogEntry& entry : entries) seqs.push_back(entry.seq);
    return seqs;
}

Entries read_before(OpenStore& store, RoomLog& log, std::optional<std::uint64_t> before,
                    std::size_t limit) {
    return OpenStore::value_of(
        store.wait<Entries>([&](auto done) { log.read_before(before, limit, std::move(done)); }));
}

Entries read_after(OpenStore& store, RoomLog& log, std::uint64_t after, std::size_t limit) {
    return OpenStore::value_of(
        store.wait<Entries>([&](auto done) { log.read_after(after, limit, std::move(done)); }));
}

TEST_CASE("Messages are numbered from 1 without gaps and come back as they were") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    const auto log = store.room_log("Lab");
    CHECK(log->last_seq() == 0);
    for (unsigned char n = 1; n <= 20; ++n) {
        const auto appended = store.append(*log, entry_by(n % 3, n, "line"));
        REQUIRE(appended);
        CHECK(appended->seq == n);
        CHECK_FALSE(appended->is_duplicate);
    }
    const Entries entries = store.all_of(*log);
    REQUIRE(entries.size() == 20);
    CHECK(entries[4].seq == 5);
    CHECK(entries[4].id == entry_by(2, 5, "").id);
    CHECK(entries[4].author == id_of<PeerId>(2));
    CHECK(entries[4].author_name == "Ann");
    CHECK(entries[4].sent_at == some_time);
}

TEST_CASE("A message sent again is in the log once and gets its first number and time") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    const auto log = store.room_log("Lab");
    REQUIRE(store.append(*log, entry_by(1, 1, "first")));
    REQUIRE(store.append(*log, entry_by(1, 2, "second")));

    LogEntry again = entry_by(1, 1, "first, changed");
    again.sent_at += std::chrono::hours(1);
    const auto repeated = store.append(*log, again);
    REQUIRE(repeated);
    CHECK(repeated->is_duplicate);
    CHECK(repeated->seq == 1);
    CHECK(repeated->sent_at == some_time);

    const auto next = store.append(*log, entry_by(1, 3, "third"));
    REQUIRE(next);
    CHECK(next->seq == 3);
    CHECK(store.all_of(*log)[0].text == "first");
}

TEST_CASE("Two authors may use the same message id") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    const auto log = store.room_log("Lab");
    REQUIRE(store.append(*log, entry_by(1, 7, "mine")));
    const auto other = store.append(*log, entry_by(2, 7, "not mine"));
    REQUIRE(other);
    CHECK_FALSE(other->is_duplicate);
    CHECK(other->seq == 2);
}

TEST_CASE("Numbers, id and duplicates of a log survive a restart") {
    const ScratchFolder scratch;
    LogId id;
    {
        OpenStore store(scratch / "history.db");
        const auto log = store.room_log("Lab");
        id = log->id();
        REQUIRE(store.append(*log, entry_by(1, 1, "before")));
        REQUIRE(store.append(*log, entry_by(1, 2, "before")));
    }
    OpenStore store(scratch / "history.db");
    CHECK_FALSE(store->notice());
    const auto log = store.room_log("Lab");
    CHECK(log->id() == id);
    CHECK(log->last_seq() == 2);
    const auto repeated = store.append(*log, entry_by(1, 2, "before"));
    REQUIRE(repeated);
    CHECK(repeated->is_duplicate);
    const auto next = store.append(*log, entry_by(1, 3, "after"));
    REQUIRE(next);
    CHECK(next->seq == 3);
}

TEST_CASE("Rooms of different names have logs of their own") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    const auto lab = store.room_log("Lab");
    const auto home = store.room_log("lab");
    CHECK(lab->id() != home->id());
    CHECK_FALSE(lab->id().is_zero());
    REQUIRE(store.append(*lab, entry_by(1, 1, "in the lab")));
    const auto appended = store.append(*home, entry_by(1, 1, "at home"));
    REQUIRE(appended);
    CHECK(appended->seq == 1);
    CHECK_FALSE(appended->is_duplicate);
    CHECK(store.room_log("Lab")->id() == lab->id());
}

TEST_CASE("Ranges are oldest first and end where they were told to") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    const auto log = store.room_log("Lab");
    for (unsigned char n = 1; n <= 10; ++n) REQUIRE(store.append(*log, entry_by(1, n, "line")));

    using Seqs = std::vector<std::uint64_t>;
    constexpr auto largest = std::numeric_limits<std::uint64_t>::max();
    CHECK(seqs_of(read_before(store, *log, std::nullopt, 3)) == Seqs{8, 9, 10});
    CHECK(seqs_of(read_before(store, *log, 8, 3)) == Seqs{5, 6, 7});
    CHECK(seqs_of(read_before(store, *log, 2, 3)) == Seqs{1});
    CHECK(seqs_of(read_before(store, *log, largest, 1)) == Seqs{10});
    CHECK(read_before(store, *log, 1, 3).empty());
    CHECK(read_before(store, *log, 0, 3).empty());
    CHECK(read_before(store, *log, std::nullopt, 0).empty());
    CHECK(seqs_of(read_after(store, *log, 0, 2)) == Seqs{1, 2});
    CHECK(seqs_of(read_after(store, *log, 8, 5)) == Seqs{9, 10});
    CHECK(read_after(store, *log, 10, 5).empty());
    CHECK(read_after(store, *log, largest, 5).empty());
}

TEST_CASE("One read gives no more than its limit, whatever was asked for") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    const auto log = store.room_log("Lab");
    const auto ignore = [](const Result<Appended>&) {};
    for (std::size_t n = 0; n <= rows_per_read_max; ++n) {
        LogEntry entry = entry_by(1, 0, "line");
        entry.id = random_id<MessageId>();
        log->append(std::move(entry), ignore);
    }
    constexpr auto everything = std::numeric_limits<std::size_t>::max();
    CHECK(read_after(store, *log, 0, everything).size() == rows_per_read_max);
    const Entries newest = read_before(store, *log, std::nullopt, everything);
    CHECK(newest.size() == rows_per_read_max);
    CHECK(newest.back().seq == rows_per_read_max + 1);
}

TEST_CASE("Answers come in the order of the calls and a read sees the appends before it") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    const auto log = store.room_log("Lab");
    std::vector<std::uint64_t> answered;
    for (unsigned char n = 1; n <= 200; ++n) {
        log->append(entry_by(1, n, "line"), [&](Result<Appended> appended) {
            REQUIRE(appended);
            answered.push_back(appended->seq);
        });
    }
    CHECK(answered.empty());  // never from inside the call
    CHECK(read_after(store, *log, 0, 1000).size() == 200);
    REQUIRE(answered.size() == 200);
    for (std::uint64_t n = 1; n <= 200; ++n) CHECK(answered[n - 1] == n);
}

TEST_CASE("D7: every text is kept byte for byte and none becomes SQL") {
    std::string emoji;
    while (emoji.size() + 4 <= limits::chat_text_bytes_max) emoji += "🙂";
    const std::vector<std::string> texts = {"'; drop table log_messages; --",
                                            "\\",
                                            "\\'",
                                            "\"",
                                            "%s%n",
                                            "?1",
                                            ":text",
                                            "$1",
                                            std::string("before\0after", 12),
                                            std::string(1, '\0'),
                                            "",
                                            "你好，世界",
                                            "👩‍👩‍👧‍👦 family",
                                            "שלום عليكم",
                                            "e\xCC\x81 and \xC3\xA9",
                                            std::string("\xEF\xBB\xBF") + "mark",
                                            "line\r\nline\n",
                                            "\xED\xA0\x80 \xFF\xFE not UTF-8",
                                            std::string(limits::chat_text_bytes_max, 'x'),
                                            emoji};
    const ScratchFolder scratch;
    {
        OpenStore store(scratch / "history.db");
        const auto log = store.room_log("'; drop table logs; -- 房间");
        for (std::size_t n = 0; n < texts.size(); ++n) {
            LogEntry entry = entry_by(1, static_cast<unsigned char>(n), texts[n]);
            entry.author_name = texts[n];
            const auto appended = store.append(*log, std::move(entry));
            REQUIRE(appended);
        }
    }
    OpenStore store(scratch / "history.db");
    const Entries entries = store.all_of(*store.room_log("'; drop table logs; -- 房间"));
    REQUIRE(entries.size() == texts.size());
    for (std::size_t n = 0; n < texts.size(); ++n) {
        CAPTURE(n);
        CHECK(entries[n].text == texts[n]);
        CHECK(entries[n].author_name == texts[n]);
    }
}

TEST_CASE("A log outlives its store without harm, and nothing is answered then") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    const auto log = store.room_log("Lab");
    int answers = 0;
    log->append(entry_by(1, 1, "committed"), [&](const Result<Appended>&) { ++answers; });
    store.close();
    log->append(entry_by(1, 2, "dropped"), [&](const Result<Appended>&) { ++answers; });
    store.net().poll();
    CHECK(answers == 0);

    OpenStore again(scratch / "history.db");
    CHECK(again.all_of(*again.room_log("Lab")).size() == 1);
}

TEST_CASE("A callback may end the store, and those after it are not called") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    const auto log = store.room_log("Lab");
    int answers = 0;
    for (unsigned char n = 1; n <= 50; ++n) {
        log->append(entry_by(1, n, "line"), [&](const Result<Appended>&) {
            ++answers;
            store.close();
        });
    }
    while (answers == 0) store.net().run_one();
    store.net().poll();
    CHECK(answers == 1);
    OpenStore again(scratch / "history.db");
    CHECK(again.all_of(*again.room_log("Lab")).size() == 50);
}

// ---- Copies of rooms that others host

const RememberedLog some_room{id_of<PeerId>(9), id_of<LogId>(9)};

Entries numbered(std::uint64_t first, std::uint64_t last) {
    Entries entries;
    for (std::uint64_t seq = first; seq <= last; ++seq) {
        entries.push_back(
            entry_by(1, static_cast<unsigned char>(seq), "seq " + std::to_string(seq)));
        entries.back().seq = seq;
    }
    return entries;
}

std::uint64_t last_seq(OpenStore& store, const RememberedLog& log) {
    return OpenStore::value_of(store.wait<std::uint64_t>(
        [&](auto done) { store->last_remembered_seq(log, std::move(done)); }));
}

Entries remembered(OpenStore& store, const RememberedLog& log,
                   std::optional<std::uint64_t> before = std::nullopt, std::size_t limit = 100) {
    return OpenStore::value_of(store.wait<Entries>(
        [&](auto done) { store->read_remembered(log, before, limit, std::move(done)); }));
}

TEST_CASE("A room's copy begins where the member came in and repeats nothing") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    CHECK(last_seq(store, some_room) == 0);
    CHECK(remembered(store, some_room).empty());
    store->remember(some_room, numbered(100, 104));
    store->remember(some_room, numbered(103, 106));
    store->remember(some_room, numbered(98, 99));
    store->remember(some_room, {});
    CHECK(last_seq(store, some_room) == 106);
    const Entries entries = remembered(store, some_room, 105, 3);
    CHECK(seqs_of(entries) == std::vector<std::uint64_t>{102, 103, 104});
    CHECK(entries[0].text == "seq 102");
    CHECK(remembered(store, some_room).size() == 9);
}

TEST_CASE("One host cannot write into the copy of another's room by claiming its log") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    const auto own = store.room_log("Lab");
    const RememberedLog claimed{id_of<PeerId>(66), some_room.log};
    const RememberedLog claims_ours{id_of<PeerId>(66), own->id()};
    store->remember(some_room, numbered(1, 3));
    store->remember(claimed, numbered(4, 9));
    store->remember(claims_ours, numbered(1, 5));
    CHECK(last_seq(store, some_room) == 3);
    CHECK(last_seq(store, claimed) == 9);
    CHECK(store.all_of(*own).empty());
}

TEST_CASE("A number that no log can give is refused whole and said") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    std::vector<FaultCode> faults;
    store->on_failure([&](const Fault& fault) { faults.push_back(fault.code); });
    for (const std::uint64_t seq :
         {std::uint64_t{0}, std::uint64_t{1} << 63, std::numeric_limits<std::uint64_t>::max()}) {
        Entries entries = numbered(1, 2);
        entries[1].seq = seq;
        store->remember(some_room, std::move(entries));
    }
    while (faults.empty()) store.net().run_one();
    CHECK(last_seq(store, some_room) == 0);
    REQUIRE(store.append(*store.room_log("Lab"), entry_by(1, 1, "when all of it is answered")));
    // Not three times, one after the other.
    CHECK(faults == std::vector{FaultCode::protocol_error});
}

}  // namespace
}  // namespace dropline
