// What the kernel is told about every connection, on either side of it.
#include "net/link/tcp_network.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <catch2/catch_test_macros.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/api/limits.hpp"
#include "net/link/task_scope.hpp"

namespace dropline {
namespace {

int option(Connection& connection, int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    REQUIRE(::getsockopt(connection.socket.native_handle(), level, name, &value, &size) == 0);
    return value;
}

void check(Connection& connection) {
    using std::chrono::milliseconds;
    using std::chrono::seconds;
    CHECK(option(connection, IPPROTO_TCP, TCP_NODELAY) != 0);
    CHECK(option(connection, SOL_SOCKET, SO_KEEPALIVE) != 0);
    CHECK(milliseconds(option(connection, IPPROTO_TCP, TCP_USER_TIMEOUT)) ==
          limits::tcp_user_timeout);
    CHECK(seconds(option(connection, IPPROTO_TCP, TCP_KEEPIDLE)) == limits::tcp_keepalive_idle);
    CHECK(seconds(option(connection, IPPROTO_TCP, TCP_KEEPINTVL)) ==
          limits::tcp_keepalive_interval);
    CHECK(option(connection, IPPROTO_TCP, TCP_KEEPCNT) == limits::tcp_keepalive_probes);
}

asio::awaitable<void> keep(asio::awaitable<Result<Connection>> making,
                           std::optional<Connection>& into) {
    auto made = co_await std::move(making);
    if (made) into.emplace(std::move(*made));
}

TEST_CASE("F4 the kernel gives up a dead connection, whoever made it, within the times laid down") {
    asio::io_context loop;
    const auto clock = make_system_clock(loop.get_executor());
    const auto network = make_tcp_network(loop.get_executor());
    auto listening = network->listen("127.0.0.1", 0);
    REQUIRE(listening);
    std::optional<Connection> dialled;
    std::optional<Connection> accepted;
    asio::co_spawn(loop, keep(listening->front()->accept(), accepted), asio::detached);
    asio::co_spawn(loop, keep(network->connect(*clock, listening->front()->local()), dialled),
                   asio::detached);
    while (!dialled || !accepted) REQUIRE(loop.run_one_for(std::chrono::seconds(20)) == 1);
    check(*dialled);
    check(*accepted);
}

// ---- Names --------------------------------------------------------------------------------------

/// A system whose name server says nothing until it is let go.
struct DeadNameServer {
    std::promise<void> answers;
    std::shared_future<void> answered = answers.get_future().share();
    std::promise<void> asked;
    std::promise<void> over;

    /// The thread that asks may be the last to let go of it.
    static NameLookUp look_up(std::shared_ptr<DeadNameServer> server) {
        return [server](const std::string&) {
            server->asked.set_value();
            server->answered.wait();
            server->over.set_value();
            return std::vector{asio::ip::make_address("127.0.0.1")};
        };
    }
};

using Resolved = std::optional<Result<std::vector<Endpoint>>>;

asio::awaitable<void> resolve(Network& network, std::string host, Resolved& into) {
    into.emplace(co_await network.resolve(std::move(host), 7788));
}

TEST_CASE("a name that is being looked up holds nobody up who does not want it any more") {
    const auto server = std::make_shared<DeadNameServer>();
    {
        asio::io_context loop;
        const auto network = make_tcp_network(loop.get_executor(), DeadNameServer::look_up(server));
        TaskScope tasks(loop.get_executor());
        Resolved resolved;
        tasks.spawn(resolve(*network, "lab.example", resolved));
        loop.poll();
        server->asked.get_future().wait();
        tasks.cancel();
        loop.run();  // ends: nothing is waited for
        CHECK(tasks.is_idle());
        REQUIRE(resolved);
        CHECK_FALSE(*resolved);
    }
    // The loop is gone when the answer comes.
    server->answers.set_value();
    server->over.get_future().wait();
}

TEST_CASE("a name is answered with its addresses, each once, in their order") {
    asio::io_context loop;
    std::string asked;
    const auto network = make_tcp_network(loop.get_executor(), [&asked](const std::string& host) {
        asked = host;
        return std::vector{asio::ip::make_address("::ffff:10.0.0.1"),
                           asio::ip::make_address("10.0.0.1"), asio::ip::make_address("fe80::1")};
    });
    Resolved resolved;
    asio::co_spawn(loop, resolve(*network, "lab.example", resolved), asio::detached);
    loop.run();
    REQUIRE(resolved);
    REQUIRE(*resolved);
    CHECK(asked == "lab.example");
    CHECK(**resolved ==
          std::vector{*parse_endpoint("10.0.0.1:7788"), *parse_endpoint("[fe80::1]:7788")});
}

TEST_CASE("an address is no name: nobody is asked for it") {
    asio::io_context loop;
    bool is_asked = false;
    const auto network = make_tcp_network(loop.get_executor(), [&is_asked](const std::string&) {
        is_asked = true;
        return std::vector<asio::ip::address>{};
    });
    Resolved resolved;
    asio::co_spawn(loop, resolve(*network, "10.0.0.1", resolved), asio::detached);
    loop.run();
    REQUIRE(resolved);
    REQUIRE(*resolved);
    CHECK(**resolved == std::vector{*parse_endpoint("10.0.0.1:7788")});
    CHECK_FALSE(is_asked);
}

TEST_CASE("the system knows where this machine itself is") {
    CHECK_FALSE(addresses_of("localhost").empty());
}

}  // namespace
}  // namespace dropline
