// The outbox and private messages.
#include <catch2/catch_test_macros.hpp>

#include <limits>
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

const PeerId ann = id_of<PeerId>(1);
const PeerId bob = id_of<PeerId>(2);

OutboxEntry waiting(unsigned char number, std::string text, bool is_private = false) {
    return {id_of<MessageId>(number), ann, is_private, std::move(text), some_time};
}

Result<void> put(OpenStore& store, const OutboxEntry& entry) {
    return store.wait<void>([&](auto done) { store->put_outbox(entry, std::move(done)); });
}

std::vector<OutboxEntry> outbox(OpenStore& store) {
    return OpenStore::value_of(store.wait<std::vector<OutboxEntry>>(
        [&](auto done) { store->load_outbox(std::move(done)); }));
}

PrivateEntry outgoing(unsigned char number, std::string text = "hello") {
    return {id_of<MessageId>(number), true, std::move(text), some_time, false};
}

PrivateEntry incoming(unsigned char number, std::string text = "hello") {
    return {id_of<MessageId>(number), false, std::move(text), some_time, false};
}

bool put(OpenStore& store, const PeerId& peer, const PrivateEntry& entry) {
    return OpenStore::value_of(
        store.wait<bool>([&](auto done) { store->put_private(peer, entry, std::move(done)); }));
}

std::vector<PrivateEntry> talk(OpenStore& store, const PeerId& peer,
                               std::optional<std::uint64_t> before = std::nullopt,
                               std::size_t limit = 100) {
    return OpenStore::value_of(store.wait<std::vector<PrivateEntry>>(
        [&](auto done) { store->read_private(peer, before, limit, std::move(done)); }));
}

std::vector<int> numbers_of(const std::vector<PrivateEntry>& entries) {
    std::vector<int> numbers;
    numbers.reserve(entries.size());
    for (const PrivateEntry& entry : entries) numbers.push_back(entry.id.bytes[0]);
    return numbers;
}

TEST_CASE("What was typed while the host was away waits on disk in the order it was typed") {
    const ScratchFolder scratch;
    {
        OpenStore store(scratch / "history.db");
        REQUIRE(put(store, waiting(9, "一")));
        REQUIRE(put(store, waiting(1, "two 🙂", true)));
        REQUIRE(put(store, waiting(5, "three")));
    }
    OpenStore store(scratch / "history.db");
    const auto entries = outbox(store);
    REQUIRE(entries.size() == 3);
    CHECK(entries[0].text == "一");
    CHECK(entries[0].host_or_peer == ann);
    CHECK_FALSE(entries[0].is_private);
    CHECK(entries[0].created_at == some_time);
    CHECK(entries[1].text == "two 🙂");
    CHECK(entries[1].is_private);
    CHECK(entries[2].id == id_of<MessageId>(5));
}

TEST_CASE("A confirmed message leaves the outbox and the order of the others stays") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    for (unsigned char n = 1; n <= 4; ++n) REQUIRE(put(store, waiting(n, "text")));
    store->remove_outbox(id_of<MessageId>(4));
    store->remove_outbox(id_of<MessageId>(2));
    store->remove_outbox(id_of<MessageId>(77));
    REQUIRE(put(store, waiting(6, "text")));
    const auto entries = outbox(store);
    REQUIRE(entries.size() == 3);
    CHECK(entries[0].id == id_of<MessageId>(1));
    CHECK(entries[1].id == id_of<MessageId>(3));
    CHECK(entries[2].id == id_of<MessageId>(6));
}

TEST_CASE("A message put into the outbox twice waits there once") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    REQUIRE(put(store, waiting(1, "text")));
    REQUIRE(put(store, waiting(1, "changed")));
    const auto entries = outbox(store);
    REQUIRE(entries.size() == 1);
    CHECK(entries[0].text == "text");
}

TEST_CASE("A private message sent again is kept once") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    CHECK(put(store, ann, incoming(1, "first")));
    CHECK_FALSE(put(store, ann, incoming(1, "again")));
    const auto entries = talk(store, ann);
    REQUIRE(entries.size() == 1);
    CHECK(entries[0].text == "first");
}

TEST_CASE("A peer cannot hide our message, or another's, by taking its id") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    CHECK(put(store, ann, outgoing(1, "mine")));
    CHECK(put(store, ann, incoming(1, "theirs")));
    CHECK(put(store, bob, incoming(1, "bob's")));
    CHECK(talk(store, ann).size() == 2);
    CHECK(talk(store, bob).size() == 1);
}

TEST_CASE("What is written to somebody is shown and waits, and once confirmed waits no more") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    REQUIRE(store.wait<void>(
        [&](auto done) { store->write_private(waiting(1, "hello", true), std::move(done)); }));
    REQUIRE(outbox(store).size() == 1);
    REQUIRE(talk(store, ann).size() == 1);
    CHECK(talk(store, ann)[0].is_outgoing);
    CHECK_FALSE(talk(store, ann)[0].is_delivered);
    store->confirm_private(ann, id_of<MessageId>(1));
    CHECK(outbox(store).empty());
    CHECK(talk(store, ann)[0].is_delivered);
}

TEST_CASE("Only the peer a message went to can mark it delivered") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    CHECK(put(store, ann, outgoing(1)));
    CHECK(put(store, ann, incoming(2)));
    store->confirm_private(bob, id_of<MessageId>(1));
    store->confirm_private(ann, id_of<MessageId>(2));
    CHECK_FALSE(talk(store, ann)[0].is_delivered);
    store->confirm_private(ann, id_of<MessageId>(1));
    const auto entries = talk(store, ann);
    CHECK(entries[0].is_delivered);
    CHECK(entries[0].is_outgoing);
    CHECK_FALSE(entries[1].is_delivered);
}

TEST_CASE("A private conversation is paged back to its beginning, oldest first") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    for (const unsigned char n : std::initializer_list<unsigned char>{50, 10, 40, 20, 30}) {
        CHECK(put(store, ann, incoming(n)));
        CHECK(put(store, bob, incoming(n)));
    }
    using Numbers = std::vector<int>;
    CHECK(numbers_of(talk(store, ann)) == Numbers{50, 10, 40, 20, 30});
    CHECK(numbers_of(talk(store, ann, std::nullopt, 2)) == Numbers{20, 30});
    const auto all = talk(store, ann);
    CHECK(numbers_of(talk(store, ann, all[3].number, 2)) == Numbers{10, 40});
    CHECK(numbers_of(talk(store, ann, all[1].number, 2)) == Numbers{50});
    CHECK(talk(store, ann, all[0].number).empty());
    CHECK(talk(store, ann, 0).empty());
    CHECK(talk(store, ann, std::numeric_limits<std::uint64_t>::max()).size() == 5);
}

TEST_CASE("D7: private texts and waiting ones are kept byte for byte") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    unsigned char number = 0;
    for (const std::string& text :
         {std::string("'; drop table outbox; --"), std::string("\\"), std::string("a\0b", 3),
          std::string("再见 👋🏽"), std::string()}) {
        ++number;
        CHECK(put(store, ann, incoming(number, text)));
        CHECK(talk(store, ann).back().text == text);
        REQUIRE(put(store, waiting(number, text)));
        CHECK(outbox(store).back().text == text);
    }
}

TEST_CASE("Everybody with whom there is a private conversation is listed once, the latest first") {
    const ScratchFolder scratch;
    OpenStore store(scratch / "history.db");
    const auto correspondents = [&store] {
        return OpenStore::value_of(store.wait<std::vector<PeerId>>(
            [&](auto done) { store->load_correspondents(std::move(done)); }));
    };
    CHECK(correspondents().empty());
    CHECK(put(store, ann, incoming(1)));
    CHECK(put(store, bob, outgoing(1)));
    CHECK(correspondents() == std::vector<PeerId>{bob, ann});
    CHECK(put(store, ann, outgoing(2)));
    CHECK(correspondents() == std::vector<PeerId>{ann, bob});
}

}  // namespace
}  // namespace dropline
