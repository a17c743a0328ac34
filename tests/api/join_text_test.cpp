#include "net/api/join_text.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <set>
#include <string>

#include "net/api/limits.hpp"
#include "net/api/password.hpp"
#include "net/api/typed_code.hpp"

namespace dropline {
namespace {

const std::string link =
    "dropline://"
    "join?h=10.0.0.5:7788,10.1.0.5&k=AEBAGBAFAYDQQCIKBMGA2DQPCAIREEYUCULBOGAZDINRYHI6D4QA"
    "&t=AAAQEAYEAUDAOCAJBIFQYDIOB4&n=Physics";

TEST_CASE("one field takes an address, with a code, with a password, or an invite") {
    const auto address = understand_join_text(" Example.org:900 \n");
    REQUIRE(address);
    CHECK(address->text() == "example.org:900");
    CHECK_FALSE(address->secret);
    CHECK_FALSE(address->host);

    const auto with_code = understand_join_text("10.0.0.5 7kqx3-mpd9t");
    REQUIRE(with_code);
    CHECK(with_code->text() == "10.0.0.5:7788");
    REQUIRE(with_code->secret);
    CHECK(with_code->secret->kind == SecretKind::code);
    CHECK(with_code->secret->text.view() == "7KQX3MPD9T");

    const auto with_password = understand_join_text("[fd00::1]:9 correct horse battery");
    REQUIRE(with_password);
    CHECK(with_password->text() == "[fd00::1]:9");
    CHECK(with_password->secret->kind == SecretKind::password);
    CHECK(with_password->secret->text.view() == "correct horse battery");

    const auto invite = understand_join_text(link + "\n");
    REQUIRE(invite);
    CHECK(invite->addresses.size() == 2);
    CHECK(invite->host);
    CHECK(invite->room == "Physics");
    CHECK(invite->secret->kind == SecretKind::invite);
    const auto in_a_sentence = understand_join_text("Come over:\n" + link + " see you");
    REQUIRE(in_a_sentence);
    CHECK(in_a_sentence->host == invite->host);
}

TEST_CASE("C15 an invite that was pasted into the middle of an address is not repeated") {
    for (const std::string& typed : {"127." + link + "0.0.1", "10.0.0.1:" + link.substr(20, 40)}) {
        const auto target = understand_join_text(typed);
        REQUIRE_FALSE(target);
        CHECK(target.fault().sentence.find("AEBAG") == std::string::npos);
        CHECK(target.fault().sentence.find("AAAQ") == std::string::npos);
    }
}

TEST_CASE("ten characters without a dash may be a code or somebody's password") {
    const auto either = understand_secret(Secret("basketball"));
    REQUIRE(either);
    CHECK(either->kind == SecretKind::code_or_password);
    CHECK(either->text.view() == "basketball");
    CHECK(understand_secret(Secret("basketballs"))->kind == SecretKind::password);
}

TEST_CASE("what cannot be understood is said without repeating a secret") {
    for (const std::string& typed : {std::string(), std::string("  "), std::string("10.0.0.5:x"),
                                     std::string("a b\xff"
                                                 "c"),
                                     link.substr(0, 60), "10.0.0.5 " + std::string(2000, 'x')}) {
        CAPTURE(typed);
        const auto target = understand_join_text(typed);
        REQUIRE_FALSE(target);
        CHECK(target.fault().code == FaultCode::bad_request);
        CHECK(target.fault().sentence.find("AEBAG") == std::string::npos);
        CHECK(target.fault().sentence.find("xxxx") == std::string::npos);
    }
}

TEST_CASE("a code forgives how it is written") {
    for (const std::string typed : {"7KQX3-MPD9T", "7kqx3mpd9t", "7kQX3-mpd9T"}) {
        const auto code = read_typed_code(typed);
        REQUIRE(code);
        CHECK(typed_code_text(*code) == "7KQX3-MPD9T");
    }
    CHECK(read_typed_code("oiLol-ABCDE")->view() == "01101ABCDE");
    for (const std::string typed : {"", "7KQX3-MPD9", "7KQX3-MPD9TT", "7KQX-3MPD9T", "7KQX3--MPD9",
                                    "7KQX3 MPD9T", "7KQX3-MPD9U", "7KQX3-MPD9\xc3"}) {
        CHECK_FALSE(read_typed_code(typed));
    }
}

TEST_CASE("codes that are made can be read, and none comes twice") {
    std::set<std::string> seen;
    for (int i = 0; i < 500; ++i) {
        const Secret code = make_typed_code();
        const auto read = read_typed_code(typed_code_text(code));
        REQUIRE(read);
        CHECK(read->view() == code.view());
        seen.insert(std::string(code.view()));
    }
    CHECK(seen.size() == 500);
}

TEST_CASE("C16 a made password has at least sixty bits and is known as made") {
    // 16 consonants and 4 vowels: 16 bits a word, as the draws below show of every place.
    std::set<std::string> words;
    std::array<std::set<char>, 5> letters;
    for (int i = 0; i < 400; ++i) {
        const Secret password = make_room_password();
        const std::string text(password.view());
        CHECK(text.size() == 29);
        CHECK(is_made_password(text));
        CHECK(acceptable_password(password));
        CHECK(understand_secret(password)->kind == SecretKind::password);
        for (std::size_t word = 0; word < 5; ++word) {
            words.insert(text.substr(word * 6, 5));
            for (std::size_t at = 0; at < 5; ++at) letters[at].insert(text[word * 6 + at]);
        }
    }
    double bits = 0;
    for (const auto& place : letters) bits += std::log2(static_cast<double>(place.size()));
    CHECK(5 * bits >= 60);
    CHECK(words.size() > 1900);
    CHECK_FALSE(is_made_password("lusab-babad-gutih-tugad"));
    CHECK_FALSE(is_made_password("lusab-babad-gutih-tugad-mipoe"));
    CHECK_FALSE(is_made_password("lusab babad gutih tugad mipor"));
}

TEST_CASE("C16 a password a person sets has at least ten characters") {
    CHECK_FALSE(acceptable_password(Secret("123456789")));
    CHECK(acceptable_password(Secret("1234567890")));
    CHECK_FALSE(acceptable_password(Secret("  123456789  ")));
    CHECK_FALSE(acceptable_password(Secret("九个字的房间的密码")));
    CHECK(acceptable_password(Secret("十个字的房间的密码呀")));
    CHECK_FALSE(acceptable_password(Secret(std::string(limits::password_bytes_max + 1, 'x'))));
    CHECK(acceptable_password(Secret(std::string(limits::password_bytes_max, 'x'))));
}

TEST_CASE("a password typed on another keyboard is the same password") {
    const auto composed = normalised_password(Secret("caf\xc3\xa9 au lait"));
    const auto decomposed = normalised_password(Secret("cafe\xcc\x81 au lait"));
    REQUIRE(composed);
    REQUIRE(decomposed);
    CHECK(composed->view() == decomposed->view());
}

TEST_CASE("a secret's memory is wiped when it goes") {
    std::string typed = "a password longer than any small string";
    const char* where = typed.data();
    const std::size_t length = typed.size();
    Secret secret = Secret::take(typed);
    CHECK(typed.empty());
    CHECK(std::string(where, length) == std::string(length, '\0'));
    Secret moved = std::move(secret);
    CHECK(moved.view() == "a password longer than any small string");
    moved.forget();
    CHECK(moved.is_empty());
}

}  // namespace
}  // namespace dropline
