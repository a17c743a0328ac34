#include "net/trust/scram.hpp"

#include <catch2/catch_test_macros.hpp>
#include <openssl/evp.h>

#include <set>
#include <string>
#include <vector>

#include "net/api/limits.hpp"
#include "tests/trust/scram_samples.hpp"

namespace dropline {
namespace {

using scram_samples::base64;
using scram_samples::binding;
using scram_samples::salt;

std::string from_base64(std::string_view text, std::size_t bytes) {
    std::string raw(text.size(), '\0');
    EVP_DecodeBlock(reinterpret_cast<unsigned char*>(raw.data()),
                    reinterpret_cast<const unsigned char*>(text.data()),
                    static_cast<int>(text.size()));
    raw.resize(bytes);
    return raw;
}

ScramVerifier verifier_of(const std::string& secret) {
    return *make_scram_verifier(Secret(secret), salt, limits::scram_iterations_min);
}

/// One whole conversation; empty when the host does not let the member in.
std::optional<std::string> prove(ScramClient& client, ScramServer& server,
                                 const ScramVerifier& kept) {
    REQUIRE(server.begin(client.first()));
    const auto answer = client.answer(server.challenge(kept));
    REQUIRE(answer);
    auto verdict = server.judge(*answer);
    REQUIRE(verdict);
    return *verdict;
}

TEST_CASE("RFC 7677: the example's proof and signature come out") {
    const std::string nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    const std::string auth_message = "n=user,r=rOprNGfwEbeRWgbNEkqO,r=" + nonce +
                                     ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=" + nonce;
    const auto keys =
        derive_scram_keys(Secret("pencil"), from_base64("W22ZaJ0SNY7soEsUEjb6gQ==", 16), 4096);
    REQUIRE(keys);
    CHECK(base64(scram_client_proof(*keys, auth_message)) ==
          "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    CHECK(base64(scram_server_signature(keys->server_key, auth_message)) ==
          "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

TEST_CASE("who knows the secret is let in, and sees that the host knows it too") {
    ScramClient member("r", Secret("correct horse battery"), binding);
    ScramServer host(binding);
    const auto verdict = prove(member, host, verifier_of("correct horse battery"));
    REQUIRE(verdict);
    CHECK(member.accepts(*verdict));
}

TEST_CASE("a wrong secret proves nothing") {
    ScramClient member("r", Secret("correct horse batterx"), binding);
    ScramServer host(binding);
    CHECK_FALSE(prove(member, host, verifier_of("correct horse battery")));
}

TEST_CASE("C22 a proof passed on from another connection does not hold") {
    ScramClient member("r", Secret("correct horse battery"), std::string(32, 'x'));
    ScramServer host(binding);
    CHECK_FALSE(prove(member, host, verifier_of("correct horse battery")));
}

TEST_CASE("a host that does not know the secret is found out") {
    ScramClient member("r", Secret("correct horse battery"), binding);
    ScramServer host(binding);
    REQUIRE(host.begin(member.first()));
    REQUIRE(member.answer(host.challenge(verifier_of("another secret"))));
    for (const std::string verdict :
         {"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", "v=", "", "e=other-error", "v=AAAA",
          "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=,x=1"}) {
        CHECK_FALSE(member.accepts(verdict));
    }
}

TEST_CASE("a verdict before there was a proof is never accepted") {
    const ScramClient member("r", Secret("correct horse battery"), binding);
    CHECK_FALSE(member.accepts("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
}

TEST_CASE("C23 a count of iterations out of bounds is refused before anything is computed") {
    const std::string nonce = "member-nonce";
    // With one of these it would take minutes, or one guess would cost next to nothing.
    for (const std::string count :
         {"1", "4095", "99999", "2000001", "2147483647", "4294967295", "4294967296",
          "99999999999999999999", "-100000", "0100000", "1e6", "", "100000 ", "0"}) {
        ScramClient member("r", Secret("s"), binding, nonce);
        std::string challenge = "r=" + nonce;
        challenge.append("host,s=c2FsdA==,i=").append(count);
        const auto answer = member.answer(challenge);
        CAPTURE(count);
        REQUIRE_FALSE(answer);
        CHECK(answer.fault().code == FaultCode::protocol_error);
    }
    ScramClient member("r", Secret("s"), binding, nonce);
    CHECK(member.answer("r=" + nonce + "host,s=c2FsdA==,i=100000"));
}

TEST_CASE("a challenge that is not built on our own nonce, or is broken, is refused") {
    const std::string nonce = "member-nonce";
    for (const std::string challenge :
         {"r=other-nonce,s=c2FsdA==,i=100000", "r=member-nonce,s=c2FsdA==,i=100000",
          "r=,s=c2FsdA==,i=100000", "s=c2FsdA==,i=100000", "r=member-nonceX,s=,i=100000",
          "r=member-nonceX,s=c2Fsd,i=100000", "r=member-nonceX,s=c2FsdB==,i=100000",
          "r=member-nonceX,s=c2FsdA==", "r=member-nonceX,i=100000,s=c2FsdA==",
          "m=ext,r=member-nonceX,s=c2FsdA==,i=100000", "r=member-nonceX,s=c2FsdA==,i=100000,",
          "r=member-nonceX,s=c2FsdA==,i=100000,x=1", "", ",", "=", "r", "r="}) {
        ScramClient member("r", Secret("s"), binding, nonce);
        CAPTURE(challenge);
        CHECK_FALSE(member.answer(challenge));
    }
}

TEST_CASE("a beginning without the binding to this connection is refused, so is a broken one") {
    for (const std::string first :
         {"n,,n=r,r=abc", "y,,n=r,r=abc", "p=tls-unique,,n=r,r=abc",
          "p=tls-server-end-point,,n=r,r=abc", "p=tls-exporter,a=other,n=r,r=abc",
          "p=tls-exporter,,m=x,n=r,r=abc", "p=tls-exporter,,n=,r=abc", "p=tls-exporter,,n=r,r=",
          "p=tls-exporter,,n=r", "p=tls-exporter,,r=abc,n=r", "p=tls-exporter,,n=r,r=abc,",
          "p=tls-exporter,,n=r,r=a b", "p=tls-exporter,,n=a=b,r=abc", "p=tls-exporter,,", ""}) {
        ScramServer host(binding);
        CAPTURE(first);
        CHECK_FALSE(host.begin(first));
    }
}

TEST_CASE("a user, a nonce and a salt are taken at their limits and refused one above") {
    const auto begins = [](std::size_t user, std::size_t nonce) {
        ScramServer host(binding);
        return bool(host.begin("p=tls-exporter,,n=" + std::string(user, 'u') +
                               ",r=" + std::string(nonce, 'n')));
    };
    CHECK(begins(limits::scram_user_bytes_max, limits::scram_nonce_characters_max));
    CHECK_FALSE(begins(limits::scram_user_bytes_max + 1, 8));
    CHECK_FALSE(begins(1, limits::scram_nonce_characters_max + 1));
    const auto answers = [](std::size_t nonce_bytes, std::size_t salt_bytes) {
        ScramClient member("r", Secret("s3cret enough"), binding, "member-nonce");
        const std::string rest(nonce_bytes - std::string("member-nonce").size(), 'n');
        return bool(member.answer("r=member-nonce" + rest +
                                  ",s=" + base64(std::string(salt_bytes, 's')) + ",i=100000"));
    };
    CHECK(answers(limits::scram_nonce_characters_max, limits::scram_salt_bytes_max));
    CHECK_FALSE(answers(limits::scram_nonce_characters_max + 1, 16));
    CHECK_FALSE(answers(32, limits::scram_salt_bytes_max + 1));
}

TEST_CASE("an end that is broken, or for another beginning, is no proof") {
    const auto kept = verifier_of("s3cret enough");
    const std::string c = base64("p=tls-exporter,," + binding);
    const std::string proof(44, 'A');
    const std::vector<std::string> ends = {
        "c=" + c + ",r=wrong,p=" + proof, "c=" + c + ",r=abcHOST", "c=" + c + ",r=abcHOST,p=AAAA",
        "c=" + c + ",r=abcHOST,p=",       "r=abcHOST,p=" + proof,  std::string()};
    for (const std::string& end : ends) {
        ScramServer host(binding, "HOST");
        REQUIRE(host.begin("p=tls-exporter,,n=r,r=abc"));
        host.challenge(kept);
        CAPTURE(end);
        CHECK_FALSE(host.judge(end));
    }
}

TEST_CASE("C16 the secret is in nothing that is said") {
    const std::string secret = "a-secret-that-would-be-seen";
    ScramClient member("r", Secret(secret), binding);
    ScramServer host(binding);
    const std::string first = member.first();
    REQUIRE(host.begin(first));
    const std::string challenge = host.challenge(verifier_of(secret));
    const auto answer = member.answer(challenge);
    REQUIRE(answer);
    for (const std::string& said : {first, challenge, *answer}) {
        CHECK(said.find(secret) == std::string::npos);
        CHECK(said.find(base64(secret)) == std::string::npos);
        CHECK(said.size() <= limits::scram_message_bytes_max);
    }
}

TEST_CASE("no two nonces are alike") {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const std::string nonce = make_scram_nonce();
        CHECK(nonce.size() == 32);
        seen.insert(nonce);
    }
    CHECK(seen.size() == 1000);
}

}  // namespace
}  // namespace dropline
