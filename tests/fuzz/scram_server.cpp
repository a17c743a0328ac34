// The host's side of a proof: the input is the first and the last message of whoever wants in, on a
// line each.
#include <algorithm>

#include "net/api/safe_text.hpp"
#include "tests/fuzz/scram_talk.hpp"
#include "tests/fuzz/targets.hpp"

namespace dropline::fuzz {

namespace {

void check_fault(const Fault& fault) {
    require(fault.code == FaultCode::protocol_error, "a broken message is a protocol error");
    require(escape_for_display(fault.sentence) == fault.sentence, "a fault steers no terminal");
}

void check(std::string_view input) {
    static const ScramTalk honest = scram_talk();
    const std::string_view first = input.substr(0, input.find('\n'));
    const std::string_view last = input.substr(std::min(input.size(), first.size() + 1));
    ScramServer server(binding, server_nonce);
    const auto user = server.begin(first);
    if (!user) return check_fault(user.fault());
    require(first.starts_with("p=tls-exporter,,"), "nobody does without the binding");
    require(!user->empty() && std::ranges::all_of(*user, [](char c) { return c > ' ' && c < 127; }),
            "a user's name is plain");
    const std::string challenge = server.challenge(scram_verifier());
    require(challenge.starts_with("r=") && challenge.find(server_nonce) != challenge.npos,
            "a challenge holds our nonce");
    const auto verdict = server.judge(last);
    if (!verdict) return check_fault(verdict.fault());
    // Nobody finds another proof: HMAC-SHA-256 would have to be broken.
    if (*verdict) {
        require(first == honest.first && last == honest.final_message, "only the proof proves");
        require(**verdict == honest.verdict, "the verdict is the one that the client expects");
    }
}

std::vector<std::string> seeds() {
    const ScramTalk talk = scram_talk();
    return {talk.first + "\n" + talk.final_message,
            talk.first + "\nc=biws,r=x,p=AAAA",
            "n,,n=c,r=" + client_nonce + "\n",
            "y,,n=c,r=" + client_nonce + "\n",
            "p=tls-exporter,,n=i:00112233aabbccdd,r=" + client_nonce + ",x=later\n",
            "p=tls-unique,,n=c,r=" + client_nonce + "\n"};
}

}  // namespace

Target scram_server() { return {"scram_server", 1024, check, seeds}; }

}  // namespace dropline::fuzz
