#include "net/link/session.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>

#include <utility>

#include "net/api/limits.hpp"
#include "net/link/as_result.hpp"

namespace dropline {

namespace {

Fault closed_by_other_side() {
    return Fault{FaultCode::disconnected, "The other side closed the connection."};
}

}  // namespace

std::shared_ptr<Session> Session::start(FrameStream stream, Context context, wire::Phase phase,
                                        Handlers handlers) {
    std::shared_ptr<Session> session(
        new Session(std::move(stream).release(), std::move(context), phase, std::move(handlers)));
    // Not before the caller has stored the pointer: the first bytes may be here already.
    asio::post(session->context_.executor, [session] { session->run(); });
    return session;
}

Session::Session(FrameStream::Parts parts, Context context, wire::Phase phase, Handlers handlers)
    : stream_(std::move(parts.stream)),
      peer_(stream_.peer()),
      context_(std::move(context)),
      phase_(phase),
      handlers_(std::move(handlers)),
      pings_(limits::pings_burst, limits::pings_per_second, context_.clock.now()),
      queue_signal_(context_.executor, asio::steady_timer::time_point::max()),
      last_heard_(context_.clock.now()),
      last_written_(last_heard_) {
    parser_.push(std::as_bytes(std::span(parts.unread)));
}

void Session::run() {
    if (is_closed_) return;
    asio::co_spawn(context_.executor, read_loop(shared_from_this()), asio::detached);
    asio::co_spawn(context_.executor, write_loop(shared_from_this()), asio::detached);
    watch_silence();
}

// ---- Reading ----------------------------------------------------------------------------------

asio::awaitable<void> Session::read_loop([[maybe_unused]] std::shared_ptr<Session> self) {
    auto dispatched = dispatch_frames();
    while (dispatched && !is_closed_) {
        co_await context_.gate.wait_open();
        auto count = co_await stream_.read_some([this](auto bytes) { parser_.push(bytes); });
        if (is_closed_) co_return;
        // A clean goodbye is answered with one.
        if (count && *count == 0) co_await stream_.send_close();
        if (!count || *count == 0) {
            was_heard_out_ = farewell_ && count;
            finish(count ? closed_by_other_side() : count.fault());
            co_return;
        }
        last_heard_ = context_.clock.now();
        dispatched = dispatch_frames();
    }
    if (!dispatched) finish(dispatched.fault());
}

Result<void> Session::dispatch_frames() {
    while (!is_closed_) {
        // Once somebody has been shown out, what still comes from there no longer counts.
        const bool counts = !farewell_ || is_hearing_out_;
        auto frame = parser_.next(counts ? std::optional(phase_) : std::nullopt);
        if (!frame) return frame.fault();
        if (!*frame) break;
        if (!counts) continue;
        auto dispatched = dispatch(**frame);
        if (!dispatched) return dispatched;
    }
    return {};
}

Result<void> Session::dispatch(const wire::Frame& frame) {
    auto message = wire::decode(frame);
    if (!message) return message.fault();
    if (const auto* ping = std::get_if<wire::Ping>(&*message)) {
        answer(*ping);
        return {};
    }
    if (std::holds_alternative<wire::Pong>(*message)) return {};
    handlers_.on_message(std::move(*message));
    return {};
}

/// Five bytes shall not make us write and keep as many as somebody likes.
void Session::answer(const wire::Ping& ping) {
    if (pings_.take(context_.clock.now())) send(wire::Pong{ping.nonce});
}

// ---- Writing ----------------------------------------------------------------------------------

void Session::send(wire::EncodedFrame frame) {
    thread_.verify();
    if (is_closing()) return;
    queue_.push(std::move(frame));
    if (queue_.bytes() > limits::send_queue_hard_bytes) {
        close(Fault{FaultCode::too_slow, "The other side did not read fast enough."});
        return;
    }
    queue_signal_.cancel();
}

asio::awaitable<void> Session::write_loop([[maybe_unused]] std::shared_ptr<Session> self) {
    // A handful of records at a time keeps memory small and the socket busy.
    constexpr std::size_t batch_bytes = 64 * 1024;
    while (!is_closed_) {
        if (queue_.is_empty()) {
            last_written_ = context_.clock.now();
            if (farewell_) {
                co_await say_goodbye();
                co_return;
            }
            co_await queue_signal_.async_wait(as_result);
            continue;
        }
        const std::string batch = queue_.take(batch_bytes);
        const auto written = co_await stream_.write(std::as_bytes(std::span(batch)));
        if (is_closed_) co_return;
        if (!written) {
            finish(written.fault());
            co_return;
        }
        last_written_ = context_.clock.now();
    }
}

/// The reader goes on until the other side closes or the limit set by close_after_queue is up.
asio::awaitable<void> Session::say_goodbye() { co_await stream_.send_close(); }

// ---- Being alive ------------------------------------------------------------------------------

void Session::watch_silence() {
    // Counted from the last byte heard, not from the last look: a dead link is given up after nine
    // seconds, wherever in between it died.
    next_check_ = last_heard_;
    while (next_check_ <= context_.clock.now()) next_check_ += limits::ping_when_silent_for;
    silence_check_ = context_.clock.call_at(next_check_, [this] { check_silence(); });
}

void Session::check_silence() {
    const TimePoint now = context_.clock.now();
    // We were stopped ourselves (suspended, or held back by our own consumer): the silence is not
    // the other side's. Look again after a full interval.
    constexpr auto late = std::chrono::seconds(2);
    const bool is_held_back = !context_.gate.is_open();
    if (now - next_check_ > late || is_held_back) {
        last_heard_ = now;
        last_written_ = now;
    }
    if (now - last_heard_ >= limits::dead_when_silent_for) {
        close(Fault{FaultCode::timed_out,
                    "Nothing was heard from the other side for " +
                        std::to_string(std::chrono::seconds(limits::dead_when_silent_for).count()) +
                        " seconds."});
        return;
    }
    if (!queue_.is_empty() && now - last_written_ >= limits::send_stalled_max) {
        close(Fault{FaultCode::too_slow, "The other side stopped reading."});
        return;
    }
    // Held back we answer nobody's pings, but we are there.
    if (now - last_heard_ >= limits::ping_when_silent_for || is_held_back) send(wire::Ping{});
    watch_silence();
}

// ---- The end ----------------------------------------------------------------------------------

void Session::close_after_queue(Fault fault) {
    thread_.verify();
    if (is_closing()) return;
    farewell_ = std::move(fault);
    queue_signal_.cancel();
    farewell_limit_ = context_.clock.call_after(limits::graceful_close_max, [this] {
        close(Fault{FaultCode::timed_out, ""});
    });
}

void Session::part_after_queue(Fault fault) {
    thread_.verify();
    if (is_closing()) return;
    is_hearing_out_ = true;
    close_after_queue(std::move(fault));
}

void Session::close(Fault fault) {
    thread_.verify();
    finish(fault);
}

void Session::finish(const Fault& fault) {
    if (is_closed_) return;
    is_closed_ = true;
    stream_.close();
    queue_signal_.cancel();
    silence_check_.reset();
    farewell_limit_.reset();
    asio::post(context_.executor, [self = shared_from_this(), reason = farewell_.value_or(fault)] {
        auto handlers = std::exchange(self->handlers_, {});
        if (handlers.on_closed) handlers.on_closed(reason);
    });
}

}  // namespace dropline
