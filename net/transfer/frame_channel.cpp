#include "net/transfer/frame_channel.hpp"

#include <chrono>
#include <cstdint>

#include "net/api/limits.hpp"

namespace dropline {

namespace {

Fault ended_early() {
    return {FaultCode::disconnected, "The connection ended before the transfer was complete."};
}

}  // namespace

Result<void> FrameChannel::send(DataHeader header, std::span<const std::byte> payload) {
    return send_encoded(encode_frame(header, payload));
}

Result<void> FrameChannel::send_encoded(std::span<const std::byte> frames) {
    auto written = channel_.write(frames);
    if (!written) return reason_behind(written.fault());
    return written;
}

Result<void> FrameChannel::flush() {
    auto flushed = channel_.flush();
    if (!flushed) return reason_behind(flushed.fault());
    return flushed;
}

Result<DataFrame> FrameChannel::next(const std::function<Result<void>()>& on_silence) {
    using std::chrono::steady_clock;
    auto heard_at = steady_clock::now();
    while (true) {
        const auto read = channel_.read_some(parser_.space(), limits::transfer_sign_of_life_every);
        if (!read) return lost(read.fault());
        if (read->is_end) return lost(ended_early());
        if (read->bytes == 0) {
            if (auto said = on_silence ? on_silence() : Result<void>(); !said) return said.fault();
            if (steady_clock::now() - heard_at < limits::transfer_stalled_max) continue;
            return lost(Fault{FaultCode::timed_out, "The other side gives no sign of life."});
        }
        heard_at = steady_clock::now();
        auto frame = took(read->bytes);
        if (!frame) return frame.fault();
        if (*frame) return **frame;
    }
}

Result<std::optional<DataFrame>> FrameChannel::next_if_here() {
    while (true) {
        const auto bytes = channel_.try_read(parser_.space());
        if (!bytes) return lost(bytes.fault());
        if (*bytes == 0) return std::optional<DataFrame>{};
        auto frame = took(*bytes);
        if (!frame || *frame) return frame;
    }
}

Result<std::optional<DataFrame>> FrameChannel::took(std::size_t bytes) {
    auto frame = parser_.took(bytes);
    if (!frame) can_parse_ = false;
    if (!frame || !*frame || (*frame)->header.kind != DataKind::stop) return frame;
    return lost(decode_stop((*frame)->payload));
}

Fault FrameChannel::lost(const Fault& why) {
    can_tell_ = false;
    return why;
}

/// A receiver that stops says so and leaves while we still write: what it said came first.
Fault FrameChannel::reason_behind(const Fault& why) {
    can_tell_ = false;
    if (why.code == FaultCode::cancelled) return why;
    parser_.enter(DataPhase::leaving);
    while (true) {
        const auto bytes = channel_.try_read(parser_.space());
        if (!bytes || *bytes == 0) return why;
        const auto frame = parser_.took(*bytes);
        if (!frame) return why;
        if (*frame && (*frame)->header.kind == DataKind::stop)
            return decode_stop((*frame)->payload);
    }
}

Fault FrameChannel::give_up(Fault why) {
    if (!can_tell_) return why;
    const auto payload = encode_stop(why);
    const bool is_told = send({.kind = DataKind::stop}, payload) && flush();
    if (is_told && can_parse_) wait_until_left();
    return why;
}

/// Closing with unread bytes would destroy what is still on its way to the other side.
void FrameChannel::wait_until_left() {
    using std::chrono::steady_clock;
    const auto until = steady_clock::now() + limits::graceful_close_max;
    parser_.enter(DataPhase::leaving);
    while (steady_clock::now() < until && next()) {
    }
}

}  // namespace dropline
