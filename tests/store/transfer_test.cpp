// Transfers that are not finished, as they are kept for the time after a restart.
#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cstdlib>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "net/api/limits.hpp"
#include "net/store/clean_stamp.hpp"
#include "net/store/history_file.hpp"
#include "net/store/schema.hpp"
#include "net/store/store_thread.hpp"
#include "tests/store/child_process.hpp"
#include "tests/store/history_version_1.hpp"
#include "tests/store/open_store.hpp"
#include "tests/store/scratch_folder.hpp"

namespace dropline {
namespace {

using test::content_of;
using test::id_of;
using test::names_with;
using test::OpenStore;
using test::ScratchFolder;
using test::some_time;
using test::write_file;

constexpr auto a_minute = std::chrono::minutes(1);

KeptTransfer transfer_of(unsigned char number, std::string manifest = "what was agreed") {
    KeptTransfer transfer;
    transfer.id = id_of<TransferId>(number);
    transfer.peer = id_of<PeerId>(1);
    transfer.is_outgoing = number % 2 == 0;
    transfer.created_at = some_time;
    transfer.touched_at = some_time + a_minute;
    transfer.manifest = std::move(manifest);
    transfer.progress = "nothing yet";
    return transfer;
}

Result<void> keep(OpenStore& store, const KeptTransfer& transfer) {
    return store.wait<void>([&](auto done) { store->keep_transfer(transfer, std::move(done)); });
}

Result<std::vector<KeptTransfer>> try_to_load(OpenStore& store) {
    return store.wait<std::vector<KeptTransfer>>(
        [&](auto done) { store->load_transfers(std::move(done)); });
}

std::vector<KeptTransfer> kept(OpenStore& store) { return OpenStore::value_of(try_to_load(store)); }

std::vector<int> numbers_of(const std::vector<KeptTransfer>& transfers) {
    std::vector<int> numbers;
    numbers.reserve(transfers.size());
    for (const KeptTransfer& transfer : transfers) numbers.push_back(transfer.id.bytes[0]);
    return numbers;
}

/// Every byte, and different at every place.
std::string any_bytes(std::size_t size, unsigned seed = 1) {
    std::mt19937 random(seed);
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    return bytes;
}

void check_same(const KeptTransfer& found, const KeptTransfer& expected) {
    CHECK(found.id == expected.id);
    CHECK(found.peer == expected.peer);
    CHECK(found.is_outgoing == expected.is_outgoing);
    CHECK(found.created_at == expected.created_at);
    CHECK(found.touched_at == expected.touched_at);
    CHECK((found.manifest == expected.manifest));  // too long to be shown
    CHECK(found.progress == expected.progress);
}

TEST_CASE("Unfinished transfers are there after a restart, whole and in the order they were kept") {
    const ScratchFolder scratch;
    const KeptTransfer first = transfer_of(9, any_bytes(100'000));
    const KeptTransfer second = transfer_of(2, std::string("a\0b", 3));
    const KeptTransfer third = transfer_of(5, "");
    {
        OpenStore store(scratch / "history.db");
        for (const KeptTransfer& transfer : {first, second, third}) {
            REQUIRE(keep(store, transfer));
        }
    }
    OpenStore store(scratch / "history.db");
    const auto transfers = kept(store);
    REQUIRE(transfers.size() == 3);
    check_same(transfers[0], first);
    check_same(transfers[1], second);
    check_same(transfers[2], third);
}

TEST_CASE("The progress of a transfer changes and nothing else of it does") {
    const ScratchFolder scratch;
    KeptTransfer transfer = transfer_of(1);
    {
        OpenStore store(scratch / "history.db");
        REQUIRE(keep(store, transfer));
        REQUIRE(keep(store, transfer_of(2)));
        transfer.touched_at = some_time + 2 * a_minute;
        transfer.progress = std::string("\0half", 5);
        store->update_transfer(transfer.id, some_time, "a tenth", {});
        REQUIRE(store.wait<void>([&](auto done) {
            store->update_transfer(transfer.id, transfer.touched_at, transfer.progress, done);
        }));
    }
    OpenStore store(scratch / "history.db");
    const auto transfers = kept(store);
    REQUIRE(transfers.size() == 2);
    check_same(transfers[0], transfer);
    check_same(transfers[1], transfer_of(2));
}

TEST_CASE("A transfer that is kept again replaces itself and keeps its place") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    REQUIRE(keep(store, transfer_of(1)));
    REQUIRE(keep(store, transfer_of(2)));
    KeptTransfer changed = transfer_of(1, any_bytes(10'000));
    changed.created_at = some_time + a_minute;
    changed.touched_at = some_time + 2 * a_minute;
    changed.progress = "anew";
    REQUIRE(keep(store, changed));
    const auto transfers = kept(store);
    REQUIRE(transfers.size() == 2);
    check_same(transfers[0], changed);
    check_same(transfers[1], transfer_of(2));
}

TEST_CASE("A transfer that is over is forgotten, and one that is unknown changes nothing") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    for (unsigned char n = 1; n <= 4; ++n) REQUIRE(keep(store, transfer_of(n)));
    store->forget_transfer(id_of<TransferId>(2), {});
    REQUIRE(store.wait<void>(
        [&](auto done) { store->forget_transfer(id_of<TransferId>(4), std::move(done)); }));
    REQUIRE(store.wait<void>(
        [&](auto done) { store->forget_transfer(id_of<TransferId>(77), std::move(done)); }));
    REQUIRE(store.wait<void>([&](auto done) {
        store->update_transfer(id_of<TransferId>(4), some_time, "late", std::move(done));
    }));
    REQUIRE(keep(store, transfer_of(6)));
    CHECK(numbers_of(kept(store)) == std::vector<int>{1, 3, 6});
}

TEST_CASE("A17 A peer cannot take over a kept transfer by offering its id") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    const KeptTransfer mine = transfer_of(2, "mine");
    REQUIRE(keep(store, mine));
    KeptTransfer theirs = transfer_of(2, "theirs");
    SECTION("in the other direction") { theirs.is_outgoing = false; }
    SECTION("as another peer") { theirs.peer = id_of<PeerId>(66); }
    const auto refused = keep(store, theirs);
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().code == FaultCode::bad_request);
    const auto transfers = kept(store);
    REQUIRE(transfers.size() == 1);
    check_same(transfers[0], mine);
}

TEST_CASE("The longest manifest is kept and one byte more is refused") {
    const ScratchFolder scratch;
    KeptTransfer longest = transfer_of(1, any_bytes(kept_manifest_bytes_max));
    longest.progress = any_bytes(kept_progress_bytes_max);
    {
        OpenStore store(scratch / "history.db");
        REQUIRE(keep(store, longest));
        KeptTransfer longer = transfer_of(2, longest.manifest + 'x');
        auto refused = keep(store, longer);
        REQUIRE_FALSE(refused);
        CHECK(refused.fault().code == FaultCode::too_large);
        longer = transfer_of(3);
        longer.progress = longest.progress + 'x';
        refused = keep(store, longer);
        REQUIRE_FALSE(refused);
        CHECK(refused.fault().code == FaultCode::too_large);
        refused = store.wait<void>([&](auto done) {
            store->update_transfer(longest.id, some_time, longer.progress, std::move(done));
        });
        REQUIRE_FALSE(refused);
        CHECK(refused.fault().code == FaultCode::too_large);
    }
    OpenStore store(scratch / "history.db");
    const auto transfers = kept(store);
    REQUIRE(transfers.size() == 1);
    check_same(transfers[0], longest);
}

TEST_CASE("A fault of a call without a callback is told to the store's owner") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    std::vector<FaultCode> told;
    store->on_failure([&](const Fault& fault) { told.push_back(fault.code); });
    store->update_transfer(id_of<TransferId>(1), some_time,
                           std::string(kept_progress_bytes_max + 1, 'x'), {});
    CHECK(kept(store).empty());
    CHECK(told == std::vector<FaultCode>{FaultCode::too_large});
}

TEST_CASE("T28 A transfer whose manifest cannot be written leaves nothing of itself behind") {
    const ScratchFolder scratch;
    auto history = open_history(scratch / "history.db");
    REQUIRE(history);
    Database& database = *history->database;
    TransferTable table(database);
    REQUIRE(database.execute("BEGIN"));
    REQUIRE(table.keep(transfer_of(1)));
    sqlite3_limit(database.handle(), SQLITE_LIMIT_LENGTH, 10'000);
    KeptTransfer replacement = transfer_of(1, any_bytes(20'000));
    replacement.progress = "anew";
    CHECK_FALSE(table.keep(replacement));
    CHECK_FALSE(table.keep(transfer_of(2, any_bytes(20'000))));
    REQUIRE(table.keep(transfer_of(3)));
    REQUIRE(database.execute("COMMIT"));
    const auto transfers = OpenStore::value_of(table.load());
    REQUIRE(transfers.size() == 2);
    check_same(transfers[0], transfer_of(1));
    check_same(transfers[1], transfer_of(3));
}

/// A history that is given work by hand, with the test's thread as `net`.
class HandDriven {
  public:
    explicit HandDriven(const std::filesystem::path& path, const char* sql = "") {
        auto history = open_history(path);
        REQUIRE(history);
        REQUIRE(history->database->execute(sql));
        thread_ =
            std::make_unique<StoreThread>(path, std::move(history->database), net_.get_executor());
    }

    using Work = std::function<Result<void>(Tables&)>;
    void submit(std::size_t bytes, Work work) {
        ++asked_;
        thread_->submit<void>(bytes, std::move(work), [this](Result<void> done) {
            answers_.push_back(done ? std::nullopt : std::optional(done.fault().code));
        });
    }
    void poll() { net_.poll(); }
    void wait_for_all() {
        while (answers_.size() < asked_) net_.run_one();
    }
    /// In the order they came; empty: done.
    const std::vector<std::optional<FaultCode>>& answers() const { return answers_; }

  private:
    asio::io_context net_;
    asio::executor_work_guard<asio::io_context::executor_type> stays_ = make_work_guard(net_);
    std::unique_ptr<StoreThread> thread_;
    std::size_t asked_ = 0;
    std::vector<std::optional<FaultCode>> answers_;
};

TEST_CASE("T29 A disk too full for a manifest refuses it, and takes what is smaller") {
    const ScratchFolder scratch;
    {
        HandDriven history(scratch / "history.db", "PRAGMA max_page_count = 60");
        const auto keep = [&](const KeptTransfer& transfer) {
            history.submit(transfer.manifest.size(),
                           [transfer](Tables& tables) { return tables.transfers.keep(transfer); });
            history.wait_for_all();
        };
        keep(transfer_of(1));
        keep(transfer_of(2, any_bytes(400'000)));
        keep(transfer_of(3));
        REQUIRE(history.answers().size() == 3);
        CHECK_FALSE(history.answers()[0]);
        CHECK(history.answers()[1] == FaultCode::disk_full);
        CHECK_FALSE(history.answers()[2]);
    }
    OpenStore store(scratch / "history.db");
    CHECK_FALSE(store->notice());
    CHECK(numbers_of(kept(store)) == std::vector<int>{1, 3});
}

TEST_CASE("While the disk stalls two of the largest manifests wait, and chat still finds room") {
    constexpr std::size_t manifest_bytes = limits::offer_manifest_bytes_max;
    constexpr std::size_t message_bytes = limits::chat_text_bytes_max;
    const ScratchFolder scratch;
    HandDriven history(scratch / "history.db");
    std::promise<void> disk_goes_on;
    history.submit(0, [stalled = disk_goes_on.get_future().share()](Tables&) -> Result<void> {
        stalled.wait();
        return {};
    });
    const HandDriven::Work nothing = [](Tables&) -> Result<void> { return {}; };
    for (int n = 0; n < 3; ++n) history.submit(manifest_bytes, nothing);
    while (history.answers().empty()) history.poll();
    constexpr std::size_t messages =
        store_kept_for_small_tasks_bytes / (message_bytes + store_task_overhead_bytes);
    for (std::size_t n = 0; n < messages; ++n) history.submit(message_bytes, nothing);
    history.poll();
    CHECK(history.answers() == std::vector<std::optional<FaultCode>>{FaultCode::slow_down});
    disk_goes_on.set_value();
    history.wait_for_all();
    CHECK(history.answers().size() == 1 + 3 + messages);
    for (std::size_t n = 1; n < history.answers().size(); ++n) {
        CHECK_FALSE(history.answers()[n].has_value());
    }
}

TEST_CASE("Room that a forgotten manifest took is used again") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    constexpr std::size_t bytes = 1'000'000;
    for (unsigned char n = 1; n <= 10; ++n) {
        REQUIRE(keep(store, transfer_of(n, any_bytes(bytes))));
        store->forget_transfer(id_of<TransferId>(n), {});
    }
    CHECK(kept(store).empty());
    store.close();
    CHECK(std::filesystem::file_size(scratch / "history.db") < 2 * bytes);
}

// ---- Killed in the middle

std::string manifest_of(unsigned char number) { return any_bytes(200'000, number); }

TEST_CASE("Every transfer confirmed before a kill -9 is kept, and none of them half") {
    std::mt19937 random(Catch::getSeed());
    std::uniform_int_distribution<unsigned> any_count(1, 40);
    for (int round = 0; round < 4; ++round) {
        const ScratchFolder scratch;
        const unsigned count = any_count(random);
        CAPTURE(round, count);
        test::ChildProcess child("[keeps-until-killed]",
                                 {{"DROPLINE_TEST_DATABASE", scratch / "history.db"}});
        unsigned confirmed = 0;
        const auto confirm = [&](const std::string& line) {
            REQUIRE(line == std::to_string(++confirmed));
        };
        while (confirmed < count) confirm(child.read_line());
        child.kill();
        for (auto line = child.read_line(); !line.empty(); line = child.read_line()) confirm(line);

        OpenStore store(scratch / "history.db");
        CHECK_FALSE(store->notice());
        const auto transfers = kept(store);
        REQUIRE(transfers.size() >= confirmed);
        for (std::size_t n = 0; n < transfers.size(); ++n) {
            const auto number = static_cast<unsigned char>(n + 1);
            check_same(transfers[n], transfer_of(number, manifest_of(number)));
        }
    }
}

/// The other process of the test above.
TEST_CASE("keeps transfers until it is killed", "[.keeps-until-killed]") {
    OpenStore store(std::getenv("DROPLINE_TEST_DATABASE"));
    for (unsigned char number = 1; number < 100; ++number) {
        if (!keep(store, transfer_of(number, manifest_of(number)))) std::abort();
        test::tell_parent(std::to_string(number) + "\n");
    }
    test::wait_to_be_killed();
}

// ---- Older and damaged files

/// Runs SQL of the test's own on a closed history.
void tamper_with(const std::filesystem::path& path, const char* sql) {
    auto database = Database::open(path);
    REQUIRE(database);
    REQUIRE(database->execute(sql));
    database->set_checkpoint_on_close();
}

TEST_CASE("A history of version 1 is taken over with all it holds and keeps transfers from then") {
    const ScratchFolder scratch;
    write_file(scratch / "history.db", "");
    tamper_with(scratch / "history.db", test::history_version_1);
    {
        OpenStore store(scratch / "history.db");
        CHECK_FALSE(store->notice());
        CHECK(kept(store).empty());
        REQUIRE(keep(store, transfer_of(1)));
    }
    OpenStore store(scratch / "history.db");
    CHECK_FALSE(store->notice());
    CHECK(numbers_of(kept(store)) == std::vector<int>{1});

    const auto messages = store.all_of(*store.room_log("Lab"));
    REQUIRE(messages.size() == 2);
    CHECK(messages[1].text == "第二 🙂");
    const auto remembered = OpenStore::value_of(store.wait<std::vector<LogEntry>>([&](auto done) {
        store->read_remembered({id_of<PeerId>(3), id_of<LogId>(9)}, {}, 10, std::move(done));
    }));
    REQUIRE(remembered.size() == 1);
    CHECK(remembered[0].seq == 7);
    const auto outbox = OpenStore::value_of(store.wait<std::vector<OutboxEntry>>(
        [&](auto done) { store->load_outbox(std::move(done)); }));
    REQUIRE(outbox.size() == 1);
    CHECK(outbox[0].text == "waits");
    const auto private_messages = OpenStore::value_of(store.wait<std::vector<PrivateEntry>>(
        [&](auto done) { store->read_private(id_of<PeerId>(1), {}, 10, std::move(done)); }));
    REQUIRE(private_messages.size() == 2);
    CHECK(private_messages[0].is_delivered);
    const auto host = OpenStore::value_of(store.wait<std::optional<Pin>>(
        [&](auto done) { store->find_host_pin("lab:7788", std::move(done)); }));
    REQUIRE(host);
    CHECK(host->is_verified);
    const auto peer = OpenStore::value_of(store.wait<std::optional<Pin>>(
        [&](auto done) { store->find_peer_pin(id_of<PeerId>(1), std::move(done)); }));
    REQUIRE(peer);
    CHECK(peer->label == "Ann");
}

TEST_CASE("A history of version 1 that somebody changed is kept aside") {
    const ScratchFolder scratch;
    write_file(scratch / "history.db", "");
    tamper_with(scratch / "history.db", test::history_version_1);
    SECTION("a trigger") {
        tamper_with(scratch / "history.db",
                    "CREATE TRIGGER t AFTER INSERT ON outbox BEGIN DELETE FROM outbox; END");
    }
    SECTION("a table of that name already") {
        tamper_with(scratch / "history.db", "CREATE TABLE transfers (key INTEGER PRIMARY KEY)");
    }
    OpenStore store(scratch / "history.db");
    CHECK(store->notice());
    CHECK(keep(store, transfer_of(1)));
    CHECK_FALSE(names_with(scratch.path(), ".damaged-").empty());
}

/// Loading says so; the next start keeps the file aside.
void check_found_while_loading(const ScratchFolder& scratch) {
    const std::string damaged = content_of(scratch / "history.db");
    put_clean_stamp(scratch / "history.db");  // so that opening trusts it
    {
        OpenStore store(scratch / "history.db");
        CHECK_FALSE(store->notice());
        const auto transfers = try_to_load(store);
        REQUIRE_FALSE(transfers);
        CHECK(transfers.fault().code == FaultCode::profile_damaged);
    }
    OpenStore store(scratch / "history.db");
    CHECK(store->notice());
    CHECK(kept(store).empty());
    const auto aside = names_with(scratch.path(), ".damaged-");
    REQUIRE_FALSE(aside.empty());
    CHECK((content_of(scratch / aside.front()) == damaged));
}

/// Opening says so.
void check_found_while_opening(const ScratchFolder& scratch) {
    OpenStore store(scratch / "history.db");
    CHECK(store->notice());
    CHECK(kept(store).empty());
    CHECK(keep(store, transfer_of(1)));
    CHECK_FALSE(names_with(scratch.path(), ".damaged-").empty());
}

/// Ends the chain of pages that a long manifest lies in: the first of them says it is the last
/// (SQLite file format, section 1.6: a page of overflow begins with the number of the next).
void cut_chain_of_pages(const std::filesystem::path& path) {
    std::string content = content_of(path);
    constexpr std::size_t page_bytes = 4096;
    const std::string full_page(page_bytes - 4, 'm');
    std::size_t page = 0;
    while (content.compare(page + 4, full_page.size(), full_page) != 0) {
        page += page_bytes;
        REQUIRE(page < content.size());
    }
    content.replace(page, 4, 4, '\0');
    write_file(path, content);
}

TEST_CASE("D13: a kept transfer that was cut, lost its manifest or its peer is damage") {
    const bool is_found_while_loading = GENERATE(false, true);
    CAPTURE(is_found_while_loading);
    const ScratchFolder scratch;
    const auto path = scratch / "history.db";
    {
        OpenStore store(path);
        REQUIRE(keep(store, transfer_of(1, std::string(100'000, 'm'))));
    }
    SECTION("a shorter manifest") {
        tamper_with(path,
                    "PRAGMA ignore_check_constraints = ON;"
                    "UPDATE transfer_manifests SET manifest = substr(manifest, 1, 50000)");
    }
    SECTION("a manifest whose pages end early") { cut_chain_of_pages(path); }
    SECTION("no manifest") { tamper_with(path, "DELETE FROM transfer_manifests"); }
    SECTION("a peer that cannot be") {
        tamper_with(path,
                    "PRAGMA ignore_check_constraints = ON; UPDATE transfers SET peer = x'01'");
    }
    if (is_found_while_loading) {
        check_found_while_loading(scratch);
    } else {
        check_found_while_opening(scratch);
    }
}

}  // namespace
}  // namespace dropline
