// Frames over a bulk connection, and whether the other side can still be told something.
// Thread: bulk. Shared by sender and receiver; decides nothing about files.
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "net/api/fault.hpp"
#include "net/transfer/bulk_channel.hpp"
#include "net/transfer/data_frame.hpp"

namespace dropline {

class FrameChannel {
  public:
    FrameChannel(BulkChannel& channel, DataPhase phase) : channel_(channel), parser_(phase) {}

    /// What may be received from the next frame on.
    void enter(DataPhase phase) { parser_.enter(phase); }

    /// `header.payload_bytes` is filled in from `payload`. When the connection breaks because the
    /// other side had stopped and left, its reason is the fault.
    Result<void> send(DataHeader header, std::span<const std::byte> payload = {});
    /// Whole frames as `encode_data_header` and their payloads make them.
    Result<void> send_encoded(std::span<const std::byte> frames);
    Result<void> flush();

    /// Waits for the next frame. A `stop`, the end of the connection, and silence for
    /// limits::transfer_stalled_max are faults.
    /// `on_silence` (may be empty) is called about once in limits::transfer_sign_of_life_every
    /// without a byte.
    Result<DataFrame> next(const std::function<Result<void>()>& on_silence = {});
    /// The next frame if it is already here. As above.
    Result<std::optional<DataFrame>> next_if_here();

    /// Tells the other side why this one stops, if it still listens, and lets it leave first so
    /// that the reason is not lost with the connection. Returns `why`.
    Fault give_up(Fault why);

  private:
    Result<std::optional<DataFrame>> took(std::size_t bytes);
    Fault lost(const Fault& why);
    Fault reason_behind(const Fault& why);
    void wait_until_left();

    BulkChannel& channel_;
    DataFrameParser parser_;
    bool can_tell_ = true;   // nothing says that the other side is gone
    bool can_parse_ = true;  // it has kept to the protocol
};

}  // namespace dropline
