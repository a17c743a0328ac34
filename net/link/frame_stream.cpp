#include "net/link/frame_stream.hpp"

#include <utility>

#include "net/api/limits.hpp"

namespace dropline {

asio::awaitable<Result<wire::Message>> FrameStream::receive(wire::Phase phase) {
    for (;;) {
        auto frame = parser_.next(phase);
        if (!frame) co_return frame.fault();
        if (*frame) co_return wire::decode(**frame);
        auto count = co_await stream_.read_some([this](auto bytes) { parser_.push(bytes); });
        if (!count) co_return count.fault();
        if (*count == 0) {
            co_return Fault{FaultCode::disconnected, "The other side closed the connection."};
        }
    }
}

asio::awaitable<Result<void>> FrameStream::send(const wire::Message& message) {
    const wire::EncodedFrame frame = wire::encode(message);
    co_return co_await stream_.write(std::as_bytes(std::span(*frame)));
}

asio::awaitable<void> FrameStream::refuse(Clock& clock, const wire::Refused& refusal) {
    const StreamDeadline deadline(clock, limits::graceful_close_max, stream_);
    const wire::Message message = refusal;
    const auto sent = co_await send(message);
    if (!sent) co_return;
    co_await stream_.send_close();
    std::size_t ignored_bytes = 0;
    while (ignored_bytes <= limits::frame_bytes_max) {
        const auto count = co_await stream_.read_some([](auto) {});
        if (!count || *count == 0) co_return;
        ignored_bytes += *count;
    }
}

}  // namespace dropline
