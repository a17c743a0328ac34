#include <catch2/catch_test_macros.hpp>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>

#include "net/api/node.hpp"
#include "tests/pair/scratch_folder.hpp"

namespace dropline::testing {
namespace {

namespace fs = std::filesystem;

/// A node over real sockets, and a consumer that waits for its events.
class RunningNode {
  public:
    explicit RunningNode(const std::string& name) {
        NodeOptions options;
        options.profile = folder_.path() / "profile";
        options.receive_folder = folder_.path();
        options.name = name;
        auto started = Node::start(std::move(options), [this] {
            const std::scoped_lock lock(mutex_);
            is_woken_ = true;
            woken_.notify_one();
        });
        REQUIRE(started);
        node_ = std::move(*started);
    }

    void submit(CommandBody body) { node_->submit({std::move(body), {}}); }

    template <typename Wanted>
    Wanted await() {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        for (;;) {
            Event event;
            while (node_->poll(event)) {
                if (auto* wanted = std::get_if<Wanted>(&event.body)) return std::move(*wanted);
            }
            std::unique_lock lock(mutex_);
            if (!woken_.wait_until(lock, deadline, [this] { return is_woken_; })) {
                FAIL("no event came");
            }
            is_woken_ = false;
        }
    }

  private:
    ScratchFolder folder_;
    std::mutex mutex_;
    std::condition_variable woken_;
    bool is_woken_ = false;
    std::unique_ptr<Node> node_;
};

std::size_t entries_in(const fs::path& folder) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

std::string target(const event::Hosting& hosting) {
    return "127.0.0.1:" + std::to_string(hosting.port);
}

TEST_CASE("E5 hosting, joining, hosting a hundred times leaves no thread, socket or port behind") {
    RunningNode anna("Anna");
    anna.submit(command::Host{0, "127.0.0.1", "room"});
    const auto room = anna.await<event::Hosting>();
    RunningNode bob("Bob");
    const auto one_round = [&] {
        bob.submit(command::Host{0, "127.0.0.1", "mine"});
        bob.await<event::Hosting>();
        bob.submit(command::Join{target(room)});
        bob.await<event::Joined>();
        bob.submit(command::Leave{});
        while (bob.await<event::RoleEnded>().fault) {
        }
        anna.await<event::PeerLeft>();
    };
    one_round();
    const std::size_t threads = entries_in("/proc/self/task");
    const std::size_t descriptors = entries_in("/proc/self/fd");
    for (int round = 0; round < 100; ++round) one_round();
    CHECK(entries_in("/proc/self/task") == threads);
    // Anna's side of the last connection may still be closing.
    CHECK(entries_in("/proc/self/fd") <= descriptors + 2);
}

TEST_CASE("a room on IPv6 is joined like any other") {
    RunningNode anna("Anna");
    anna.submit(command::Host{0, "::1", "six"});
    const auto room = anna.await<event::Hosting>();
    CHECK(room.addresses.front().starts_with("[::1]:"));
    RunningNode bob("Bob");
    bob.submit(command::Join{"[::1]:" + std::to_string(room.port)});
    CHECK(bob.await<event::Joined>().room == "six");
}

TEST_CASE("a taken port names who has it") {
    RunningNode anna("Anna");
    anna.submit(command::Host{0, "127.0.0.1", "room"});
    const auto room = anna.await<event::Hosting>();
    RunningNode bob("Bob");
    bob.submit(command::Host{room.port, "127.0.0.1", "room"});
    const auto ended = bob.await<event::RoleEnded>();
    REQUIRE(ended.fault);
    CHECK(ended.fault->code == FaultCode::port_taken);
    CHECK(ended.fault->sentence.find("process") != std::string::npos);
}

TEST_CASE("destroying a node in the middle of everything hangs nowhere") {
    RunningNode anna("Anna");
    anna.submit(command::Host{0, "127.0.0.1", "room"});
    const auto room = anna.await<event::Hosting>();
    for (int i = 0; i < 20; ++i) {
        RunningNode bob("Bob");
        bob.submit(command::Join{target(room)});
        if (i % 2 == 0) bob.await<event::Joined>();
    }
}

TEST_CASE("D13 T32 a node says when its history is gone and its key is not, and only then") {
    const ScratchFolder folder;
    const auto has_lost_history = [&folder] {
        NodeOptions options;
        options.profile = folder.path() / "profile";
        const auto node = Node::start(std::move(options), [] {});
        REQUIRE(node);
        return (*node)->self().has_lost_history;
    };
    CHECK_FALSE(has_lost_history());
    CHECK_FALSE(has_lost_history());
    REQUIRE(fs::remove(folder.path() / "profile" / "history.db"));
    CHECK(has_lost_history());
    CHECK_FALSE(has_lost_history());
}

}  // namespace
}  // namespace dropline::testing
