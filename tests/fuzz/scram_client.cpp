// The side of who wants in: the input is the host's challenge and verdict, on a line each.
#include <algorithm>
#include <charconv>
#include <cstdint>

#include "net/api/safe_text.hpp"
#include "tests/fuzz/scram_talk.hpp"
#include "tests/fuzz/targets.hpp"

namespace dropline::fuzz {

namespace {

/// Up to two million iterations are allowed and take seconds; the fuzzer has better to do.
bool takes_long(std::string_view challenge) {
    const std::size_t at = challenge.rfind(",i=");
    std::uint64_t iterations = 0;
    if (at == challenge.npos) return false;
    const std::string_view number = challenge.substr(at + 3);
    std::from_chars(number.data(), number.data() + number.size(), iterations);
    return iterations > limits::scram_iterations_min && iterations <= limits::scram_iterations_max;
}

void check(std::string_view input) {
    static const ScramTalk honest = scram_talk();
    const std::string_view challenge = input.substr(0, input.find('\n'));
    const std::string_view verdict = input.substr(std::min(input.size(), challenge.size() + 1));
    ScramClient client = scram_client_side();
    require(!client.accepts(verdict), "nothing is accepted before there was a challenge");
    if (takes_long(challenge)) return;
    const auto answer = client.answer(challenge);
    if (!answer) {
        require(answer.fault().code == FaultCode::protocol_error, "broken is a protocol error");
        const std::string& sentence = answer.fault().sentence;
        require(escape_for_display(sentence) == sentence, "a fault steers no terminal");
        require(!client.accepts(verdict), "nothing is accepted after a broken challenge");
        return;
    }
    require(challenge.starts_with("r=" + client_nonce), "a nonce is built on ours");
    require(answer->starts_with("c=") && answer->find(",p=") != answer->npos, "it is a proof");
    // A host that does not know the secret cannot know what is expected of it.
    if (client.accepts(verdict)) {
        require(challenge == honest.challenge && verdict == honest.verdict,
                "only who knows the secret is believed");
    }
}

std::vector<std::string> seeds() {
    const ScramTalk talk = scram_talk();
    const std::string nonce = "r=" + client_nonce + server_nonce;
    std::vector<std::string> seeds = {talk.challenge + "\n" + talk.verdict, "e=other-error\n",
                                      talk.challenge + "\nv=AAAA", "r=x,s=AAAA,i=100000\n"};
    for (const char* iterations :
         {"1", "4095", "99999", "2000001", "2147483647", "-1", "0100000"}) {
        seeds.push_back(nonce + ",s=c3Nzc3Nzc3Nzc3Nzc3Nzcw==,i=" + iterations + "\n");
    }
    return seeds;
}

}  // namespace

Target scram_client() { return {"scram_client", 1024, check, seeds}; }

}  // namespace dropline::fuzz
