#include <catch2/catch_test_macros.hpp>

#include <set>
#include <string>

#include "net/api/fingerprint_words.hpp"
#include "net/api/ids.hpp"

namespace dropline {
namespace {

PeerId id_of(std::uint8_t first) {
    PeerId id;
    for (std::size_t i = 0; i < id.bytes.size(); ++i) {
        id.bytes[i] = static_cast<std::uint8_t>(first + i);
    }
    return id;
}

TEST_CASE("hexadecimal comes back as it went") {
    const std::string bytes("\x00\x7f\xff\x10", 4);
    CHECK(to_hex(bytes) == "007fff10");
    CHECK(from_hex("007FFF10") == bytes);
    CHECK_FALSE(from_hex("0"));
    CHECK_FALSE(from_hex("0g"));
}

TEST_CASE("C2 a fingerprint shows all 256 bits, with a check character every 13") {
    const std::string text = to_text(id_of(0));
    CHECK(text.size() == 52);
    CHECK(text.starts_with("AAAQEAYEAUDAOCAJ"));
    const std::string shown = fingerprint_text(id_of(0));
    CHECK(shown.size() == 56 + 7);
    CHECK(shown[7] == '-');
}

TEST_CASE("check characters are those of Syncthing's published example") {
    // From the documentation of Syncthing's device ids (docs, "Understanding Device IDs").
    const std::string shown = "MFZWI3D-BONSGYC-YLTMRWG-C43ENR5-QXGZDMM-FZWI3DP-BONSGYY-LTMRWAD";
    std::string base32;
    for (std::size_t i = 0, kept = 0; i < shown.size(); ++i) {
        if (shown[i] == '-') continue;
        if (++kept % 14 != 0) base32 += shown[i];
    }
    std::string bytes;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : base32) {
        const auto value = static_cast<std::uint32_t>(c >= 'A' ? c - 'A' : c - '2' + 26);
        bits = (bits << 5U) | value;
        count += 5;
        if (count >= 8) {
            count -= 8;
            bytes += static_cast<char>((bits >> count) & 0xffU);
        }
    }
    const auto id = PeerId::from_bytes(bytes);
    REQUIRE(id);
    CHECK(fingerprint_text(*id) == shown);
}

TEST_CASE(
    "a prefix matches in any case, with or without dashes, in both forms, from four characters") {
    const PeerId id = id_of(9);
    const std::string text = to_text(id);
    const std::string shown = fingerprint_text(id);
    CHECK(matches_fingerprint_prefix(id, text));
    CHECK(matches_fingerprint_prefix(id, shown));
    CHECK(matches_fingerprint_prefix(id, shown.substr(0, 20)));
    CHECK(matches_fingerprint_prefix(id, text.substr(0, 4)));
    CHECK_FALSE(matches_fingerprint_prefix(id, text.substr(0, 3)));
    CHECK_FALSE(matches_fingerprint_prefix(id, ""));
    CHECK_FALSE(matches_fingerprint_prefix(id, text.substr(1, 10)));
    std::string lower = text.substr(0, 8);
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    CHECK(matches_fingerprint_prefix(id, lower));
}

TEST_CASE(
    "C2 a whole fingerprint is read in both forms and any case, and one mistyped letter shows") {
    const PeerId id = id_of(9);
    const std::string shown = fingerprint_text(id);
    CHECK(peer_id_from_text(to_text(id)) == id);
    CHECK(peer_id_from_text(shown) == id);
    std::string lower = shown;
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    CHECK(peer_id_from_text(lower) == id);
    for (std::size_t at = 0; at < shown.size(); ++at) {
        if (shown[at] == '-') continue;
        std::string mistyped = shown;
        mistyped[at] = shown[at] == 'A' ? 'B' : 'A';
        CHECK_FALSE(peer_id_from_text(mistyped));
    }
    CHECK_FALSE(peer_id_from_text(""));
    CHECK_FALSE(peer_id_from_text(shown.substr(0, shown.size() - 1)));
    CHECK_FALSE(peer_id_from_text(shown + "A"));
    CHECK_FALSE(peer_id_from_text(to_text(id).substr(1)));
    CHECK_FALSE(peer_id_from_text(std::string(1'000'000, 'A')));
    CHECK_FALSE(peer_id_from_text(std::string(52, '1')));
    // 260 bits: the last four must be zero, or two texts would mean one key.
    CHECK_FALSE(peer_id_from_text(to_text(id).substr(0, 51) + "7"));
}

TEST_CASE("the 256 words are all different") {
    const std::set<std::string_view> words(fingerprint_word_list.begin(),
                                           fingerprint_word_list.end());
    CHECK(words.size() == 256);
    CHECK_FALSE(words.contains(""));
}

TEST_CASE("random ids differ") {
    CHECK(random_id<MessageId>() != random_id<MessageId>());
    CHECK_FALSE(random_id<TransferId>().is_zero());
}

}  // namespace
}  // namespace dropline
