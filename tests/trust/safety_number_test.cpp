// The number that two people compare.
#include "net/trust/safety_number.hpp"

#include <catch2/catch_test_macros.hpp>

#include <set>
#include <string>

#include "net/api/safety_symbols.hpp"

namespace dropline {
namespace {

std::string bytes_of(std::string_view hex) { return from_hex(hex).value(); }

PeerId id_of(unsigned char first) {
    PeerId id;
    id.bytes.fill(first);
    return id;
}

// Those of signalapp/libsignal, rust/protocol/src/fingerprint.rs: keys of 33 bytes, and telephone
// numbers for stable ids.
const std::string alice_key =
    bytes_of("0506863bc66d02b40d27b8d49ca7c09e9239236f9d7d25d6fcca5ce13c7064d868");
const std::string bob_key =
    bytes_of("05f781b6fb32fed9ba1cf2de978d4d5da28dc34046ae814402b5c0dbd96fda907b");

TEST_CASE("Signal's test vectors give Signal's digits") {
    const std::string alice = fingerprint_digits(numeric_fingerprint(alice_key, "+14152222222"));
    const std::string bob = fingerprint_digits(numeric_fingerprint(bob_key, "+14153333333"));
    CHECK(alice + bob == "300354477692869396892869876765458257569162576843440918079131");
}

TEST_CASE("Signal's test vectors give the bytes that Signal's QR code holds") {
    const auto first_half = [](const NumericFingerprint& fingerprint) {
        return to_hex(std::string_view(reinterpret_cast<const char*>(fingerprint.data()), 32));
    };
    CHECK(first_half(numeric_fingerprint(alice_key, "+14152222222")) ==
          "1e301a0353dce3dbe7684cb8336e85136cdc0ee96219494ada305d62a7bd61df");
    CHECK(first_half(numeric_fingerprint(bob_key, "+14153333333")) ==
          "d62cbf73a11592015b6b9f1682ac306fea3aaf3885b84d12bca631e9d4fb3a4d");
}

TEST_CASE("both people see the same number, and a third one sees another") {
    const SafetyNumber seen_by_ann = safety_number(id_of(1), id_of(2));
    const SafetyNumber seen_by_bob = safety_number(id_of(2), id_of(1));
    CHECK(seen_by_ann.digits == seen_by_bob.digits);
    CHECK(seen_by_ann.symbols == seen_by_bob.symbols);
    const SafetyNumber with_eve_between = safety_number(id_of(1), id_of(3));
    CHECK(seen_by_ann.digits != with_eve_between.digits);
    CHECK(seen_by_ann.symbols != with_eve_between.symbols);
}

TEST_CASE("C2: a safety number is 60 digits, and its symbols are only its short form") {
    const SafetyNumber number = safety_number(id_of(7), id_of(8));
    CHECK(number.digits.size() == 60);
    CHECK(number.digits.find_first_not_of("0123456789") == std::string::npos);
    CHECK(number.symbols.size() == safety_symbols_shown);
    for (const std::uint8_t symbol : number.symbols) CHECK(symbol < safety_symbol_list.size());
}

TEST_CASE("no two symbols share a picture or a word") {
    std::set<std::string_view> pictures;
    std::set<std::string_view> words;
    for (const SafetySymbol& symbol : safety_symbol_list) {
        pictures.insert(symbol.picture);
        words.insert(symbol.word);
    }
    CHECK(pictures.size() == safety_symbol_list.size());
    CHECK(words.size() == safety_symbol_list.size());
}

}  // namespace
}  // namespace dropline
