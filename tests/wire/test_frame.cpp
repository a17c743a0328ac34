#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <malloc.h>

#include <string>
#include <vector>

#include "net/api/limits.hpp"
#include "net/wire/frame.hpp"

namespace dropline::wire {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
}

std::string header_text(Kind kind, std::uint32_t length) {
    const auto header = encode_frame_header(kind, length);
    return {reinterpret_cast<const char*>(header.data()), header.size()};
}

std::vector<Kind> every_kind() {
    std::vector<Kind> kinds;
    for (unsigned number = 0; number < 256; ++number) {
        if (is_known_kind(static_cast<std::uint8_t>(number))) {
            kinds.push_back(static_cast<Kind>(number));
        }
    }
    return kinds;
}

TEST_CASE("a frame comes out whole, however its bytes arrive") {
    const std::string first = header_text(Kind::say, 5) + "hello";
    const std::string second = header_text(Kind::leave, 0);
    const std::string stream = first + second + first;
    const auto portion = GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{100});
    FrameParser parser;
    std::vector<Frame> frames;
    for (std::size_t begin = 0; begin < stream.size(); begin += portion) {
        parser.push(bytes_of(stream.substr(begin, portion)));
        for (;;) {
            auto frame = parser.next();
            REQUIRE(frame);
            if (!*frame) break;
            frames.push_back(**frame);
        }
    }
    REQUIRE(frames.size() == 3);
    CHECK(frames[0].payload == "hello");
    CHECK(frames[1].kind == Kind::leave);
    CHECK(frames[2].payload == "hello");
    CHECK(parser.buffered_bytes() == 0);
}

TEST_CASE(
    "D1 D2 T6 every kind takes its cap and refuses one more, 2^31 and 2^32-1, before memory") {
    for (const Kind kind : every_kind()) {
        CAPTURE(kind_name(static_cast<std::uint8_t>(kind)));
        const std::uint32_t cap = frame_bytes_max(kind);
        REQUIRE(cap > 0);
        REQUIRE(cap <= limits::frame_bytes_max);
        for (const std::uint32_t allowed : {0U, 1U, cap}) {
            FrameParser parser;
            parser.push(bytes_of(header_text(kind, allowed) + std::string(allowed, 'x')));
            const auto frame = parser.next();
            REQUIRE(frame);
            REQUIRE(*frame);
            CHECK((**frame).payload.size() == allowed);
        }
        for (const std::uint32_t refused : {cap + 1, 0x7fffffffU, 0x80000000U, 0xffffffffU}) {
            FrameParser parser;
            const auto before = mallinfo2().uordblks;
            parser.push(bytes_of(header_text(kind, refused)));
            const auto frame = parser.next();
            REQUIRE_FALSE(frame);
            CHECK(frame.fault().code == FaultCode::protocol_error);
            CHECK(mallinfo2().uordblks - before < 1024 * 1024);
        }
    }
}

TEST_CASE("D5 T6 before admission no frame may be larger than 4 KiB") {
    for (const Kind kind : {Kind::hello, Kind::welcome, Kind::join_request, Kind::refused,
                            Kind::peer_hello, Kind::relay_open}) {
        CHECK(frame_bytes_max(kind) <= limits::frame_bytes_max_before_auth);
    }
}

TEST_CASE("D5 D6 T6 before admission nothing is held of a frame that is not expected") {
    const auto phase = GENERATE(Phase::host_expects_hello, Phase::host_expects_proof_or_request,
                                Phase::host_expects_proof_final, Phase::host_expects_join_request,
                                Phase::peer_expects_hello, Phase::relay_expects_open);
    for (const Kind kind : every_kind()) {
        CAPTURE(kind_name(static_cast<std::uint8_t>(kind)));
        const bool is_expected = is_allowed(phase, kind);
        FrameParser first_byte;
        first_byte.push(bytes_of(header_text(kind, 1).substr(0, 1)));
        CHECK(first_byte.next(phase).has_value() == is_expected);
        FrameParser too_long;
        too_long.push(bytes_of(header_text(kind, limits::frame_bytes_max_before_auth + 1)));
        CHECK_FALSE(too_long.next(phase).has_value());
    }
}

TEST_CASE("an unknown kind ends the stream at its first byte") {
    FrameParser parser;
    parser.push(bytes_of(std::string(1, '\xff')));
    CHECK_FALSE(parser.next());
    parser.push(bytes_of(header_text(Kind::leave, 0)));
    CHECK_FALSE(parser.next());
}

TEST_CASE("D3 a parser that is fed without end keeps nothing beyond a refused frame") {
    FrameParser parser;
    parser.push(bytes_of(header_text(Kind::say, 0xffffffffU)));
    REQUIRE_FALSE(parser.next());
    const std::string flood(64 * 1024, 'x');
    for (int i = 0; i < 1000; ++i) parser.push(bytes_of(flood));
    CHECK(parser.buffered_bytes() <= frame_header_bytes);
}

}  // namespace
}  // namespace dropline::wire
