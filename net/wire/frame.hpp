// Frames: how messages are cut out of a byte stream. One byte of kind, four bytes of length (big
// endian, unsigned), then that many bytes.
// Thread: any. Pure functions and one small state machine over bytes; length, then limit, then
// memory. Does not know what the payload means.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/api/fault.hpp"
#include "net/wire/messages.hpp"
#include "net/wire/phase.hpp"

namespace dropline::wire {

inline constexpr std::size_t frame_header_bytes = 5;

struct Frame {
    Kind kind = Kind::ping;
    std::string payload;
};

/// Largest payload a frame of this kind may announce, in bytes.
std::uint32_t frame_bytes_max(Kind kind);

/// Header for a payload of `length` bytes.
std::array<std::uint8_t, frame_header_bytes> encode_frame_header(Kind kind, std::uint32_t length);

/// Cuts frames out of bytes that arrive in any portions. After a fault it stays faulty.
class FrameParser {
  public:
    /// Takes in more bytes. Never holds more than one header and one permitted payload beyond
    /// what `next` has not yet taken.
    void push(std::span<const std::byte> bytes);

    /// The next whole frame, nothing when more bytes are needed, or a protocol_error (unknown
    /// kind, one that `phase` does not allow, length above the cap of its kind). All of it is known
    /// from the header: nothing is kept of a frame that will be refused. Without a phase any kind
    /// comes.
    Result<std::optional<Frame>> next(std::optional<Phase> phase = std::nullopt);

    /// Bytes taken in and not yet handed out.
    std::size_t buffered_bytes() const { return buffer_.size() - begin_; }

    /// Whatever is buffered, for a connection that stops being framed (relay).
    std::string take_rest();

  private:
    void compact();

    std::string buffer_;
    std::size_t begin_ = 0;
    std::optional<Fault> fault_;
};

}  // namespace dropline::wire
