// What a host has decided about others, as it is kept.
#include <catch2/catch_test_macros.hpp>

#include <string>

#include "net/api/limits.hpp"
#include "tests/store/open_store.hpp"
#include "tests/store/scratch_folder.hpp"

namespace dropline {
namespace {

using test::id_of;
using test::OpenStore;
using test::ScratchFolder;
using test::some_time;

KeptRights load(OpenStore& store) {
    return OpenStore::value_of(
        store.wait<KeptRights>([&](auto done) { store->load_rights(std::move(done)); }));
}

void put(OpenStore& store, const Ban& ban) {
    REQUIRE(store.wait<void>([&](auto done) { store->put_ban(ban, std::move(done)); }));
}

void remove(OpenStore& store, const PeerId& id) {
    REQUIRE(store.wait<void>([&](auto done) { store->remove_ban(id, std::move(done)); }));
}

void set_guest(OpenStore& store, const PeerId& id, bool is_guest) {
    REQUIRE(store.wait<void>([&](auto done) { store->set_guest(id, is_guest, std::move(done)); }));
}

void put(OpenStore& store, const RoomRules& rules) {
    REQUIRE(store.wait<void>([&](auto done) { store->put_room_rules(rules, std::move(done)); }));
}

TEST_CASE("A profile that has decided nothing bans nobody and lays down no rules") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    const KeptRights rights = load(store);
    CHECK(rights.bans.empty());
    CHECK(rights.guests.empty());
    CHECK(rights.rules == RoomRules{});
}

TEST_CASE("Bans are kept with all that is known of them, for a time and for good") {
    const ScratchFolder scratch;
    const auto until = some_time + std::chrono::hours(24);
    {
        OpenStore store(scratch / "history.db");
        put(store, Ban{id_of<PeerId>(1), "小陈'); DROP TABLE bans;--", some_time, until, "吵"});
        put(store, Ban{id_of<PeerId>(2), "Bob", some_time + std::chrono::seconds(1), {}, ""});
    }
    OpenStore store(scratch / "history.db");
    const auto bans = load(store).bans;
    REQUIRE(bans.size() == 2);
    CHECK(bans[0].id == id_of<PeerId>(1));
    CHECK(bans[0].name == "小陈'); DROP TABLE bans;--");
    CHECK(bans[0].since == some_time);
    CHECK(bans[0].until == until);
    CHECK(bans[0].reason == "吵");
    CHECK_FALSE(bans[1].until);
}

TEST_CASE("A second ban on a key replaces the first, and one that is undone is gone") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    put(store, Ban{id_of<PeerId>(1), "Bob", some_time, {}, "first"});
    put(store, Ban{id_of<PeerId>(1), "Bob", some_time, {}, "second"});
    REQUIRE(load(store).bans.size() == 1);
    CHECK(load(store).bans.front().reason == "second");
    remove(store, id_of<PeerId>(2));
    CHECK(load(store).bans.size() == 1);
    remove(store, id_of<PeerId>(1));
    CHECK(load(store).bans.empty());
}

TEST_CASE("Guests and rules are kept, and can be taken back") {
    const ScratchFolder scratch;
    const RoomRules strict{FileRule::only_to_host, limits::file_bytes_max};
    {
        OpenStore store(scratch / "history.db");
        set_guest(store, id_of<PeerId>(3), true);
        set_guest(store, id_of<PeerId>(3), true);
        set_guest(store, id_of<PeerId>(4), true);
        set_guest(store, id_of<PeerId>(4), false);
        put(store, RoomRules{FileRule::nobody, 1});
        put(store, strict);
    }
    OpenStore store(scratch / "history.db");
    const KeptRights rights = load(store);
    CHECK(rights.guests == std::vector{id_of<PeerId>(3)});
    CHECK(rights.rules == strict);
    put(store, RoomRules{});
    CHECK(load(store).rules == RoomRules{});
}

}  // namespace
}  // namespace dropline
