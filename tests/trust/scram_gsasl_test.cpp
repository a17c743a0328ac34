// Both of our roles against GNU SASL's: what we understand of the RFCs is what others do.
#include <catch2/catch_test_macros.hpp>
#include <gsasl.h>

#include <memory>
#include <string>

#include "net/api/limits.hpp"
#include "net/trust/scram.hpp"
#include "tests/trust/scram_samples.hpp"

namespace dropline {
namespace {

using scram_samples::base64;
using scram_samples::binding;
using scram_samples::salt;

constexpr const char* known_secret = "lusab-babad-gutih-tugad-mipor";

/// One side of theirs.
class Theirs {
  public:
    enum class Role { member, host };

    Theirs(Role role, const std::string& bound_to) {
        REQUIRE(gsasl_init(&library_) == GSASL_OK);
        constexpr const char* mechanism = "SCRAM-SHA-256-PLUS";
        const int started = role == Role::member
                                ? gsasl_client_start(library_, mechanism, &session_)
                                : gsasl_server_start(library_, mechanism, &session_);
        REQUIRE(started == GSASL_OK);
        gsasl_property_set(session_, GSASL_CB_TLS_EXPORTER, base64(bound_to).c_str());
        gsasl_property_set(session_, GSASL_PASSWORD, known_secret);
        if (role == Role::member) {
            gsasl_property_set(session_, GSASL_AUTHID, "r");
        } else {
            gsasl_property_set(session_, GSASL_SCRAM_SALT, base64(salt).c_str());
            gsasl_property_set(session_, GSASL_SCRAM_ITER,
                               std::to_string(limits::scram_iterations).c_str());
        }
    }
    ~Theirs() {
        gsasl_finish(session_);
        gsasl_done(library_);
    }
    Theirs(const Theirs&) = delete;
    Theirs& operator=(const Theirs&) = delete;

    /// What they say to that; `status` tells how they take it.
    std::string step(const std::string& heard) {
        char* said = nullptr;
        std::size_t length = 0;
        status = gsasl_step(session_, heard.data(), heard.size(), &said, &length);
        std::string text = said != nullptr ? std::string(said, length) : std::string();
        gsasl_free(said);
        return text;
    }

    int status = GSASL_OK;

  private:
    Gsasl* library_ = nullptr;
    Gsasl_session* session_ = nullptr;
};

TEST_CASE("our member proves its secret to GNU SASL, and believes what it answers") {
    ScramClient ours("r", Secret(known_secret), binding);
    Theirs theirs(Theirs::Role::host, binding);
    const std::string challenge = theirs.step(ours.first());
    REQUIRE(theirs.status == GSASL_NEEDS_MORE);
    const auto answer = ours.answer(challenge);
    REQUIRE(answer);
    const std::string verdict = theirs.step(*answer);
    CHECK(theirs.status == GSASL_OK);
    CHECK(ours.accepts(verdict));
}

TEST_CASE("GNU SASL proves its secret to our host, and believes what it answers") {
    Theirs theirs(Theirs::Role::member, binding);
    ScramServer ours(binding);
    const auto user = ours.begin(theirs.step(""));
    REQUIRE(user);
    CHECK(*user == "r");
    const auto kept = make_scram_verifier(Secret(known_secret), salt, limits::scram_iterations);
    const auto verdict = ours.judge(theirs.step(ours.challenge(*kept)));
    REQUIRE(verdict);
    REQUIRE(*verdict);
    theirs.step(**verdict);
    CHECK(theirs.status == GSASL_OK);
}

TEST_CASE("C22 GNU SASL agrees that another connection's binding does not hold") {
    ScramClient ours("r", Secret(known_secret), std::string(32, 'x'));
    Theirs theirs(Theirs::Role::host, binding);
    const auto answer = ours.answer(theirs.step(ours.first()));
    REQUIRE(answer);
    theirs.step(*answer);
    CHECK(theirs.status == GSASL_AUTHENTICATION_ERROR);
}

TEST_CASE("GNU SASL agrees that a wrong secret is wrong") {
    ScramClient ours("r", Secret("lusab-babad-gutih-tugad-mipot"), binding);
    Theirs theirs(Theirs::Role::host, binding);
    const auto answer = ours.answer(theirs.step(ours.first()));
    REQUIRE(answer);
    theirs.step(*answer);
    CHECK(theirs.status == GSASL_AUTHENTICATION_ERROR);
}

}  // namespace
}  // namespace dropline
