#include "tests/pair/memory_network.hpp"

#include <asio/experimental/as_tuple.hpp>
#include <asio/local/connect_pair.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/use_awaitable.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace dropline::testing {

class MemoryAcceptor : public Acceptor {
  public:
    MemoryAcceptor(MemoryWorld& world, Endpoint local)
        : world_(world),
          local_(std::move(local)),
          arrived_(world.executor_, asio::steady_timer::time_point::max()) {
        world_.listening_[local_] = this;
    }
    ~MemoryAcceptor() override { close(); }

    asio::awaitable<Result<Connection>> accept() override {
        while (waiting_.empty() && !is_closed_) {
            co_await arrived_.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
        }
        if (is_closed_) co_return Fault{FaultCode::disconnected, "closed"};
        Connection next = std::move(waiting_.front());
        waiting_.pop_front();
        co_return Result<Connection>(std::move(next));
    }

    Endpoint local() const override { return local_; }

    void close() override {
        if (std::exchange(is_closed_, true)) return;
        world_.listening_.erase(local_);
        arrived_.cancel();
    }

    void push(Connection connection) {
        waiting_.push_back(std::move(connection));
        arrived_.cancel();
    }

  private:
    MemoryWorld& world_;
    Endpoint local_;
    asio::steady_timer arrived_;
    std::deque<Connection> waiting_;
    bool is_closed_ = false;
};

class MemoryNetwork : public Network {
  public:
    MemoryNetwork(MemoryWorld& world, asio::ip::address address)
        : world_(world), address_(std::move(address)) {}

    asio::awaitable<Result<std::vector<Endpoint>>> resolve(std::string host,
                                                           std::uint16_t port) override {
        std::error_code error;
        const auto address = asio::ip::make_address(host, error);
        if (error) co_return Fault{FaultCode::cannot_resolve, "No address is known for " + host};
        co_return std::vector<Endpoint>{Endpoint(address, port)};
    }

    asio::awaitable<Result<Connection>> connect(Clock&, Endpoint to) override {
        const auto listener = world_.listening_.find(to);
        const bool may = !world_.may_connect || world_.may_connect(address_, to);
        if (listener == world_.listening_.end() || !may) {
            co_return Fault{FaultCode::cannot_connect, endpoint_text(to) + " does not answer."};
        }
        asio::local::stream_protocol::socket here(world_.executor_);
        asio::local::stream_protocol::socket there(world_.executor_);
        asio::local::connect_pair(here, there);
        world_.descriptors_.push_back(here.native_handle());
        world_.descriptors_.push_back(there.native_handle());
        const Endpoint from(address_, ++world_.last_port_);
        listener->second->push(Connection{Socket(std::move(there)), to, from});
        co_return Connection{Socket(std::move(here)), from, to};
    }

    Result<std::vector<std::unique_ptr<Acceptor>>> listen(const std::string&,
                                                          std::uint16_t port) override {
        const Endpoint local(address_, port == 0 ? ++world_.last_port_ : port);
        if (world_.listening_.contains(local)) {
            return Fault{FaultCode::port_taken, "Port " + std::to_string(port) + " is taken."};
        }
        std::vector<std::unique_ptr<Acceptor>> acceptors;
        acceptors.push_back(std::make_unique<MemoryAcceptor>(world_, local));
        return acceptors;
    }

    std::vector<asio::ip::address> local_addresses() override { return {address_}; }

  private:
    MemoryWorld& world_;
    asio::ip::address address_;
};

/// Each end is exchanged for one that leads nowhere; the old one stays open, so nobody sees an end.
void MemoryWorld::pull_cables() {
    for (const int descriptor : descriptors_) {
        std::array<int, 2> nowhere{};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, nowhere.data()) != 0) continue;
        loose_ends_.emplace_back(::dup(descriptor));
        loose_ends_.emplace_back(nowhere[1]);
        ::dup2(nowhere[0], descriptor);
        ::close(nowhere[0]);
    }
    descriptors_.clear();
    may_connect = [](const auto&, const auto&) { return false; };
}

std::unique_ptr<Network> MemoryWorld::machine(const std::string& address) {
    return std::make_unique<MemoryNetwork>(*this, asio::ip::make_address(address));
}

}  // namespace dropline::testing
