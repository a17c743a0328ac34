#include "net/trust/invite.hpp"

#include <catch2/catch_test_macros.hpp>

#include <set>
#include <string>

#include "net/api/limits.hpp"

namespace dropline {
namespace {

const std::string key = "AEBAGBAFAYDQQCIKBMGA2DQPCAIREEYUCULBOGAZDINRYHI6D4QA";
const std::string token = "AAAQEAYEAUDAOCAJBIFQYDIOB4";

std::string link_with(const std::string& addresses, const std::string& the_key = key,
                      const std::string& the_token = token) {
    return "dropline://join?h=" + addresses + "&k=" + the_key + "&t=" + the_token;
}

Invite sample() {
    Invite invite;
    invite.addresses = {{"10.0.0.5", 7788}, {"fd00::1", 9000}, {"fe80::1%eth0", 7788}};
    invite.host = parse_invite(link_with("a"))->host;
    invite.token = Secret(token);
    invite.room = "Physik & Büro 你好";
    return invite;
}

TEST_CASE("an invite that was written is read again as it was") {
    const Invite before = sample();
    const std::string link = invite_link(before);
    for (const char letter : link) CHECK((letter > 0x20 && letter < 0x7f));
    const auto after = parse_invite(link);
    REQUIRE(after);
    CHECK(after->addresses == before.addresses);
    CHECK(after->host == before.host);
    CHECK(after->token.view() == before.token.view());
    CHECK(after->room == before.room);
}

TEST_CASE("C15 an invite for a single use says so, any other does not") {
    Invite invite = sample();
    CHECK(invite_link(invite).find("u=1") == std::string::npos);
    CHECK_FALSE(parse_invite(invite_link(invite))->is_single_use);
    invite.is_single_use = true;
    CHECK(parse_invite(invite_link(invite))->is_single_use);
    CHECK_FALSE(parse_invite(link_with("a") + "&u=50")->is_single_use);
    CHECK_FALSE(parse_invite(link_with("a") + "&u=1&u=1"));
}

TEST_CASE("an invite says where, whom and with what, in any order and with parts of later times") {
    const std::string link = "dropline:join?t=" + token + "&z=later&k=" + key + "&h=Example.ORG";
    const auto invite = parse_invite(link);
    REQUIRE(invite);
    CHECK(invite->addresses == std::vector<HostAddress>{{"example.org", default_port}});
    CHECK(invite->token.view() == token);
    CHECK(invite->room.empty());
    CHECK(to_text(invite->host) == key);
}

TEST_CASE("a link typed in lower case is the same invite") {
    const auto invite = parse_invite(
        "dropline://join?h=a&k=aebagbafaydqqcikbmga2dqpcaireeyuculbogazd"
        "inryhi6d4qa&t=aaaqeayeaudaocajbifqydiob4");
    REQUIRE(invite);
    CHECK(invite->token.view() == token);
    CHECK(to_text(invite->host) == key);
}

TEST_CASE(
    "what is cut, doubled, damaged or too much is refused, and the sentence repeats nothing") {
    std::string nine = "h0";
    for (int i = 1; i < 9; ++i) nine += ",h" + std::to_string(i);
    const std::string whole = link_with("10.0.0.5");
    std::set<std::string> bad{
        "", "dropline:", "dropline://", "dropline://join", "dropline://join?", "http://join?h=a",
        "dropline://leave?h=a", link_with(""), link_with("a,"), link_with(","), link_with("a b"),
        link_with("a:0"), link_with("a:99999"), link_with("[::1"), link_with(nine), link_with("a%"),
        link_with("a%4"), link_with("a%zz"), whole + "&h=b", whole + "&t=" + token,
        whole + "&k=" + key, whole + "&broken", link_with("a", key + "A"), link_with("a", ""),
        link_with("a", std::string(52, 'A')), link_with("a", std::string(51, 'A') + "B"),
        link_with("a", key, token + "A"), link_with("a", key, std::string(25, 'A')),
        // The last character holds three bits of the token: others of it are no second spelling.
        link_with("a", key, std::string(25, 'A') + "B"), link_with("a", key, "0" + token.substr(1)),
        link_with(std::string(limits::invite_bytes_max, 'a'))};
    for (std::size_t cut = 0; cut < whole.size(); ++cut) bad.insert(whole.substr(0, cut));
    for (const std::string& link : bad) {
        CAPTURE(link);
        const auto invite = parse_invite(link);
        REQUIRE_FALSE(invite);
        CHECK(invite.fault().code == FaultCode::bad_request);
        CHECK(invite.fault().sentence.find(token.substr(0, 8)) == std::string::npos);
    }
    CHECK(parse_invite(link_with(nine.substr(0, nine.rfind(',')))));
}

TEST_CASE("B1 a room's name in an invite is made safe, and an impossible one is none") {
    const auto hostile = parse_invite(link_with("a") + "&n=Ann%1b%5B2J%E2%80%AEroom");
    REQUIRE(hostile);
    CHECK(hostile->room == "Ann[2Jroom");
    const auto no_text = parse_invite(link_with("a") + "&n=%ff%fe");
    REQUIRE(no_text);
    CHECK(no_text->room.empty());
}

TEST_CASE("a zero byte in an address is no address") {
    CHECK_FALSE(parse_invite(link_with("10.0.0.5%00.example.org")));
}

TEST_CASE("C13 an invite's name gives nothing of its token away") {
    const std::string id = invite_id(Secret(token));
    CHECK(id.size() == 16);
    // The token's bytes are 0, 1, 2 ... 15.
    CHECK(id.find("0001020304050607") == std::string::npos);
    CHECK(id.find("08090a0b0c0d0e0f") == std::string::npos);
    CHECK(id == invite_id(Secret(token)));
    CHECK(id != invite_id(Secret("AAAQEAYEAUDAOCAJBIFQYDIOCA")));
}

TEST_CASE("RFC 5869: an invite's name is HKDF-SHA-256 of its token") {
    // Worked out with Python's hmac: HMAC(HMAC(32 zeros, bytes 0 to 15), "dropline invite" +
    // 01)[:8]
    CHECK(invite_id(Secret(token)) == "98c3a729a1ced38e");
}

TEST_CASE("every token is another one") {
    std::set<std::string> seen;
    for (int i = 0; i < 200; ++i) {
        const Secret made = make_invite_token();
        CHECK(parse_invite(link_with("a", key, std::string(made.view()))));
        seen.insert(std::string(made.view()));
    }
    CHECK(seen.size() == 200);
}

}  // namespace
}  // namespace dropline
