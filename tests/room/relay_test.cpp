// How much a relay holds of what its other side does not take, and when it ends: over pairs of
// sockets, on a thread of its own as always.
#include "net/room/relay.hpp"

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <catch2/catch_test_macros.hpp>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "net/platform/file_descriptor.hpp"
#include "tests/transfer/no_descriptors.hpp"

namespace dropline {
namespace {

using std::chrono::milliseconds;
using tests::NoDescriptors;

PeerId relayed_peer(char letter) {
    return *PeerId::from_bytes(std::string(PeerId::size_bytes, letter));
}

struct Relayed {
    asio::io_context loop;
    FileDescriptor ann;
    FileDescriptor bob;
    bool is_over = false;
    std::unique_ptr<Relay> relay;

    /// The relay's end of a new pair; the other one goes to `member`.
    Socket host_end(FileDescriptor& member) {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
        member = FileDescriptor(ends[0]);
        return Socket(loop, asio::generic::stream_protocol(AF_UNIX, 0), ends[1]);
    }
    void begin(milliseconds idle_max) { begin(host_end(ann), host_end(bob), idle_max); }
    void begin(Socket to_ann, Socket to_bob, milliseconds idle_max) {
        relay = Relay::start(
            loop.get_executor(), relayed_peer('a'), std::move(to_ann), relayed_peer('b'),
            std::move(to_bob), limits::relay_window_bytes, [this] { is_over = true; }, idle_max);
    }
    void await_end() {
        const auto work = asio::make_work_guard(loop);
        while (!is_over) REQUIRE(loop.run_one_for(std::chrono::seconds(20)) == 1);
    }
    static bool is_ready(const FileDescriptor& member, short events, int within_ms) {
        pollfd wait{member.number(), events, 0};
        return ::poll(&wait, 1, within_ms) == 1;
    }
    /// Until nobody takes any more for a while.
    std::size_t push_all(const FileDescriptor& member) const {
        const std::string block(64 * 1024, 'x');
        std::size_t pushed = 0;
        while (is_ready(member, POLLOUT, 300)) {
            const ssize_t count = ::send(member.number(), block.data(), block.size(), MSG_NOSIGNAL);
            if (count > 0) pushed += static_cast<std::size_t>(count);
        }
        return pushed;
    }
    std::size_t take_all(const FileDescriptor& member, std::size_t expected) const {
        std::string block(64 * 1024, '\0');
        std::size_t taken = 0;
        while (taken < expected && is_ready(member, POLLIN, 20'000)) {
            const ssize_t count = ::read(member.number(), block.data(), block.size());
            if (count <= 0) break;
            taken += static_cast<std::size_t>(count);
        }
        return taken;
    }
};

TEST_CASE_METHOD(Relayed,
                 "a relay takes no more than its window of what nobody reads, and loses nothing") {
    begin(limits::relay_idle_max);
    // What the kernel holds of a pair by itself: two of those stand in a row.
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
    const FileDescriptor full(ends[0]);
    const FileDescriptor unread(ends[1]);
    const std::size_t kernel = push_all(full);
    const std::size_t pushed = push_all(ann);
    CHECK(pushed > kernel);
    CHECK(pushed <= 2 * kernel + limits::relay_window_bytes);
    CHECK(take_all(bob, pushed) == pushed);
}

TEST_CASE_METHOD(Relayed, "a relay through which nothing goes ends by itself") {
    begin(milliseconds(50));
    await_end();
    relay.reset();
    char byte = 0;
    CHECK(::read(ann.number(), &byte, 1) == 0);
    CHECK(::read(bob.number(), &byte, 1) == 0);
}

TEST_CASE_METHOD(Relayed, "a relay to somebody who has just gone ends, and only the relay") {
    // Bytes are there and their taker is not: the first look at both sides writes to nobody.
    Socket to_ann = host_end(ann);
    Socket to_bob = host_end(bob);
    REQUIRE(::send(ann.number(), "x", 1, MSG_NOSIGNAL) == 1);
    bob = FileDescriptor();
    begin(std::move(to_ann), std::move(to_bob), limits::relay_idle_max);
    await_end();
}

/// Bob reads nothing and has no room for more; a byte of Ann's is there, and she is gone.
struct GoneBeforeItWasTaken : Relayed {
    Socket to_ann = host_end(ann);
    Socket to_bob = host_end(bob);
    std::size_t for_bob = 0;

    GoneBeforeItWasTaken() {
        const std::string block(64 * 1024, 'x');
        ssize_t count = 0;
        while ((count = ::send(to_bob.native_handle(), block.data(), block.size(), MSG_NOSIGNAL)) >
               0) {
            for_bob += static_cast<std::size_t>(count);
        }
        REQUIRE(::send(ann.number(), "x", 1, MSG_NOSIGNAL) == 1);
        ++for_bob;
        ann = FileDescriptor();
    }
};

// ---- When the system has no more to give --------------------------------------------------------

/// While it lives, new threads want a stack of 128 TiB, which no process has room for.
class NoThreads {
  public:
    NoThreads() {
        ::pthread_getattr_default_np(&before_);
        pthread_attr_t far_too_much{};
        ::pthread_getattr_default_np(&far_too_much);
        REQUIRE(::pthread_attr_setstacksize(&far_too_much, std::size_t{1} << 47U) == 0);
        REQUIRE(::pthread_setattr_default_np(&far_too_much) == 0);
        ::pthread_attr_destroy(&far_too_much);
    }
    ~NoThreads() {
        ::pthread_setattr_default_np(&before_);
        ::pthread_attr_destroy(&before_);
    }
    NoThreads(const NoThreads&) = delete;
    NoThreads& operator=(const NoThreads&) = delete;

  private:
    pthread_attr_t before_{};
};

struct Refused : Relayed {
    Socket to_ann = host_end(ann);
    Socket to_bob = host_end(bob);

    void check_is_refused() {
        CHECK(relay == nullptr);
        char byte = 0;
        CHECK(::read(ann.number(), &byte, 1) == 0);
        CHECK(::read(bob.number(), &byte, 1) == 0);
        loop.poll();
        CHECK_FALSE(is_over);  // nothing ends that never began
    }
};

TEST_CASE_METHOD(Refused, "E10 a relay for which there is no descriptor left closes both sides") {
    {
        const NoDescriptors none;
        begin(std::move(to_ann), std::move(to_bob), limits::relay_idle_max);
    }
    check_is_refused();
}

TEST_CASE_METHOD(Refused, "E10 a relay for which there is no thread left closes both sides") {
    {
        const NoThreads none;
        begin(std::move(to_ann), std::move(to_bob), limits::relay_idle_max);
    }
    check_is_refused();
}

TEST_CASE_METHOD(GoneBeforeItWasTaken,
                 "E10 a relay from somebody who is gone to somebody who reads nothing ends") {
    begin(std::move(to_ann), std::move(to_bob), milliseconds(50));
    await_end();
}

TEST_CASE_METHOD(GoneBeforeItWasTaken, "what somebody said before leaving is still handed over") {
    begin(std::move(to_ann), std::move(to_bob), limits::relay_idle_max);
    CHECK(take_all(bob, for_bob) == for_bob);
    await_end();
}

}  // namespace
}  // namespace dropline
