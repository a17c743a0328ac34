// What a host keeps of the ways into its rooms.
#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

#include "tests/store/open_store.hpp"
#include "tests/store/scratch_folder.hpp"

namespace dropline {
namespace {

using test::id_of;
using test::OpenStore;
using test::ScratchFolder;
using test::some_time;

RoomSecret secret_of(const std::string& id) {
    RoomSecret secret;
    secret.id = id;
    secret.verifier = {"salt", std::string(32, 's'), std::string(32, 'k'), 600'000};
    secret.made = some_time;
    secret.expires = some_time + std::chrono::hours(24);
    secret.uses_left = 49;
    secret.uses_max = 50;
    return secret;
}

void put(OpenStore& store, const std::string& room, const RoomSecret& secret) {
    REQUIRE(store.wait<void>(
        [&](auto done) { store->put_room_secret(room, secret, std::move(done)); }));
}

std::vector<RoomSecret> kept(OpenStore& store, const std::string& room) {
    return OpenStore::value_of(store.wait<std::vector<RoomSecret>>(
        [&](auto done) { store->load_room_secrets(room, std::move(done)); }));
}

std::vector<PeerId> members(OpenStore& store, const std::string& room) {
    return OpenStore::value_of(store.wait<std::vector<PeerId>>(
        [&](auto done) { store->load_room_members(room, std::move(done)); }));
}

TEST_CASE("A room's invites and password come back after a restart, and no other room's") {
    const ScratchFolder scratch;
    {
        OpenStore store(scratch / "history.db");
        put(store, "Lab", secret_of("0123456789abcdef"));
        put(store, "Lab", secret_of(""));
        put(store, "Büro", secret_of("0123456789abcdef"));
    }
    OpenStore store(scratch / "history.db");
    const auto all = kept(store, "Lab");
    REQUIRE(all.size() == 2);
    CHECK(all[0].id == "0123456789abcdef");
    CHECK_FALSE(all[0].is_password());
    CHECK(all[1].is_password());
    CHECK(all[0].verifier.salt == "salt");
    CHECK(all[0].verifier.stored_key == std::string(32, 's'));
    CHECK(all[0].verifier.server_key == std::string(32, 'k'));
    CHECK(all[0].verifier.iterations == 600'000);
    CHECK(all[0].made == some_time);
    CHECK(all[0].expires == some_time + std::chrono::hours(24));
    CHECK(all[0].uses_left == 49);
    CHECK(all[0].uses_max == 50);
    CHECK_FALSE(all[0].is_revoked);
    CHECK(kept(store, "Büro").size() == 1);
    CHECK(kept(store, "Nowhere").empty());
}

TEST_CASE("An invite that changed is kept as it is now, one that was forgotten is gone") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    RoomSecret secret = secret_of("0123456789abcdef");
    put(store, "Lab", secret);
    secret.uses_left = 0;
    secret.is_revoked = true;
    put(store, "Lab", secret);
    REQUIRE(kept(store, "Lab").size() == 1);
    CHECK(kept(store, "Lab")[0].uses_left == 0);
    CHECK(kept(store, "Lab")[0].is_revoked);
    store->forget_room_secret("Lab", secret.id);
    CHECK(kept(store, "Lab").empty());
}

TEST_CASE("Whom an invite has let in is known after a restart, and forgotten with the invite") {
    const ScratchFolder scratch;
    const std::string id = "0123456789abcdef";
    {
        OpenStore store(scratch / "history.db");
        put(store, "Lab", secret_of(id));
        store->put_invite_use("Lab", id, id_of<PeerId>(1));
        store->put_invite_use("Lab", id, id_of<PeerId>(1));
        store->put_invite_use("Lab", id, id_of<PeerId>(2));
        put(store, "Lab", secret_of(id));
        put(store, "Lab", secret_of("fedcba9876543210"));
        put(store, "Büro", secret_of(id));
    }
    OpenStore store(scratch / "history.db");
    const auto all = kept(store, "Lab");
    REQUIRE(all.size() == 2);
    CHECK(all[0].used_by == std::vector{id_of<PeerId>(1), id_of<PeerId>(2)});
    CHECK(all[1].used_by.empty());
    CHECK(kept(store, "Büro")[0].used_by.empty());
    store->forget_room_secret("Lab", id);
    put(store, "Lab", secret_of(id));
    CHECK(kept(store, "Lab")[1].used_by.empty());
}

TEST_CASE("The invites that let a key in are withdrawn in all rooms but one, and only those") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    const std::string used = "0123456789abcdef";
    for (const char* room : {"Lab", "Here"}) {
        put(store, room, secret_of(used));
        put(store, room, secret_of("fedcba9876543210"));
        store->put_invite_use(room, used, id_of<PeerId>(1));
        store->put_invite_use(room, "fedcba9876543210", id_of<PeerId>(2));
    }
    store->withdraw_invites_elsewhere("Here", id_of<PeerId>(1));
    CHECK(kept(store, "Lab")[0].is_revoked);
    CHECK_FALSE(kept(store, "Lab")[1].is_revoked);
    CHECK_FALSE(kept(store, "Here")[0].is_revoked);
}

TEST_CASE("A verifier that cannot be one is not kept") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    RoomSecret secret = secret_of("0123456789abcdef");
    secret.verifier.stored_key = "short";
    CHECK_FALSE(store.wait<void>(
        [&](auto done) { store->put_room_secret("Lab", secret, std::move(done)); }));
}

TEST_CASE("Who has proven a secret is known after a restart, in that room") {
    const ScratchFolder scratch;
    {
        OpenStore store(scratch / "history.db");
        store->put_room_member("Lab", id_of<PeerId>(1), some_time);
        store->put_room_member("Lab", id_of<PeerId>(1), some_time);
        store->put_room_member("Lab", id_of<PeerId>(2), some_time + std::chrono::hours(1));
        CHECK(members(store, "Lab").size() == 2);
    }
    OpenStore store(scratch / "history.db");
    CHECK(members(store, "Lab") == std::vector{id_of<PeerId>(2), id_of<PeerId>(1)});
    CHECK(members(store, "Büro").empty());
}

}  // namespace
}  // namespace dropline
