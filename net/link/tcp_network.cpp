#include "net/link/tcp_network.hpp"

#include <asio/ip/v6_only.hpp>
#include <netinet/tcp.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "net/api/limits.hpp"
#include "net/link/as_result.hpp"
#include "net/platform/listening_process.hpp"
#include "net/platform/local_addresses.hpp"

namespace dropline {

namespace {

using asio::ip::tcp;

/// Where a system does not know the option, our own pings notice a dead connection all the same.
template <int Name, typename Number>
void set_tcp(tcp::socket& socket, Number value) {
    using Option = asio::detail::socket_option::integer<IPPROTO_TCP, Name>;
    std::error_code ignored;
    socket.set_option(Option(static_cast<int>(value)), ignored);
}

/// Small frames must not wait for acknowledgements: without this a thousand handshakes take 44 s
/// instead of 2.6.
void prepare(tcp::socket& socket) {
    std::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    set_tcp<TCP_USER_TIMEOUT>(socket, std::chrono::milliseconds(limits::tcp_user_timeout).count());
    set_tcp<TCP_KEEPIDLE>(socket, std::chrono::seconds(limits::tcp_keepalive_idle).count());
    set_tcp<TCP_KEEPINTVL>(socket, std::chrono::seconds(limits::tcp_keepalive_interval).count());
    set_tcp<TCP_KEEPCNT>(socket, limits::tcp_keepalive_probes);
}

Connection make_connection(tcp::socket socket, const Endpoint& remote) {
    prepare(socket);
    std::error_code ignored;
    const Endpoint local = socket.local_endpoint(ignored);
    return {Socket(std::move(socket)), Endpoint(plain_address(local.address()), local.port()),
            Endpoint(plain_address(remote.address()), remote.port())};
}

class TcpAcceptor : public Acceptor {
  public:
    explicit TcpAcceptor(tcp::acceptor acceptor) : acceptor_(std::move(acceptor)) {}

    asio::awaitable<Result<Connection>> accept() override {
        tcp::endpoint remote;
        auto [error, socket] = co_await acceptor_.async_accept(remote, as_result);
        if (!acceptor_.is_open() || error == asio::error::operation_aborted) {
            co_return Fault{FaultCode::cancelled, "Listening has ended."};
        }
        // Descriptors or memory ran out, or this one connection broke on its way in: none of it
        // is a reason to stop listening.
        if (error) {
            co_return Fault{FaultCode::slow_down,
                            "A connection could not be taken: " + error.message() + "."};
        }
        co_return make_connection(std::move(socket), remote);
    }

    Endpoint local() const override {
        std::error_code ignored;
        return acceptor_.local_endpoint(ignored);
    }

    void close() override {
        std::error_code ignored;
        acceptor_.close(ignored);
    }

  private:
    tcp::acceptor acceptor_;
};

/// What to write instead of an address that this machine does not have.
std::string choose_another_address() {
    std::string ours;
    for (const std::string& address : reachable_local_addresses()) {
        ours += (ours.empty() ? "" : ", ") + address;
    }
    const std::string choice = ours.empty() ? "" : "choose one of these: " + ours + "; or ";
    return " To listen, " + choice + "name none, for all addresses.";
}

Fault listen_fault(const std::error_code& error, const std::string& where, std::uint16_t port) {
    const std::string number = std::to_string(port);
    if (error == asio::error::address_in_use) {
        const auto holder = listening_process(port);
        return Fault{
            FaultCode::port_taken,
            "Port " + number + " is taken" + (holder ? " by " + *holder : "") +
                ". Close that program, or choose another port (0 lets the system choose)."};
    }
    if (error == asio::error::access_denied) {
        return Fault{FaultCode::cannot_listen, "Port " + number +
                                                   " is reserved for the system. Choose a port "
                                                   "from 1024 to 65535."};
    }
    // By its number: this category of errors knows no conditions.
    if (error.value() == EADDRNOTAVAIL) {
        return Fault{FaultCode::cannot_listen,
                     where + " is no address of this machine." + choose_another_address()};
    }
    return Fault{FaultCode::cannot_listen,
                 "Cannot listen on " + where + " port " + number + ": " + error.message() + "."};
}

class TcpNetwork : public Network {
  public:
    TcpNetwork(asio::any_io_executor executor, NameLookUp look_up)
        : executor_(std::move(executor)), look_up_(std::move(look_up)) {}

    asio::awaitable<Result<std::vector<Endpoint>>> resolve(std::string host,
                                                           std::uint16_t port) override {
        std::error_code is_no_number;
        const auto number = asio::ip::make_address(host, is_no_number);
        std::vector<asio::ip::address> found;
        if (is_no_number) {
            found = co_await look_up_name(executor_, host, look_up_);
        } else {
            found.push_back(number);
        }
        std::vector<Endpoint> endpoints;
        for (const asio::ip::address& address : found) {
            const Endpoint endpoint(plain_address(address), port);
            const bool is_new =
                std::find(endpoints.begin(), endpoints.end(), endpoint) == endpoints.end();
            if (is_new) endpoints.push_back(endpoint);
        }
        if (endpoints.empty()) {
            co_return Fault{FaultCode::cannot_resolve,
                            "No address is known for '" + host +
                                "'. Check the spelling, or type the host's IP address."};
        }
        co_return endpoints;
    }

    asio::awaitable<Result<Connection>> connect(Clock& clock, Endpoint to) override {
        tcp::socket socket(executor_);
        const auto limit = clock.call_after(limits::dial_timeout, [&socket] {
            std::error_code ignored;
            socket.close(ignored);
        });
        const auto [error] = co_await socket.async_connect(to, as_result);
        if (error) {
            const std::string why =
                error == asio::error::operation_aborted ? "no reply in time" : error.message();
            co_return Fault{FaultCode::cannot_connect,
                            endpoint_text(to) + " does not answer (" + why + ")."};
        }
        co_return make_connection(std::move(socket), to);
    }

    Result<std::vector<std::unique_ptr<Acceptor>>> listen(const std::string& bind_address,
                                                          std::uint16_t port) override {
        if (bind_address.empty()) return listen_everywhere(port);
        std::error_code error;
        const auto address = asio::ip::make_address(bind_address, error);
        if (error) {
            return Fault{FaultCode::bad_request,
                         "'" + bind_address + "' is no IP address." + choose_another_address()};
        }
        auto acceptor = open(Endpoint(address, port), error);
        if (error) return listen_fault(error, bind_address, port);
        std::vector<std::unique_ptr<Acceptor>> acceptors;
        acceptors.push_back(std::move(acceptor));
        return acceptors;
    }

    std::vector<asio::ip::address> local_addresses() override {
        std::vector<asio::ip::address> addresses;
        for (const auto& text : reachable_local_addresses()) {
            std::error_code error;
            const auto address = asio::ip::make_address(text, error);
            if (!error) addresses.push_back(address);
        }
        return addresses;
    }

  private:
    /// IPv4 first: its port, when the system chooses it, is then asked for on IPv6 too. A machine
    /// without IPv6 is served on IPv4 alone.
    Result<std::vector<std::unique_ptr<Acceptor>>> listen_everywhere(std::uint16_t port) {
        std::error_code error;
        std::vector<std::unique_ptr<Acceptor>> acceptors;
        auto v4 = open(Endpoint(tcp::v4(), port), error);
        if (error) return listen_fault(error, "every interface", port);
        const std::uint16_t chosen = v4->local().port();
        acceptors.push_back(std::move(v4));
        auto v6 = open(Endpoint(tcp::v6(), chosen), error);
        if (error == asio::error::address_in_use) {
            return listen_fault(error, "every interface (IPv6)", chosen);
        }
        if (!error) acceptors.push_back(std::move(v6));
        return acceptors;
    }

    std::unique_ptr<Acceptor> open(const Endpoint& endpoint, std::error_code& error) {
        tcp::acceptor acceptor(executor_);
        acceptor.open(endpoint.protocol(), error);
        if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
        if (!error && endpoint.protocol() == tcp::v6()) {
            acceptor.set_option(asio::ip::v6_only(true), error);
        }
        if (!error) acceptor.bind(endpoint, error);
        if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
        return std::make_unique<TcpAcceptor>(std::move(acceptor));
    }

    asio::any_io_executor executor_;
    NameLookUp look_up_;
};

}  // namespace

std::unique_ptr<Network> make_tcp_network(asio::any_io_executor executor, NameLookUp look_up) {
    return std::make_unique<TcpNetwork>(std::move(executor), std::move(look_up));
}

}  // namespace dropline
