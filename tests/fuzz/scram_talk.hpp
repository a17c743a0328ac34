// One proof between two sides that know the same secret, with nothing random in it: what the two
// SCRAM targets begin with.
// Thread: any.
#pragma once

#include <string>
#include <utility>

#include "net/api/limits.hpp"
#include "net/trust/scram.hpp"
#include "tests/fuzz/target.hpp"

namespace dropline::fuzz {

inline const std::string binding = std::string(32, 'b');
inline const std::string client_nonce = "client-nonce-of-the-test";
inline const std::string server_nonce = "server-nonce-of-the-test";

inline ScramClient scram_client_side() {
    return {"c", Secret("7KQX3MPD9T"), binding, client_nonce};
}

/// Slow once.
inline const ScramVerifier& scram_verifier() {
    static const ScramVerifier verifier =
        make_scram_verifier(Secret("7KQX3MPD9T"), std::string(16, 's'),
                            limits::scram_iterations_min)
            .value_or(ScramVerifier{});
    return verifier;
}

/// What both say, in turn.
struct ScramTalk {
    std::string first, challenge, final_message, verdict;
};

inline ScramTalk scram_talk() {
    ScramClient client = scram_client_side();
    ScramServer server(binding, server_nonce);
    ScramTalk talk;
    talk.first = client.first();
    require(server.begin(talk.first).has_value(), "an honest beginning is taken");
    talk.challenge = server.challenge(scram_verifier());
    auto answer = client.answer(talk.challenge);
    require(answer.has_value(), "an honest challenge is answered");
    talk.final_message = std::move(*answer);
    auto verdict = server.judge(talk.final_message);
    require(verdict && *verdict && client.accepts(**verdict), "an honest proof is accepted");
    talk.verdict = std::move(**verdict);
    return talk;
}

}  // namespace dropline::fuzz
