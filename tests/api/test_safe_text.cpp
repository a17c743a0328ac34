#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <string>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/api/unicode.hpp"

using namespace dropline;
using namespace std::string_literals;

namespace {

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    while (times-- > 0) all += text;
    return all;
}

}  // namespace

TEST_CASE("B1: text by others steers no terminal and forges no log line") {
    CHECK(escape_for_display("\x1b[2Jx") == "\\u{1b}[2Jx");
    CHECK(escape_for_display("a\r\nb\tc") == "a\\u{d}\\u{a}b\\u{9}c");
    CHECK(escape_for_display("a\0b"s) == "a\\u{0}b");
    CHECK(escape_for_display("\x7f") == "\\u{7f}");
    CHECK(escape_for_display("\u009b2J") == "\\u{9b}2J");
    CHECK(escape_for_display("\x9b"
                             "2J") == "\\x{9b}2J");
    CHECK(escape_for_display("\u2028") == "\\u{2028}");
}

TEST_CASE("a beginning has so many characters and bytes at most, and cuts none in two") {
    CHECK(grapheme_prefix("abc", 2, 100) == "ab");
    CHECK(grapheme_prefix("abc", 3, 100) == "abc");
    CHECK(grapheme_prefix("abc", 9, 2) == "ab");
    CHECK(grapheme_prefix("", 9, 100).empty());
    CHECK(grapheme_prefix("abc", 0, 100).empty());
    const std::string family = "👨‍👩‍👧";
    CHECK(grapheme_prefix(family + family, 1, 100) == family);
    CHECK(grapheme_prefix("a" + family, 2, family.size()) == "a");
    CHECK(grapheme_prefix("e\u0301e\u0301", 1, 100) == "e\u0301");
}

TEST_CASE("B3: characters that reorder a line are written out") {
    CHECK(escape_for_display("photo_\u202egnp.exe") == "photo_\\u{202e}gnp.exe");
    CHECK(escape_for_display("a\u2066\u2069\u200e\u200f\u061c") ==
          "a\\u{2066}\\u{2069}\\u{200e}\\u{200f}\\u{61c}");
}

TEST_CASE("Bytes that are not UTF-8 are written out one by one, the rest stays readable") {
    CHECK(escape_for_display("\xff\xfe") == "\\x{ff}\\x{fe}");
    CHECK(escape_for_display("\xed\xa0\x80") == "\\x{ed}\\x{a0}\\x{80}");
    CHECK(escape_for_display("\xc0\xae") == "\\x{c0}\\x{ae}");
    CHECK(escape_for_display("ok \xe4\xbd") == "ok \\x{e4}\\x{bd}");
}

TEST_CASE("Harmless text is shown as it is") {
    const auto* const text = GENERATE("", "hello", "你好，世界", "👩‍👩‍👧",
                                      "می‌خواهم", "100% \\o/ %s%n", "<b>x</b>");
    CHECK(escape_for_display(text) == text);
}

TEST_CASE("B1: no byte below 0x20 is left, whatever comes in") {
    std::string every_byte;
    for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
    const std::string shown = escape_for_display(every_byte);
    CHECK(std::ranges::none_of(
        shown, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }));
    CHECK(is_valid_utf8(shown));
}

TEST_CASE("B6: names that look the same become the same") {
    const auto* const spelling =
        GENERATE("Zoé", "Zoe\u0301", " Zoé ", "Zoé\u200b", "\u202eZoé", "Zo\u00adé", "Zoé\u3164",
                 "\tZoé\n", "\x1bZoé", "\ufeffZoé", "\u00a0Zoé\u2003");
    const auto name = make_safe_person_name(spelling);
    REQUIRE(name);
    CHECK(*name == "Zoé");
}

TEST_CASE("White space inside a name collapses to one space") {
    CHECK(*make_safe_person_name("Ada \t \u3000 Lovelace") == "Ada Lovelace");
    CHECK(*make_safe_person_name("小 明") == "小 明");
}

TEST_CASE("A name with nothing to see is refused") {
    const auto* const name = GENERATE("", " ", "\u200b\u200d", "\u202e", "\x1b", "\u3164", "\n");
    const auto result = make_safe_person_name(name);
    REQUIRE_FALSE(result);
    CHECK(result.fault().code == FaultCode::bad_name);
}

TEST_CASE("A name that is not UTF-8 is refused") {
    CHECK_FALSE(make_safe_person_name("\xff\xfe"));
    CHECK_FALSE(make_safe_person_name("A\xed\xa0\x80"));
}

TEST_CASE("A name may have 64 characters as a reader counts them, and not 65") {
    CHECK(make_safe_person_name(repeated("x", limits::name_graphemes_max)));
    CHECK_FALSE(make_safe_person_name(repeated("x", limits::name_graphemes_max + 1)));
    // A letter with a mark that has no composed form is one character of two code points.
    CHECK(make_safe_person_name(repeated("x\u0301", limits::name_graphemes_max)));
    CHECK_FALSE(make_safe_person_name(repeated("x\u0301", limits::name_graphemes_max + 1)));
}

TEST_CASE("A name may have 256 bytes, and not 257") {
    CHECK(make_safe_person_name(repeated("😀", 64)));
    CHECK_FALSE(make_safe_person_name("x" + repeated("\u0301", 128)));
    CHECK_FALSE(make_safe_person_name(repeated("\u200b", 100'000) + "x"));
}

TEST_CASE("Making a name safe twice changes nothing more") {
    const auto* const sent = GENERATE(" A\u0301 \u200b b ", "e\u200d\u0301", "\u1100\u200b\u1161",
                                      "İstanbul", "x\u2003\u2003y", "ﬁ");
    const auto once = make_safe_person_name(sent);
    REQUIRE(once);
    CHECK(*make_safe_person_name(*once) == *once);
}

TEST_CASE("B6: names that a reader may take for one have one look-alike key") {
    const auto* const alike =
        GENERATE("Alice", "ALICE", "alice", "\u0410lice", "AIice", "A1ice", "Al\u0456ce",
                 "Ali\u0441e", "\uff21lice", "Al ice", "\U0001d400lice", "Alic\u0435");
    CHECK(look_alike_key(alike) == look_alike_key("Alice"));
    CHECK(look_alike_key("Zo\u00eb") == look_alike_key("Zoe\u0308"));
    CHECK(look_alike_key("modern") == look_alike_key("rnodern"));
}

TEST_CASE("B6: different names have different look-alike keys") {
    const auto* const other = GENERATE("Alicia", "Malice", "Alic", "Bob", "小陈", "Ålice");
    CHECK(look_alike_key(other) != look_alike_key("Alice"));
}

TEST_CASE("B6: what nobody can see is gone from a name before it is compared") {
    const auto* const sent = GENERATE("Alice ", " Alice", "Ali\u200bce", "Alice\u202e",
                                      "Ali\u00adce", "\ufeffAlice", "Alice\u00a0", "Alice\n");
    CHECK(*make_safe_person_name(sent) == "Alice");
}

TEST_CASE("ASCII is composed and folded alone as beside any other letter") {
    for (char c = 0; c < 127; ++c) {
        CAPTURE(static_cast<int>(c));
        const std::string text(3, c);
        CHECK(to_nfc(text) + "\u00e9" == to_nfc(text + "\u00e9"));
        CHECK(fold_case(text) + "\u00e9" == fold_case(text + "\u00e9"));
    }
}
