// One control connection in conversation: frames in, frames out, alive or dead.
// Thread: net. One reader and one writer coroutine; the phase table stands before every handler;
// pings are asked and answered here. It knows kinds and phases, not what messages mean.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/api/fault.hpp"
#include "net/link/clock.hpp"
#include "net/link/flow_gate.hpp"
#include "net/link/frame_stream.hpp"
#include "net/link/rate_limit.hpp"
#include "net/link/send_queue.hpp"
#include "net/wire/codec.hpp"
#include "net/wire/phase.hpp"

namespace dropline {

class Session : public std::enable_shared_from_this<Session> {
  public:
    struct Handlers {
        /// A message that the phase allows. It may close the session.
        std::function<void(wire::Message)> on_message;
        /// Exactly once, last of all, from the event loop; the fault says why it is over.
        std::function<void(const Fault&)> on_closed;
    };

    /// What all sessions of a node share; it outlives them.
    struct Context {
        asio::any_io_executor executor;
        Clock& clock;
        FlowGate& gate;  // holds reading back while the consumer of events is behind
    };

    static std::shared_ptr<Session> start(FrameStream stream, Context context, wire::Phase phase,
                                          Handlers handlers);

    void send(const wire::Message& message) { send(wire::encode(message)); }
    /// A member that lets more than the hard limit pile up is dropped here.
    void send(wire::EncodedFrame frame);
    std::size_t queued_bytes() const { return queue_.bytes(); }

    /// The one change of phase a conversation knows, e.g. from roster to room.
    void enter(wire::Phase phase) { phase_ = phase; }

    /// Writes what is queued and closes; the other side gets a moment to close first so that the
    /// last words arrive (F7). `fault` is what `on_closed` gets.
    void close_after_queue(Fault fault);
    /// As above, but what the other side says before it closes too still counts: for a connection
    /// that ends only because nobody needs it now.
    void part_after_queue(Fault fault);
    /// At once.
    void close(Fault fault);
    /// The other side has closed first, after our farewell: it has heard our last words.
    bool was_heard_out() const { return was_heard_out_; }
    bool is_closing() const { return is_closed_ || farewell_.has_value(); }

    const PeerId& peer() const { return peer_; }
    const Endpoint& remote() const { return stream_.remote(); }
    const Endpoint& local() const { return stream_.local(); }

  private:
    Session(FrameStream::Parts parts, Context context, wire::Phase phase, Handlers handlers);
    void run();
    asio::awaitable<void> read_loop(std::shared_ptr<Session> self);
    asio::awaitable<void> write_loop(std::shared_ptr<Session> self);
    asio::awaitable<void> say_goodbye();
    Result<void> dispatch_frames();
    Result<void> dispatch(const wire::Frame& frame);
    void answer(const wire::Ping& ping);
    void watch_silence();
    void check_silence();
    void finish(const Fault& fault);

    ThreadCheck thread_;
    TlsStream stream_;
    PeerId peer_;
    Context context_;
    wire::Phase phase_;
    Handlers handlers_;
    wire::FrameParser parser_;
    RateLimit pings_;  // that we answer
    SendQueue queue_;
    asio::steady_timer queue_signal_;  // never expires; cancelled to wake the writer
    TimePoint last_heard_;
    TimePoint last_written_;
    TimePoint next_check_;
    ScheduledCallPtr silence_check_;
    ScheduledCallPtr farewell_limit_;
    std::optional<Fault> farewell_;  // set: closing after the queue
    bool is_hearing_out_ = false;    // what comes after our farewell still counts
    bool was_heard_out_ = false;
    bool is_closed_ = false;
};

}  // namespace dropline
