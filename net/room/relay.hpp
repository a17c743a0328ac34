// Copies bytes between two connections of two members. What passes is their ciphertext.
// Thread: constructed and destroyed on `net`; the copying runs on a `bulk` thread of its own, so
// chat never waits behind it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "net/api/ids.hpp"
#include "net/api/limits.hpp"
#include "net/link/network.hpp"

namespace dropline {

class Relay {
  public:
    /// Null, with both sockets closed, when the system has no descriptor or thread left for it.
    /// `on_end` is posted to `net` when either side has closed, nothing moved for `idle_max`, or
    /// `stop` was called. `window_bytes`: what is held in memory for both directions together.
    static std::unique_ptr<Relay> start(
        asio::any_io_executor net, PeerId a, Socket socket_a, PeerId b, Socket socket_b,
        std::size_t window_bytes, std::function<void()> on_end,
        std::chrono::milliseconds idle_max = limits::relay_idle_max);
    /// Stops and joins the thread.
    ~Relay();
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    void stop();
    bool involves(const PeerId& member) const { return member == a_ || member == b_; }

  private:
    struct Pump;
    Relay(PeerId a, PeerId b, std::unique_ptr<Pump> pump);

    const PeerId a_;
    const PeerId b_;
    std::unique_ptr<Pump> pump_;
};

}  // namespace dropline
