// Row C9 of the security plan: an error is never taken for a match. OpenSSL is given no memory,
// once for each of the allocations that a handshake or a proof makes.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <openssl/crypto.h>

#include <cstdlib>
#include <exception>
#include <functional>
#include <limits>
#include <optional>
#include <string>

#include "net/api/limits.hpp"
#include "net/link/tls_engine.hpp"
#include "net/trust/scram.hpp"

namespace dropline {
namespace {

// ---- A memory that fails ------------------------------------------------------------------------

constexpr long never = std::numeric_limits<long>::max();

/// Thread: the test's only one.
struct Memory {
    long left = never;   // allocations until one fails
    bool stays = false;  // and all that follow
    bool has_failed = false;

    bool gives() {
        if (left == never || --left >= 0) return true;
        has_failed = true;
        if (!stays) left = never;
        return false;
    }
};
Memory memory;

void* allocate(std::size_t bytes, const char*, int) {
    return memory.gives() ? std::malloc(bytes) : nullptr;
}
void* reallocate(void* block, std::size_t bytes, const char*, int) {
    return memory.gives() ? std::realloc(block, bytes) : nullptr;
}
void release(void* block, const char*, int) { std::free(block); }

// OpenSSL takes them only before its first allocation.
const bool is_ours = CRYPTO_set_mem_functions(allocate, reallocate, release) == 1;

/// `act` once with each of its allocations failing, and last with none. How many failed.
long with_each_failing(bool stays, const std::function<void()>& act) {
    REQUIRE(is_ours);
    for (long failing = 0;; ++failing) {
        memory = {failing, stays, false};
        // What is not expected to fail may throw: that ends the program, and is no match either.
        try {
            act();
        } catch (const std::exception&) {
        }
        const bool has_failed = memory.has_failed;
        memory = {};
        if (!has_failed) return failing;
    }
}

// ---- Handshakes ---------------------------------------------------------------------------------

struct Side {
    Identity identity = *Identity::create();
    TlsContext context = *TlsContext::make(identity);
};

bool carry(TlsEngine& from, TlsEngine& to) {
    const std::string bytes = from.take_output();
    to.push_input(std::as_bytes(std::span(bytes)));
    return !bytes.empty();
}

struct Outcome {
    bool client_is_content = false;
    bool server_is_content = false;
};

/// Until both are done or one gave up.
void shake(TlsEngine& client, TlsEngine& server, Outcome& outcome) {
    for (bool is_moving = true; is_moving;) {
        const auto told_client = client.handshake();
        is_moving = carry(client, server);
        outcome.client_is_content = told_client && *told_client == TlsEngine::Progress::done;
        const auto told_server = server.handshake();
        is_moving |= carry(server, client);
        outcome.server_is_content = told_server && *told_server == TlsEngine::Progress::done;
        if (!told_client || !told_server) return;
    }
}

TEST_CASE("C9 a key that is not the expected one never passes when memory runs out") {
    const bool stays = GENERATE(false, true);
    const Side anna, bob, mallory;
    long connected_anyway = 0;
    const long failures = with_each_failing(stays, [&] {
        Outcome outcome;
        auto client = TlsEngine::client(anna.context, Channel::room, bob.identity.id());
        auto server = TlsEngine::server(mallory.context, std::nullopt);
        shake(client, server, outcome);
        connected_anyway += outcome.client_is_content ? 1 : 0;
    });
    CHECK(failures > 100);
    CHECK(connected_anyway == 0);

    const long failures_at_the_host = with_each_failing(stays, [&] {
        Outcome outcome;
        auto client = TlsEngine::client(mallory.context, Channel::peer, std::nullopt);
        auto server = TlsEngine::server(anna.context, bob.identity.id());
        shake(client, server, outcome);
        connected_anyway += outcome.server_is_content ? 1 : 0;
    });
    CHECK(failures_at_the_host > 100);
    CHECK(connected_anyway == 0);
}

TEST_CASE("C9 whoever is accepted when memory runs out is who they are") {
    const bool stays = GENERATE(false, true);
    const Side anna, bob;
    long mistaken = 0;
    with_each_failing(stays, [&] {
        Outcome outcome;
        auto client = TlsEngine::client(anna.context, Channel::room, bob.identity.id());
        auto server = TlsEngine::server(bob.context, std::nullopt);
        shake(client, server, outcome);
        mistaken += outcome.client_is_content && client.peer() != bob.identity.id() ? 1 : 0;
        mistaken += outcome.server_is_content && server.peer() != anna.identity.id() ? 1 : 0;
    });
    CHECK(mistaken == 0);
}

// ---- Proofs -------------------------------------------------------------------------------------

const std::string binding(32, 'b');
const std::string salt(16, 's');

ScramServer host() { return ScramServer(binding, std::string(32, 'h')); }

/// What a member who knows `secret` answers to that host. The same each time.
struct Member {
    ScramClient client;
    std::string answer;

    Member(const Secret& secret, const ScramVerifier& verifier)
        : client("r", secret, binding, std::string(32, 'm')) {
        ScramServer asking = host();
        REQUIRE(asking.begin(client.first()));
        answer = *client.answer(asking.challenge(verifier));
    }
};

/// What the host says to that; empty when it lets nobody in.
std::optional<std::string> judge(const Member& member, const ScramVerifier& verifier) {
    ScramServer judging = host();
    if (!judging.begin(member.client.first())) return std::nullopt;
    judging.challenge(verifier);
    auto verdict = judging.judge(member.answer);
    return verdict ? *verdict : std::nullopt;
}

TEST_CASE("C9 a wrong secret never proves anything when memory runs out") {
    const bool stays = GENERATE(false, true);
    const auto verifier = *make_scram_verifier(Secret("right"), salt, limits::scram_iterations_min);
    const Member wrong(Secret("wrong"), verifier);
    const Member right(Secret("right"), verifier);
    long let_in = 0;
    const long failures =
        with_each_failing(stays, [&] { let_in += judge(wrong, verifier) ? 1 : 0; });
    CHECK(failures > 10);
    CHECK(let_in == 0);

    // The host's own proof: what is said in want of memory convinces nobody who should not be.
    long believed = 0;
    with_each_failing(stays, [&] {
        const auto verdict = judge(right, verifier);
        believed += wrong.client.accepts(verdict.value_or("v=")) ? 1 : 0;
    });
    CHECK(believed == 0);
    const auto verdict = judge(right, verifier);
    REQUIRE(verdict);
    CHECK(right.client.accepts(*verdict));
}

TEST_CASE("C9 keys made of a secret are the right ones or none when memory runs out") {
    const bool stays = GENERATE(false, true);
    const Secret secret("secret");
    const std::uint32_t iterations = 3;
    const auto right = derive_scram_keys(secret, salt, iterations);
    REQUIRE(right);
    long made_wrong = 0;
    const long failures = with_each_failing(stays, [&] {
        const auto keys = derive_scram_keys(secret, salt, iterations);
        if (!keys) return;
        made_wrong +=
            keys->stored_key != right->stored_key || keys->server_key != right->server_key;
    });
    CHECK(failures > 10);
    CHECK(made_wrong == 0);
}

TEST_CASE("C9 a challenge that was never answered believes nobody") {
    const ScramClient member("r", Secret("secret"), binding);
    CHECK_FALSE(member.accepts("v="));
    CHECK_FALSE(member.accepts(""));
}

}  // namespace
}  // namespace dropline
