// A connection during its first words: one message asked, one answered, in a coroutine.
// Thread: net. For what happens before a session: admission, peer and relay greetings. Whoever
// uses it limits the time, by a deadline that closes the stream. Give its coroutines named
// variables: GCC 12 destroys braced temporaries inside a co_await twice.
#pragma once

#include <asio/awaitable.hpp>

#include <memory>
#include <string>

#include "net/api/fault.hpp"
#include "net/link/clock.hpp"
#include "net/link/stranger_limit.hpp"
#include "net/link/tls_stream.hpp"
#include "net/wire/codec.hpp"
#include "net/wire/phase.hpp"

namespace dropline {

class FrameStream {
  public:
    explicit FrameStream(TlsStream stream) : stream_(std::move(stream)) {}

    /// The next message, which `phase` must allow. Faults: protocol_error, disconnected.
    asio::awaitable<Result<wire::Message>> receive(wire::Phase phase);
    asio::awaitable<Result<void>> send(const wire::Message& message);

    /// Says why not, closes cleanly, and waits until the other side has closed too, so that the
    /// words arrive (F7): at most `limits::graceful_close_max` and a frame's worth of bytes (D3).
    asio::awaitable<void> refuse(Clock& clock, const wire::Refused& refusal);

    TlsStream& stream() { return stream_; }
    const PeerId& peer() const { return stream_.peer(); }

    /// The stream, and what was decrypted of it but not yet taken as messages.
    struct Parts {
        TlsStream stream;
        std::string unread;
    };
    Parts release() && { return {std::move(stream_), parser_.take_rest()}; }

  private:
    TlsStream stream_;
    wire::FrameParser parser_;
};

/// Closes a stream when time is up; destroying it in time calls that off.
class StreamDeadline {
  public:
    StreamDeadline(Clock& clock, Duration after, TlsStream& stream)
        : call_(clock.call_after(after, [this, &stream] {
              has_passed_ = true;
              stream.close();
          })) {}
    StreamDeadline(const StreamDeadline&) = delete;
    StreamDeadline& operator=(const StreamDeadline&) = delete;

    bool has_passed() const { return has_passed_; }

  private:
    bool has_passed_ = false;
    ScheduledCallPtr call_;
};

/// Closes a stream when its place among the strangers is needed for somebody else.
class GivesWay {
  public:
    /// The stream must stay where it is for as long as this lives.
    GivesWay(const StrangerPlace& place, TlsStream& stream) : place_(place) {
        place->on_give_way([&stream] { stream.close(); });
    }
    ~GivesWay() {
        if (const auto place = place_.lock()) place->on_give_way({});
    }
    GivesWay(const GivesWay&) = delete;
    GivesWay& operator=(const GivesWay&) = delete;

  private:
    std::weak_ptr<StrangerSeat> place_;
};

}  // namespace dropline
