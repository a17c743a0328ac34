#include "net/transfer/sender.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <filesystem>
#include <fstream>
#include <string>

#include "net/api/limits.hpp"
#include "net/transfer/file_hash.hpp"
#include "tests/transfer/recorders.hpp"
#include "tests/transfer/scripted_channel.hpp"
#include "tests/transfer/test_folder.hpp"

using namespace dropline;
using namespace dropline::tests;

namespace {

constexpr DataHeader start_at_beginning{.kind = DataKind::start};

DataHeader stored(std::uint64_t bytes) { return {.kind = DataKind::stored, .offset = bytes}; }
DataHeader file_done(std::uint32_t index) {
    return {.kind = DataKind::file_done, .file_index = index};
}
constexpr DataHeader all_done{.kind = DataKind::all_done};

std::string stop_bytes(const Fault& why) {
    const auto payload = encode_stop(why);
    return frame_bytes({.kind = DataKind::stop},
                       {reinterpret_cast<const char*>(payload.data()), payload.size()});
}

/// Two files, "aaaaa" and "bbb", and a receiver that the test plays.
struct Sending {
    Sending() {
        for (const auto& [name, content] : {std::pair("a", "aaaaa"), std::pair("b", "bbb")}) {
            const auto source = inspect_source(folder.write(folder.send() / name, content));
            REQUIRE(source);
            files.push_back(*source);
        }
    }

    Result<void> send(ScriptedChannel& channel) { return send_files(channel, files, recorder); }

    TestFolder folder;
    std::vector<SourceFile> files;
    SendRecorder recorder;
};

/// Answers as an honest receiver would that stores 8 bytes in two files.
void answer_honestly(ScriptedChannel& channel) {
    channel.arrive(start_at_beginning);
    channel.on_sent = [&](const SeenFrame& frame) {
        const bool is_last =
            frame.header.kind == DataKind::file_end && frame.header.file_index == 1;
        if (!is_last) return;
        channel.arrive(stored(8));
        channel.arrive(file_done(1));
        channel.arrive(all_done);
    };
}

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
    ScriptedChannel channel;
    answer_honestly(channel);
    REQUIRE(sending.send(channel));
    REQUIRE(channel.sent().size() == 4);
    CHECK(channel.sent()[0].payload == "aaaaa");
    CHECK(channel.sent()[1].header.kind == DataKind::file_end);
    CHECK(channel.sent()[1].header.offset == 5);
    CHECK(channel.sent()[2].header.file_index == 1);
    CHECK(channel.sent()[2].payload == "bbb");
    CHECK(channel.sent()[3].header.kind == DataKind::file_end);
    CHECK(sending.recorder.verifying == 1);
    CHECK(sending.recorder.progress.back().bytes_stored == 8);
    CHECK(sending.recorder.progress.back().files_done == 2);
}

TEST_CASE("F8: no end of the answers before all_done is ever success") {
    Sending sending;
    const auto ending = GENERATE(ScriptedChannel::Ending::clean, ScriptedChannel::Ending::cut);
    const std::string answers =
        frame_bytes(stored(8)) + frame_bytes(file_done(1)) + frame_bytes(all_done);
    for (std::size_t length = 0; length <= answers.size(); ++length) {
        ScriptedChannel channel(frame_bytes(start_at_beginning), ending);
        channel.on_sent = [&](const SeenFrame& frame) {
            const bool is_last = frame.header.file_index == 1 && frame.payload.size() == 16;
            if (is_last) channel.arrive(answers.substr(0, length));
        };
        const auto result = sending.send(channel);
        REQUIRE(result.has_value() == (length == answers.size()));
        if (!result) REQUIRE(result.fault().code == FaultCode::disconnected);
    }
    ScriptedChannel never_started("", ending);
    CHECK_FALSE(sending.send(never_started));
    CHECK(never_started.sent().empty());
}

TEST_CASE("A receiver may ask to go on anywhere inside the offer, and gets the rest of it") {
    Sending sending;
    struct Place {
        std::uint32_t index;
        std::uint64_t offset;
        std::string rest;
    };
    const auto place =
        GENERATE(Place{0, 0, "aaaaabbb"}, Place{0, 3, "aabbb"}, Place{0, 5, "bbb"},
                 Place{1, 0, "bbb"}, Place{1, 2, "b"}, Place{1, 3, ""}, Place{2, 0, ""});
    ScriptedChannel channel;
    channel.arrive({.kind = DataKind::start, .file_index = place.index, .offset = place.offset});
    channel.on_sent = [&](const SeenFrame& frame) {
        const bool is_last =
            frame.header.kind == DataKind::file_end && frame.header.file_index == 1;
        if (is_last) channel.arrive(frame_bytes(stored(8)) + frame_bytes(file_done(1)));
        if (is_last) channel.arrive(all_done);
    };
    if (place.index == 2) channel.arrive(all_done);
    REQUIRE(sending.send(channel));
    std::string rest;
    for (const auto& frame : channel.sent()) {
        if (frame.header.kind == DataKind::data) rest += frame.payload;
    }
    CHECK(rest == place.rest);
    CHECK(channel.count_sent(DataKind::file_end) == 2 - place.index);
}

TEST_CASE("The hash is of the whole file, also when only its end is sent") {
    Sending sending;
    ScriptedChannel whole;
    answer_honestly(whole);
    REQUIRE(sending.send(whole));
    ScriptedChannel rest(frame_bytes({.kind = DataKind::start, .offset = 4}));
    CHECK_FALSE(sending.send(rest));
    CHECK(rest.sent()[0].payload == "a");
    CHECK(rest.sent()[1].payload == whole.sent()[1].payload);
}

TEST_CASE("A receiver that asks for a place outside the offer is broken off") {
    Sending sending;
    const auto header =
        GENERATE(DataHeader{.kind = DataKind::start, .offset = 6},
                 DataHeader{.kind = DataKind::start, .file_index = 2, .offset = 1},
                 DataHeader{.kind = DataKind::start, .file_index = 3},
                 DataHeader{.kind = DataKind::start, .file_index = 0xffffffff},
                 DataHeader{.kind = DataKind::start, .offset = limits::file_bytes_max});
    ScriptedChannel channel(frame_bytes(header));
    check_protocol_error(sending, channel);
    CHECK(channel.count_sent(DataKind::data) == 0);
}

TEST_CASE("A18: every kind of frame in every phase of a sender is taken or breaks it off") {
    const DataKind kind = GENERATE(from_range(all_data_kinds));
    const std::string frame =
        frame_bytes({.kind = kind}, std::string(payload_bounds(kind).bytes_min, 'x'));
    CAPTURE(data_kind_name(kind));
    Sending sending;
    SECTION("before start") {
        if (kind == DataKind::start || kind == DataKind::stop) return;
        ScriptedChannel channel(frame);
        check_protocol_error(sending, channel);
        CHECK(channel.sent().size() == 1);
    }
    SECTION("while bytes flow") {
        if (kind == DataKind::stored || kind == DataKind::stop) return;
        // file_done is known here, but no file has ended yet.
        ScriptedChannel channel(frame_bytes(start_at_beginning) + frame);
        check_protocol_error(sending, channel);
    }
    SECTION("after everything was sent") {
        const bool is_known = kind == DataKind::stored || kind == DataKind::file_done;
        if (is_known || kind == DataKind::stop) return;
        // all_done is known here, but not every file is done.
        ScriptedChannel channel(frame_bytes(start_at_beginning));
        channel.on_sent = [&](const SeenFrame& sent) {
            if (sent.header.kind == DataKind::file_end && sent.header.file_index == 1) {
                channel.arrive(frame);
            }
        };
        check_protocol_error(sending, channel);
    }
}

TEST_CASE("A receiver cannot have stored or finished what was not sent, nor less than before") {
    Sending sending;
    const std::vector<DataHeader> answers = GENERATE(
        std::vector{stored(9)}, std::vector{stored(8), stored(7)}, std::vector{file_done(2)},
        std::vector{file_done(1), file_done(1)}, std::vector{file_done(1), file_done(0)},
        std::vector{stored(8), all_done}, std::vector{file_done(1), all_done},
        std::vector{stored(8), file_done(0), all_done},
        std::vector{stored(7), file_done(1), all_done});
    ScriptedChannel channel(frame_bytes(start_at_beginning));
    channel.on_sent = [&](const SeenFrame& frame) {
        if (frame.header.kind != DataKind::file_end || frame.header.file_index != 1) return;
        for (const DataHeader& answer : answers) channel.arrive(answer);
    };
    check_protocol_error(sending, channel);
}

TEST_CASE("A receiver that stops is believed at once, wherever it stops") {
    Sending sending;
    const std::string stop = stop_bytes({FaultCode::disk_full, "The disk is full."});
    ScriptedChannel channel;
    SECTION("before the start") { channel.arrive(stop); }
    SECTION("while bytes flow") { channel.arrive(frame_bytes(start_at_beginning) + stop); }
    const auto result = sending.send(channel);
    REQUIRE_FALSE(result);
    CHECK(channel.count_sent(DataKind::stop) == 0);
    CHECK(result.fault().code == FaultCode::disk_full);
    CHECK(result.fault().sentence == "The other side stopped the transfer: The disk is full.");
}

TEST_CASE("F7: the reason of a receiver that is already gone is found behind the broken write") {
    Sending sending;
    ScriptedChannel channel(frame_bytes(start_at_beginning));
    channel.frames_until_gone = 0;
    // The reason is on its way, but the write of the first frame fails before it is looked at.
    channel.arrive(frame_bytes(stored(0)) + stop_bytes({FaultCode::disk_full, "Full."}));
    const auto result = sending.send(channel);
    REQUIRE_FALSE(result);
    CHECK(result.fault().code == FaultCode::disk_full);
}

TEST_CASE("A source that changed or vanished is said to the receiver in a sentence") {
    Sending sending;
    FaultCode expected = FaultCode::source_changed;
    ScriptedChannel channel(frame_bytes(start_at_beginning));
    std::function<void()> meanwhile = [] {};
    const auto second = sending.folder.send() / "b";
    SECTION("changed before it is opened") {
        meanwhile = [&] { sending.folder.write(second, "xxxx"); };
    }
    SECTION("vanished before it is opened") {
        expected = FaultCode::file_error;
        meanwhile = [&] { std::filesystem::remove(second); };
    }
    SECTION("changed while it is sent") {
        meanwhile = [&] { std::filesystem::last_write_time(sending.folder.send() / "a", {}); };
    }
    channel.on_sent = [&](const SeenFrame& frame) {
        if (frame.header.kind == DataKind::data) meanwhile();
    };
    const auto result = sending.send(channel);
    REQUIRE_FALSE(result);
    CHECK(result.fault().code == expected);
    REQUIRE(channel.count_sent(DataKind::stop) == 1);
    const Fault told = decode_stop(std::as_bytes(std::span(channel.sent().back().payload)));
    CHECK(told.code == expected);
    CHECK(told.sentence.ends_with(result.fault().sentence));
    CHECK(channel.sent_bytes().find(sending.folder.send().string()) == std::string::npos);
    CHECK(channel.count_sent(DataKind::file_end) < 2);
}

TEST_CASE("F6: beyond 4 GiB sizes and offsets stay true") {
    TestFolder folder;
    constexpr std::uint64_t size = (std::uint64_t{4} << 30U) + 1'000'000;
    const auto path = folder.write(folder.send() / "sparse", "");
    std::filesystem::resize_file(path, size);
    const auto source = inspect_source(path);
    REQUIRE(source);
    CHECK(source->bytes == size);
    ScriptedChannel channel;
    channel.arrive({.kind = DataKind::start, .offset = size - 300'000});
    channel.on_sent = [&](const SeenFrame& frame) {
        if (frame.header.kind != DataKind::file_end) return;
        CHECK(frame.header.offset == size);
        channel.arrive(stored(size));
        channel.arrive(file_done(0));
        channel.arrive(all_done);
    };
    SendRecorder recorder;
    REQUIRE(send_files(channel, {*source}, recorder));
    REQUIRE(channel.count_sent(DataKind::data) == 2);
    CHECK(channel.sent()[1].header.offset == size - 300'000 + limits::data_payload_bytes_max);
    CHECK(recorder.progress.back().bytes_stored == size);
}
