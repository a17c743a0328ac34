// A network that exists in memory only: connected pairs of sockets, addresses of the test's choice.
// Thread: the test's own. Nothing leaves the process; no port is used.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "net/link/network.hpp"
#include "net/platform/file_descriptor.hpp"

namespace dropline::testing {

class MemoryAcceptor;

/// All the machines of a test.
class MemoryWorld {
  public:
    explicit MemoryWorld(asio::any_io_executor executor) : executor_(std::move(executor)) {}

    /// The machine with this IPv4 address.
    std::unique_ptr<Network> machine(const std::string& address);

    /// Asked before every connection: false makes it fail at once, as a firewall would.
    std::function<bool(const asio::ip::address& from, const Endpoint& to)> may_connect;

    /// From now on nothing that is written arrives, and nobody is told. For tests in which no
    /// connection has been closed before.
    void pull_cables();

    /// Ports somebody listens on now.
    std::size_t open_ports() const { return listening_.size(); }

  private:
    friend class MemoryNetwork;
    friend class MemoryAcceptor;

    asio::any_io_executor executor_;
    std::vector<int> descriptors_;  // of every connection made, both ends
    std::vector<FileDescriptor> loose_ends_;
    std::map<Endpoint, MemoryAcceptor*> listening_;
    std::uint16_t last_port_ = 40000;
};

}  // namespace dropline::testing
