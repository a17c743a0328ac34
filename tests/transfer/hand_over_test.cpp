// Sender and receiver against each other, each on a thread of its own, over a bounded channel.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <filesystem>
#include <latch>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "net/api/limits.hpp"
#include "net/transfer/receiver.hpp"
#include "net/transfer/sender.hpp"
#include "tests/transfer/memory_channel.hpp"
#include "tests/transfer/recorders.hpp"
#include "tests/transfer/test_folder.hpp"

using namespace dropline;
using namespace dropline::tests;
namespace fs = std::filesystem;

namespace {

struct Outcome {
    std::optional<Fault> sent;      // empty: success
    std::optional<Fault> received;  // empty: success
    std::vector<std::string> saved_as;
};

struct HandOver {
    explicit HandOver(TestFolder::Place place = TestFolder::Place::memory) : folder(place) {}

    void add(const std::string& name, const std::string& content) {
        add_source(folder.write(folder.send() / name, content));
    }
    void add_source(const fs::path& path) {
        const auto source = inspect_source(path);
        REQUIRE(source);
        sources.push_back(*source);
        expected.push_back({source->name, source->bytes, source->modified_at_s});
    }

    Outcome run() {
        Outcome outcome;
        std::thread sending([&] {
            const auto sent = send_files(*channels.sender, sources, sender);
            if (!sent) outcome.sent = sent.fault();
            channels.sender->close();
        });
        const auto received = receive_files(*channels.receiver, target, expected, receiver);
        channels.receiver->close();
        sending.join();
        if (!received) outcome.received = received.fault();
        if (received) outcome.saved_as = received->saved_as;
        return outcome;
    }

    const TestFolder folder;
    ReceiveFolder target = *ReceiveFolder::open(folder.receive());
    ChannelPair channels = make_channel_pair();
    std::vector<SourceFile> sources;
    std::vector<ExpectedFile> expected;
    SendRecorder sender;
    ReceiveRecorder receiver;
};

std::string reason(const std::optional<Fault>& fault) { return fault ? fault->sentence : ""; }

}  // namespace

TEST_CASE("A file of any size arrives equal, with its time, and both sides agree") {
    const std::size_t bytes = GENERATE(0UL, 1UL, 262'143UL, 262'144UL, 262'145UL, 3'000'000UL);
    HandOver hand_over(TestFolder::Place::disk);
    const std::string content = content_of(bytes, 5);
    const auto path = hand_over.folder.write(hand_over.folder.send() / "x.bin", content);
    constexpr std::chrono::sys_seconds long_ago(std::chrono::seconds(1'000'000'000));
    fs::last_write_time(path, fs::file_time_type::clock::from_sys(long_ago));
    hand_over.add_source(path);
    const Outcome outcome = hand_over.run();
    INFO(reason(outcome.sent) << reason(outcome.received));
    REQUIRE((!outcome.sent && !outcome.received));
    const auto saved = hand_over.folder.receive() / "x.bin";
    CHECK(outcome.saved_as == std::vector{saved.string()});
    CHECK(read_file(saved) == content);
    CHECK(fs::last_write_time(saved) == fs::last_write_time(path));
    CHECK(hand_over.sender.progress.back().bytes_stored == bytes);
    CHECK(hand_over.receiver.progress.back().bytes_stored == bytes);
    CHECK(hand_over.sender.verifying == 1);
    CHECK(hand_over.receiver.verifying == 1);
}

TEST_CASE("Many files stream back to back: small ones, empty ones, the longest names") {
    HandOver hand_over;
    std::map<std::string, std::string> contents;
    for (std::uint32_t i = 0; i < 200; ++i) contents[std::to_string(i)] = content_of(i * 37, i);
    contents[std::string(255, 'n')] = "longest";
    contents["empty"] = "";
    for (const auto& [name, content] : contents) hand_over.add(name, content);
    const Outcome outcome = hand_over.run();
    INFO(reason(outcome.sent) << reason(outcome.received));
    REQUIRE((!outcome.sent && !outcome.received));
    CHECK(outcome.saved_as.size() == contents.size());
    for (const auto& [name, content] : contents) {
        CHECK(read_file(hand_over.folder.receive() / name) == content);
    }
    CHECK(hand_over.sender.progress.back().files_done == contents.size());
}

TEST_CASE("Two files that meet under one name both stay") {
    HandOver hand_over;
    hand_over.add("x.txt", "new");
    hand_over.folder.write(hand_over.folder.receive() / "x.txt", "old");
    REQUIRE_FALSE(hand_over.run().received);
    CHECK(read_file(hand_over.folder.receive() / "x.txt") == "old");
    CHECK(read_file(hand_over.folder.receive() / "x (2).txt") == "new");
}

TEST_CASE("Progress never runs backwards, nor ahead of what is stored, nor too often") {
    HandOver hand_over;
    for (const char* name : {"a", "b", "c"}) hand_over.add(name, content_of(2'000'000, 3));
    const auto begun = std::chrono::steady_clock::now();
    REQUIRE_FALSE(hand_over.run().sent);
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

TEST_CASE("A sender that fails is understood by the receiver, and nothing stays") {
    HandOver hand_over;
    hand_over.add("x", content_of(1'000'000, 1));
    FaultCode expected = FaultCode::source_changed;
    SECTION("changed after the offer") {
        hand_over.folder.write(hand_over.folder.send() / "x", "y");
    }
    SECTION("vanished after the offer") {
        expected = FaultCode::file_error;
        fs::remove(hand_over.folder.send() / "x");
    }
    const Outcome outcome = hand_over.run();
    REQUIRE((outcome.sent && outcome.received));
    CHECK(outcome.sent->code == expected);
    CHECK(outcome.received->code == expected);
    CHECK(outcome.received->sentence.ends_with(outcome.sent->sentence));
    CHECK(fs::is_empty(hand_over.folder.receive()));
}

TEST_CASE("A receiver that fails is understood by a sender with full buffers, and nothing stays") {
    HandOver hand_over;
    hand_over.add("x", content_of(5'000'000, 1));
    FaultCode expected = FaultCode::file_error;
    SECTION("the folder is gone") { fs::remove(hand_over.folder.receive()); }
    SECTION("the offer never fits") {
        expected = FaultCode::disk_full;
        hand_over.expected[0].bytes = limits::file_bytes_max;
    }
    SECTION("the sender sends more than was offered") {
        expected = FaultCode::protocol_error;
        hand_over.expected[0].bytes = 1'000'000;
    }
    SECTION("the sender sends less than was offered") {
        expected = FaultCode::protocol_error;
        hand_over.expected[0].bytes = 6'000'000;
    }
    const Outcome outcome = hand_over.run();
    REQUIRE((outcome.sent && outcome.received));
    CHECK(outcome.received->code == expected);
    CHECK(outcome.sent->code == expected);
    const auto root = hand_over.folder.receive();
    CHECK((!fs::exists(root) || fs::is_empty(root)));
}

TEST_CASE("An interruption from another thread ends both sides and leaves nothing") {
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
    std::optional<Fault> sent;
    std::optional<Fault> received;
    std::thread sending([&] {
        const auto result =
            send_files(*hand_over.channels.sender, hand_over.sources, hand_over.sender);
        if (!result) sent = result.fault();
        hand_over.channels.sender->close();
    });
    std::thread receiving([&] {
        const auto result = receive_files(*hand_over.channels.receiver, hand_over.target,
                                          hand_over.expected, observer);
        if (!result) received = result.fault();
        hand_over.channels.receiver->close();
    });
    observer.has_begun.wait();
    (is_sender_interrupted ? hand_over.channels.sender : hand_over.channels.receiver)->interrupt();
    observer.is_interrupted.count_down();
    sending.join();
    receiving.join();
    REQUIRE((sent && received));
    CHECK((is_sender_interrupted ? sent : received)->code == FaultCode::cancelled);
    CHECK((is_sender_interrupted ? received : sent)->code == FaultCode::disconnected);
    CHECK(fs::is_empty(hand_over.folder.receive()));
}

TEST_CASE("A file that is cancelled while it is verified gets no name") {
    HandOver hand_over;
    hand_over.add("x", content_of(1'000'000, 1));
    struct Cancelling : ReceiveRecorder {
        void on_verifying() override { channel->interrupt(); }
        MemoryChannel* channel = nullptr;
    } observer;
    observer.channel = hand_over.channels.receiver.get();
    std::optional<Fault> sent;
    std::thread sending([&] {
        const auto result =
            send_files(*hand_over.channels.sender, hand_over.sources, hand_over.sender);
        if (!result) sent = result.fault();
    });
    const auto received =
        receive_files(*hand_over.channels.receiver, hand_over.target, hand_over.expected, observer);
    hand_over.channels.receiver->close();
    sending.join();
    REQUIRE_FALSE(received);
    CHECK(received.fault().code == FaultCode::cancelled);
    REQUIRE(sent);
    CHECK(fs::is_empty(hand_over.folder.receive()));
}
