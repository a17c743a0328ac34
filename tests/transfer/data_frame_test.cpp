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

/// More than the least, where a kind may have more.
std::string extra_payload(DataKind kind) {
    return std::string(payload_bounds(kind).bytes_max > payload_bounds(kind).bytes_min ? 48 : 0,
                       'q');
}

/// Every field that the specification gives this kind, with its largest value.
DataHeader largest_header(DataKind kind) {
    constexpr std::uint32_t index = 0xffffffffU;
    constexpr std::uint64_t file = limits::file_bytes_max;
    constexpr std::uint64_t all = std::numeric_limits<std::int64_t>::max();
    using enum DataKind;
    switch (kind) {
        case all_done:
        case stop:
        case waits_for: return {.kind = kind};
        case stored: return {.kind = kind, .offset = all};
        case start:
        case file_done: return {.kind = kind, .file_index = index};
        case skip: return {.kind = kind, .file_index = index, .offset = limits::offer_entries_max};
        case data:
        case file_end:
        case have:
        case begin:
        case chunk: return {.kind = kind, .file_index = index, .offset = file};
    }
    return {};
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

/// What a stream parser gives out: the offset is that of the piece.
struct SeenPiece {
    DataKind kind;
    std::uint32_t file_index;
    std::uint64_t offset;
    std::string payload;
    friend bool operator==(const SeenPiece&, const SeenPiece&) = default;
};

Result<std::vector<SeenPiece>> parse_stream(const std::vector<std::string>& portions,
                                            DataPhase phase = any_phase) {
    DataStreamParser parser(phase);
    std::vector<SeenPiece> pieces;
    for (const std::string& portion : portions) {
        auto input = tests::bytes_of(portion);
        while (true) {
            const auto piece = parser.next(input);
            if (!piece) return piece.fault();
            if (!*piece) break;
            const bool is_data = (*piece)->header.kind == DataKind::data;
            pieces.push_back({(*piece)->header.kind, (*piece)->header.file_index,
                              is_data ? (*piece)->offset : (*piece)->header.offset,
                              tests::text_of((*piece)->payload)});
        }
    }
    return pieces;
}

/// Pieces of one data frame as one.
std::vector<SeenPiece> joined(const std::vector<SeenPiece>& pieces) {
    std::vector<SeenPiece> whole;
    for (const SeenPiece& piece : pieces) {
        const bool is_next = piece.kind == DataKind::data && !whole.empty() &&
                             whole.back().kind == DataKind::data &&
                             piece.offset == whole.back().offset + whole.back().payload.size();
        if (is_next) {
            whole.back().payload += piece.payload;
        } else {
            whole.push_back(piece);
        }
    }
    return whole;
}

bool is_protocol_error(const auto& result) {
    return !result && result.fault().code == FaultCode::protocol_error;
}

}  // namespace

TEST_CASE("A1: The header is 24 bytes, big endian, as the specification draws it") {
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
    const DataHeader header = largest_header(kind);
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

TEST_CASE("Only bytes of files and digests of chunks may be large") {
    for (const DataKind kind : all_data_kinds) {
        if (kind == DataKind::data || kind == DataKind::have) continue;
        CHECK(payload_bounds(kind).bytes_max <= 1 + limits::reason_bytes_max);
    }
    CHECK(payload_bounds(DataKind::data).bytes_max == limits::data_payload_bytes_max);
    CHECK(payload_bounds(DataKind::have).bytes_max == limits::have_payload_bytes_max);
}

TEST_CASE("An unknown kind is a protocol error") {
    const auto number = GENERATE(0, 13, 14, 127, 128, 255);
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

TEST_CASE("T6: every field takes its largest value and not one more; unused ones only zero") {
    const DataKind kind = GENERATE(from_range(all_data_kinds));
    CAPTURE(data_kind_name(kind));
    const std::string payload = fitting_payload(kind);
    const DataHeader largest = largest_header(kind);
    CHECK(parse(frame_bytes({.kind = kind}, payload), 24));
    CHECK(parse(frame_bytes(largest, payload), 24));
    for (const std::uint64_t offset :
         {largest.offset + 1, std::uint64_t{1} << 63U, ~std::uint64_t{0}}) {
        CHECK(is_protocol_error(parse(frame_bytes({.kind = kind, .offset = offset}, payload), 24)));
    }
    if (largest.file_index == 0) {
        CHECK(is_protocol_error(parse(frame_bytes({.kind = kind, .file_index = 1}, payload), 24)));
    }
}

TEST_CASE("A18: every kind in every phase is allowed only where the specification says") {
    using enum DataKind;
    using enum DataPhase;
    const std::set<DataKind> all(all_data_kinds.begin(), all_data_kinds.end());
    const std::map<DataPhase, std::set<DataKind>> allowed = {
        {sender_expects_plan, {skip, have, start, stop}},
        {sender_streams, {stored, file_done, waits_for, all_done, stop}},
        {sender_expects_verdict, {stored, file_done, waits_for, all_done, stop}},
        {receiver_expects_begin, {begin, waits_for, stop}},
        {receiver_in_file, {data, waits_for, stop}},
        {receiver_at_chunk_end, {chunk, waits_for, stop}},
        {receiver_at_file_end, {file_end, waits_for, stop}},
        {receiver_has_all, {waits_for, stop}},
        {leaving, all},
    };
    REQUIRE(allowed.size() == all_data_phases.size());
    for (const DataPhase phase : all_data_phases) {
        for (const DataKind kind : all_data_kinds) {
            CAPTURE(static_cast<int>(phase), data_kind_name(kind));
            const bool is_listed = allowed.at(phase).contains(kind);
            CHECK(is_allowed(phase, kind) == is_listed);
            const std::string frame = frame_bytes({.kind = kind}, fitting_payload(kind));
            const auto whole = parse(frame, 24, phase);
            const auto streamed = parse_stream({frame}, phase);
            CHECK(whole.has_value() == is_listed);
            CHECK(streamed.has_value() == is_listed);
            if (!is_listed) CHECK((is_protocol_error(whole) && is_protocol_error(streamed)));
        }
    }
}

TEST_CASE("A stream of frames reads the same wherever it is cut in two") {
    std::string stream;
    for (const DataKind kind : all_data_kinds) {
        stream += frame_bytes(largest_header(kind), fitting_payload(kind) + extra_payload(kind));
    }
    const auto whole = parse_stream({stream});
    REQUIRE(whole);
    REQUIRE(whole->size() == all_data_kinds.size());
    for (std::size_t at = 0; at < stream.size(); ++at) {
        CAPTURE(at);
        const auto pieces = parse_stream({stream.substr(0, at), stream.substr(at)});
        REQUIRE(pieces);
        // Only bytes of a file are given out in pieces, each with its own place in the file.
        REQUIRE(joined(*pieces) == joined(*whole));
    }
}

TEST_CASE("What arrives of a file's bytes is given out at once, each piece with its place") {
    const DataHeader header{.kind = DataKind::data, .file_index = 3, .offset = 1000};
    const auto pieces =
        parse_stream({frame_bytes(header, "abcdef").substr(0, data_header_bytes + 2), "cd", "ef"});
    REQUIRE(pieces);
    REQUIRE(pieces->size() == 3);
    CHECK((*pieces)[0] == SeenPiece{DataKind::data, 3, 1000, "ab"});
    CHECK((*pieces)[1] == SeenPiece{DataKind::data, 3, 1002, "cd"});
    CHECK((*pieces)[2] == SeenPiece{DataKind::data, 3, 1004, "ef"});
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
        bytes[0] = static_cast<std::byte>(random() % 14);
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

TEST_CASE("What a transfer waits for keeps its meaning; what a newer program says is unknown") {
    for (int code = 0; code <= 255; ++code) {
        const Bottleneck read = decode_bottleneck(static_cast<std::byte>(code));
        const bool is_known = code <= static_cast<int>(Bottleneck::rate_limit);
        CHECK(read == (is_known ? static_cast<Bottleneck>(code) : Bottleneck::unknown));
        if (is_known) CHECK(encode_bottleneck(read) == static_cast<std::byte>(code));
    }
}
