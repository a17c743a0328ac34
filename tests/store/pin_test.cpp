// Keys of hosts and people, as they are kept.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <optional>
#include <string>
#include <vector>

#include "tests/store/older_history.hpp"
#include "tests/store/open_store.hpp"
#include "tests/store/scratch_folder.hpp"

namespace dropline {
namespace {

using test::id_of;
using test::OpenStore;
using test::ScratchFolder;
using test::some_time;

Pin pin_of(unsigned char number, std::string label) {
    return {id_of<PeerId>(number), std::move(label), "192.0.2.1:7788", some_time, false};
}

Result<void> put_host(OpenStore& store, const std::string& address, const Pin& pin) {
    return store.wait<void>([&](auto done) { store->put_host_pin(address, pin, std::move(done)); });
}

std::optional<Pin> host(OpenStore& store, const std::string& address) {
    return OpenStore::value_of(store.wait<std::optional<Pin>>(
        [&](auto done) { store->find_host_pin(address, std::move(done)); }));
}

std::optional<Pin> peer(OpenStore& store, const PeerId& id) {
    return OpenStore::value_of(store.wait<std::optional<Pin>>(
        [&](auto done) { store->find_peer_pin(id, std::move(done)); }));
}

TEST_CASE("A known host is found by its address, after a restart too") {
    const ScratchFolder scratch;
    {
        OpenStore store(scratch / "history.db");
        CHECK_FALSE(host(store, "lab.example:7788"));
        REQUIRE(put_host(store, "lab.example:7788", pin_of(1, "实验室")));
    }
    OpenStore store(scratch / "history.db");
    const auto found = host(store, "lab.example:7788");
    REQUIRE(found);
    CHECK(found->id == id_of<PeerId>(1));
    CHECK(found->label == "实验室");
    CHECK(found->last_address == "192.0.2.1:7788");
    CHECK(found->first_seen == some_time);
    CHECK_FALSE(host(store, "lab.example:7789"));
}

TEST_CASE("The key of a pinned address changes only after it was forgotten") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    REQUIRE(put_host(store, "lab:7788", pin_of(1, "Lab")));
    const auto replaced = put_host(store, "lab:7788", pin_of(2, "Lab"));
    REQUIRE_FALSE(replaced);
    CHECK(replaced.fault().code == FaultCode::key_changed);
    CHECK(host(store, "lab:7788")->id == id_of<PeerId>(1));

    REQUIRE(
        store.wait<void>([&](auto done) { store->forget_host_pin("lab:7788", std::move(done)); }));
    REQUIRE(put_host(store, "lab:7788", pin_of(2, "Lab")));
    CHECK(host(store, "lab:7788")->id == id_of<PeerId>(2));
}

TEST_CASE("Meeting a host again updates what is known of it but not when it was first seen") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    REQUIRE(put_host(store, "lab:7788", pin_of(1, "Lab")));
    Pin later = pin_of(1, "The lab");
    later.first_seen += std::chrono::hours(24);
    later.is_verified = true;
    REQUIRE(put_host(store, "lab:7788", later));
    const auto found = host(store, "lab:7788");
    REQUIRE(found);
    CHECK(found->label == "The lab");
    CHECK(found->first_seen == some_time);
    CHECK(found->is_verified);
}

TEST_CASE("A person is found by key and keeps the time of the first meeting") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    CHECK_FALSE(peer(store, id_of<PeerId>(3)));
    store->meet_peer(pin_of(3, "'; drop table peer_pins; --"));
    Pin later = pin_of(3, "Eve\\");
    later.first_seen += std::chrono::hours(1);
    CHECK(peer(store, id_of<PeerId>(3))->label == "'; drop table peer_pins; --");
    store->meet_peer(later);
    const auto found = peer(store, id_of<PeerId>(3));
    REQUIRE(found);
    CHECK(found->label == "Eve\\");
    CHECK(found->first_seen == some_time);
}

std::vector<PersonPin> people(OpenStore& store) {
    return OpenStore::value_of(store.wait<std::vector<PersonPin>>(
        [&](auto done) { store->load_people(100, std::move(done)); }));
}

Result<void> put_person(OpenStore& store, const PersonPin& person) {
    return store.wait<void>([&](auto done) { store->put_person(person, std::move(done)); });
}

TEST_CASE("Whom we verified stays verified however often we meet, after a restart too") {
    const ScratchFolder scratch;
    {
        OpenStore store(scratch / "history.db");
        Pin verified = pin_of(4, "Ann");
        verified.is_verified = true;
        REQUIRE(put_person(store, {verified, AutoAccept{5'000, "/home/bob/\xffodd"}, "Ann"}));
        store->meet_peer(pin_of(4, "Ann B."));
        store->meet_peer(pin_of(5, "Eve"));
    }
    OpenStore store(scratch / "history.db");
    const auto found = people(store);
    REQUIRE(found.size() == 2);
    CHECK(found[0].pin.label == "Ann B.");
    CHECK(found[0].pin.is_verified);
    CHECK(found[0].verified_as == "Ann");
    CHECK(found[0].auto_accept == AutoAccept{5'000, "/home/bob/\xffodd"});
    CHECK_FALSE(found[1].pin.is_verified);
    CHECK_FALSE(found[1].auto_accept);
}

TEST_CASE("C5: who was verified before names were kept with it keeps the name of that time") {
    const std::int64_t version = GENERATE(5, 6);
    CAPTURE(version);
    const ScratchFolder scratch;
    const std::string columns = "(peer, label, last_address, first_seen, is_verified)";
    test::make_older_history(scratch / "history.db", version,
                             "INSERT INTO peer_pins " + columns + " VALUES (" + test::sql_key(4) +
                                 ", 'Ann', '', 2, 1), (" + test::sql_key(5) + ", 'Eve', '', 1, 0)");
    {
        OpenStore store(scratch / "history.db");
        CHECK_FALSE(store->notice());
        store->meet_peer(pin_of(4, "Zed"));
    }
    OpenStore store(scratch / "history.db");
    const auto found = people(store);
    REQUIRE(found.size() == 2);
    CHECK(found[0].pin.label == "Zed");
    CHECK(found[0].verified_as == "Ann");
    CHECK(found[1].verified_as.empty());
}

TEST_CASE("Taking the verification back takes the standing yes along") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    Pin pin = pin_of(4, "Ann");
    pin.is_verified = true;
    REQUIRE(put_person(store, {pin, AutoAccept{5'000, "/d"}}));
    pin.is_verified = false;
    REQUIRE(put_person(store, {pin, std::nullopt}));
    const auto found = people(store);
    REQUIRE(found.size() == 1);
    CHECK_FALSE(found[0].pin.is_verified);
    CHECK_FALSE(found[0].auto_accept);
}

TEST_CASE("All known hosts are listed with their addresses") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    REQUIRE(put_host(store, "lab:7788", pin_of(1, "Lab")));
    REQUIRE(put_host(store, "hall:7788", pin_of(2, "Hall")));
    const auto hosts = OpenStore::value_of(store.wait<std::vector<HostPin>>(
        [&](auto done) { store->list_host_pins(std::move(done)); }));
    REQUIRE(hosts.size() == 2);
    CHECK(hosts[0].address == "hall:7788");
    CHECK(hosts[0].pin.id == id_of<PeerId>(2));
    CHECK(hosts[1].address == "lab:7788");
}

}  // namespace
}  // namespace dropline
