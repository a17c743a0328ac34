#include "net/transfer/receiver.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <latch>
#include <mutex>
#include <string>
#include <thread>

#include "net/api/limits.hpp"
#include "net/transfer/receive_session.hpp"
#include "tests/transfer/reception.hpp"
#include "tests/transfer/recorders.hpp"
#include "tests/transfer/sender_frames.hpp"

using namespace dropline;
using namespace dropline::tests;
using Names = std::vector<std::string>;
namespace fs = std::filesystem;

namespace {

const std::string a_frames = file_frames(0, "aaaaa");
const std::string b_frames = file_frames(1, "bbb");

/// A receiver of "a" with 5 bytes and "b" with 3.
struct Receiving {
    explicit Receiving(const Manifest& list = list_of({{"a", 5}, {"b", 3}}))
        : session(random_id<TransferId>(), folder.receive(), std::make_shared<const Manifest>(list),
                  ReceiveState::all_of(list)) {}

    Result<void> receive(ScriptedChannel& channel) {
        if (auto prepared = prepare(session, is_interrupted); !prepared) return prepared;
        return tests::receive(session, channel, gate, is_interrupted, recorder);
    }

    /// Nothing has its final name.
    bool is_all_unfinished() const {
        const auto names = folder.received_names();
        return std::ranges::all_of(names, [](auto& name) { return name.ends_with(".part"); });
    }

    TestFolder folder;
    ReceiveSession session;
    RateGate gate;
    std::atomic<bool> is_interrupted{false};
    ReceiveRecorder recorder;
};

/// The sender is told so, nothing got its name, and giving up leaves nothing at all.
void check_broken_off(Receiving& receiving, const std::string& arriving,
                      FaultCode code = FaultCode::protocol_error) {
    ScriptedChannel channel(arriving);
    const auto result = receiving.receive(channel);
    REQUIRE_FALSE(result);
    CHECK(result.fault().code == code);
    CHECK(receiving.is_all_unfinished());
    CHECK(channel.count_sent(DataKind::all_done) == 0);
    REQUIRE(channel.count_sent(DataKind::stop) == 1);
    CHECK(channel.sent().back().header.kind == DataKind::stop);
    CHECK(decode_stop(bytes_of(channel.sent().back().payload)).code == code);
    remove_staged(receiving.session);
    CHECK(receiving.folder.received_names().empty());
    CHECK(receiving.folder.is_rest_untouched());
}

}  // namespace

TEST_CASE("A folder that is gone for now loses nothing, and the sender need not give up") {
    Receiving receiving;
    const auto moved = receiving.folder.all() / "moved";
    REQUIRE(prepare(receiving.session, receiving.is_interrupted));
    fs::rename(receiving.folder.receive(), moved);
    ScriptedChannel channel(a_frames + b_frames);
    const auto result = tests::receive(receiving.session, channel, receiving.gate,
                                       receiving.is_interrupted, receiving.recorder);
    REQUIRE_FALSE(result);
    CHECK(result.fault().code == FaultCode::file_error);
    CHECK(receiving.session.is_folder_away());
    CHECK(channel.count_sent(DataKind::stop) == 0);
    CHECK(fs::exists(moved / "a.part"));
    SECTION("it goes on when it is back") {
        REQUIRE_FALSE(prepare(receiving.session, receiving.is_interrupted));
        CHECK(receiving.session.is_folder_away());
        fs::rename(moved, receiving.folder.receive());
        ScriptedChannel again("");
        REQUIRE(receiving.receive(again));
        CHECK_FALSE(receiving.session.is_folder_away());
        CHECK(receiving.folder.received_names() == Names{"a", "b"});
    }
    SECTION("giving up cleans it where it is") {
        remove_staged(receiving.session);
        CHECK(fs::is_empty(moved));
    }
}

TEST_CASE("F3: Files arrive whole, and only then the sender hears that all is done") {
    Receiving receiving;
    ScriptedChannel channel(a_frames + b_frames);
    channel.portion_bytes = GENERATE(1UL, 24UL, 1'000'000UL);
    REQUIRE(receiving.receive(channel));
    CHECK(receiving.folder.received_names() == Names{"a", "b"});
    CHECK(read_file(receiving.folder.receive() / "a") == "aaaaa");
    CHECK(read_file(receiving.folder.receive() / "b") == "bbb");
    CHECK(receiving.session.saved_as() == Names{(receiving.folder.receive() / "a").string(),
                                                (receiving.folder.receive() / "b").string()});
    CHECK(channel.sent().front().header.kind == DataKind::start);
    CHECK(channel.sent().back().header.kind == DataKind::all_done);
    CHECK(channel.last_sent(DataKind::file_done).header.file_index == 2);
    CHECK(channel.last_sent(DataKind::stored).header.offset == 8);
    CHECK(receiving.recorder.progress.back().bytes_stored == 8);
    CHECK(receiving.recorder.progress.back().files_done == 2);
    CHECK(receiving.recorder.verifying == 1);
}

TEST_CASE(
    "F3: The sender hears that all is done only when a restarted receiver would know it, too") {
    // A sender forgets what it knows to be done: whoever came again would wait for ever.
    struct Journal : ReceiveRecorder {
        void on_complete() override {
            ReceiveRecorder::on_complete();
            look();
        }
        std::function<void()> look;
    } journal;
    Receiving receiving;
    ScriptedChannel channel(a_frames + b_frames);
    journal.look = [&] {
        CHECK(channel.count_sent(DataKind::all_done) == 0);
        CHECK(receiving.folder.received_names() == Names{"a", "b"});
    };
    REQUIRE(prepare(receiving.session, receiving.is_interrupted));
    REQUIRE(receive(receiving.session, channel, receiving.gate, receiving.is_interrupted, journal));
    CHECK(journal.complete == 1);
    CHECK(channel.count_sent(DataKind::all_done) == 1);
}

TEST_CASE("A11: whatever the sender does against the accepted offer breaks the transfer off") {
    Receiving receiving;
    SECTION("a file that is not in the offer") {
        check_broken_off(receiving, file_frames(2, "ccccc"));
        Receiving later;
        check_broken_off(later, a_frames + file_frames(2, "ccc"));
    }
    SECTION("an index beyond all counting") {
        check_broken_off(receiving, file_frames(0xffffffff, "aaaaa"));
    }
    SECTION("the same file twice") { check_broken_off(receiving, a_frames + a_frames); }
    SECTION("the second file first") { check_broken_off(receiving, b_frames); }
    SECTION("more bytes than announced, in one frame") {
        check_broken_off(receiving, data_frame(0, 0, "aaaaaa"));
    }
    SECTION("more bytes than announced, in a second frame") {
        check_broken_off(receiving, data_frame(0, 0, "aaaaa") + data_frame(0, 5, "a"));
    }
    SECTION("fewer bytes than announced") { check_broken_off(receiving, file_frames(0, "aaaa")); }
    SECTION("a hole") { check_broken_off(receiving, data_frame(0, 1, "aaaa")); }
    SECTION("the same bytes twice") {
        check_broken_off(receiving, data_frame(0, 0, "aa") + data_frame(0, 0, "aa"));
    }
    SECTION("an end with another size") {
        check_broken_off(receiving,
                         data_frame(0, 0, "aaaaa") + end_frame(0, 4, digest_of("aaaaa")));
    }
    SECTION("an end of another file") {
        check_broken_off(receiving,
                         data_frame(0, 0, "aaaaa") + end_frame(1, 5, digest_of("aaaaa")));
    }
    SECTION("a second end") {
        check_broken_off(receiving, a_frames + end_frame(0, 5, digest_of("aaaaa")));
    }
    SECTION("a place to begin that nobody asked for") {
        check_broken_off(receiving, begin_frame(0, 0) + a_frames);
    }
    SECTION("the end of a chunk that has none") {
        check_broken_off(receiving,
                         data_frame(0, 0, "aaaaa") + chunk_frame(0, 5, digest_of("aaaaa")));
    }
}

TEST_CASE("A11: more bytes than announced are noticed wherever the connection cuts them") {
    const std::string frames = data_frame(0, 0, "aaaaaa");
    for (std::size_t portion = 1; portion < frames.size(); ++portion) {
        Receiving receiving;
        ScriptedChannel channel(frames);
        channel.portion_bytes = portion;
        const auto result = receiving.receive(channel);
        REQUIRE_FALSE(result);
        REQUIRE(result.fault().code == FaultCode::protocol_error);
        const auto part = receiving.folder.receive() / "a.part";
        REQUIRE((!std::filesystem::exists(part) || std::filesystem::file_size(part) <= 5));
    }
}

TEST_CASE("A18: every kind of frame in every phase of a receiver is taken or breaks it off") {
    struct Moment {
        std::string before;
        DataKind expected;
    };
    const Moment moment = GENERATE(
        Moment{"", DataKind::data}, Moment{data_frame(0, 0, "aa"), DataKind::data},
        Moment{data_frame(0, 0, "aaaaa"), DataKind::file_end}, Moment{a_frames, DataKind::data});
    const DataKind kind = GENERATE(from_range(all_data_kinds));
    const bool is_taken =
        kind == moment.expected || kind == DataKind::stop || kind == DataKind::waits_for;
    if (is_taken) return;
    CAPTURE(moment.before.size(), data_kind_name(kind));
    Receiving receiving;
    const std::string payload(payload_bounds(kind).bytes_min, 'x');
    check_broken_off(receiving, moment.before + frame_bytes({.kind = kind}, payload));
}

TEST_CASE("What a sender says that it waits for reaches the user, in any phase") {
    const std::string before =
        GENERATE(std::string(), data_frame(0, 0, "aa"), data_frame(0, 0, "aaaaa"), a_frames);
    const std::string waits_for = text_of(std::array{encode_bottleneck(Bottleneck::sender_disk)});
    Receiving receiving;
    ScriptedChannel channel(before + frame_bytes({.kind = DataKind::waits_for}, waits_for));
    REQUIRE_FALSE(receiving.receive(channel));
    CHECK(receiving.recorder.bottlenecks == std::vector{Bottleneck::sender_disk});
}

TEST_CASE("E7: a sender that says without end what it waits for is heard now and then") {
    std::string frames = data_frame(0, 0, "aa");
    constexpr int often = 100'000;
    for (int i = 0; i < often; ++i) {
        const auto word = i % 2 == 0 ? Bottleneck::sender_disk : Bottleneck::network;
        frames += frame_bytes({.kind = DataKind::waits_for},
                              text_of(std::array{encode_bottleneck(word)}));
    }
    Receiving receiving;
    ScriptedChannel channel(frames);
    const auto begin = std::chrono::steady_clock::now();
    REQUIRE_FALSE(receiving.receive(channel));
    const auto took = std::chrono::steady_clock::now() - begin;
    const auto heard = receiving.recorder.bottlenecks.size();
    CHECK(heard >= 1);
    CHECK(heard <= 1 + static_cast<std::size_t>(took / limits::transfer_progress_every));
}

TEST_CASE("A file whose hash differs gets no name and the sender hears that it is damaged") {
    Receiving receiving;
    check_broken_off(receiving, data_frame(0, 0, "aaaaa") + end_frame(0, 5, digest_of("aaaab")),
                     FaultCode::damaged);
}

TEST_CASE("A sender that stops is believed") {
    Receiving receiving;
    ScriptedChannel channel(data_frame(0, 0, "aa") +
                            stop_frame({FaultCode::source_changed, "\"a\" was changed."}));
    const auto result = receiving.receive(channel);
    REQUIRE_FALSE(result);
    CHECK(result.fault().code == FaultCode::source_changed);
    CHECK(result.fault().sentence == "The other side stopped the transfer: \"a\" was changed.");
    CHECK(receiving.is_all_unfinished());
}

TEST_CASE("A24: sizes that do not fit are refused before anything is made or asked for") {
    // Each file alone may exist; together they overflow whatever adds them carelessly.
    const std::size_t count = GENERATE(1UL, 2UL);
    std::vector<std::pair<std::string, std::uint64_t>> files;
    for (std::size_t i = 0; i < count; ++i) {
        files.emplace_back(std::to_string(i), limits::file_bytes_max / count);
    }
    Receiving receiving(list_of(files));
    ScriptedChannel channel;
    const auto result = receiving.receive(channel);
    REQUIRE_FALSE(result);
    CHECK(result.fault().code == FaultCode::disk_full);
    CHECK(channel.sent().empty());
    CHECK(receiving.folder.received_names().empty());
}

TEST_CASE("What the other side is told names no folder of ours") {
    Receiving receiving;
    REQUIRE(prepare(receiving.session, receiving.is_interrupted));
    std::filesystem::remove(receiving.folder.receive());
    ScriptedChannel channel(a_frames);
    const auto result = receive(receiving.session, channel, receiving.gate,
                                receiving.is_interrupted, receiving.recorder);
    REQUIRE_FALSE(result);
    CHECK(result.fault().code == FaultCode::file_error);
    CHECK(channel.sent_bytes().find(receiving.folder.all().string()) == std::string::npos);
}

TEST_CASE("Files that are here for good stay a success when the sender is gone") {
    Receiving receiving;
    ScriptedChannel channel(a_frames + b_frames);
    // The plan is one frame; then nobody listens any more.
    channel.frames_until_gone = 1;
    REQUIRE(receiving.receive(channel));
    CHECK(receiving.folder.received_names() == Names{"a", "b"});
    CHECK(channel.count_sent(DataKind::all_done) == 0);
}

TEST_CASE("Files that are here for good stay a success whatever the sender says after them") {
    const std::string behind = GENERATE(a_frames, std::string(100, '\xff'),
                                        stop_frame({FaultCode::cancelled, "Too late."}));
    Receiving receiving;
    ScriptedChannel channel(a_frames + b_frames + behind);
    channel.portion_bytes = GENERATE(1UL, 1'000'000UL);
    CHECK(receiving.receive(channel));
    CHECK(receiving.folder.received_names() == Names{"a", "b"});
}

TEST_CASE("F8: a transfer cut at any byte is never done and names nothing") {
    const std::string frames = a_frames + b_frames;
    // A polite farewell in the middle is no better than a cut cable.
    const auto ending = GENERATE(ScriptedChannel::Ending::clean, ScriptedChannel::Ending::cut);
    for (std::size_t length = 0; length < frames.size(); ++length) {
        Receiving receiving;
        ScriptedChannel channel(frames, ending);
        channel.ends_after_bytes = length;
        const auto result = receiving.receive(channel);
        REQUIRE_FALSE(result);
        REQUIRE(result.fault().code == FaultCode::disconnected);
        REQUIRE(channel.count_sent(DataKind::all_done) == 0);
        REQUIRE(receiving.is_all_unfinished());
    }
}

TEST_CASE("A broken connection is nothing that a sender would take as a reason to give up") {
    const auto ending = GENERATE(ScriptedChannel::Ending::clean, ScriptedChannel::Ending::cut);
    Receiving receiving;
    ScriptedChannel channel(a_frames, ending);
    const auto result = receiving.receive(channel);
    REQUIRE_FALSE(result);
    CHECK(result.fault().code == FaultCode::disconnected);
    for (const SeenFrame& frame : channel.sent()) {
        if (frame.header.kind != DataKind::stop) continue;
        const FaultCode told = decode_stop(bytes_of(frame.payload)).code;
        CHECK((told == FaultCode::disconnected || told == FaultCode::cancelled));
    }
}

TEST_CASE("F8: a bit that turns over anywhere on the way never gets a file its name") {
    const std::string content = content_of(600, 12);
    const std::string frames = file_frames(0, content, 100);
    for (std::size_t at = 0; at < frames.size(); ++at) {
        std::string turned = frames;
        turned[at] = static_cast<char>(turned[at] ^ 0x10);
        TestFolder folder;
        Reception turned_over(folder.receive(), list_of({{"a", content.size()}}));
        REQUIRE(turned_over.prepare());
        REQUIRE((!turned_over.take(turned) || !turned_over.has_all()));
        REQUIRE_FALSE(std::filesystem::exists(folder.receive() / "a"));
    }
}

TEST_CASE("A receiver whose disk is busy for long keeps saying that it lives") {
    // Holds the writing thread, as a sync of a slow disk would, until enough signs of life came.
    struct SlowDisk : ReceiveRecorder {
        void on_verifying() override {
            ReceiveRecorder::on_verifying();
            is_held.wait();
        }
        std::latch is_held{1};
    } slow;
    constexpr std::size_t signs_wanted = 6;  // more than there are blocks between its threads
    Receiving receiving;
    ScriptedChannel channel(a_frames + b_frames, ScriptedChannel::Ending::open);
    std::size_t signs = 0;
    std::mutex mutex;
    std::condition_variable changed;
    channel.on_sent = [&](const SeenFrame& frame) {
        const std::lock_guard lock(mutex);
        if (frame.header.kind == DataKind::stored) ++signs;
        changed.notify_all();
    };
    REQUIRE(prepare(receiving.session, receiving.is_interrupted));
    std::size_t signs_while_busy = 0;
    std::thread disk([&] {
        std::unique_lock lock(mutex);
        // One a second is promised; a few seconds later they are missing.
        changed.wait_for(lock, (signs_wanted + 3) * limits::transfer_sign_of_life_every,
                         [&] { return signs >= signs_wanted; });
        signs_while_busy = signs;
        slow.is_held.count_down();
    });
    const auto result =
        receive(receiving.session, channel, receiving.gate, receiving.is_interrupted, slow);
    disk.join();
    CHECK(result);
    CHECK(signs_while_busy >= signs_wanted);
}

TEST_CASE("An interruption ends a receiver that waits for bytes, and what it has stays for later") {
    Receiving receiving;
    ScriptedChannel channel(data_frame(0, 0, "aaa"), ScriptedChannel::Ending::open);
    channel.on_sent = [&](const SeenFrame& frame) {
        if (frame.header.kind == DataKind::stored) channel.interrupt();
    };
    const auto result = receiving.receive(channel);
    REQUIRE_FALSE(result);
    CHECK(result.fault().code == FaultCode::cancelled);
    CHECK(receiving.folder.received_names() == Names{"a.part"});
    CHECK(receiving.session.state().bytes_stored == 3);
}
