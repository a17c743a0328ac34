// Databases that are damaged, foreign, newer, or too open.
#include "net/store/history_file.hpp"

#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <sys/stat.h>

#include <random>
#include <string>

#include "net/store/schema.hpp"
#include "tests/store/older_history.hpp"
#include "tests/store/open_store.hpp"
#include "tests/store/scratch_folder.hpp"

namespace dropline {
namespace {

using test::content_of;
using test::entry_by;
using test::id_of;
using test::mode_of;
using test::names_with;
using test::OpenStore;
using test::ScratchFolder;
using test::write_file;

constexpr unsigned char messages_in_whole = 120;

/// A cleanly closed history with something in every table.
std::string whole_history() {
    const ScratchFolder scratch;
    {
        OpenStore store(scratch / "history.db");
        const auto log = store.room_log("Lab");
        for (unsigned char n = 1; n <= messages_in_whole; ++n) {
            log->append(entry_by(1, n, "message " + std::string(n, 'x')), [](auto) {});
        }
        store->put_outbox({id_of<MessageId>(1), id_of<PeerId>(1), false, "text", {}}, [](auto) {});
        store->put_private(id_of<PeerId>(1), {id_of<MessageId>(1), true, "text", {}, false},
                           [](auto) {});
        store->put_host_pin("lab:1", {id_of<PeerId>(1), "Ann", "lab:1", {}, false}, [](auto) {});
        store->meet_peer({id_of<PeerId>(1), "Ann", "lab:1", {}, false});
        KeptTransfer transfer;
        transfer.id = id_of<TransferId>(1);
        transfer.peer = id_of<PeerId>(1);
        transfer.manifest = std::string(3 * 4096, 'm');
        transfer.progress = "half";
        store->keep_transfer(transfer, [](auto) {});
    }
    return content_of(scratch / "history.db");
}

/// Databases that were moved aside; a WAL that went with one is not counted.
std::vector<std::string> kept_aside(const ScratchFolder& scratch) {
    auto names = names_with(scratch.path(), ".damaged-");
    std::erase_if(names, [](const std::string& name) { return name.ends_with("-wal"); });
    return names;
}

/// One database in place of ours, and what must come of it.
void check_kept_aside(const ScratchFolder& scratch, const std::string& damaged) {
    {
        OpenStore store(scratch / "history.db");
        REQUIRE(store->notice());
        CHECK(store->notice()->find(".damaged-") != std::string::npos);
        const auto log = store.room_log("Lab");
        CHECK(log->last_seq() == 0);
        CHECK(store.append(*log, entry_by(1, 1, "fresh")));
    }
    const auto kept = kept_aside(scratch);
    REQUIRE_FALSE(kept.empty());
    CHECK(content_of(scratch / kept.front()) == damaged);
    OpenStore again(scratch / "history.db");
    CHECK_FALSE(again->notice());
    CHECK(again.all_of(*again.room_log("Lab")).size() == 1);
}

TEST_CASE("D13 T32: a history cut off at any 512 bytes is kept aside and a fresh one begun") {
    const std::string whole = whole_history();
    REQUIRE(whole.size() > 100 * 512);
    for (std::size_t size = 0; size < whole.size(); size += 512) {
        CAPTURE(size);
        const ScratchFolder scratch;
        const std::string cut = whole.substr(0, size);
        write_file(scratch / "history.db", cut);
        check_kept_aside(scratch, cut);
    }
}

TEST_CASE("A history that was copied here is used as it is") {
    const ScratchFolder scratch;
    write_file(scratch / "history.db", whole_history());
    OpenStore store(scratch / "history.db");
    CHECK_FALSE(store->notice());
    CHECK(store.all_of(*store.room_log("Lab")).size() == messages_in_whole);
}

/// Uses everything once; what comes back may be anything but a crash.
void use_carefully(OpenStore& store) {
    const auto log = store.wait<std::shared_ptr<RoomLog>>(
        [&](auto done) { store->open_room_log("Lab", std::move(done)); });
    if (log) {
        (*log)->read_before({}, 1000, [](auto) {});
        (*log)->append(entry_by(2, 1, "more"), [](auto) {});
    }
    store->find_host_pin("lab:1", [](auto) {});
    store->find_peer_pin(id_of<PeerId>(1), [](auto) {});
    store->read_private(id_of<PeerId>(1), {}, 1000, [](auto) {});
    store->load_transfers([](auto) {});
    store->update_transfer(id_of<TransferId>(1), {}, "more", [](auto) {});
    store->forget_transfer(id_of<TransferId>(1), [](auto) {});
    const auto last = store.wait<std::vector<OutboxEntry>>(
        [&](auto done) { store->load_outbox(std::move(done)); });
    CHECK((last || !last.fault().sentence.empty()));
}

/// True when the flipped history was moved aside; else it was opened or refused as it is.
bool is_moved_aside(const ScratchFolder& scratch, const std::string& flipped) {
    write_file(scratch / "history.db", flipped);
    asio::io_context net;
    auto tried = Store::open(scratch / "history.db", net.get_executor());
    if (!tried) {
        // The one number that cannot be told from a newer program's.
        CHECK(tried.fault().code == FaultCode::wrong_version);
        CHECK(content_of(scratch / "history.db") == flipped);
        return false;
    }
    const bool has_notice = (*tried)->notice().has_value();
    tried->reset();
    const auto kept = kept_aside(scratch);
    REQUIRE(kept.size() == (has_notice ? 1 : 0));
    if (has_notice) CHECK(content_of(scratch / kept.front()) == flipped);
    if (!has_notice) {
        OpenStore store(scratch / "history.db");
        use_carefully(store);
    }
    return has_notice;
}

TEST_CASE("D13 T32: a history with a flipped bit opens with a message or works, and is not lost") {
    const std::string whole = whole_history();
    std::mt19937 random(Catch::getSeed());
    std::uniform_int_distribution<std::size_t> any_bit(0, whole.size() * 8 - 1);
    constexpr std::size_t header_bits = 800;
    std::size_t moved_aside = 0;
    for (std::size_t round = 0; round < header_bits + 200; ++round) {
        const std::size_t bit = round < header_bits ? round : any_bit(random);
        CAPTURE(bit);
        std::string flipped = whole;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        const ScratchFolder scratch;
        if (is_moved_aside(scratch, flipped)) ++moved_aside;
    }
    CHECK(moved_aside > 200);
}

/// Whom the invite of `history_with_decisions` has let in: bytes that stand nowhere else in it.
PeerId let_in() {
    PeerId peer;
    peer.bytes.fill('u');
    return peer;
}

/// A history in which somebody is banned, somebody verified, a room has a password and an invite
/// that has let somebody in, much was said.
std::string history_with_decisions() {
    const ScratchFolder scratch;
    {
        OpenStore store(scratch / "history.db");
        for (unsigned char n = 1; n <= 100; ++n) {
            const Ban ban{id_of<PeerId>(7, n), "Bob " + std::string(200, 'b'), {}, {}, "out"};
            store->put_ban(ban, [](auto) {});
        }
        // Verified as Ann; a host has called her something else since.
        store->put_person({{id_of<PeerId>(1), "Zed", "lab:1", {}, true}, {}, "Ann"}, [](auto) {});
        store->put_host_pin("lab:1", {id_of<PeerId>(2), "Lab", "lab:1", {}, false}, [](auto) {});
        RoomSecret password;
        password.verifier = {std::string(16, 's'), std::string(32, 'k'), std::string(32, 'v'), 9};
        store->put_room_secret("Lab", password, {});
        RoomSecret invite = password;
        invite.id = "0123456789abcdef";
        invite.uses_left = 1;
        invite.uses_max = 2;
        store->put_room_secret("Lab", invite, {});
        store->put_invite_use("Lab", invite.id, let_in());
        store->set_guest(id_of<PeerId>(3), true, {});
        const auto log = store.room_log("Lab");
        for (unsigned char n = 1; n <= 100; ++n) {
            log->append(entry_by(1, n, std::string(500, 'm')), [](auto) {});
        }
    }
    return content_of(scratch / "history.db");
}

std::vector<RoomSecret> secrets_of(OpenStore& store) {
    return OpenStore::value_of(store.wait<std::vector<RoomSecret>>(
        [&](auto done) { store->load_room_secrets("Lab", std::move(done)); }));
}

KeptRights rights_of(OpenStore& store) {
    return OpenStore::value_of(
        store.wait<KeptRights>([&](auto done) { store->load_rights(std::move(done)); }));
}

std::vector<PersonPin> people_of(OpenStore& store) {
    return OpenStore::value_of(store.wait<std::vector<PersonPin>>(
        [&](auto done) { store->load_people(100, std::move(done)); }));
}

TEST_CASE("D13: what was decided about people is saved from a history damaged elsewhere") {
    std::string damaged = history_with_decisions();
    SECTION("in its first bytes") { damaged.replace(0, 16, 16, 'x'); }
    SECTION("where messages are") {
        const auto at = damaged.find(std::string(500, 'm'));
        REQUIRE(at != std::string::npos);
        damaged.replace(at / 4096 * 4096, 12, 12, 'x');
    }
    const ScratchFolder scratch;
    write_file(scratch / "history.db", damaged);
    OpenStore store(scratch / "history.db");
    REQUIRE(store->notice());
    CHECK(store->notice()->find("100 bans, 2 known keys") != std::string::npos);
    const KeptRights rights = rights_of(store);
    CHECK(rights.bans.size() == 100);
    CHECK(rights.guests == std::vector{id_of<PeerId>(3)});
    const auto people = people_of(store);
    REQUIRE(people.size() == 1);
    CHECK(people[0].pin.is_verified);
    CHECK(people[0].pin.label == "Zed");
    CHECK(people[0].verified_as == "Ann");
    const auto secrets = secrets_of(store);
    REQUIRE(secrets.size() == 2);
    CHECK(secrets[0].is_password());
    // A ban of whom it has let in still reaches the invite.
    CHECK(secrets[1].used_by == std::vector{let_in()});
    CHECK_FALSE(secrets[1].is_revoked);
    CHECK(store.room_log("Lab")->last_seq() == 0);
    CHECK(content_of(scratch / kept_aside(scratch).front()) == damaged);
    CHECK(names_with(scratch.path(), ".salvage").empty());
}

/// SQL for a history of any version that knows bans: somebody is banned, somebody verified, a room
/// has a password, much was said.
std::string rows_with_decisions() {
    const std::string log_id = "x'" + std::string(32, '1') + "'";
    return "INSERT INTO logs VALUES (1, " + log_id +
           ", 'Lab', NULL);"
           "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION SELECT n + 1 FROM numbers WHERE n < 100)"
           " INSERT INTO log_messages SELECT n, 1, n, randomblob(16), zeroblob(32), 'Ann',"
           " printf('%.*c', 500, 'm'), 0 FROM numbers;"
           "INSERT INTO bans VALUES (" +
           test::sql_key(7) +
           ", 'Bob', 1, NULL, 'out');"
           "INSERT INTO peer_pins (peer, label, last_address, first_seen, is_verified) VALUES (" +
           test::sql_key(1) +
           ", 'Ann', 'where Ann was', 1, 1);"
           "INSERT INTO room_secrets VALUES (1, 'Lab', '', x'01', zeroblob(32), zeroblob(32), 9, 1,"
           " 0, 1, 1, 0);";
}

/// What it says first can be read no longer.
void damage_page_with(const std::filesystem::path& path, const std::string& text) {
    std::string content = content_of(path);
    const auto at = content.find(text);
    REQUIRE(at != std::string::npos);
    content.replace(at / 4096 * 4096, 12, 12, 'x');
    write_file(path, content);
}

TEST_CASE("D13: what was decided about people is saved from a damaged history of older versions") {
    const std::int64_t version = GENERATE(3, 5, 6);
    CAPTURE(version);
    const ScratchFolder scratch;
    test::make_older_history(scratch / "history.db", version, rows_with_decisions());
    SECTION("where messages are") {
        damage_page_with(scratch / "history.db", std::string(500, 'm'));
        const std::string damaged = content_of(scratch / "history.db");
        OpenStore store(scratch / "history.db");
        REQUIRE(store->notice());
        CHECK(rights_of(store).bans.size() == 1);
        CHECK(secrets_of(store).size() == 1);
        const auto people = people_of(store);
        REQUIRE(people.size() == 1);
        CHECK(people[0].pin.is_verified);
        CHECK(people[0].verified_as == "Ann");
        CHECK(content_of(scratch / kept_aside(scratch).front()) == damaged);
        CHECK(names_with(scratch.path(), ".salvage").empty());
    }
    SECTION("where the keys of people are, which newer versions know more of") {
        damage_page_with(scratch / "history.db", "where Ann was");
        OpenStore store(scratch / "history.db");
        REQUIRE(store->notice());
        CHECK(rights_of(store).bans.size() == 1);
        CHECK(secrets_of(store).size() == 1);
    }
}

TEST_CASE("D13: nothing in an older history that somebody changed is run, damaged or whole") {
    const bool is_damaged = GENERATE(false, true);
    CAPTURE(is_damaged);
    const ScratchFolder scratch;
    const std::string trigger =
        "CREATE TRIGGER t AFTER UPDATE ON peer_pins BEGIN DELETE FROM bans; END;";
    test::make_older_history(scratch / "history.db", 6, rows_with_decisions() + trigger);
    if (is_damaged) damage_page_with(scratch / "history.db", std::string(500, 'm'));
    const std::string changed = content_of(scratch / "history.db");
    OpenStore store(scratch / "history.db");
    REQUIRE(store->notice());
    CHECK(rights_of(store).bans.empty());
    const auto kept = kept_aside(scratch);
    REQUIRE(kept.size() == 1);
    CHECK(content_of(scratch / kept.front()) == changed);
}

TEST_CASE("D13: of bans on both sides of a damaged page those that can be read are saved") {
    std::string damaged = history_with_decisions();
    const auto at = damaged.find(std::string(200, 'b'), damaged.size() / 4);
    REQUIRE(at != std::string::npos);
    damaged.replace(at / 4096 * 4096, 12, 12, 'x');
    const ScratchFolder scratch;
    write_file(scratch / "history.db", damaged);
    OpenStore store(scratch / "history.db");
    REQUIRE(store->notice());
    const auto saved = rights_of(store).bans.size();
    CHECK(saved > 50);
    CHECK(saved < 100);
}

TEST_CASE("D13: invites are withdrawn where it cannot be read any more whom they have let in") {
    std::string damaged = history_with_decisions();
    const std::string mark(32, 'u');
    // The table is kept twice: as rows and in order.
    for (auto at = damaged.find(mark); at != std::string::npos; at = damaged.find(mark)) {
        damaged.replace(at / 4096 * 4096, 4096, 4096, 'x');
    }
    const ScratchFolder scratch;
    write_file(scratch / "history.db", damaged);
    OpenStore store(scratch / "history.db");
    REQUIRE(store->notice());
    CHECK(store->notice()->find("they are withdrawn") != std::string::npos);
    const auto secrets = secrets_of(store);
    REQUIRE(secrets.size() == 2);
    CHECK_FALSE(secrets[0].is_revoked);
    CHECK(secrets[1].is_revoked);
}

TEST_CASE("D13: where nothing can be saved it is said what is gone and what to do") {
    const ScratchFolder scratch;
    write_file(scratch / "history.db", "not a database");
    OpenStore store(scratch / "history.db");
    REQUIRE(store->notice());
    CHECK(store->notice()->find("keys, bans, invites and passwords") != std::string::npos);
    CHECK(store->notice()->find("ban people again") != std::string::npos);
}

TEST_CASE("D13: text, another program's database or a folder in its place is kept aside") {
    const ScratchFolder scratch;
    SECTION("text") {
        const std::string text = "this is no database, but somebody may want it\n";
        write_file(scratch / "history.db", text);
        check_kept_aside(scratch, text);
    }
    SECTION("another program's database") {
        write_file(scratch / "history.db", "");
        {
            auto other = Database::open(scratch / "history.db");
            REQUIRE(other);
            REQUIRE(other->execute("CREATE TABLE recipes (name TEXT); PRAGMA user_version = 1"));
            other->set_checkpoint_on_close();
        }
        check_kept_aside(scratch, content_of(scratch / "history.db"));
    }
    SECTION("a folder") {
        std::filesystem::create_directory(scratch / "history.db");
        write_file(scratch / "history.db" / "letter", "dear");
        OpenStore store(scratch / "history.db");
        REQUIRE(store->notice());
        const auto kept = kept_aside(scratch);
        REQUIRE(kept.size() == 1);
        CHECK(content_of(scratch / kept.front() / "letter") == "dear");
    }
    SECTION("a WAL without its database") {
        write_file(scratch / "history.db-wal", "pages of something else");
        OpenStore store(scratch / "history.db");
        REQUIRE(store->notice());
        const auto kept = names_with(scratch.path(), ".damaged-");
        REQUIRE(kept.size() == 1);
        CHECK(kept.front().ends_with("-wal"));
        CHECK(content_of(scratch / kept.front()) == "pages of something else");
    }
}

/// Runs SQL of the test's own on a closed history, as a hostile or careless hand would.
void tamper(const std::filesystem::path& path, const char* sql) {
    auto database = Database::open(path);
    REQUIRE(database);
    REQUIRE(database->execute(sql));
    database->set_checkpoint_on_close();
}

TEST_CASE("D13: a history with a trigger, a view or a missing table is not used") {
    for (const char* change :
         {"CREATE TRIGGER t AFTER INSERT ON log_messages BEGIN DELETE FROM log_messages; END",
          "CREATE VIEW v AS SELECT * FROM outbox", "DROP TABLE outbox",
          "CREATE TABLE extra (x TEXT)", "PRAGMA user_version = 0", "PRAGMA user_version = 1",
          "PRAGMA user_version = -1"}) {
        CAPTURE(change);
        const ScratchFolder scratch;
        write_file(scratch / "history.db", whole_history());
        tamper(scratch / "history.db", change);
        check_kept_aside(scratch, content_of(scratch / "history.db"));
    }
}

const std::string newer_version =
    "PRAGMA user_version = " + std::to_string(schema_version_newest + 1);

TEST_CASE("A newer dropline's history is refused and not one byte of it is changed") {
    const ScratchFolder scratch;
    write_file(scratch / "history.db", whole_history());
    tamper(scratch / "history.db", newer_version.c_str());
    const std::string newer = content_of(scratch / "history.db");
    const auto history = open_history(scratch / "history.db");
    REQUIRE_FALSE(history);
    CHECK(history.fault().code == FaultCode::wrong_version);
    CHECK(history.fault().sentence.find("newer") != std::string::npos);
    CHECK(content_of(scratch / "history.db") == newer);
    CHECK(names_with(scratch.path(), "").size() == 1);
}

TEST_CASE("A newer dropline's history whose version is only in the WAL is refused too") {
    const ScratchFolder scratch;
    write_file(scratch / "history.db", whole_history());
    {
        auto database = Database::open(scratch / "history.db");
        REQUIRE(database);
        REQUIRE(database->execute(newer_version.c_str()));
    }
    const std::string file = content_of(scratch / "history.db");
    const std::string wal = content_of(scratch / "history.db-wal");
    REQUIRE_FALSE(wal.empty());
    const auto history = open_history(scratch / "history.db");
    REQUIRE_FALSE(history);
    CHECK(history.fault().code == FaultCode::wrong_version);
    CHECK(content_of(scratch / "history.db") == file);
    CHECK(content_of(scratch / "history.db-wal") == wal);
}

TEST_CASE("A history changed by another hand since it was closed is checked again") {
    const ScratchFolder scratch;
    { OpenStore store(scratch / "history.db"); }
    CHECK(names_with(scratch.path(), ".clean").size() == 1);
    std::string content = content_of(scratch / "history.db");
    content[4096 * 2] = '\x7f';  // the kind of the third page: there is no such kind
    write_file(scratch / "history.db", content);
    check_kept_aside(scratch, content);
}

TEST_CASE("Every file of an open history is its owner's alone, whatever the umask") {
    const ScratchFolder scratch;
    const mode_t before = ::umask(0);
    {
        OpenStore store(scratch / "history.db");
        const auto log = store.room_log("Lab");
        REQUIRE(store.append(*log, entry_by(1, 1, "text")));
        const auto names = names_with(scratch.path(), "history.db");
        CHECK(names.size() >= 2);  // the database and its WAL
        for (const std::string& name : names) CHECK(mode_of(scratch / name) == 0600);
    }
    ::umask(before);
    for (const std::string& name : names_with(scratch.path(), "history.db")) {
        CHECK(mode_of(scratch / name) == 0600);
    }
}

TEST_CASE("A history that others could read is closed to them when it is opened") {
    const ScratchFolder scratch;
    { OpenStore store(scratch / "history.db"); }
    REQUIRE(::chmod((scratch / "history.db").c_str(), 0644) == 0);
    OpenStore store(scratch / "history.db");
    CHECK_FALSE(store->notice());
    CHECK(mode_of(scratch / "history.db") == 0600);
}

TEST_CASE("A link in the history's place is refused and what it points to left alone") {
    const ScratchFolder scratch;
    write_file(scratch / "elsewhere", "precious");
    std::filesystem::create_symlink(scratch / "elsewhere", scratch / "history.db");
    const auto history = open_history(scratch / "history.db");
    REQUIRE_FALSE(history);
    CHECK(history.fault().code == FaultCode::profile_unsafe);
    CHECK(content_of(scratch / "elsewhere") == "precious");
}

TEST_CASE("Two damaged histories within one second are both kept") {
    const ScratchFolder scratch;
    for (const char* text : {"one", "two", "three"}) {
        write_file(scratch / "history.db", text);
        OpenStore store(scratch / "history.db");
        CHECK(store->notice());
    }
    CHECK(kept_aside(scratch).size() == 3);
}

TEST_CASE("What a start that was killed left half made is no history and does no harm") {
    const ScratchFolder scratch;
    write_file(scratch / "history.db.fresh", "half");
    write_file(scratch / "history.db.fresh-wal", "half");
    OpenStore store(scratch / "history.db");
    CHECK_FALSE(store->notice());
    CHECK(names_with(scratch.path(), ".fresh").empty());
}

TEST_CASE("The database is as durable and as distrustful as the plan says") {
    const ScratchFolder scratch;
    auto history = open_history(scratch / "history.db");
    REQUIRE(history);
    const auto setting = [&](const char* pragma) {
        return OpenStore::value_of(Statement(*history->database, pragma).first([](const Row& row) {
            return row.bytes(0);
        }));
    };
    CHECK(setting("PRAGMA journal_mode") == "wal");
    CHECK(setting("PRAGMA synchronous") == "2");
    CHECK(setting("PRAGMA busy_timeout") == "5000");
    CHECK(setting("PRAGMA foreign_keys") == "1");
    CHECK(setting("PRAGMA trusted_schema") == "0");
    CHECK(setting("PRAGMA cell_size_check") == "1");
    CHECK(setting("PRAGMA wal_autocheckpoint") == "1000");
    // Defensive: the schema cannot be written to as if it were a table.
    CHECK_FALSE(
        history->database->execute("PRAGMA writable_schema = ON; DELETE FROM sqlite_schema"));
}

}  // namespace
}  // namespace dropline
