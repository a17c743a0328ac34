// What happens when the disk is slow, full, or the process ends in the middle.
#include "net/store/store_thread.hpp"

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>
#include <fcntl.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <future>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "net/api/limits.hpp"
#include "net/platform/file_descriptor.hpp"
#include "net/store/history_file.hpp"
#include "tests/store/child_process.hpp"
#include "tests/store/held_disk.hpp"
#include "tests/store/open_store.hpp"
#include "tests/store/scratch_folder.hpp"

namespace dropline {
namespace {

using test::entry_by;
using test::OpenStore;
using test::ScratchFolder;

LogEntry numbered_entry(std::uint32_t number, std::string text) {
    LogEntry entry = entry_by(1, 0, std::move(text));
    for (std::size_t i = 0; i < 4; ++i) {
        entry.id.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
    }
    return entry;
}

/// An errno; 0 when the file could be made.
int error_of_creating(const std::filesystem::path& path) {
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    return file.is_open() ? 0 : errno;
}

TEST_CASE("Landlock: the thread that writes the history reaches the profile and nothing else") {
    const ScratchFolder profile;
    const ScratchFolder elsewhere;
    auto history = open_history(profile / "history.db");
    REQUIRE(history);
    asio::io_context net;
    StoreThread thread(profile / "history.db", std::move(history->database), net.get_executor());
    struct Outcome {
        int in_profile = 0;
        int elsewhere = 0;
    };
    std::optional<Outcome> outcome;
    thread.submit<Outcome>(
        0,
        [&](Tables&) -> Result<Outcome> {
            return Outcome{error_of_creating(profile / "a"), error_of_creating(elsewhere / "a")};
        },
        [&](Result<Outcome> got) { outcome = *got; });
    const auto until_answered = asio::make_work_guard(net);
    while (!outcome) net.run_one();
    if (outcome->elsewhere == 0) SKIP("this kernel has no Landlock, or one before ABI 2");
    CHECK(outcome->in_profile == 0);
    CHECK(outcome->elsewhere == EACCES);
}

TEST_CASE("E6 What waits for a stalled disk is bounded, and what is refused is told at once") {
    const ScratchFolder scratch;
    auto history = open_history(scratch / "history.db");
    REQUIRE(history);
    asio::io_context net;
    const auto keep_running = asio::make_work_guard(net);
    StoreThread thread(scratch / "history.db", std::move(history->database), net.get_executor());
    std::promise<void> disk_goes_on;
    std::size_t done = 0;
    std::size_t refused = 0;
    thread.submit<void>(
        0,
        [stalled = disk_goes_on.get_future().share()](Tables&) -> Result<void> {
            stalled.wait();
            return {};
        },
        [&](const Result<void>&) { ++done; });

    constexpr std::size_t carried = 1024 * 1024;
    constexpr std::size_t fit = (store_waiting_bytes_max - store_task_overhead_bytes) /
                                (carried + store_task_overhead_bytes);
    const auto nothing = [](Tables&) -> Result<void> { return {}; };
    for (std::size_t n = 0; n < fit + 3; ++n) {
        thread.submit<void>(carried, nothing, [&](const Result<void>& result) {
            if (result) {
                ++done;
            } else {
                CHECK(result.fault().code == FaultCode::slow_down);
                ++refused;
            }
        });
    }
    net.poll();
    CHECK(refused == 3);
    CHECK(done == 0);

    disk_goes_on.set_value();
    while (done < 1 + fit) net.run_one();
    thread.submit<void>(carried, nothing, [&](const Result<void>& result) {
        CHECK(result);
        ++done;
    });
    while (done < 2 + fit) net.run_one();
}

/// What is told of two messages, each with its number in the log.
class Told {
  public:
    void say(RoomLog& log, unsigned char number) {
        log.append(
            entry_by(1, number, "line"),
            [this](Result<Appended> appended) { done.push_back(std::move(appended)); },
            [this](const Result<Appended>& appended) { written.push_back(appended->seq); });
    }

    std::vector<std::uint64_t> written;
    std::vector<Result<Appended>> done;
};

TEST_CASE("What is said while the disk is busy is told at once, and done when the disk has it") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    const auto log = store.room_log("Lab");
    test::HeldDisk disk;
    Told told;
    told.say(*log, 1);
    while (told.written.empty()) store.net().run_one();
    told.say(*log, 2);
    while (told.written.size() < 2) store.net().run_one();
    CHECK(told.written == std::vector<std::uint64_t>{1, 2});
    CHECK(told.done.empty());

    disk.go_on();
    while (told.done.size() < 2) store.net().run_one();
    CHECK(told.done.front()->seq == 1);
    CHECK(told.done.back()->seq == 2);
    CHECK(told.written.size() == 2);
}

TEST_CASE(
    "T28 After a sync that failed nothing is kept until the next start, and that loses nothing") {
    const ScratchFolder scratch;
    {
        OpenStore store(scratch / "history.db");
        const auto log = store.room_log("Lab");
        REQUIRE(store.append(*log, entry_by(1, 1, "on the disk")));
        Told told;
        {
            test::HeldDisk disk;
            told.say(*log, 2);
            while (told.written.empty()) store.net().run_one();
            disk.fail(EIO);
            while (told.done.empty()) store.net().run_one();
        }
        REQUIRE_FALSE(told.done.front());
        CHECK(told.done.front().fault().code == FaultCode::file_error);

        const auto later = store.append(*log, entry_by(1, 3, "the disk says that all is well"));
        REQUIRE_FALSE(later);
        CHECK(later.fault().sentence == told.done.front().fault().sentence);
    }
    // What may not be on the disk was not mixed with what is, and is looked at before it is
    // trusted.
    CHECK(std::filesystem::exists(scratch / "history.db-wal"));
    CHECK_FALSE(std::filesystem::exists(scratch / "history.db.clean"));
    OpenStore store(scratch / "history.db");
    CHECK_FALSE(store->notice());
    const auto log = store.room_log("Lab");
    const auto kept = store.all_of(*log);
    REQUIRE_FALSE(kept.empty());
    CHECK(kept.front().text == "on the disk");
    const auto next = store.append(*log, entry_by(1, 4, "again"));
    REQUIRE(next);
    CHECK(next->seq == kept.size() + 1);
}

TEST_CASE("A full disk refuses messages, uses up no number and loses none it confirmed") {
    const ScratchFolder scratch;
    std::size_t confirmed = 0;
    std::size_t refused = 0;
    {
        auto history = open_history(scratch / "history.db");
        REQUIRE(history);
        REQUIRE(history->database->execute("PRAGMA max_page_count = 60"));
        asio::io_context net;
        auto keep_running = asio::make_work_guard(net);
        StoreThread thread(scratch / "history.db", std::move(history->database),
                           net.get_executor());
        OwnLog log;
        const auto append = [&](std::uint32_t number) {
            const LogEntry entry = numbered_entry(number, std::string(1000, 'x'));
            thread.submit<Appended>(
                1000, [&log, entry](Tables& tables) { return tables.logs.append(log.key, entry); },
                [&](const Result<Appended>& appended) {
                    if (appended) {
                        ++confirmed;
                        CHECK(appended->seq == confirmed);
                    } else {
                        CHECK(appended.fault().code == FaultCode::disk_full);
                        ++refused;
                    }
                });
        };
        thread.submit<void>(
            0,
            [&log](Tables& tables) -> Result<void> {
                auto opened = tables.logs.open_own("Lab", random_id<LogId>());
                if (!opened) return opened.fault();
                log = *opened;
                return {};
            },
            [](const Result<void>& opened) { REQUIRE(opened); });
        constexpr std::uint32_t tries = 400;
        for (std::uint32_t n = 0; n < tries; ++n) append(n);
        while (confirmed + refused < tries) net.run_one();
    }
    CHECK(confirmed > 50);
    CHECK(refused > 50);

    OpenStore store(scratch / "history.db");
    const auto log = store.room_log("Lab");
    CHECK(store.all_of(*log).size() == confirmed);
    const auto next = store.append(*log, numbered_entry(1000, "there is room again"));
    REQUIRE(next);
    CHECK(next->seq == confirmed + 1);
}

/// A store whose disk a test fills and makes room on, with what waits for it in one commit.
class CrampedStore {
  public:
    explicit CrampedStore(const std::filesystem::path& path) {
        auto history = open_history(path);
        REQUIRE(history);
        database_ = history->database.get();
        thread_.emplace(path, std::move(history->database), net_.get_executor());
    }

    /// Stops the thread, so that what is submitted afterwards shares a commit, until `go_on`; from
    /// then on the history may have so many pages, or as many as it has, if that is more.
    void stall(const char* page_count_max) {
        disk_goes_on_ = std::promise<void>();
        submit<void>([this, page_count_max, stalled = disk_goes_on_.get_future().share()](Tables&) {
            stalled.wait();
            return database_->execute(page_count_max);
        });
    }
    void go_on() {
        disk_goes_on_.set_value();
        while (answers_ < submitted_) net_.run_one();
        net_.poll();
        CHECK(answers_ == submitted_);  // each once
    }

    /// Where the answer will be after `go_on`.
    template <typename T>
    std::shared_ptr<std::optional<Result<T>>> submit(std::function<Result<T>(Tables&)> work) {
        auto answer = std::make_shared<std::optional<Result<T>>>();
        ++submitted_;
        thread_->submit<T>(0, std::move(work), [this, answer](Result<T> got) {
            ++answers_;
            answer->emplace(std::move(got));
        });
        return answer;
    }

  private:
    asio::io_context net_;
    asio::executor_work_guard<asio::io_context::executor_type> stays_ = make_work_guard(net_);
    Database* database_ = nullptr;
    std::promise<void> disk_goes_on_;
    std::size_t submitted_ = 0;
    std::size_t answers_ = 0;
    std::optional<StoreThread> thread_;
};

Result<void> put_waiting(Tables& tables, unsigned char number, std::size_t text_bytes) {
    return tables.outbox.put({test::id_of<MessageId>(number), test::id_of<PeerId>(1), false,
                              std::string(text_bytes, 'x'), test::some_time});
}

TEST_CASE("T29 A full disk fails what makes the history grow, not what is asked beside it") {
    const ScratchFolder scratch;
    CrampedStore store(scratch / "history.db");
    const auto load = [](Tables& tables) { return tables.outbox.load(); };
    const auto write = [](unsigned char number, std::size_t bytes) {
        return [number, bytes](Tables& tables) { return put_waiting(tables, number, bytes); };
    };
    constexpr std::size_t too_long_now = 200'000;

    store.stall("PRAGMA max_page_count = 1");
    const auto before = store.submit<std::vector<OutboxEntry>>(load);
    const auto small = store.submit<void>(write(1, 10));
    const auto large = store.submit<void>(write(2, too_long_now));
    const auto after = store.submit<std::vector<OutboxEntry>>(load);
    const auto last = store.submit<void>(write(3, 10));
    store.go_on();
    REQUIRE(**before);
    CHECK((**before)->empty());
    CHECK(**small);
    REQUIRE_FALSE(**large);
    CHECK((*large)->fault().code == FaultCode::disk_full);
    REQUIRE(**after);
    CHECK((**after)->size() == 1);
    CHECK(**last);

    store.stall("PRAGMA max_page_count = 100000");
    const auto again = store.submit<void>(write(2, too_long_now));
    const auto all = store.submit<std::vector<OutboxEntry>>(load);
    store.go_on();
    CHECK(**again);
    REQUIRE(**all);
    CHECK((**all)->size() == 3);
}

std::string text_of(std::uint32_t number) { return "消息 🙂 " + std::to_string(number); }

/// Lets a child append from `first` on until it has confirmed `count`, kills it in the middle, and
/// gives the number of the first message that was not confirmed.
std::uint32_t append_until_killed(const ScratchFolder& scratch, std::uint32_t first,
                                  std::uint32_t count) {
    test::ChildProcess child("[appends-until-killed]",
                             {{"DROPLINE_TEST_DATABASE", scratch / "history.db"},
                              {"DROPLINE_TEST_FIRST", std::to_string(first)}});
    std::uint32_t next = first;
    const auto confirm = [&](const std::string& line) {
        // A message has the same number for ever: the child sends what was not confirmed again.
        REQUIRE(line == std::to_string(next) + " " + std::to_string(next + 1));
        ++next;
    };
    while (next < first + count) confirm(child.read_line());
    child.kill();
    for (auto line = child.read_line(); !line.empty(); line = child.read_line()) confirm(line);
    return next;
}

TEST_CASE("T25 Every message passed on before a kill -9 is in the log, exactly once and in order") {
    const ScratchFolder scratch;
    const auto seed = Catch::getSeed();
    std::cout << "seed of the kills: " << seed << " (--rng-seed repeats them)\n";
    std::mt19937 random(seed);
    std::uniform_int_distribution<std::uint32_t> any_count(1, 400);
    std::uint32_t next = 0;
    for (int round = 0; round < 6; ++round) {
        next = append_until_killed(scratch, next, any_count(random));
        CAPTURE(round, next, seed);
        {
            auto database = Database::open(scratch / "history.db");
            REQUIRE(database);
            const auto verdict =
                Statement(*database, "PRAGMA integrity_check").first([](const Row& row) {
                    return row.bytes(0);
                });
            REQUIRE(verdict);
            CHECK(*verdict == "ok");
        }
        {
            // What its killer left only written is put on the disk before any of it counts.
            auto history = open_history(scratch / "history.db");
            REQUIRE(history);
            CHECK(std::filesystem::file_size(scratch / "history.db-wal") == 0);
        }
        OpenStore store(scratch / "history.db");
        CHECK_FALSE(store->notice());
        const auto log = store.room_log("Lab");
        REQUIRE(log->last_seq() >= next);
        std::uint64_t after = 0;
        while (after < log->last_seq()) {
            const auto page = OpenStore::value_of(store.wait<std::vector<LogEntry>>(
                [&](auto done) { log->read_after(after, 1000, std::move(done)); }));
            REQUIRE_FALSE(page.empty());
            for (const LogEntry& entry : page) {
                const auto number = static_cast<std::uint32_t>(after);
                REQUIRE(entry.seq == ++after);
                REQUIRE(entry.id == numbered_entry(number, "").id);
                REQUIRE(entry.text == text_of(number));
            }
        }
    }
}

/// The other process of the test above: always some messages on their way, each told to the
/// parent once it is confirmed.
TEST_CASE("appends to a room's log until it is killed", "[.appends-until-killed]") {
    OpenStore store(std::getenv("DROPLINE_TEST_DATABASE"));
    const auto log = store.room_log("Lab");
    auto number = static_cast<std::uint32_t>(std::stoul(std::getenv("DROPLINE_TEST_FIRST")));
    std::function<void()> append_next = [&] {
        const std::uint32_t sent = number++;
        log->append(
            numbered_entry(sent, text_of(sent)),
            [&](const Result<Appended>& appended) {
                if (!appended) std::abort();
                append_next();
            },
            [sent](const Result<Appended>& appended) {
                const std::string numbers =
                    std::to_string(sent) + " " + std::to_string(appended->seq);
                test::tell_parent(numbers + "\n");
            });
    };
    for (int in_flight = 0; in_flight < 16; ++in_flight) append_next();
    store.net().run();
}

/// Has `total` messages of 200 bytes confirmed, `in_flight` of them on their way at a time.
void append_many(OpenStore& store, RoomLog& log, std::size_t in_flight, std::size_t total) {
    std::size_t sent = 0;
    std::size_t confirmed = 0;
    std::function<void()> append_next = [&] {
        if (sent++ >= total) return;
        LogEntry entry = entry_by(static_cast<unsigned char>(sent), 0, std::string(200, 'x'));
        entry.id = random_id<MessageId>();
        log.append(std::move(entry), [&](const Result<Appended>& appended) {
            REQUIRE(appended);
            ++confirmed;
            append_next();
        });
    };
    for (std::size_t n = 0; n < in_flight; ++n) append_next();
    while (confirmed < total) store.net().run_one();
}

/// Seconds on the wall, and of processor time in all threads, since it was made.
class Watch {
  public:
    double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }
    double cpu_seconds() const {
        return static_cast<double>(std::clock() - cpu_start_) / CLOCKS_PER_SEC;
    }

  private:
    const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    const std::clock_t cpu_start_ = std::clock();
};

TEST_CASE("how many messages a second reach the disk", "[.measure]") {
    for (const std::size_t in_flight : {1U, 8U, 32U, 64U, 512U, 4096U}) {
        const ScratchFolder scratch(std::filesystem::temp_directory_path());
        OpenStore store(scratch / "history.db");
        const auto log = store.room_log("Lab");
        const std::size_t total = in_flight * 20 + 200;
        const Watch watch;
        append_many(store, *log, in_flight, total);
        const double seconds = watch.seconds();
        const double cpu_us = watch.cpu_seconds() / static_cast<double>(total) * 1e6;
        std::cout << in_flight << " on their way: " << static_cast<double>(total) / seconds
                  << " messages/s, " << cpu_us << " us of processor time each\n";
    }
}

TEST_CASE("how long a history of 100,000 messages takes to open and to read", "[.measure]") {
    const ScratchFolder scratch(std::filesystem::temp_directory_path());
    const auto say_ms = [](const char* what, const Watch& watch) {
        std::cout << what << ": " << watch.seconds() * 1e3 << " ms\n";
    };
    {
        OpenStore store(scratch / "history.db");
        append_many(store, *store.room_log("Lab"), 1000, 100'000);
    }
    std::cout << std::filesystem::file_size(scratch / "history.db") / 1024 << " KiB\n";
    for (const char* how : {"open after a clean end", "open after an unclean end"}) {
        const Watch opening;
        OpenStore store(scratch / "history.db");
        say_ms(how, opening);
        const Watch reading;
        const auto log = store.room_log("Lab");
        const auto page = store.wait<std::vector<LogEntry>>(
            [&](auto done) { log->read_before({}, 200, std::move(done)); });
        REQUIRE(page);
        say_ms("the newest 200", reading);
        const Watch closing;
        store.close();
        say_ms("close", closing);
        std::filesystem::remove(scratch / "history.db.clean");
    }
}

}  // namespace
}  // namespace dropline
