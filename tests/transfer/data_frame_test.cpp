#include "net/transfer/data_frame.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <string>

#include "net/api/unicode.hpp"
#include "net/transfer/file_hash.hpp"
#include "tests/transfer/scripted_channel.hpp"

using namespace dropline;
using dropline::tests::frame_bytes;

namespace {

using HeaderBytes = std::array<std::byte, data_header_bytes>;

/// Everything may come; what is tested is the header alone.
constexpr auto any_phase = DataPhase::leaving;

std::string fitting_payload(DataKind kind) {
    return std::string(payload_bounds(kind).bytes_min, 'p');
}

/// Feeds bytes in portions; the frames, or the fault.
Result<std::vector<tests::SeenFrame>> parse(std::string_view bytes, std::size_t portion_bytes,
                                            DataPhase phase = any_phase) {
    DataFrameParser parser(phase);
    std::vector<tests::SeenFrame> frames;
    while (!bytes.empty()) {
        const auto space = parser.space();
        if (space.empty()) throw std::logic_error("no space");
        const std::size_t count = std::min({space.size(), bytes.size(), portion_bytes});
        std::memcpy(space.data(), bytes.data(), count);
        bytes.remove_prefix(count);
        const auto frame = parser.took(count);
        if (!frame) return frame.fault();
        if (!*frame) continue;
        const auto payload = (*frame)->payload;
        frames.push_back(
            {(*frame)->header, {reinterpret_cast<const char*>(payload.data()), payload.size()}});
    }
    return frames;
}

bool is_protocol_error(const auto& result) {
    return !result && result.fault().code == FaultCode::protocol_error;
}

}  // namespace

TEST_CASE("The header is 24 bytes, big endian, as the specification draws it") {
    const HeaderBytes bytes = encode_data_header({.kind = DataKind::data,
                                                  .payload_bytes = 0x0102,
                                                  .file_index = 0x03040506,
                                                  .offset = 0x0708090a0b0c0d0e});
    const auto expected = std::to_array<unsigned char>(
        {2, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 7, 8, 9, 10, 11, 12, 13, 14});
    CHECK(std::memcmp(bytes.data(), expected.data(), sizeof bytes) == 0);
}

TEST_CASE("Every kind of frame arrives as it was sent, in portions of any size") {
    const DataKind kind = GENERATE(from_range(all_data_kinds));
    const std::size_t portion_bytes = GENERATE(1UL, 7UL, 24UL, 100'000UL);
    DataHeader header{.kind = kind};
    const bool has_file = kind == DataKind::start || kind == DataKind::data ||
                          kind == DataKind::file_end || kind == DataKind::file_done;
    if (has_file) header.file_index = 7;
    if (has_file && kind != DataKind::file_done) header.offset = limits::file_bytes_max;
    const std::string once = frame_bytes(header, fitting_payload(kind));
    const auto frames = parse(once + once, portion_bytes);
    REQUIRE(frames);
    REQUIRE(frames->size() == 2);
    for (const auto& frame : *frames) {
        CHECK(frame.header.kind == kind);
        CHECK(frame.header.file_index == header.file_index);
        CHECK(frame.header.offset == header.offset);
        CHECK(frame.payload == fitting_payload(kind));
    }
}

TEST_CASE("D1: a length is judged before memory is taken, for every kind and every length") {
    const DataKind kind = GENERATE(from_range(all_data_kinds));
    const PayloadBounds bounds = payload_bounds(kind);
    const std::uint32_t length =
        GENERATE_COPY(0U, 1U, bounds.bytes_min, bounds.bytes_max, bounds.bytes_max + 1U,
                      limits::data_payload_bytes_max, limits::data_payload_bytes_max + 1U,
                      0x7fffffffU, 0x80000000U, 0xffffffffU);
    CAPTURE(data_kind_name(kind), length);
    const HeaderBytes bytes = encode_data_header({.kind = kind, .payload_bytes = length});
    const auto header = decode_data_header(bytes);
    const bool is_inside = length >= bounds.bytes_min && length <= bounds.bytes_max;
    CHECK(header.has_value() == is_inside);

    DataFrameParser parser(any_phase);
    std::ranges::copy(bytes, parser.space().begin());
    const auto frame = parser.took(bytes.size());
    CHECK(frame.has_value() == is_inside);
    if (!is_inside) CHECK(is_protocol_error(frame));
    if (is_inside && length > 0) CHECK(parser.space().size() == length);
}

TEST_CASE("Only data may be large") {
    for (const DataKind kind : all_data_kinds) {
        if (kind == DataKind::data) continue;
        CHECK(payload_bounds(kind).bytes_max <= 1 + limits::reason_bytes_max);
    }
    CHECK(payload_bounds(DataKind::data).bytes_max == limits::data_payload_bytes_max);
}

TEST_CASE("An unknown kind is a protocol error") {
    const auto number = GENERATE(0, 8, 9, 127, 128, 255);
    std::string bytes = frame_bytes({.kind = DataKind::all_done});
    bytes[0] = static_cast<char>(number);
    CHECK(is_protocol_error(parse(bytes, 24)));
}

TEST_CASE("Bits that are kept for later must be zero now") {
    const DataKind kind = GENERATE(from_range(all_data_kinds));
    const std::size_t at = GENERATE(1UL, 2UL, 3UL, 12UL, 13UL, 14UL, 15UL);
    std::string bytes = frame_bytes({.kind = kind}, fitting_payload(kind));
    bytes[at] = 1;
    CHECK(is_protocol_error(parse(bytes, 24)));
}

TEST_CASE("Fields that a kind does not use must be zero") {
    for (const DataKind kind : {DataKind::stored, DataKind::all_done, DataKind::stop}) {
        CHECK(is_protocol_error(
            parse(frame_bytes({.kind = kind, .file_index = 1}, fitting_payload(kind)), 24)));
    }
    for (const DataKind kind : {DataKind::file_done, DataKind::all_done, DataKind::stop}) {
        CHECK(is_protocol_error(
            parse(frame_bytes({.kind = kind, .offset = 1}, fitting_payload(kind)), 24)));
    }
}

TEST_CASE("A24: an offset that no file can have is a protocol error") {
    for (const DataKind kind : {DataKind::start, DataKind::data, DataKind::file_end}) {
        const std::string payload = fitting_payload(kind);
        CHECK(parse(frame_bytes({.kind = kind, .offset = limits::file_bytes_max}, payload), 24));
        for (const std::uint64_t offset :
             {limits::file_bytes_max + 1, std::uint64_t{1} << 63U, ~std::uint64_t{0}}) {
            CHECK(is_protocol_error(
                parse(frame_bytes({.kind = kind, .offset = offset}, payload), 24)));
        }
    }
    constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
    CHECK(parse(frame_bytes({.kind = DataKind::stored, .offset = largest}), 24));
    CHECK(is_protocol_error(
        parse(frame_bytes({.kind = DataKind::stored, .offset = largest + 1}), 24)));
}

TEST_CASE("A18: every kind in every phase is allowed only where the specification says") {
    using enum DataKind;
    using enum DataPhase;
    const std::map<DataPhase, std::set<DataKind>> allowed = {
        {sender_expects_start, {start, stop}},
        {sender_streams, {stored, file_done, stop}},
        {sender_expects_verdict, {stored, file_done, all_done, stop}},
        {receiver_in_file, {data, stop}},
        {receiver_at_file_end, {file_end, stop}},
        {receiver_has_all, {stop}},
        {leaving, {start, data, file_end, stored, file_done, all_done, stop}},
    };
    REQUIRE(allowed.size() == all_data_phases.size());
    for (const DataPhase phase : all_data_phases) {
        for (const DataKind kind : all_data_kinds) {
            CAPTURE(static_cast<int>(phase), data_kind_name(kind));
            const bool is_listed = allowed.at(phase).contains(kind);
            CHECK(is_allowed(phase, kind) == is_listed);
            const auto frames =
                parse(frame_bytes({.kind = kind}, fitting_payload(kind)), 24, phase);
            CHECK(frames.has_value() == is_listed);
            if (!is_listed) CHECK(is_protocol_error(frames));
        }
    }
}

TEST_CASE("A kind out of its phase costs no memory for its payload") {
    DataFrameParser parser(DataPhase::sender_streams);
    const HeaderBytes bytes = encode_data_header(
        {.kind = DataKind::data, .payload_bytes = limits::data_payload_bytes_max});
    std::ranges::copy(bytes, parser.space().begin());
    CHECK(is_protocol_error(parser.took(bytes.size())));
}

TEST_CASE("Random bytes never give a frame outside its bounds") {
    const std::uint32_t seed = 7788;
    CAPTURE(seed);
    std::mt19937 random(seed);
    std::size_t valid = 0;
    for (int round = 0; round < 200'000; ++round) {
        HeaderBytes bytes{};
        for (std::byte& byte : bytes) {
            // Mostly zero: pure noise would never pass the reserved fields.
            if (random() % 4 == 0) byte = static_cast<std::byte>(random());
        }
        bytes[0] = static_cast<std::byte>(random() % 9);
        const auto header = decode_data_header(bytes);
        if (!header) {
            REQUIRE(header.fault().code == FaultCode::protocol_error);
            continue;
        }
        ++valid;
        REQUIRE(header->payload_bytes <= payload_bounds(header->kind).bytes_max);
        REQUIRE(encode_data_header(*header) == bytes);
    }
    CHECK(valid > 0);
}

TEST_CASE("A reason to stop keeps its code and its text") {
    const Fault why{FaultCode::disk_full, "\"x\" needs 2.0 GB, but only 1.0 GB can be used."};
    const Fault read = decode_stop(encode_stop(why));
    CHECK(read.code == FaultCode::disk_full);
    CHECK(read.sentence == "The other side stopped the transfer: " + why.sentence);
}

TEST_CASE("A reason is cut to 512 bytes between two characters") {
    std::string sentence;
    for (int i = 0; i < 300; ++i) sentence += "é";
    sentence.insert(0, "x");
    const auto payload = encode_stop({FaultCode::file_error, sentence});
    CHECK(payload.size() == limits::reason_bytes_max);  // the code byte, and 511 that end whole
    CHECK(is_valid_utf8({reinterpret_cast<const char*>(payload.data()) + 1, payload.size() - 1}));
}

TEST_CASE("B1: the other side's reason steers no terminal") {
    const std::string text = "\x02\x1b[2J\r\n\xff";
    const Fault read = decode_stop(std::as_bytes(std::span(text)));
    CHECK(read.sentence == "The other side stopped the transfer: \\u{1b}[2J\\u{d}\\u{a}\\x{ff}");
}

TEST_CASE("An unknown code to stop is a refusal") {
    const std::string text = "\xc8why";
    CHECK(decode_stop(std::as_bytes(std::span(text))).code == FaultCode::refused);
}

TEST_CASE("The hash is XXH3-128 in canonical form, in whatever pieces bytes come") {
    // Of nothing, from the reference implementation (xxhsum -H2 /dev/null).
    const auto nothing =
        std::to_array<unsigned char>({0x99, 0xaa, 0x06, 0xd3, 0x01, 0x47, 0x98, 0xd8, 0x60, 0x01,
                                      0xc3, 0x24, 0x46, 0x8d, 0x49, 0x7f});
    CHECK(std::memcmp(FileHash().digest().data(), nothing.data(), nothing.size()) == 0);
    const std::string content(1'000'000, 'x');
    const auto bytes = std::as_bytes(std::span(content));
    FileHash whole;
    whole.update(bytes);
    FileHash pieces;
    for (std::size_t at = 0; at < bytes.size(); at += 999) {
        pieces.update(bytes.subspan(at, std::min<std::size_t>(999, bytes.size() - at)));
    }
    CHECK(whole.digest() == pieces.digest());
    CHECK(whole.digest() != FileHash().digest());
}
