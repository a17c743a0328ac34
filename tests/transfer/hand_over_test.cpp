// Sender and receiver against each other, each on a thread of its own, over a bounded channel.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <latch>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "net/api/limits.hpp"
#include "net/transfer/receive_session.hpp"
#include "net/transfer/sender.hpp"
#include "tests/transfer/memory_channel.hpp"
#include "tests/transfer/no_descriptors.hpp"
#include "tests/transfer/reception.hpp"
#include "tests/transfer/recorders.hpp"

using namespace dropline;
using namespace dropline::tests;
namespace fs = std::filesystem;

namespace {

struct Outcome {
    std::optional<Fault> sent;      // empty: success
    std::optional<Fault> received;  // empty: success

    bool is_success() const { return !sent && !received; }
};

std::optional<Fault> fault_of(const Result<void>& result) {
    return result ? std::nullopt : std::optional(result.fault());
}

struct HandOver {
    explicit HandOver(TestFolder::Place place = TestFolder::Place::memory) : folder(place) {}

    void add(const std::string& name, const std::string& content) {
        chosen.push_back(folder.write(folder.send() / name, content));
    }
    /// The offer is made and accepted.
    void agree() {
        sources = sources_of(chosen);
        accept(as_received(sources.manifest));
    }
    void accept(const Manifest& list) {
        session.emplace(random_id<TransferId>(), folder.receive(),
                        std::make_shared<const Manifest>(list), ReceiveState::all_of(list));
    }

    /// One connection, from the first byte to the end of both sides.
    Outcome run() {
        if (!session) agree();
        Outcome outcome;
        std::thread sending([&] {
            outcome.sent = fault_of(
                send_files(*channels.sender, sources, gate, is_interrupted, *send_observer));
            channels.sender->close();
        });
        Result<void> received = prepare(*session, is_interrupted);
        if (received) {
            received =
                receive(*session, *channels.receiver, gate, is_interrupted, *receive_observer);
        }
        channels.receiver->close();
        sending.join();
        outcome.received = fault_of(received);
        channels = make_channel_pair();
        return outcome;
    }

    fs::path saved(const std::string& name) const { return folder.receive() / name; }

    const TestFolder folder;
    ChannelPair channels = make_channel_pair();
    std::vector<fs::path> chosen;
    SourceTree sources;
    std::optional<ReceiveSession> session;
    RateGate gate;
    std::atomic<bool> is_interrupted{false};
    SendRecorder sender;
    ReceiveRecorder receiver;
    SendObserver* send_observer = &sender;
    ReceiveObserver* receive_observer = &receiver;
};

std::string reasons(const Outcome& outcome) {
    return (outcome.sent ? outcome.sent->sentence : "") + " / " +
           (outcome.received ? outcome.received->sentence : "");
}

}  // namespace

TEST_CASE("A file of any size arrives equal, with its time, and both sides agree") {
    const std::size_t bytes = GENERATE(
        0UL, 1UL, 262'143UL, 262'144UL, 262'145UL, std::size_t{limits::chunk_bytes} - 1,
        std::size_t{limits::chunk_bytes}, std::size_t{limits::chunk_bytes} + 1, 20'000'000UL);
    HandOver hand_over(TestFolder::Place::disk);
    const std::string content = content_of(bytes, 5);
    hand_over.add("x.bin", content);
    constexpr std::chrono::sys_seconds long_ago(std::chrono::seconds(1'000'000'000));
    fs::last_write_time(hand_over.chosen[0], fs::file_time_type::clock::from_sys(long_ago));
    const Outcome outcome = hand_over.run();
    INFO(reasons(outcome));
    REQUIRE(outcome.is_success());
    const auto saved = hand_over.saved("x.bin");
    CHECK(hand_over.session->saved_as() == std::vector{saved.string()});
    CHECK(holds(saved, content));
    CHECK(fs::last_write_time(saved) == fs::last_write_time(hand_over.chosen[0]));
    CHECK(hand_over.sender.progress.back().bytes_stored == bytes);
    CHECK(hand_over.receiver.progress.back().bytes_stored == bytes);
    CHECK(hand_over.sender.progress.back().files_done == 1);
    CHECK(hand_over.receiver.verifying == 1);
}

TEST_CASE("Many files stream back to back: small ones, empty ones, the longest names") {
    HandOver hand_over;
    std::map<std::string, std::string> contents;
    for (std::uint32_t i = 0; i < 600; ++i) contents[std::to_string(i)] = content_of(i * 37, i);
    contents[std::string(255, 'n')] = "longest";
    contents["empty"] = "";
    for (const auto& [name, content] : contents) hand_over.add(name, content);
    const Outcome outcome = hand_over.run();
    INFO(reasons(outcome));
    REQUIRE(outcome.is_success());
    CHECK(hand_over.session->saved_as().size() == contents.size());
    for (const auto& [name, content] : contents) {
        CHECK(holds(hand_over.saved(name), content));
    }
    CHECK(hand_over.sender.progress.back().files_done == contents.size());
    CHECK(hand_over.folder.received_names().size() == contents.size());
}

TEST_CASE("Progress never runs backwards, nor ahead of what is stored, nor too often") {
    HandOver hand_over;
    for (const char* name : {"a", "b", "c"}) hand_over.add(name, content_of(2'000'000, 3));
    const auto begun = std::chrono::steady_clock::now();
    REQUIRE(hand_over.run().is_success());
    const auto elapsed = std::chrono::steady_clock::now() - begun;
    const auto most = static_cast<std::size_t>(elapsed / limits::transfer_progress_every) + 4;
    for (const auto* progress : {&hand_over.sender.progress, &hand_over.receiver.progress}) {
        CHECK(progress->size() <= most);
        TransferProgress before;
        for (const TransferProgress& now : *progress) {
            CHECK(now.bytes_stored >= before.bytes_stored);
            CHECK(now.files_done >= before.files_done);
            CHECK(now.bytes_stored <= 6'000'000);
            before = now;
        }
    }
}

TEST_CASE("A sender that fails is understood by the receiver, and nothing has its name") {
    HandOver hand_over;
    hand_over.add("x", content_of(1'000'000, 1));
    hand_over.agree();
    SECTION("changed after the offer") {
        hand_over.folder.write(hand_over.folder.send() / "x", "y");
    }
    SECTION("vanished after the offer") { fs::remove(hand_over.folder.send() / "x"); }
    const Outcome outcome = hand_over.run();
    REQUIRE((outcome.sent && outcome.received));
    CHECK(outcome.sent->code == FaultCode::source_changed);
    CHECK(outcome.received->code == FaultCode::source_changed);
    CHECK(outcome.received->sentence.ends_with(outcome.sent->sentence));
    CHECK_FALSE(fs::exists(hand_over.saved("x")));
    remove_staged(*hand_over.session);
    CHECK(fs::is_empty(hand_over.folder.receive()));
}

TEST_CASE("Where no descriptor is left for a while, neither side gives up for the other") {
    if (!can_go_on_without_descriptors) SKIP("sanitizers need descriptors");
    struct Exhausting : ReceiveRecorder {
        void on_progress(const TransferProgress& now) override {
            if (!none) none = std::make_unique<NoDescriptors>();
            ReceiveRecorder::on_progress(now);
        }
        std::unique_ptr<NoDescriptors> none;
    };
    HandOver hand_over;
    const std::string content = content_of(20'000'000, 4);
    hand_over.add("a", content);
    hand_over.add("b", "second");
    hand_over.agree();
    Exhausting exhausting;
    hand_over.receive_observer = &exhausting;
    const Outcome cut = hand_over.run();
    exhausting.none.reset();
    INFO(reasons(cut));
    REQUIRE(cut.sent);
    REQUIRE(cut.received);
    CHECK((cut.sent->is_passing || cut.sent->code == FaultCode::disconnected));
    CHECK((cut.received->is_passing || cut.received->code == FaultCode::disconnected));
    hand_over.receive_observer = &hand_over.receiver;
    const Outcome outcome = hand_over.run();
    INFO(reasons(outcome));
    REQUIRE(outcome.is_success());
    CHECK(holds(hand_over.saved("a"), content));
    CHECK(holds(hand_over.saved("b"), "second"));
}

TEST_CASE("A receiver that cannot finish for want of a descriptor is no reason to give up") {
    if (!can_go_on_without_descriptors) SKIP("sanitizers need descriptors");
    struct ExhaustingAtEnd : ReceiveRecorder {
        void on_verifying() override { none.emplace(); }
        std::optional<NoDescriptors> none;
    };
    HandOver hand_over(TestFolder::Place::disk);
    const std::string content = content_of(1'000'000, 4);
    hand_over.add("a", content);
    hand_over.agree();
    ExhaustingAtEnd exhausting;
    hand_over.receive_observer = &exhausting;
    const Outcome cut = hand_over.run();
    REQUIRE(exhausting.none);
    exhausting.none.reset();
    INFO(reasons(cut));
    REQUIRE(cut.received);
    CHECK(cut.received->is_passing);
    REQUIRE(cut.sent);
    CHECK(cut.sent->code == FaultCode::disconnected);
    CHECK_FALSE(fs::exists(hand_over.saved("a")));
    hand_over.receive_observer = &hand_over.receiver;
    const Outcome outcome = hand_over.run();
    INFO(reasons(outcome));
    REQUIRE(outcome.is_success());
    CHECK(holds(hand_over.saved("a"), content));
    CHECK(hand_over.session->state().bytes_sent_again == 0);
}

TEST_CASE("A receiver that fails is understood by a sender with full buffers") {
    HandOver hand_over;
    hand_over.add("x", content_of(5'000'000, 1));
    hand_over.agree();
    SECTION("the sender sends more than was offered") {
        hand_over.accept(list_of({{"x", 1'000'000}}));
    }
    SECTION("the sender sends less than was offered") {
        hand_over.accept(list_of({{"x", 6'000'000}}));
    }
    const Outcome outcome = hand_over.run();
    REQUIRE((outcome.sent && outcome.received));
    CHECK(outcome.received->code == FaultCode::protocol_error);
    CHECK(outcome.sent->code == FaultCode::protocol_error);
    CHECK_FALSE(fs::exists(hand_over.saved("x")));
}

TEST_CASE("An interruption from another thread ends both sides and names nothing") {
    const bool is_sender_interrupted = GENERATE(false, true);
    HandOver hand_over;
    hand_over.add("x", content_of(10'000'000, 1));
    // Holds the receiver at its first report until the interruption has come.
    struct Held : ReceiveRecorder {
        void on_progress(const TransferProgress& now) override {
            ReceiveRecorder::on_progress(now);
            if (progress.size() > 1) return;
            has_begun.count_down();
            is_interrupted.wait();
        }
        std::latch has_begun{1};
        std::latch is_interrupted{1};
    } observer;
    hand_over.receive_observer = &observer;
    MemoryChannel& interrupted =
        is_sender_interrupted ? *hand_over.channels.sender : *hand_over.channels.receiver;
    std::thread user([&] {
        observer.has_begun.wait();
        interrupted.interrupt();
        observer.is_interrupted.count_down();
    });
    const Outcome outcome = hand_over.run();
    user.join();
    REQUIRE((outcome.sent && outcome.received));
    CHECK((is_sender_interrupted ? outcome.sent : outcome.received)->code == FaultCode::cancelled);
    CHECK((is_sender_interrupted ? outcome.received : outcome.sent)->code ==
          FaultCode::disconnected);
    CHECK_FALSE(fs::exists(hand_over.saved("x")));
    remove_staged(*hand_over.session);
    CHECK(fs::is_empty(hand_over.folder.receive()));
}

TEST_CASE("After cuts at many places it goes on by itself, and little travels twice") {
    HandOver hand_over;
    const std::string content = content_of(20'000'000, 9);
    hand_over.add("x", content);
    hand_over.add("y", "behind it");
    hand_over.agree();
    std::uint64_t cuts = 0;
    for (std::size_t arrives = 1'000'000;; arrives += 2'300'000, ++cuts) {
        hand_over.channels.receiver->cut_after(arrives);
        const Outcome outcome = hand_over.run();
        if (outcome.is_success()) break;
        INFO(reasons(outcome));
        REQUIRE(outcome.received->code == FaultCode::disconnected);
        REQUIRE(outcome.sent);
        REQUIRE(cuts < 20);
    }
    CHECK(cuts >= 3);
    CHECK(holds(hand_over.saved("x"), content));
    CHECK(holds(hand_over.saved("y"), "behind it"));
    CHECK(hand_over.session->state().bytes_sent_again == 0);
}

TEST_CASE("A transfer of nothing but folders, or of what is there already, is done at once") {
    HandOver hand_over;
    SECTION("empty folders") {
        fs::create_directories(hand_over.folder.send() / "d/empty/deeper");
        hand_over.chosen = {hand_over.folder.send() / "d"};
        const Outcome outcome = hand_over.run();
        INFO(reasons(outcome));
        REQUIRE(outcome.is_success());
        CHECK(fs::is_directory(hand_over.saved("d") / "empty/deeper"));
    }
    SECTION("the same file") {
        hand_over.add("x", "same");
        hand_over.folder.write(hand_over.saved("x"), "same");
        REQUIRE(hand_over.run().is_success());
        CHECK(hand_over.folder.received_names() == std::vector<std::string>{"x"});
        CHECK(hand_over.session->state().files_skipped == 1);
    }
    CHECK(hand_over.receiver.verifying == 1);
}
