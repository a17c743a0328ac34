#include <catch2/catch_test_macros.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

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

// ---- What a stranger may make us do -------------------------------------------------------------

using TlsPtr = std::unique_ptr<SSL, decltype(&SSL_free)>;
using CertificatePtr = std::unique_ptr<X509, decltype(&X509_free)>;

/// OpenSSL as it is, without the care that our own side takes.
struct BareClient {
    Identity identity = *Identity::create();
    TlsContextPtr context{SSL_CTX_new(TLS_client_method())};
    TlsPtr tls{nullptr, SSL_free};

    BareClient() {
        SSL_CTX_use_certificate(context.get(), identity.certificate());
        SSL_CTX_use_PrivateKey(context.get(), identity.key());
        SSL_CTX_set_alpn_protos(context.get(), alpn, sizeof alpn - 1);
        begin();
    }

    /// A connection of its own.
    void begin() {
        tls.reset(SSL_new(context.get()));
        SSL_set_bio(tls.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_connect_state(tls.get());
    }

    void carry_to(TlsEngine& server) const {
        char* bytes = nullptr;
        const long size = BIO_get_mem_data(SSL_get_wbio(tls.get()), &bytes);
        server.push_input(std::as_bytes(std::span(bytes, static_cast<std::size_t>(size))));
        BIO_reset(SSL_get_wbio(tls.get()));
    }
    void take_from(TlsEngine& server) const {
        const std::string bytes = server.take_output();
        BIO_write(SSL_get_rbio(tls.get()), bytes.data(), static_cast<int>(bytes.size()));
    }
    /// Whether the server is content in the end.
    bool shake(TlsEngine& server) const {
        for (int turn = 0; turn < 4; ++turn) {
            SSL_do_handshake(tls.get());
            carry_to(server);
            const auto told = server.handshake();
            if (!told) return false;
            if (*told == TlsEngine::Progress::done) return true;
            take_from(server);
        }
        return false;
    }

    static constexpr unsigned char alpn[] =
        "\x0f"
        "dropline-room/1";
};

TEST_CASE("E8 as many KeyUpdates as the limit are followed, and the one above ends it") {
    const Side host;
    const BareClient client;
    auto server = TlsEngine::server(host.context, std::nullopt);
    REQUIRE(client.shake(server));
    const auto is_taken = [&] {
        REQUIRE(SSL_key_update(client.tls.get(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1);
        REQUIRE(SSL_write(client.tls.get(), "x", 1) == 1);
        client.carry_to(server);
        std::array<std::byte, 8> into;
        const auto read = server.read(into);
        return read && read->bytes == 1;
    };
    for (std::uint32_t i = 0; i < limits::key_updates_per_minute_max; ++i) CHECK(is_taken());
    CHECK_FALSE(is_taken());
}

/// Self-signed as ours are, and with a comment that makes it this long.
CertificatePtr certificate_of(const Identity& identity, std::size_t bytes) {
    const auto with_comment = [&identity](std::size_t length) {
        CertificatePtr certificate(X509_dup(identity.certificate()), X509_free);
        const std::string comment(length, 'x');
        X509_EXTENSION* extension =
            X509V3_EXT_conf_nid(nullptr, nullptr, NID_netscape_comment, comment.c_str());
        X509_set_version(certificate.get(), X509_VERSION_3);
        X509_add_ext(certificate.get(), extension, -1);
        X509_EXTENSION_free(extension);
        X509_sign(certificate.get(), identity.key(), nullptr);
        return certificate;
    };
    // The lengths of lengths settle once it is about as long as wanted.
    std::size_t length = bytes - 1000;
    for (int turn = 0; turn < 3; ++turn) {
        const auto now = static_cast<std::size_t>(i2d_X509(with_comment(length).get(), nullptr));
        length += bytes - now;
    }
    return with_comment(length);
}

TEST_CASE("D9 T9 certificates up to the limit are read, and one byte above none") {
    const Side host;
    // The message that carries one: an empty context, and three lengths (RFC 8446, 4.4.2).
    constexpr std::size_t around = 1 + 3 + 3 + 2;
    for (const std::size_t above : {0U, 1U}) {
        BareClient client;
        const auto certificate =
            certificate_of(client.identity, limits::certificate_chain_bytes_max - around + above);
        REQUIRE(static_cast<std::size_t>(i2d_X509(certificate.get(), nullptr)) + around ==
                limits::certificate_chain_bytes_max + above);
        REQUIRE(SSL_use_certificate(client.tls.get(), certificate.get()) == 1);
        auto server = TlsEngine::server(host.context, std::nullopt);
        CHECK(client.shake(server) == (above == 0));
    }
}

TEST_CASE("T9 a certificate with damaged bytes is refused, or still that of its key") {
    const Side host;
    BareClient client;
    unsigned char* bytes = nullptr;
    const int size = i2d_X509(client.identity.certificate(), &bytes);
    std::vector<unsigned char> der(bytes, bytes + size);
    OPENSSL_free(bytes);
    int shown = 0;
    for (std::size_t at = 0; at < der.size(); ++at) {
        for (const int flipped : {0x01, 0x80, 0xff}) {
            auto damaged = der;
            damaged[at] = static_cast<unsigned char>(damaged[at] ^ flipped);
            const unsigned char* from = damaged.data();
            const CertificatePtr certificate(d2i_X509(nullptr, &from, size), X509_free);
            client.begin();
            // What OpenSSL itself would not read, it does not show either.
            if (!certificate || SSL_use_certificate(client.tls.get(), certificate.get()) != 1)
                continue;
            if (SSL_use_PrivateKey(client.tls.get(), client.identity.key()) != 1) continue;
            ++shown;
            auto server = TlsEngine::server(host.context, std::nullopt);
            if (client.shake(server)) CHECK(server.peer() == client.identity.id());
        }
    }
    ERR_clear_error();
    CHECK(shown > 100);
}

}  // namespace
}  // namespace dropline
