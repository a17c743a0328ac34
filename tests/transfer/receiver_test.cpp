#include "net/transfer/receiver.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <filesystem>
#include <optional>
#include <string>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/transfer/file_hash.hpp"
#include "tests/transfer/hostile_names.hpp"
#include "tests/transfer/recorders.hpp"
#include "tests/transfer/scripted_channel.hpp"
#include "tests/transfer/test_folder.hpp"

using namespace dropline;
using namespace dropline::tests;
using Names = std::vector<std::string>;

namespace {

std::string digest_of(const std::string& content) {
    FileHash hash;
    hash.update(std::as_bytes(std::span(content)));
    const FileDigest digest = hash.digest();
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string data_frame(std::uint32_t index, std::uint64_t offset, const std::string& bytes) {
    return frame_bytes({.kind = DataKind::data, .file_index = index, .offset = offset}, bytes);
}

std::string end_frame(std::uint32_t index, std::uint64_t size, const std::string& digest) {
    return frame_bytes({.kind = DataKind::file_end, .file_index = index, .offset = size}, digest);
}

/// What an honest sender sends for one file.
std::string file_frames(std::uint32_t index, const std::string& content,
                        std::size_t payload_bytes = limits::data_payload_bytes_max) {
    std::string frames;
    for (std::size_t at = 0; at < content.size(); at += payload_bytes) {
        frames += data_frame(index, at, content.substr(at, payload_bytes));
    }
    return frames + end_frame(index, content.size(), digest_of(content));
}

struct Receiving {
    Receiving() : target(*ReceiveFolder::open(folder.receive())) {}

    Result<ReceivedFiles> receive(ScriptedChannel& channel) {
        return receive_files(channel, target, files, recorder);
    }

    TestFolder folder;
    ReceiveFolder target;
    std::vector<ExpectedFile> files = {{"a", 5, std::nullopt}, {"b", 3, std::nullopt}};
    ReceiveRecorder recorder;
};

const std::string a_frames = file_frames(0, "aaaaa");
const std::string b_frames = file_frames(1, "bbb");

/// The sender is told so, and nothing is left but `saved`.
void check_broken_off(Receiving& receiving, const std::string& arriving, const Names& saved,
                      FaultCode code = FaultCode::protocol_error) {
    ScriptedChannel channel(arriving);
    const auto result = receiving.receive(channel);
    REQUIRE_FALSE(result);
    CHECK(result.fault().code == code);
    CHECK(receiving.folder.received_names() == saved);
    CHECK(receiving.recorder.saved.size() == saved.size());
    CHECK(channel.count_sent(DataKind::all_done) == 0);
    REQUIRE(channel.count_sent(DataKind::stop) == 1);
    const auto& stop = channel.sent().back();
    CHECK(stop.header.kind == DataKind::stop);
    CHECK(decode_stop(std::as_bytes(std::span(stop.payload))).code == code);
    CHECK(receiving.folder.is_rest_untouched());
}

}  // namespace

TEST_CASE("Files arrive whole, in order, and only then the sender hears that all is done") {
    Receiving receiving;
    ScriptedChannel channel(a_frames + b_frames);
    channel.portion_bytes = GENERATE(1UL, 24UL, 1'000'000UL);
    const auto result = receiving.receive(channel);
    REQUIRE(result);
    CHECK(receiving.folder.received_names() == Names{"a", "b"});
    CHECK(read_file(receiving.folder.receive() / "a") == "aaaaa");
    CHECK(read_file(receiving.folder.receive() / "b") == "bbb");
    CHECK(result->saved_as == Names{(receiving.folder.receive() / "a").string(),
                                    (receiving.folder.receive() / "b").string()});
    CHECK(receiving.recorder.saved == result->saved_as);
    CHECK(channel.sent().front().header.kind == DataKind::start);
    CHECK(channel.sent().back().header.kind == DataKind::all_done);
    const auto& file_done = channel.sent().end()[-2];
    CHECK(file_done.header.kind == DataKind::file_done);
    CHECK(file_done.header.file_index == 1);
    CHECK(receiving.recorder.progress.back().bytes_stored == 8);
    CHECK(receiving.recorder.progress.back().files_done == 2);
    CHECK(receiving.recorder.verifying == 1);
}

TEST_CASE("Files without a byte, and offers without a file, are done too") {
    Receiving receiving;
    SECTION("empty files") {
        receiving.files = {{"x", 0, std::nullopt}, {"y", 0, std::nullopt}};
        ScriptedChannel channel(file_frames(0, "") + file_frames(1, ""));
        REQUIRE(receiving.receive(channel));
        CHECK(receiving.folder.received_names() == Names{"x", "y"});
    }
    SECTION("no file") {
        receiving.files.clear();
        ScriptedChannel channel;
        REQUIRE(receiving.receive(channel));
        CHECK(channel.count_sent(DataKind::all_done) == 1);
        CHECK(receiving.folder.received_names().empty());
    }
}

TEST_CASE("A11: whatever the sender does against the accepted offer breaks the transfer off") {
    Receiving receiving;
    SECTION("a file that is not in the offer") {
        check_broken_off(receiving, file_frames(2, "ccccc"), {});
        Receiving later;
        check_broken_off(later, a_frames + file_frames(2, "c"), {"a"});
    }
    SECTION("the same file twice") { check_broken_off(receiving, a_frames + a_frames, {"a"}); }
    SECTION("the second file first") { check_broken_off(receiving, b_frames, {}); }
    SECTION("more bytes than announced, in one frame") {
        check_broken_off(receiving, data_frame(0, 0, "aaaaaa"), {});
    }
    SECTION("more bytes than announced, in a second frame") {
        check_broken_off(receiving, data_frame(0, 0, "aaaaa") + data_frame(0, 5, "a"), {});
    }
    SECTION("fewer bytes than announced") {
        check_broken_off(receiving, file_frames(0, "aaaa"), {});
    }
    SECTION("a hole") { check_broken_off(receiving, data_frame(0, 1, "aaaa"), {}); }
    SECTION("the same bytes twice") {
        check_broken_off(receiving, data_frame(0, 0, "aa") + data_frame(0, 0, "aa"), {});
    }
    SECTION("an end with another size") {
        check_broken_off(receiving, data_frame(0, 0, "aaaaa") + end_frame(0, 4, digest_of("aaaaa")),
                         {});
    }
    SECTION("an end of another file") {
        check_broken_off(receiving, data_frame(0, 0, "aaaaa") + end_frame(1, 5, digest_of("aaaaa")),
                         {});
    }
    SECTION("a second end") {
        check_broken_off(receiving, a_frames + end_frame(0, 5, digest_of("aaaaa")), {"a"});
    }
}

TEST_CASE("A18: every kind of frame in every phase of a receiver is taken or breaks it off") {
    struct Moment {
        std::string before;
        DataKind expected;
        Names saved;
    };
    const Moment moment =
        GENERATE(Moment{"", DataKind::data, {}}, Moment{data_frame(0, 0, "aa"), DataKind::data, {}},
                 Moment{data_frame(0, 0, "aaaaa"), DataKind::file_end, {}},
                 Moment{a_frames, DataKind::data, {"a"}});
    const DataKind kind = GENERATE(from_range(all_data_kinds));
    if (kind == moment.expected || kind == DataKind::stop) return;
    CAPTURE(moment.before.size(), data_kind_name(kind));
    Receiving receiving;
    const std::string payload(payload_bounds(kind).bytes_min, 'x');
    check_broken_off(receiving, moment.before + frame_bytes({.kind = kind}, payload), moment.saved);
}

TEST_CASE("A file whose hash differs gets no name and the sender hears that it is damaged") {
    Receiving receiving;
    check_broken_off(receiving, data_frame(0, 0, "aaaaa") + end_frame(0, 5, digest_of("aaaab")), {},
                     FaultCode::damaged);
}

TEST_CASE("A sender that stops is believed, and not told back") {
    Receiving receiving;
    const auto why = encode_stop({FaultCode::source_changed, "\"a\" was changed."});
    const std::string payload(reinterpret_cast<const char*>(why.data()), why.size());
    ScriptedChannel channel(data_frame(0, 0, "aa") +
                            frame_bytes({.kind = DataKind::stop}, payload));
    const auto result = receiving.receive(channel);
    REQUIRE_FALSE(result);
    CHECK(result.fault().code == FaultCode::source_changed);
    CHECK(result.fault().sentence == "The other side stopped the transfer: \"a\" was changed.");
    CHECK(channel.count_sent(DataKind::stop) == 0);
    CHECK(receiving.folder.received_names().empty());
}

TEST_CASE("A24: sizes that cannot be are refused before anything is made") {
    Receiving receiving;
    const std::uint64_t bytes = GENERATE(std::uint64_t{1} << 63U, (std::uint64_t{1} << 63U) - 1,
                                         ~std::uint64_t{0}, limits::file_bytes_max + 1);
    receiving.files = {{"a", bytes, std::nullopt}};
    check_broken_off(receiving, "", {}, FaultCode::too_large);
}

TEST_CASE("A24: sizes that do not fit are refused before anything is made") {
    Receiving receiving;
    // Each file alone may exist; together they overflow whatever adds them carelessly.
    receiving.files.assign(GENERATE(1UL, 2UL, 4UL, 5UL), {"a", limits::file_bytes_max, {}});
    ScriptedChannel channel;
    const auto result = receiving.receive(channel);
    REQUIRE_FALSE(result);
    const FaultCode code = result.fault().code;
    CHECK((code == FaultCode::disk_full || code == FaultCode::too_large));
    CHECK(channel.count_sent(DataKind::start) == 0);
    CHECK(receiving.folder.received_names().empty());
}

TEST_CASE("A1 A3 A4: a hostile name that gets as far as the receiver still makes no file outside") {
    const HostileName& name = GENERATE(from_range(hostile_names()));
    INFO(escape_for_display(name.sent));
    Receiving receiving;
    receiving.files = {{name.sent, 5, std::nullopt}};
    ScriptedChannel channel(a_frames);
    const auto result = receiving.receive(channel);
    if (name.safe && name.is_single_file()) {
        REQUIRE(result);
        CHECK(receiving.folder.received_names() == Names{*name.safe});
    } else {
        REQUIRE_FALSE(result);
        CHECK(result.fault().code == FaultCode::bad_name);
        CHECK(receiving.folder.received_names().empty());
    }
    CHECK(receiving.folder.is_rest_untouched());
}

TEST_CASE("What the other side is told names no folder of ours") {
    Receiving receiving;
    std::filesystem::remove(receiving.folder.receive());
    ScriptedChannel channel(a_frames);
    const auto result = receiving.receive(channel);
    REQUIRE_FALSE(result);
    REQUIRE(channel.count_sent(DataKind::stop) == 1);
    CHECK(channel.sent_bytes().find(receiving.folder.all().string()) == std::string::npos);
}

TEST_CASE("Files that are here for good stay a success when the sender is gone") {
    Receiving receiving;
    ScriptedChannel channel(a_frames + b_frames);
    struct LosesSender : ReceiveRecorder {
        void on_saved(std::uint32_t index, const std::string& saved_as) override {
            ReceiveRecorder::on_saved(index, saved_as);
            if (index == 1) channel->frames_until_gone = 0;
        }
        ScriptedChannel* channel = nullptr;
    } observer;
    observer.channel = &channel;
    REQUIRE(receive_files(channel, receiving.target, receiving.files, observer));
    CHECK(receiving.folder.received_names() == Names{"a", "b"});
    CHECK(channel.count_sent(DataKind::all_done) == 0);
}

TEST_CASE("F8: a transfer cut at any byte is never done and leaves nothing") {
    const std::string content = content_of(100 * 1024, 11);
    const std::string frames = file_frames(0, content, 10'000);
    // A polite farewell in the middle is no better than a cut cable.
    const auto ending = GENERATE(ScriptedChannel::Ending::clean, ScriptedChannel::Ending::cut);
    Receiving receiving;
    receiving.files = {{"a", content.size(), std::nullopt}};
    for (std::size_t length = 0; length < frames.size(); ++length) {
        ScriptedChannel channel(frames, ending);
        channel.ends_after_bytes = length;
        const auto result = receiving.receive(channel);
        REQUIRE_FALSE(result);
        REQUIRE(result.fault().code == FaultCode::disconnected);
        REQUIRE(channel.count_sent(DataKind::all_done) == 0);
        REQUIRE(std::filesystem::is_empty(receiving.folder.receive()));
    }
    ScriptedChannel whole(frames, ending);
    REQUIRE(receiving.receive(whole));
    CHECK(read_file(receiving.folder.receive() / "a") == content);
    CHECK(receiving.folder.is_rest_untouched());
}

TEST_CASE("F8: a bit that turns over anywhere on the way never gets a file its name") {
    const std::string content = content_of(600, 12);
    const std::string frames = file_frames(0, content, 100);
    Receiving receiving;
    receiving.files = {{"a", content.size(), std::nullopt}};
    for (std::size_t at = 0; at < frames.size(); ++at) {
        std::string turned = frames;
        turned[at] = static_cast<char>(turned[at] ^ 0x10);
        ScriptedChannel channel(turned);
        REQUIRE_FALSE(receiving.receive(channel));
        REQUIRE(std::filesystem::is_empty(receiving.folder.receive()));
    }
}
