#include <catch2/catch_test_macros.hpp>

#include <string>

#include "net/api/limits.hpp"
#include "net/link/tls_engine.hpp"

namespace dropline {
namespace {

struct Side {
    Identity identity = *Identity::create();
    TlsContext context = *TlsContext::make(identity);
};

/// Moves what each has to say to the other until both are done or one has a fault.
struct Handshake {
    std::optional<Fault> client_fault;
    std::optional<Fault> server_fault;
    bool is_done = false;
};

void carry(TlsEngine& from, TlsEngine& to) {
    const std::string bytes = from.take_output();
    to.push_input(std::as_bytes(std::span(bytes)));
}

Handshake shake(TlsEngine& client, TlsEngine& server) {
    Handshake result;
    for (int turn = 0; turn < 10; ++turn) {
        const auto c = client.handshake();
        if (!c) result.client_fault = c.fault();
        carry(client, server);
        const auto s = server.handshake();
        if (!s) result.server_fault = s.fault();
        carry(server, client);
        if (!c || !s) return result;
        if (*c == TlsEngine::Progress::done && *s == TlsEngine::Progress::done) {
            result.is_done = true;
            return result;
        }
    }
    return result;
}

std::string read_all(TlsEngine& engine) {
    std::string text(100'000, '\0');
    const auto read = engine.read(std::as_writable_bytes(std::span(text)));
    REQUIRE(read);
    text.resize(read->bytes);
    return text;
}

TEST_CASE("two people know each other by their keys, and what the connection is for") {
    Side anna, bob;
    auto client = TlsEngine::client(anna.context, Channel::peer, bob.identity.id());
    auto server = TlsEngine::server(bob.context, anna.identity.id());
    REQUIRE(shake(client, server).is_done);
    CHECK(client.peer() == bob.identity.id());
    CHECK(server.peer() == anna.identity.id());
    CHECK(server.channel() == Channel::peer);
    REQUIRE(client.write(std::as_bytes(std::span(std::string_view("hello")))));
    carry(client, server);
    CHECK(read_all(server) == "hello");
}

TEST_CASE("C1 T7 another key than the pinned one is refused by whoever dialled, with both keys") {
    Side anna, bob, mallory;
    auto client = TlsEngine::client(anna.context, Channel::room, bob.identity.id());
    auto server = TlsEngine::server(mallory.context, std::nullopt);
    const auto result = shake(client, server);
    CHECK_FALSE(result.is_done);
    REQUIRE(result.client_fault);
    CHECK(result.client_fault->code == FaultCode::key_changed);
    CHECK(client.seen_peer() == mallory.identity.id());
}

TEST_CASE("C21 whoever was dialled refuses another key, though the dialler believes it is in") {
    Side anna, bob, mallory;
    auto client = TlsEngine::client(mallory.context, Channel::peer, bob.identity.id());
    auto server = TlsEngine::server(bob.context, anna.identity.id());
    const auto result = shake(client, server);
    REQUIRE(result.server_fault);
    CHECK(result.server_fault->code == FaultCode::key_changed);
}

TEST_CASE("C11 whoever stole a key can be its owner to others, but not others to its owner") {
    Side anna, bob;
    // The thief answers in bob's place, with anna's own key, which is the one he has.
    auto client = TlsEngine::client(anna.context, Channel::peer, bob.identity.id());
    auto server = TlsEngine::server(anna.context, anna.identity.id());
    const auto result = shake(client, server);
    REQUIRE(result.client_fault);
    CHECK(result.client_fault->code == FaultCode::key_changed);
}

TEST_CASE("one record at a time leaves what follows the last one alone") {
    Side anna, bob;
    auto client = TlsEngine::client(anna.context, Channel::relay, std::nullopt);
    auto server = TlsEngine::server(bob.context, std::nullopt);
    REQUIRE(shake(client, server).is_done);
    REQUIRE(server.write(std::as_bytes(std::span(std::string_view("ready")))));
    carry(server, client);
    const std::string raw = "the members' own bytes";
    client.push_input(std::as_bytes(std::span(raw)));
    std::string text(100, '\0');
    const auto record = client.read_record(std::as_writable_bytes(std::span(text)));
    REQUIRE(record);
    CHECK(text.substr(0, record->bytes) == "ready");
    CHECK(client.take_unread_input() == raw);
}

TEST_CASE("a flipped bit anywhere in a record is a fault, never other text") {
    for (std::size_t position = 5; position < 30; ++position) {
        Side anna, bob;
        auto client = TlsEngine::client(anna.context, Channel::room, std::nullopt);
        auto server = TlsEngine::server(bob.context, std::nullopt);
        REQUIRE(shake(client, server).is_done);
        REQUIRE(client.write(std::as_bytes(std::span(std::string_view("attack at dawn")))));
        std::string record = client.take_output();
        record[position % record.size()] = static_cast<char>(record[position % record.size()] ^ 1);
        server.push_input(std::as_bytes(std::span(record)));
        std::string text(100, '\0');
        CHECK_FALSE(server.read(std::as_writable_bytes(std::span(text))));
    }
}

TEST_CASE("garbage instead of a greeting is refused, and costs no more than it brought") {
    Side bob;
    auto server = TlsEngine::server(bob.context, std::nullopt);
    const std::string garbage(64 * 1024, 'x');
    server.push_input(std::as_bytes(std::span(garbage)));
    CHECK_FALSE(server.handshake());
}

}  // namespace
}  // namespace dropline
