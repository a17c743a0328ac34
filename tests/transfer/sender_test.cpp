#include "net/transfer/sender.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "net/api/limits.hpp"
#include "tests/transfer/reception.hpp"
#include "tests/transfer/recorders.hpp"
#include "tests/transfer/sender_frames.hpp"

using namespace dropline;
using namespace dropline::tests;

namespace {

const std::string start = frame_bytes({.kind = DataKind::start});
const std::string all_done = frame_bytes({.kind = DataKind::all_done});

std::string stored(std::uint64_t bytes) {
    return frame_bytes({.kind = DataKind::stored, .offset = bytes});
}
std::string file_done(std::uint32_t files) {
    return frame_bytes({.kind = DataKind::file_done, .file_index = files});
}
std::string skip(std::uint32_t first, std::uint64_t count) {
    return frame_bytes({.kind = DataKind::skip, .file_index = first, .offset = count});
}
/// As a receiver says it that has the first `bytes` bytes of `content`.
std::string have(std::uint32_t index, const std::string& content, std::size_t bytes) {
    ChunkHash hash;
    hash.update(bytes_of(content).first(bytes));
    const auto digests = hash.chunk_digests();
    return frame_bytes({.kind = DataKind::have, .file_index = index, .offset = bytes},
                       text_of(std::as_bytes(std::span(digests))));
}

bool is_last_end(const SeenFrame& frame) {
    return frame.header.kind == DataKind::file_end && frame.header.file_index == 1;
}

/// Two files, "aaaaa" and "bbb", and a receiver that the test plays.
struct Sending {
    Sending() {
        sources = sources_of(
            {folder.write(folder.send() / "a", "aaaaa"), folder.write(folder.send() / "b", "bbb")});
    }

    Result<void> send(ScriptedChannel& channel) {
        return send_files(channel, sources, gate, is_interrupted, recorder);
    }

    TestFolder folder;
    SourceTree sources;
    RateGate gate;
    std::atomic<bool> is_interrupted{false};
    SendRecorder recorder;
};

/// Answers as soon as everything was sent and the sender waits for it.
void answer_at_the_end(ScriptedChannel& channel, const std::string& answers) {
    const auto has_sent_all = std::make_shared<bool>(false);
    channel.on_sent = [=](const SeenFrame& frame) { *has_sent_all |= is_last_end(frame); };
    channel.on_flush = [=, &channel] {
        if (std::exchange(*has_sent_all, false)) channel.arrive(answers);
    };
}

const std::string honest_answers = stored(8) + file_done(2) + all_done;

void check_protocol_error(Sending& sending, ScriptedChannel& channel) {
    const auto result = sending.send(channel);
    REQUIRE_FALSE(result);
    CHECK(result.fault().code == FaultCode::protocol_error);
    REQUIRE(channel.count_sent(DataKind::stop) == 1);
    CHECK(channel.sent().back().header.kind == DataKind::stop);
}

}  // namespace

TEST_CASE("Files go out back to back, each with its hash, and all_done ends it well") {
    Sending sending;
    ScriptedChannel channel(start);
    answer_at_the_end(channel, honest_answers);
    REQUIRE(sending.send(channel));
    CHECK(channel.sent_bytes() == file_frames(0, "aaaaa") + file_frames(1, "bbb"));
    CHECK(sending.recorder.progress.back().bytes_stored == 8);
    CHECK(sending.recorder.progress.back().files_done == 2);
}

TEST_CASE("A receiver that is done before its sender looks up is believed") {
    Sending sending;
    ScriptedChannel channel(start);
    // A small file on a quick disk has its name before the sender has even seen that it was last.
    channel.on_sent = [&](const SeenFrame& frame) {
        if (is_last_end(frame)) channel.arrive(honest_answers);
    };
    CHECK(sending.send(channel));
}

TEST_CASE("F8: no end of the answers before all_done is ever success") {
    Sending sending;
    const auto ending = GENERATE(ScriptedChannel::Ending::clean, ScriptedChannel::Ending::cut);
    for (std::size_t length = 0; length <= honest_answers.size(); ++length) {
        ScriptedChannel channel(start, ending);
        answer_at_the_end(channel, honest_answers.substr(0, length));
        const auto result = sending.send(channel);
        REQUIRE(result.has_value() == (length == honest_answers.size()));
        if (!result) REQUIRE(result.fault().code == FaultCode::disconnected);
    }
    ScriptedChannel never_started("", ending);
    CHECK_FALSE(sending.send(never_started));
    CHECK(never_started.sent().empty());
}

TEST_CASE("Only what the receiver wants is sent") {
    struct Wish {
        std::string plan;
        std::string sent;
    };
    const std::string a = file_frames(0, "aaaaa");
    const std::string b = file_frames(1, "bbb");
    const Wish wish = GENERATE_COPY(Wish{"", a + b}, Wish{skip(0, 1), b}, Wish{skip(1, 1), a},
                                    Wish{skip(0, 2), ""}, Wish{skip(0, 1) + skip(1, 1), ""},
                                    Wish{skip(0, 0), a + b});
    Sending sending;
    ScriptedChannel channel(wish.plan + start);
    channel.on_flush = [&] { channel.arrive(all_done); };
    REQUIRE(sending.send(channel));
    CHECK(channel.sent_bytes() == wish.sent);
}

TEST_CASE("What its sender has no more is not looked for, though the receiver does not skip it") {
    Sending sending;
    ManifestEntry& gone = sending.sources.manifest.entries[0];
    gone.is_gone = true;
    gone.bytes = 0;
    std::filesystem::remove(sending.folder.send() / "a");
    ScriptedChannel channel(start);
    channel.on_flush = [&] { channel.arrive(all_done); };
    REQUIRE(sending.send(channel));
    CHECK(channel.sent_bytes() == file_frames(1, "bbb"));
}

TEST_CASE("What a receiver has is compared, and only what follows it is sent") {
    struct Part {
        std::string stored_there;
        std::size_t begins_at;
    };
    const Part part =
        GENERATE(Part{"", 0}, Part{"a", 1}, Part{"aaaaa", 5}, Part{"b", 0}, Part{"aab", 0});
    Sending sending;
    ScriptedChannel channel(skip(1, 1) + have(0, part.stored_there, part.stored_there.size()) +
                            start);
    channel.on_flush = [&] { channel.arrive(all_done); };
    REQUIRE(sending.send(channel));
    std::string expected = begin_frame(0, part.begins_at);
    const std::string rest = std::string("aaaaa").substr(part.begins_at);
    if (!rest.empty()) expected += data_frame(0, part.begins_at, rest);
    CHECK(channel.sent_bytes() == expected + end_frame(0, 5, digest_of("aaaaa")));
}

TEST_CASE("Of a part that differs, the chunks before the difference are kept") {
    TestFolder folder;
    const std::string content = content_of(2 * chunk + 1000, 5);
    const auto sources = sources_of({folder.write(folder.send() / "x", content)});
    struct Part {
        std::size_t damaged_at;
        std::size_t bytes;
        std::size_t begins_at;
    };
    const Part part =
        GENERATE(Part{0, 2 * chunk + 500, 0}, Part{chunk - 1, 2 * chunk + 500, 0},
                 Part{chunk, 2 * chunk + 500, chunk}, Part{2 * chunk, 2 * chunk + 500, 2 * chunk},
                 Part{2 * chunk + 600, 2 * chunk + 500, 2 * chunk + 500},
                 Part{2 * chunk + 600, 2 * chunk, 2 * chunk}, Part{2 * chunk + 600, 100, 100});
    std::string stored_there = content;
    stored_there[part.damaged_at] = static_cast<char>(~stored_there[part.damaged_at]);
    TransferPlan plan;
    plan.is_skipped = {false};
    ChunkHash hash;
    hash.update(bytes_of(stored_there).first(part.bytes));
    plan.stored[0] = {part.bytes, hash.chunk_digests()};
    const Stream stream = stream_of(sources, plan);
    REQUIRE(stream.result);
    CHECK(stream.bytes.starts_with(begin_frame(0, part.begins_at)));
    CHECK(stream.bytes.ends_with(end_frame(0, content.size(), digest_of(content))));
}

TEST_CASE("A receiver that plans with what was not offered is broken off before a byte is sent") {
    const std::string plan = GENERATE(
        skip(2, 1), skip(0, 3), skip(1, 2), skip(3, 0), skip(0xffffffff, 1),
        skip(0, limits::offer_entries_max), have(0, "aaaaaa", 6), have(2, "a", 1),
        have(0xffffffff, "a", 1), frame_bytes({.kind = DataKind::have, .offset = 5}),  // no digest
        frame_bytes({.kind = DataKind::have, .offset = 0}, std::string(16, 'x')),  // one too many
        frame_bytes({.kind = DataKind::have, .offset = 5}, std::string(15, 'x')),
        frame_bytes({.kind = DataKind::have, .offset = 5}, std::string(32, 'x')),
        frame_bytes({.kind = DataKind::have, .offset = limits::file_bytes_max},
                    std::string(16, 'x')));
    Sending sending;
    ScriptedChannel channel(plan + start);
    check_protocol_error(sending, channel);
    CHECK(channel.sent().size() == 1);
}

TEST_CASE("E13 A receiver may tell of four million chunks that it has, and not of one more") {
    constexpr std::size_t of_a_frame = limits::have_payload_bytes_max / sizeof(FileDigest);
    static_assert(limits::have_digests_max % of_a_frame == 0);
    TestFolder folder;
    const auto file = folder.write(folder.send() / "x", "");
    std::filesystem::resize_file(file, of_a_frame * chunk);  // nothing of it is on the disk
    const auto sources = sources_of({file});
    const std::string digests(limits::have_payload_bytes_max, 'd');
    std::string plan;
    for (std::size_t told = 0; told < limits::have_digests_max; told += of_a_frame) {
        plan += frame_bytes({.kind = DataKind::have, .offset = of_a_frame * chunk}, digests);
    }
    const bool is_one_more = GENERATE(false, true);
    if (is_one_more) {
        plan += frame_bytes({.kind = DataKind::have, .offset = 1}, std::string(16, 'd'));
    }
    ScriptedChannel channel(plan + skip(0, 1) + start + all_done);
    SendRecorder recorder;
    RateGate gate;
    const auto result = send_files(channel, sources, gate, std::atomic<bool>{false}, recorder);
    CHECK(result.has_value() == !is_one_more);
    CHECK(channel.count_sent(DataKind::stop) == (is_one_more ? 1 : 0));
}

TEST_CASE("A part of a folder cannot be had") {
    TestFolder folder;
    std::filesystem::create_directory(folder.send() / "d");
    const auto sources = sources_of({folder.send() / "d"});
    ScriptedChannel channel(have(0, "", 0) + start);
    SendRecorder recorder;
    RateGate gate;
    const auto result = send_files(channel, sources, gate, std::atomic<bool>{false}, recorder);
    REQUIRE_FALSE(result);
    CHECK(result.fault().code == FaultCode::protocol_error);
}

TEST_CASE("A18: every kind of frame in every phase of a sender is taken or breaks it off") {
    const DataKind kind = GENERATE(from_range(all_data_kinds));
    const std::string frame =
        frame_bytes({.kind = kind}, std::string(payload_bounds(kind).bytes_min, 'x'));
    CAPTURE(data_kind_name(kind));
    Sending sending;
    SECTION("before start") {
        if (is_allowed(DataPhase::sender_expects_plan, kind)) return;
        ScriptedChannel channel(frame);
        check_protocol_error(sending, channel);
        CHECK(channel.sent().size() == 1);
    }
    SECTION("while bytes flow") {
        if (is_allowed(DataPhase::sender_streams, kind)) return;
        ScriptedChannel channel(start + frame);
        check_protocol_error(sending, channel);
    }
    SECTION("after everything was sent") {
        if (is_allowed(DataPhase::sender_expects_verdict, kind)) return;
        ScriptedChannel channel(start);
        answer_at_the_end(channel, frame);
        check_protocol_error(sending, channel);
    }
}

TEST_CASE("A receiver cannot have stored more than was offered") {
    Sending sending;
    ScriptedChannel channel(start);
    answer_at_the_end(channel, stored(9));
    check_protocol_error(sending, channel);
}

TEST_CASE("A receiver that stops is believed at once, wherever it stops") {
    Sending sending;
    const std::string stop = stop_frame({FaultCode::disk_full, "The disk is full."});
    ScriptedChannel channel;
    SECTION("before the start") { channel.arrive(stop); }
    SECTION("in its plan") { channel.arrive(skip(0, 1) + stop); }
    SECTION("while bytes flow") { channel.arrive(start + stop); }
    SECTION("after everything was sent") {
        channel.arrive(start);
        answer_at_the_end(channel, stop);
    }
    const auto result = sending.send(channel);
    REQUIRE_FALSE(result);
    CHECK(channel.count_sent(DataKind::stop) == 0);
    CHECK(result.fault().code == FaultCode::disk_full);
    CHECK(result.fault().sentence == "The other side stopped the transfer: The disk is full.");
}

TEST_CASE("F7: the reason of a receiver that is already gone is found behind the broken write") {
    Sending sending;
    ScriptedChannel channel(start);
    channel.frames_until_gone = 0;
    // The reason is on its way, but the first write fails before it is looked at.
    channel.arrive(stored(0) + stop_frame({FaultCode::disk_full, "Full."}));
    const auto result = sending.send(channel);
    REQUIRE_FALSE(result);
    CHECK(result.fault().code == FaultCode::disk_full);
}

TEST_CASE("A source that changed or vanished is said to the receiver in a sentence") {
    TestFolder folder;
    const auto first = folder.write(folder.send() / "a", content_of(3'000'000, 1));
    const auto second = folder.write(folder.send() / "b", "bbb");
    const auto sources = sources_of({first, second});
    std::function<void()> meanwhile = [] {};
    SECTION("changed before it is opened") {
        meanwhile = [&] { folder.write(second, "xxxx"); };
    }
    SECTION("vanished before it is opened") {
        meanwhile = [&] { std::filesystem::remove(second); };
    }
    SECTION("touched while it is sent") {
        meanwhile = [&] { std::filesystem::last_write_time(first, {}); };
    }
    SECTION("cut while it is sent") {
        meanwhile = [&] { std::filesystem::resize_file(first, 1000); };
    }
    ScriptedChannel channel(start);
    channel.on_sent = [&](const SeenFrame& frame) {
        if (frame.header.kind == DataKind::data) std::exchange(meanwhile, [] {})();
    };
    SendRecorder recorder;
    RateGate gate;
    const auto result = send_files(channel, sources, gate, std::atomic<bool>{false}, recorder);
    REQUIRE_FALSE(result);
    CHECK(result.fault().code == FaultCode::source_changed);
    REQUIRE(channel.count_sent(DataKind::stop) == 1);
    const Fault told = decode_stop(bytes_of(channel.sent().back().payload));
    CHECK(told.code == FaultCode::source_changed);
    CHECK(told.sentence.ends_with(result.fault().sentence));
    CHECK(channel.sent_bytes().find(folder.send().string()) == std::string::npos);
    CHECK(channel.count_sent(DataKind::file_end) < 2);
}

TEST_CASE("F6: beyond 4 GiB sizes and offsets stay true") {
    TestFolder folder;
    constexpr std::uint64_t size = (std::uint64_t{4} << 30U) + 1'000'000;
    const auto path = folder.write(folder.send() / "sparse", "");
    std::filesystem::resize_file(path, size);
    const auto sources = sources_of({path});
    CHECK(sources.manifest.bytes == size);
    // All but the last chunk is there; an endless row of zeros has the same chunks all along.
    constexpr std::uint64_t there = size / chunk * chunk;
    const std::string zeros(chunk, '\0');
    FileHash one;
    one.update(bytes_of(zeros));
    TransferPlan plan;
    plan.is_skipped = {false};
    plan.stored[0] = {there, std::vector<FileDigest>(there / chunk, one.digest())};
    const Stream stream = stream_of(sources, plan);
    REQUIRE(stream.result);
    CHECK(stream.bytes.starts_with(begin_frame(0, there)));
    const auto end = bytes_of(stream.bytes).last(data_header_bytes + sizeof(FileDigest));
    const auto header = decode_data_header(end.first<data_header_bytes>());
    REQUIRE(header);
    CHECK(header->kind == DataKind::file_end);
    CHECK(header->offset == size);
}

TEST_CASE("A sender held back by its user's limit keeps saying that it lives") {
    // Time passes only where somebody waits for the limit.
    struct WaitingClock : GateClock {
        explicit WaitingClock(TimePoint& shared) : time(shared) {}
        TimePoint now() override { return time; }
        void wait(std::unique_lock<std::mutex>&, std::condition_variable&,
                  TimePoint when) override {
            time = std::max(time, when);
        }
        TimePoint& time;
    };
    TimePoint time{std::chrono::hours(1)};
    RateGate gate(std::make_unique<WaitingClock>(time));
    gate.set(10'000);
    TestFolder folder;
    const auto sources = sources_of({folder.write(folder.send() / "x", content_of(1'000'000, 1))});
    ScriptedChannel channel(start);
    TimePoint spoke_at = time;
    Duration longest_silence{};
    channel.on_write = [&] {
        longest_silence = std::max(longest_silence, time - spoke_at);
        spoke_at = time;
    };
    channel.on_flush = [&] { channel.arrive(all_done); };
    SendRecorder recorder;
    REQUIRE(send_files(channel, sources, gate, std::atomic<bool>{false}, recorder));
    CHECK(longest_silence > Duration::zero());
    CHECK(longest_silence < limits::transfer_stalled_max);
}

TEST_CASE("An interrupted sender that waits for its receiver ends") {
    Sending sending;
    ScriptedChannel channel(start, ScriptedChannel::Ending::open);
    const auto has_sent_all = std::make_shared<bool>(false);
    channel.on_sent = [=](const SeenFrame& frame) { *has_sent_all |= is_last_end(frame); };
    channel.on_flush = [=, &channel] {
        if (*has_sent_all) channel.interrupt();
    };
    const auto result = sending.send(channel);
    REQUIRE_FALSE(result);
    CHECK(result.fault().code == FaultCode::cancelled);
}
