// The frames of a bulk connection: a fixed header of 24 bytes, then the payload it announces.
// Thread: any. Pure functions and one state machine over bytes; knows neither files nor sockets.
// Which kind may come when is in data_phase.hpp, what is done with it in sender and receiver.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "net/api/fault.hpp"
#include "net/api/limits.hpp"
#include "net/transfer/data_phase.hpp"

namespace dropline {

/// Big endian: kind u8, flags u8 (0), reserved u16 (0), payload length u32, file index u32,
/// reserved u32 (0), offset u64. Fields that a kind does not use are 0.
inline constexpr std::size_t data_header_bytes = 24;

struct DataHeader {
    DataKind kind = DataKind::start;
    std::uint32_t payload_bytes = 0;
    /// Position of the file in the accepted offer, from 0. Used by start, data, file_end,
    /// file_done.
    std::uint32_t file_index = 0;
    /// start, data: where in the file; file_end: the file's size; stored: bytes of the whole
    /// transfer that the receiver has written.
    std::uint64_t offset = 0;
};

/// Smallest and largest payload that a frame of this kind may announce, in bytes.
struct PayloadBounds {
    std::uint32_t bytes_min = 0;
    std::uint32_t bytes_max = 0;
};
PayloadBounds payload_bounds(DataKind kind);

std::array<std::byte, data_header_bytes> encode_data_header(const DataHeader& header);

/// protocol_error: unknown kind, a length outside its bounds, an offset above
/// limits::file_bytes_max (for `stored`: above 2^63 - 1), a field that must be 0 and is not.
Result<DataHeader> decode_data_header(std::span<const std::byte, data_header_bytes> bytes);

struct DataFrame {
    DataHeader header;
    std::span<const std::byte> payload;  // until the next call of DataFrameParser::space
};

/// Takes bytes straight into their place, a frame at a time and never beyond one:
///     read into space(), say took(n), repeat; every now and then took() has a frame.
/// Length, then phase and limit, then memory. After a fault it must not be used again.
class DataFrameParser {
  public:
    explicit DataFrameParser(DataPhase phase) : phase_(phase) {}

    /// From the next header on, only what this phase allows. Call between frames.
    void enter(DataPhase phase) { phase_ = phase; }

    /// Where the next bytes belong; never empty.
    std::span<std::byte> space();
    /// The first `bytes` of `space()` are filled. The frame they complete, if any.
    Result<std::optional<DataFrame>> took(std::size_t bytes);

  private:
    Result<std::optional<DataFrame>> took_header();
    std::optional<DataFrame> finish_frame();

    DataPhase phase_;
    std::array<std::byte, data_header_bytes> header_bytes_{};
    std::optional<DataHeader> header_;  // set while its payload arrives
    std::vector<std::byte> payload_;
    std::size_t filled_ = 0;  // of the header, or of the payload
};

/// Payload of `stop`: why, as a code byte and at most limits::reason_bytes_max bytes of text.
std::vector<std::byte> encode_stop(const Fault& why);
/// The other side's reason as a fault for our user, with its text escaped. Unknown codes are
/// taken as `refused`.
Fault decode_stop(std::span<const std::byte> payload);

}  // namespace dropline
