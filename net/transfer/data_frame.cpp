#include "net/transfer/data_frame.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <string>
#include <utility>

#include "net/api/safe_text.hpp"
#include "net/api/unicode.hpp"
#include "net/transfer/file_hash.hpp"

namespace dropline {

namespace {

constexpr std::size_t at_kind = 0;
constexpr std::size_t at_flags = 1;
constexpr std::size_t at_reserved_short = 2;
constexpr std::size_t at_payload_bytes = 4;
constexpr std::size_t at_file_index = 8;
constexpr std::size_t at_reserved_word = 12;
constexpr std::size_t at_offset = 16;

using HeaderBytes = std::span<const std::byte, data_header_bytes>;

void put(std::span<std::byte> into, std::uint64_t value) {
    for (std::size_t i = into.size(); i > 0; --i, value >>= 8U) {
        into[i - 1] = static_cast<std::byte>(value);
    }
}

std::uint64_t take(std::span<const std::byte> from) {
    std::uint64_t value = 0;
    for (const std::byte byte : from) value = (value << 8U) | std::to_integer<std::uint64_t>(byte);
    return value;
}

std::uint32_t take_u32(HeaderBytes header, std::size_t at) {
    return static_cast<std::uint32_t>(take(header.subspan(at, 4)));
}

Fault broken(const std::string& what) {
    return {FaultCode::protocol_error, "The other side broke the transfer protocol: " + what + "."};
}

bool is_known_kind(std::uint64_t number) {
    return std::ranges::any_of(
        all_data_kinds, [=](DataKind kind) { return static_cast<std::uint64_t>(kind) == number; });
}

bool has_file_index(DataKind kind) {
    switch (kind) {
        case DataKind::start:
        case DataKind::data:
        case DataKind::file_end:
        case DataKind::file_done:
        case DataKind::skip:
        case DataKind::have:
        case DataKind::begin:
        case DataKind::chunk: return true;
        case DataKind::stored:
        case DataKind::all_done:
        case DataKind::stop:
        case DataKind::waits_for: return false;
    }
    return false;
}

std::uint64_t offset_max(DataKind kind) {
    switch (kind) {
        case DataKind::data:
        case DataKind::file_end:
        case DataKind::have:
        case DataKind::begin:
        case DataKind::chunk: return limits::file_bytes_max;
        case DataKind::skip: return limits::offer_entries_max;
        case DataKind::stored: return std::numeric_limits<std::int64_t>::max();
        case DataKind::start:
        case DataKind::file_done:
        case DataKind::all_done:
        case DataKind::stop:
        case DataKind::waits_for: return 0;
    }
    return 0;
}

/// Codes of `stop` on the wire; append-only.
constexpr std::array<std::pair<std::uint8_t, FaultCode>, 10> stop_codes = {{
    {1, FaultCode::cancelled},
    {2, FaultCode::disk_full},
    {3, FaultCode::file_error},
    {4, FaultCode::source_changed},
    {5, FaultCode::damaged},
    {6, FaultCode::protocol_error},
    {7, FaultCode::too_large},
    {8, FaultCode::bad_name},
    {9, FaultCode::internal},
    {10, FaultCode::unknown_transfer},
}};

std::uint8_t stop_code(FaultCode fault) {
    const auto* const row = std::ranges::find(stop_codes, fault, [](auto& r) { return r.second; });
    return row == stop_codes.end() ? std::uint8_t{9} : row->first;
}

FaultCode fault_code(std::uint8_t stop_code) {
    const auto* const row =
        std::ranges::find(stop_codes, stop_code, [](auto& r) { return r.first; });
    return row == stop_codes.end() ? FaultCode::refused : row->second;
}

}  // namespace

PayloadBounds payload_bounds(DataKind kind) {
    switch (kind) {
        case DataKind::data: return {1, limits::data_payload_bytes_max};
        case DataKind::chunk:
        case DataKind::file_end: return {sizeof(FileDigest), sizeof(FileDigest)};
        case DataKind::have: return {0, limits::have_payload_bytes_max};
        case DataKind::waits_for: return {1, 1};
        case DataKind::stop: return {1, 1 + std::uint32_t{limits::reason_bytes_max}};
        case DataKind::start:
        case DataKind::stored:
        case DataKind::file_done:
        case DataKind::all_done:
        case DataKind::skip:
        case DataKind::begin: return {0, 0};
    }
    return {0, 0};
}

std::array<std::byte, data_header_bytes> encode_data_header(const DataHeader& header) {
    std::array<std::byte, data_header_bytes> bytes{};
    bytes[at_kind] = static_cast<std::byte>(header.kind);
    const std::span<std::byte> all(bytes);
    put(all.subspan(at_payload_bytes, 4), header.payload_bytes);
    put(all.subspan(at_file_index, 4), header.file_index);
    put(all.subspan(at_offset, 8), header.offset);
    return bytes;
}

std::vector<std::byte> encode_frame(DataHeader header, std::span<const std::byte> payload) {
    header.payload_bytes = static_cast<std::uint32_t>(payload.size());
    const auto encoded = encode_data_header(header);
    std::vector<std::byte> frame(encoded.size() + payload.size());
    std::ranges::copy(payload, std::ranges::copy(encoded, frame.begin()).out);
    return frame;
}

Result<DataHeader> decode_data_header(HeaderBytes bytes) {
    const auto number = take(bytes.subspan(at_kind, 1));
    if (!is_known_kind(number)) return broken("a frame of unknown kind " + std::to_string(number));
    DataHeader header;
    header.kind = static_cast<DataKind>(number);
    header.payload_bytes = take_u32(bytes, at_payload_bytes);
    header.file_index = take_u32(bytes, at_file_index);
    header.offset = take(bytes.subspan(at_offset, 8));

    const std::string frame = "a " + std::string(data_kind_name(header.kind)) + " frame";
    const bool is_reserved_zero = take(bytes.subspan(at_flags, 1)) == 0 &&
                                  take(bytes.subspan(at_reserved_short, 2)) == 0 &&
                                  take_u32(bytes, at_reserved_word) == 0;
    if (!is_reserved_zero) return broken(frame + " with reserved bits set");
    const PayloadBounds bounds = payload_bounds(header.kind);
    if (header.payload_bytes < bounds.bytes_min || header.payload_bytes > bounds.bytes_max) {
        return broken(frame + " of " + std::to_string(header.payload_bytes) + " bytes");
    }
    if (header.file_index != 0 && !has_file_index(header.kind)) {
        return broken(frame + " that names a file");
    }
    if (header.offset > offset_max(header.kind)) {
        return broken(frame + " with offset " + std::to_string(header.offset));
    }
    return header;
}

std::span<std::byte> DataFrameParser::space() {
    if (!header_) return std::span<std::byte>(header_bytes_).subspan(filled_);
    return std::span<std::byte>(payload_).subspan(filled_);
}

Result<std::optional<DataFrame>> DataFrameParser::took(std::size_t bytes) {
    assert(bytes <= space().size());
    filled_ += bytes;
    if (!header_) return took_header();
    if (filled_ < payload_.size()) return std::optional<DataFrame>{};
    return finish_frame();
}

Result<std::optional<DataFrame>> DataFrameParser::took_header() {
    if (filled_ < data_header_bytes) return std::optional<DataFrame>{};
    auto header = decode_data_header(header_bytes_);
    if (!header) return header.fault();
    if (!is_allowed(phase_, header->kind)) {
        return broken("a " + std::string(data_kind_name(header->kind)) +
                      " frame where none may come");
    }
    filled_ = 0;
    header_ = *header;
    payload_.resize(header->payload_bytes);
    if (payload_.empty()) return finish_frame();
    return std::optional<DataFrame>{};
}

std::optional<DataFrame> DataFrameParser::finish_frame() {
    const DataFrame frame{*header_, payload_};
    header_.reset();
    filled_ = 0;
    return frame;
}

Result<std::optional<DataPiece>> DataStreamParser::next(std::span<const std::byte>& input) {
    if (!header_) {
        const auto taken = take_header(input);
        if (!taken) return taken.fault();
        if (!*taken) return std::optional<DataPiece>{};
    }
    if (header_->kind == DataKind::data) {
        if (input.empty()) return std::optional<DataPiece>{};
        return std::optional(take_bytes(input));
    }
    if (!take_payload(input)) return std::optional<DataPiece>{};
    const DataPiece piece{*header_, 0, payload_};
    header_.reset();
    return std::optional(piece);
}

/// True when a header is complete and allowed.
Result<bool> DataStreamParser::take_header(std::span<const std::byte>& input) {
    const std::size_t count = std::min(data_header_bytes - header_filled_, input.size());
    std::ranges::copy(input.first(count),
                      header_bytes_.begin() + static_cast<std::ptrdiff_t>(header_filled_));
    header_filled_ += count;
    input = input.subspan(count);
    if (header_filled_ < data_header_bytes) return false;
    const auto header = decode_data_header(header_bytes_);
    if (!header) return header.fault();
    if (!is_allowed(phase_, header->kind)) {
        return broken("a " + std::string(data_kind_name(header->kind)) +
                      " frame where none may come");
    }
    header_ = *header;
    header_filled_ = 0;
    payload_taken_ = 0;
    if (header->kind != DataKind::data) payload_.resize(header->payload_bytes);
    return true;
}

DataPiece DataStreamParser::take_bytes(std::span<const std::byte>& input) {
    const std::size_t count =
        std::min<std::size_t>(header_->payload_bytes - payload_taken_, input.size());
    const DataPiece piece{*header_, header_->offset + payload_taken_, input.first(count)};
    input = input.subspan(count);
    payload_taken_ += count;
    if (payload_taken_ == header_->payload_bytes) header_.reset();
    return piece;
}

/// True when the payload is whole.
bool DataStreamParser::take_payload(std::span<const std::byte>& input) {
    const std::size_t count = std::min(payload_.size() - payload_taken_, input.size());
    std::ranges::copy(input.first(count),
                      payload_.begin() + static_cast<std::ptrdiff_t>(payload_taken_));
    payload_taken_ += count;
    input = input.subspan(count);
    return payload_taken_ == payload_.size();
}

std::byte encode_bottleneck(Bottleneck bottleneck) { return static_cast<std::byte>(bottleneck); }

Bottleneck decode_bottleneck(std::byte code) {
    const auto number = std::to_integer<int>(code);
    const bool is_known = number <= static_cast<int>(Bottleneck::rate_limit);
    return is_known ? static_cast<Bottleneck>(number) : Bottleneck::unknown;
}

std::vector<std::byte> encode_stop(const Fault& why) {
    const std::string_view text = utf8_prefix(why.sentence, limits::reason_bytes_max);
    std::vector<std::byte> payload;
    payload.reserve(1 + text.size());
    payload.push_back(static_cast<std::byte>(stop_code(why.code)));
    std::ranges::transform(text, std::back_inserter(payload),
                           [](char c) { return static_cast<std::byte>(c); });
    return payload;
}

Fault decode_stop(std::span<const std::byte> payload) {
    assert(!payload.empty() && "bounds are checked with the header");
    const std::string_view text(reinterpret_cast<const char*>(payload.data()), payload.size());
    const FaultCode code = fault_code(std::to_integer<std::uint8_t>(payload[0]));
    return {code, "The other side stopped the transfer: " + escape_for_display(text.substr(1)),
            true};
}

}  // namespace dropline
