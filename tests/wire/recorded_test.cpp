// Row T47 of the security plan: what a program of an earlier release says is understood for as long
// as its version of the protocol is spoken. recorded/version-N.txt holds one frame of every kind as
// that version wrote it, and is never changed once that version has been released.
//
// A new version's file is what `test_wire "[.record]"` prints.
#include <catch2/catch_test_macros.hpp>

#include <fstream>
#include <iostream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "net/wire/codec.hpp"
#include "tests/wire/sample_messages.hpp"

namespace dropline::wire {
namespace {

struct Recorded {
    std::string kind;
    std::string bytes;
};

std::string from_hex(const std::string& text) {
    std::string bytes;
    for (std::size_t at = 0; at + 1 < text.size(); at += 2) {
        bytes += static_cast<char>(std::stoi(text.substr(at, 2), nullptr, 16));
    }
    return bytes;
}

std::string hex(const std::string& bytes) {
    constexpr const char* digits = "0123456789abcdef";
    std::string text;
    for (const char byte : bytes) {
        text += digits[static_cast<unsigned char>(byte) >> 4];
        text += digits[static_cast<unsigned char>(byte) & 15];
    }
    return text;
}

std::vector<Recorded> recorded_by(int version) {
    std::ifstream file(std::string(RECORDED_FRAMES) + "/version-" + std::to_string(version) +
                       ".txt");
    REQUIRE(file);
    std::vector<Recorded> all;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) continue;
        std::istringstream words(line);
        Recorded recorded;
        std::string digits;
        REQUIRE(words >> recorded.kind >> digits);
        recorded.bytes = from_hex(digits);
        all.push_back(std::move(recorded));
    }
    return all;
}

std::string kind_of(const Frame& frame) {
    return std::string(kind_name(static_cast<std::uint8_t>(frame.kind)));
}

TEST_CASE("T47 every frame that version 1 wrote is read, and would be written the same today") {
    std::set<std::string> kinds;
    for (const Recorded& recorded : recorded_by(1)) {
        CAPTURE(recorded.kind);
        FrameParser parser;
        parser.push(std::as_bytes(std::span(recorded.bytes)));
        const auto frame = parser.next();
        REQUIRE(frame);
        REQUIRE(*frame);
        CHECK(kind_of(**frame) == recorded.kind);
        const auto message = decode(**frame);
        REQUIRE(message);
        CHECK(hex(*encode(*message)) == hex(recorded.bytes));
        kinds.insert(recorded.kind);
    }
    CHECK(kinds.size() == std::variant_size_v<Message>);
}

TEST_CASE("the file of a new version", "[.record]") {
    for (const Message& message : one_of_each()) {
        const auto bytes = encode(message);
        FrameParser parser;
        parser.push(std::as_bytes(std::span(*bytes)));
        std::cout << kind_of(**parser.next()) << ' ' << hex(*bytes) << '\n';
    }
}

}  // namespace
}  // namespace dropline::wire
