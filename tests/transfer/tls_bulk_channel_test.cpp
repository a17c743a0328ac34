#include "net/transfer/tls_bulk_channel.hpp"

#include <asio/io_context.hpp>
#include <asio/local/stream_protocol.hpp>
#include <catch2/catch_test_macros.hpp>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>

#include "net/api/limits.hpp"
#include "net/link/tls_context.hpp"
#include "net/platform/file_descriptor.hpp"
#include "net/trust/identity.hpp"

namespace dropline {
namespace {

using std::chrono::steady_clock;

/// Says something every now and then until the other end is gone, or patience is at its end.
void keep_talking(int socket, steady_clock::time_point until) {
    const std::array<char, 64> words{};
    while (steady_clock::now() < until &&
           ::send(socket, words.data(), words.size(), MSG_NOSIGNAL) > 0) {
        std::this_thread::yield();
    }
}

TEST_CASE("closing ends in time, also when the other side goes on sending") {
    asio::io_context loop;
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    const FileDescriptor other_end(ends[1]);
    Socket socket(loop.get_executor());
    socket.assign(asio::local::stream_protocol(), ends[0]);
    const auto identity = Identity::create();
    const auto context = TlsContext::make(*identity);
    TlsBulkChannel channel(
        TlsStream(Connection{std::move(socket), {}, {}}, TlsEngine::server(*context, std::nullopt)),
        {});
    const auto begin = steady_clock::now();
    const auto patience = limits::graceful_close_max * 3;
    std::jthread talking([&] { keep_talking(other_end.number(), begin + patience); });
    channel.close();
    CHECK(steady_clock::now() - begin < limits::graceful_close_max * 2);
}

}  // namespace
}  // namespace dropline
