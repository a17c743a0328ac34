// The frames of a bulk connection: a fixed header of 24 bytes, then the payload it announces.
// Thread: any. Pure functions and two parsers over bytes, one for each direction; knows neither
// files nor sockets.
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
#include "net/api/values.hpp"
#include "net/transfer/data_phase.hpp"

namespace dropline {

/// Big endian: kind u8, flags u8 (0), reserved u16 (0), payload length u32, file index u32,
/// reserved u32 (0), offset u64. Fields that a kind does not use are 0.
inline constexpr std::size_t data_header_bytes = 24;

struct DataHeader {
    DataKind kind = DataKind::start;
    std::uint32_t payload_bytes = 0;
    /// Position of the file in the accepted offer, from 0. Used by data, file_end, skip (the
    /// first of them), have, begin, chunk. start: the version of the list that the receiver
    /// means. file_done: how many files.
    std::uint32_t file_index = 0;
    /// data, begin: where in the file; file_end: the file's size; chunk: the chunk's end; have: how
    /// many bytes; skip: how many entries; stored: bytes of the whole transfer that the receiver
    /// has, whether they travelled or were there.
    std::uint64_t offset = 0;
};

/// Smallest and largest payload that a frame of this kind may announce, in bytes.
struct PayloadBounds {
    std::uint32_t bytes_min = 0;
    std::uint32_t bytes_max = 0;
};
PayloadBounds payload_bounds(DataKind kind);

std::array<std::byte, data_header_bytes> encode_data_header(const DataHeader& header);

/// A whole frame; `header.payload_bytes` is filled in from `payload`.
std::vector<std::byte> encode_frame(DataHeader header, std::span<const std::byte> payload = {});

/// protocol_error: unknown kind, a length outside its bounds, an offset above
/// limits::file_bytes_max (for `stored`: above 2^63 - 1), a field that must be 0 and is not.
Result<DataHeader> decode_data_header(std::span<const std::byte, data_header_bytes> bytes);

struct DataFrame {
    DataHeader header;
    std::span<const std::byte> payload;  // until the next call of DataFrameParser::space
};

/// For the few small frames that go back to the sender. Takes bytes straight into their place, a
/// frame at a time and never beyond one:
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

/// One frame, or a piece of the payload of a data frame.
struct DataPiece {
    DataHeader header;
    std::uint64_t offset = 0;            // data: of this piece in its file
    std::span<const std::byte> payload;  // until the next call of DataStreamParser::next
};

/// For the receiver of files: cuts a stream of frames without copying the bytes of files. What
/// arrives of a data frame is given out at once; other frames when they are whole.
class DataStreamParser {
  public:
    explicit DataStreamParser(DataPhase phase) : phase_(phase) {}

    /// From the next header on, only what this phase allows.
    void enter(DataPhase phase) { phase_ = phase; }

    /// Takes from the front of `input`; nothing when all of it was taken and more is needed. After
    /// a fault (protocol_error) it must not be used again.
    Result<std::optional<DataPiece>> next(std::span<const std::byte>& input);

  private:
    Result<bool> take_header(std::span<const std::byte>& input);
    DataPiece take_bytes(std::span<const std::byte>& input);
    bool take_payload(std::span<const std::byte>& input);

    DataPhase phase_;
    std::array<std::byte, data_header_bytes> header_bytes_{};
    std::size_t header_filled_ = 0;
    std::optional<DataHeader> header_;  // set while its payload arrives
    std::size_t payload_taken_ = 0;
    std::vector<std::byte> payload_;  // of any other kind than data
};

/// Payload of `waits_for`.
std::byte encode_bottleneck(Bottleneck bottleneck);
/// What is unknown to us is `unknown`.
Bottleneck decode_bottleneck(std::byte code);

/// Payload of `stop`: why, as a code byte and at most limits::reason_bytes_max bytes of text.
std::vector<std::byte> encode_stop(const Fault& why);
/// The other side's reason as a fault for our user, with its text escaped. Unknown codes are
/// taken as `refused`.
Fault decode_stop(std::span<const std::byte> payload);

}  // namespace dropline
