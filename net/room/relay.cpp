#include "net/room/relay.hpp"

#include <asio/post.hpp>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "net/api/limits.hpp"
#include "net/platform/file_descriptor.hpp"
#include "net/platform/thread_name.hpp"

namespace dropline {

namespace {

using std::chrono::steady_clock;

/// One direction: what was read from `from` and not yet written to `to`.
class Lane {
  public:
    Lane(int from, int to, std::size_t bytes) : from_(from), to_(to), buffer_(bytes) {}

    bool wants_read() const { return begin_ == end_ && !is_over_; }
    bool wants_write() const { return begin_ < end_; }
    bool is_over() const { return is_over_ && begin_ == end_; }
    int from() const { return from_; }
    int to() const { return to_; }

    /// True when bytes moved.
    bool read() {
        const ssize_t count = ::read(from_, buffer_.data(), buffer_.size());
        if (count < 0 && is_temporary()) return false;
        if (count <= 0) {
            is_over_ = true;
            return false;
        }
        begin_ = 0;
        end_ = static_cast<std::size_t>(count);
        return true;
    }

    /// True when bytes moved.
    bool write() {
        const ssize_t count = ::send(to_, buffer_.data() + begin_, end_ - begin_, MSG_NOSIGNAL);
        if (count < 0 && is_temporary()) return false;
        if (count < 0) {
            is_over_ = true;
            begin_ = end_;
            return false;
        }
        begin_ += static_cast<std::size_t>(count);
        return true;
    }

  private:
    static bool is_temporary() { return errno == EAGAIN || errno == EINTR; }

    int from_;
    int to_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bool is_over_ = false;
};

}  // namespace

struct Relay::Pump {
    Pump(asio::any_io_executor net_in, Socket a, Socket b, std::size_t window_bytes,
         std::function<void()> on_end_in, std::chrono::milliseconds idle_max_in)
        : idle_max(idle_max_in),
          net(std::move(net_in)),
          lane_bytes(window_bytes / 4),
          socket_a(std::move(a)),
          socket_b(std::move(b)),
          stop_signal(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
          on_end(std::move(on_end_in)) {}

    /// False when the system has no descriptor or thread left: members ask for relays, and must
    /// not be able to end the host with them.
    bool start() {
        if (!stop_signal.is_open()) return false;
        try {
            thread = std::thread([this] { run(); });
        } catch (const std::system_error&) {
            return false;
        }
        return true;
    }

    void run() {
        name_this_thread("bulk");
        Lane there(socket_a.native_handle(), socket_b.native_handle(), lane_bytes);
        Lane back(socket_b.native_handle(), socket_a.native_handle(), lane_bytes);
        while (step(there, back)) {
        }
        asio::post(net, std::move(on_end));
    }

    /// Waits until something can move and moves it; false at the end.
    bool step(Lane& there, Lane& back) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(moved_at + idle_max - steady_clock::now());
        if (left.count() <= 0) return false;
        std::array<pollfd, 3> waits = {wait_for(there, back), wait_for(back, there),
                                       pollfd{stop_signal.number(), POLLIN, 0}};
        const int ready = ::poll(waits.data(), waits.size(), static_cast<int>(left.count()));
        if (ready < 0) return errno == EINTR;
        if (waits[2].revents != 0) return false;
        const bool has_gone = serve(there, back, waits[0].revents);
        const bool has_come = serve(back, there, waits[1].revents);
        if (has_gone || has_come) moved_at = steady_clock::now();
        return !there.is_over() && !back.is_over();
    }

    /// The descriptor that `lane` reads from is the one that `other` writes to. One of which
    /// nothing is wanted is left out: that its other side has gone would be told at once, again and
    /// again.
    static pollfd wait_for(const Lane& lane, const Lane& other) {
        const int events = (lane.wants_read() ? POLLIN : 0) | (other.wants_write() ? POLLOUT : 0);
        return {events == 0 ? -1 : lane.from(), static_cast<short>(events), 0};
    }

    /// True when bytes moved.
    static bool serve(Lane& lane, Lane& other, short events) {
        bool has_moved = false;
        if ((events & (POLLIN | POLLHUP | POLLERR)) != 0 && lane.wants_read()) {
            has_moved = lane.read();
            // Mostly the other side can take it at once: saves a round of polling.
            if (has_moved) lane.write();
        }
        if ((events & (POLLOUT | POLLHUP | POLLERR)) != 0 && other.wants_write()) {
            has_moved = other.write() || has_moved;
        }
        return has_moved;
    }

    const std::chrono::milliseconds idle_max;
    asio::any_io_executor net;
    const std::size_t lane_bytes;  // the rest of the window is the system's
    Socket socket_a;
    Socket socket_b;
    FileDescriptor stop_signal;
    std::function<void()> on_end;
    steady_clock::time_point moved_at = steady_clock::now();
    std::thread thread;
};

std::unique_ptr<Relay> Relay::start(asio::any_io_executor net, PeerId a, Socket socket_a, PeerId b,
                                    Socket socket_b, std::size_t window_bytes,
                                    std::function<void()> on_end,
                                    std::chrono::milliseconds idle_max) {
    auto pump = std::make_unique<Pump>(std::move(net), std::move(socket_a), std::move(socket_b),
                                       window_bytes, std::move(on_end), idle_max);
    if (!pump->start()) return nullptr;
    return std::unique_ptr<Relay>(new Relay(a, b, std::move(pump)));
}

Relay::Relay(PeerId a, PeerId b, std::unique_ptr<Pump> pump)
    : a_(a), b_(b), pump_(std::move(pump)) {}

Relay::~Relay() {
    stop();
    pump_->thread.join();
}

void Relay::stop() {
    const std::uint64_t one = 1;
    // The counter cannot overflow: it is written once or twice.
    [[maybe_unused]] const auto written = ::write(pump_->stop_signal.number(), &one, sizeof one);
}

}  // namespace dropline
