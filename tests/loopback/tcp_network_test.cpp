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
#include <optional>
#include <utility>

#include "net/api/limits.hpp"

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

}  // namespace
}  // namespace dropline
