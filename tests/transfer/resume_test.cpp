// What is stored of a broken-off transfer is built on, whatever broke it off.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "net/api/limits.hpp"
#include "tests/transfer/no_descriptors.hpp"
#include "tests/transfer/reception.hpp"
#include "tests/transfer/sender_frames.hpp"

using namespace dropline;
using namespace dropline::tests;
namespace fs = std::filesystem;

namespace {

/// A single file of two chunks, a folder with files of all sorts, and an empty file behind them.
struct Sent {
    Sent() {
        fs::create_directories(folder.send() / "tree/sub");
        fs::create_directories(folder.send() / "tree/void");
        put("big", content_of(chunk + 300'000, 1));
        put("tree/sub/pieces", content_of(600'000, 2));
        put("tree/sub/small", "hello");
        put("tree/none", "");
        put("zero", "");
        sources =
            sources_of({folder.send() / "big", folder.send() / "tree", folder.send() / "zero"});
    }

    void put(const std::string& path, const std::string& content) {
        contents[path] = content;
        folder.write(folder.send() / path, content);
    }
    Reception reception() const {
        return Reception(folder.receive(), as_received(sources.manifest));
    }
    void check_all_there() const {
        CHECK(folder.received_names() == std::vector<std::string>{"big", "tree", "zero"});
        for (const auto& [path, content] : contents) {
            CAPTURE(path);
            CHECK(holds(folder.receive() / path, content));
        }
        CHECK(fs::is_directory(folder.receive() / "tree/void"));
    }
    void clear_received() const {
        for (const auto& entry : fs::directory_iterator(folder.receive())) {
            fs::remove_all(entry.path());
        }
    }
    /// Nothing has a final name before everything of it is there.
    bool is_all_hidden() const {
        return std::ranges::all_of(folder.received_names(),
                                   [](auto& name) { return name.ends_with(".part"); });
    }

    TestFolder folder;
    std::map<std::string, std::string> contents;
    SourceTree sources;
};

enum class Between { reconnect, restart, restart_without_identity };

std::uint64_t bytes_of_data_in(const std::string& stream) {
    std::uint64_t bytes = 0;
    std::size_t at = 0;
    for (const std::size_t end : frame_ends(stream)) {
        const bool is_data = static_cast<DataKind>(stream[at]) == DataKind::data;
        if (is_data) bytes += end - at - data_header_bytes;
        at = end;
    }
    return bytes;
}

/// Brings the stream up to `cut`, then everything that is asked for after it; what travelled in
/// the second connection.
std::uint64_t receive_with_cut(const Sent& sent, const std::string& stream, std::size_t cut,
                               Between between) {
    Reception reception = sent.reception();
    REQUIRE(reception.prepare());
    REQUIRE(reception.take(stream.substr(0, cut)));
    REQUIRE((reception.has_all() || sent.is_all_hidden()));
    const std::uint64_t stored_before = reception.state.bytes_stored;
    if (between != Between::reconnect) reception.restart(between == Between::restart);
    REQUIRE(reception.prepare());
    CHECK(reception.state.bytes_stored == stored_before);
    const Stream rest = stream_of(sent.sources, reception.plan);
    REQUIRE(rest.result);
    REQUIRE(reception.take(rest.bytes));
    REQUIRE(reception.has_all());
    CHECK(reception.state.bytes_stored == sent.sources.manifest.bytes);
    CHECK(reception.state.files_stored == 5);
    return bytes_of_data_in(rest.bytes);
}

}  // namespace

TEST_CASE("After a cut at any frame everything arrives, and nothing travels twice") {
    const Between between = GENERATE(Between::reconnect, Between::restart);
    CAPTURE(static_cast<int>(between));
    const Sent sent;
    Reception first = sent.reception();
    REQUIRE(first.prepare());
    const Stream stream = stream_of(sent.sources, first.plan);
    REQUIRE(stream.result);
    std::uint64_t arrived = 0;
    std::size_t at = 0;
    for (const std::size_t end : frame_ends(stream.bytes)) {
        CAPTURE(at);
        const std::uint64_t rest = receive_with_cut(sent, stream.bytes, at, between);
        CHECK(arrived + rest == sent.sources.manifest.bytes);
        const bool is_data = static_cast<DataKind>(stream.bytes[at]) == DataKind::data;
        if (is_data) arrived += end - at - data_header_bytes;
        at = end;
        sent.check_all_there();
        sent.clear_received();
    }
}

TEST_CASE("After a cut inside a frame everything arrives, and nothing travels twice") {
    const Between between =
        GENERATE(Between::reconnect, Between::restart, Between::restart_without_identity);
    const Sent sent;
    Reception first = sent.reception();
    REQUIRE(first.prepare());
    const Stream stream = stream_of(sent.sources, first.plan);
    // In a header, behind it, and in the bytes, of frames in the middle of both chunks.
    for (const std::size_t near : {std::size_t{0}, chunk / 2, chunk, chunk + 200'000}) {
        for (const std::size_t inside : {1U, 23U, 24U, 25U, 100'000U}) {
            CAPTURE(near, inside);
            const auto ends = frame_ends(stream.bytes);
            const std::size_t cut = *std::ranges::lower_bound(ends, near) + inside;
            receive_with_cut(sent, stream.bytes, cut, between);
            sent.check_all_there();
            sent.clear_received();
        }
    }
}

TEST_CASE("A part that was damaged on the disk while we were away is fetched again from there on") {
    struct Damage {
        std::size_t at;
        std::size_t good;  // bytes before the chunk that was hit
    };
    const Damage damage = GENERATE(Damage{0, 0}, Damage{chunk - 1, 0}, Damage{chunk, chunk},
                                   Damage{chunk + 200'000, chunk});
    TestFolder folder;
    const std::string content = content_of(2 * chunk + 10, 1);
    const auto sources = sources_of({folder.write(folder.send() / "x", content)});
    Reception reception(folder.receive(), as_received(sources.manifest));
    REQUIRE(reception.prepare());
    const Stream stream = stream_of(sources, reception.plan);
    REQUIRE(reception.take(std::string_view(stream.bytes).substr(0, chunk + 500'000)));
    const std::uint64_t stored = reception.state.bytes_stored;
    REQUIRE(stored > chunk + 400'000);
    std::string part = read_file(folder.receive() / "x.part");
    part[damage.at] = static_cast<char>(~part[damage.at]);
    folder.write(folder.receive() / "x.part", part);
    reception.restart();
    REQUIRE(reception.prepare());
    const Stream rest = stream_of(sources, reception.plan);
    CHECK(rest.bytes.starts_with(begin_frame(0, damage.good)));
    REQUIRE(reception.take(rest.bytes));
    REQUIRE(reception.has_all());
    CHECK(holds(folder.receive() / "x", content));
    CHECK(reception.state.bytes_sent_again == stored - damage.good);
}

TEST_CASE("What is stored is checked before it is built on, also without a restart") {
    TestFolder folder;
    const std::string content = content_of(chunk + 500'000, 1);
    const auto sources = sources_of({folder.write(folder.send() / "x", content)});
    Reception reception(folder.receive(), as_received(sources.manifest));
    REQUIRE(reception.prepare());
    const Stream stream = stream_of(sources, reception.plan);
    REQUIRE(reception.take(std::string_view(stream.bytes).substr(0, chunk + 200'000)));
    std::string part = read_file(folder.receive() / "x.part");
    part[1000] = static_cast<char>(~part[1000]);
    folder.write(folder.receive() / "x.part", part);
    REQUIRE(reception.receive_all_from(sources));
    REQUIRE(reception.has_all());
    CHECK(holds(folder.receive() / "x", content));
}

TEST_CASE("A part that is longer or shorter than we left it is no harm") {
    const std::size_t size = GENERATE(0UL, 100UL, chunk + 300'000, chunk + 400'000);
    TestFolder folder;
    const std::string content = content_of(chunk + 400'000, 1);
    const auto sources = sources_of({folder.write(folder.send() / "x", content)});
    Reception reception(folder.receive(), as_received(sources.manifest));
    REQUIRE(reception.prepare());
    const Stream stream = stream_of(sources, reception.plan);
    REQUIRE(reception.take(std::string_view(stream.bytes).substr(0, chunk + 200'000)));
    fs::resize_file(folder.receive() / "x.part", size);
    reception.restart();
    REQUIRE(reception.receive_all_from(sources));
    REQUIRE(reception.has_all());
    CHECK(holds(folder.receive() / "x", content));
}

TEST_CASE("A part larger than the file is thrown away, not published") {
    TestFolder folder;
    const auto sources = sources_of({folder.write(folder.send() / "x", "hello")});
    Reception reception(folder.receive(), as_received(sources.manifest));
    REQUIRE(reception.prepare());
    REQUIRE(reception.take(data_frame(0, 0, "hel")));
    fs::resize_file(folder.receive() / "x.part", 1000);
    reception.restart();
    REQUIRE(reception.receive_all_from(sources));
    CHECK(holds(folder.receive() / "x", "hello"));
}

TEST_CASE("A part that somebody removed or moved away is fetched anew") {
    const bool is_moved = GENERATE(false, true);
    const bool is_restarted = GENERATE(false, true);
    TestFolder folder;
    const auto sources = sources_of({folder.write(folder.send() / "x", content_of(1'000'000, 1))});
    Reception reception(folder.receive(), as_received(sources.manifest));
    REQUIRE(reception.prepare());
    const Stream stream = stream_of(sources, reception.plan);
    REQUIRE(reception.take(std::string_view(stream.bytes).substr(0, 500'000)));
    const auto part = folder.receive() / "x.part";
    if (is_moved) fs::rename(part, folder.receive() / "mine");
    if (!is_moved) fs::remove(part);
    if (is_restarted) reception.restart();
    // Without a restart the first attempt may find out; the next one then has to succeed.
    if (!reception.receive_all_from(sources)) {
        reception.restart();
        REQUIRE(reception.receive_all_from(sources));
    }
    REQUIRE(reception.has_all());
    CHECK(holds(folder.receive() / "x", content_of(1'000'000, 1)));
    CHECK(fs::exists(folder.receive() / "mine") == is_moved);
}

TEST_CASE("A part that cannot be opened now, for want of descriptors, is built on later") {
    const bool is_folder = GENERATE(false, true);
    const bool is_restarted = GENERATE(false, true);
    TestFolder folder;
    const std::string name = is_folder ? "d/x" : "x";
    fs::create_directory(folder.send() / "d");
    const auto file = folder.write(folder.send() / name, content_of(1'000'000, 1));
    const auto sources = sources_of({is_folder ? folder.send() / "d" : file});
    Reception reception(folder.receive(), as_received(sources.manifest));
    REQUIRE(reception.prepare());
    const Stream stream = stream_of(sources, reception.plan);
    REQUIRE(reception.take(std::string_view(stream.bytes).substr(0, 500'000)));
    const std::uint64_t stored = reception.state.bytes_stored;
    REQUIRE(stored > 400'000);
    if (is_restarted) reception.restart();
    const auto prepared = without_descriptors([&] { return reception.prepare(); });
    // Without a restart nothing may have to be opened to know that it is as it was left.
    if (is_restarted || !prepared) CHECK(is_passing(prepared));
    REQUIRE(reception.prepare());
    CHECK(reception.state.bytes_stored == stored);
    // One is enough for each file, however often it is looked at.
    CHECK(without_descriptors([&] { return reception.prepare(); }, 1));
    REQUIRE(reception.prepare());
    CHECK(reception.state.bytes_stored == stored);
    const Stream rest = stream_of(sources, reception.plan);
    CHECK(is_passing(without_descriptors([&] { return reception.take(rest.bytes); })));
    REQUIRE(reception.receive_all_from(sources));
    REQUIRE(reception.has_all());
    CHECK(holds(folder.receive() / name, content_of(1'000'000, 1)));
    CHECK(reception.state.bytes_sent_again == 0);
    CHECK(folder.received_names().size() == 1);
}

/// Of a folder with two files the first has been stored.
struct HalfOfFolder {
    TestFolder folder;
    SourceTree sources;
    std::optional<Reception> received;

    HalfOfFolder() {
        fs::create_directory(folder.send() / "d");
        folder.write(folder.send() / "d/1", "first");
        folder.write(folder.send() / "d/2", "second");
        sources = sources_of({folder.send() / "d"});
        received.emplace(folder.receive(), as_received(sources.manifest));
        REQUIRE(received->prepare());
        REQUIRE(received->take(file_frames(1, "first")));
    }
    Reception& reception() { return *received; }
};

TEST_CASE_METHOD(
    HalfOfFolder,
    "A folder whose hidden place was emptied meanwhile is never published with holes") {
    REQUIRE(fs::remove_all(folder.receive() / ".d.part") > 0);
    const auto all = reception().receive_all_from(sources);
    const bool is_whole = fs::exists(folder.receive() / "d/1");
    CHECK((!all || is_whole));
    CHECK(fs::exists(folder.receive() / "d") == is_whole);
}

TEST_CASE_METHOD(HalfOfFolder,
                 "A file of a folder that somebody removed or cut off meanwhile is fetched again") {
    const fs::path stored = folder.receive() / ".d.part/1";
    const bool is_removed = GENERATE(true, false);
    is_removed ? (void)fs::remove(stored) : fs::resize_file(stored, 2);
    REQUIRE(reception().receive_all_from(sources));
    REQUIRE(reception().has_all());
    CHECK(holds(folder.receive() / "d/1", "first"));
    CHECK(holds(folder.receive() / "d/2", "second"));
}

TEST_CASE_METHOD(
    HalfOfFolder,
    "A file of a folder that somebody changed in its place meanwhile is fetched again") {
    folder.write(folder.receive() / ".d.part/1", "First");
    REQUIRE(reception().receive_all_from(sources));
    REQUIRE(reception().has_all());
    CHECK(holds(folder.receive() / "d/1", "first"));
    CHECK(holds(folder.receive() / "d/2", "second"));
}

TEST_CASE_METHOD(HalfOfFolder,
                 "A file of a folder that only got another time does not travel again") {
    const auto another_time = fs::file_time_type::clock::now() - std::chrono::hours(1);
    fs::last_write_time(folder.receive() / ".d.part/1", another_time);
    REQUIRE(reception().prepare());
    const Stream rest = stream_of(sources, reception().plan);
    CHECK(bytes_of_data_in(rest.bytes) == std::string("second").size());
    REQUIRE(reception().take(rest.bytes));
    REQUIRE(reception().has_all());
    CHECK(holds(folder.receive() / "d/1", "first"));
    CHECK(reception().state.bytes_sent_again == 0);
    CHECK(reception().state.files_stored == 2);
}

TEST_CASE("A file whose time no disk keeps, as it is yet to come, is not read again at each cut") {
    TestFolder folder;
    fs::create_directory(folder.send() / "d");
    for (const char* name : {"d/1", "d/2"}) {
        const auto file = folder.write(folder.send() / name, "text");
        fs::last_write_time(file, fs::file_time_type::clock::now() + std::chrono::hours(24));
    }
    Reception reception(folder.receive(), as_received(sources_of({folder.send() / "d"}).manifest));
    REQUIRE(reception.prepare());
    REQUIRE(reception.take(file_frames(1, "text")));
    REQUIRE(reception.prepare());
    CHECK(reception.state.files_stored == 1);
    CHECK(reception.state.begun.empty());
}

TEST_CASE("A damaged chunk on the way costs that chunk and not the ones before it") {
    TestFolder folder;
    const std::string content = content_of(2 * chunk + 10, 1);
    const auto sources = sources_of({folder.write(folder.send() / "x", content)});
    Reception reception(folder.receive(), as_received(sources.manifest));
    REQUIRE(reception.prepare());
    Stream stream = stream_of(sources, reception.plan);
    const std::size_t damaged_at = chunk + 1'000'000;
    stream.bytes[damaged_at] = static_cast<char>(~stream.bytes[damaged_at]);
    const auto taken = reception.take(stream.bytes);
    REQUIRE_FALSE(taken);
    CHECK(taken.fault().code == FaultCode::damaged);
    CHECK(reception.state.bytes_stored == chunk);
    REQUIRE(reception.prepare());
    const Stream rest = stream_of(sources, reception.plan);
    CHECK(rest.bytes.starts_with(begin_frame(0, chunk)));
    REQUIRE(reception.take(rest.bytes));
    CHECK(holds(folder.receive() / "x", content));
}

TEST_CASE("A sender that begins where it was not asked to is broken off") {
    TestFolder folder;
    const std::string content = content_of(chunk + 1000, 1);
    const auto sources = sources_of({folder.write(folder.send() / "x", content)});
    Reception reception(folder.receive(), as_received(sources.manifest));
    REQUIRE(reception.prepare());
    const Stream stream = stream_of(sources, reception.plan);
    REQUIRE(reception.take(std::string_view(stream.bytes).substr(0, 1'000'000)));
    const std::uint64_t stored = reception.state.bytes_stored;
    const std::string begin = GENERATE_COPY(
        begin_frame(0, stored + 1), begin_frame(0, stored - 1), begin_frame(0, 1),
        begin_frame(0, chunk), begin_frame(0, limits::file_bytes_max), begin_frame(1, stored),
        begin_frame(0xffffffff, stored), data_frame(0, stored, "x"), data_frame(0, 0, "x"));
    REQUIRE(reception.prepare());
    const auto taken = reception.take(begin);
    REQUIRE_FALSE(taken);
    CHECK(taken.fault().code == FaultCode::protocol_error);
    CHECK(fs::file_size(folder.receive() / "x.part") >= stored);
    // What was stored is still good for an honest one.
    REQUIRE(reception.receive_all_from(sources));
    CHECK(holds(folder.receive() / "x", content));
}

TEST_CASE("Bytes that cross the end of a chunk are refused, however the connection cuts them") {
    TestFolder folder;
    const std::string content = content_of(chunk + 100, 1);
    const auto sources = sources_of({folder.write(folder.send() / "x", content)});
    const std::string crossing = data_frame(0, chunk - 10, content.substr(chunk - 10, 20));
    for (const std::size_t cut : {0U, 24U, 30U, 34U, 40U}) {
        CAPTURE(cut);
        Reception reception(folder.receive(), as_received(sources.manifest));
        REQUIRE(reception.prepare());
        std::string before;
        constexpr std::size_t payload = limits::data_payload_bytes_max;
        for (std::size_t at = 0; at < chunk - 10; at += payload) {
            const std::size_t count = std::min(payload, chunk - 10 - at);
            before += data_frame(0, at, content.substr(at, count));
        }
        // Portions end exactly at the cut.
        const std::size_t portion = before.size() + cut;
        const auto taken = reception.take(before + crossing, portion);
        REQUIRE_FALSE(taken);
        CHECK(taken.fault().code == FaultCode::protocol_error);
        reception.remove_staged();
    }
}

TEST_CASE("F2: room that vanishes on the way is noticed within 64 MiB, and it goes on with room") {
    constexpr std::uint64_t gigabyte = 1'000'000'000;
    std::uint64_t available = 50 * gigabyte;
    TestFolder folder;
    const auto path = folder.write(folder.send() / "x", "");
    const std::uint64_t size = 2 * gigabyte;
    fs::resize_file(path, size);
    Reception reception(folder.receive(), list_of({{"x", size}}), [&](int) {
        return std::optional(FreeSpace{available, 60 * gigabyte, std::nullopt});
    });
    REQUIRE(reception.prepare());
    const std::string zeros(limits::data_payload_bytes_max, '\0');
    const std::string chunk_of_zeros(chunk, '\0');
    const std::string digest = digest_text([&] {
        FileHash hash;
        hash.update(bytes_of(chunk_of_zeros));
        return hash.digest();
    }());
    std::string stream;
    for (std::uint64_t at = 0; at < 80 * 1024 * 1024; at += zeros.size()) {
        if (at > 0 && at % chunk == 0) stream += chunk_frame(0, at, digest);
        stream += data_frame(0, at, zeros);
    }
    available = gigabyte;
    const auto taken = reception.take(stream);
    REQUIRE_FALSE(taken);
    CHECK(taken.fault().code == FaultCode::disk_full);
    CHECK(taken.fault().sentence.find("1.9 GB") != std::string::npos);
    CHECK(taken.fault().sentence.find("463.1 MB") != std::string::npos);
    CHECK(reception.state.bytes_stored == limits::free_space_check_every_bytes);
    // Still too little; then enough.
    const auto refused = reception.prepare();
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().code == FaultCode::disk_full);
    available = 50 * gigabyte;
    REQUIRE(reception.prepare());
    CHECK(reception.plan.stored.at(0).bytes == limits::free_space_check_every_bytes);
}

TEST_CASE("F2: a folder of small files notices within 64 MiB as well that room has vanished") {
    constexpr std::uint64_t gigabyte = 1'000'000'000;
    constexpr std::uint32_t files = 40;
    std::uint64_t available = 50 * gigabyte;
    TestFolder folder;
    const std::string content = content_of(4 * 1024 * 1024, 1);
    std::vector<std::pair<std::string, std::uint64_t>> entries = {{"d/", 0}};
    for (std::uint32_t i = 0; i < files; ++i) {
        entries.emplace_back("d/" + std::to_string(i), content.size());
    }
    Reception reception(folder.receive(), list_of(entries), [&](int) {
        return std::optional(FreeSpace{available, 60 * gigabyte, std::nullopt});
    });
    REQUIRE(reception.prepare());
    available = gigabyte / 2;
    std::string frames;
    for (std::uint32_t i = 1; i <= files; ++i) frames += file_frames(i, content);
    const auto taken = reception.take(frames);
    REQUIRE_FALSE(taken);
    CHECK(taken.fault().code == FaultCode::disk_full);
    CHECK(reception.state.bytes_stored == limits::free_space_check_every_bytes);
}

TEST_CASE("A source that changed between two connections never becomes a mixture") {
    TestFolder folder;
    fs::create_directory(folder.send() / "d");
    folder.write(folder.send() / "d/1", "old first");
    folder.write(folder.send() / "d/2", content_of(1'000'000, 1));
    const auto old_sources = sources_of({folder.send() / "d"});
    const auto old_list = std::make_shared<const Manifest>(as_received(old_sources.manifest));
    Reception reception(folder.receive(), *old_list);
    REQUIRE(reception.prepare());
    const Stream stream = stream_of(old_sources, reception.plan);
    REQUIRE(reception.take(std::string_view(stream.bytes).substr(0, 500'000)));
    folder.write(folder.send() / "d/1", "new first!");

    CHECK(stream_of(old_sources, {.is_skipped = {true, false, true}, .stored = {}})
              .result.fault()
              .code == FaultCode::source_changed);

    const auto new_sources = sources_of({folder.send() / "d"});
    ReceiveSession session(reception.id, folder.receive(), old_list, reception.state);
    REQUIRE(session.renew(std::make_shared<const Manifest>(as_received(new_sources.manifest)),
                          limits::file_bytes_max));
    reception.manifest = session.manifest();
    reception.state = session.state();
    REQUIRE(reception.receive_all_from(new_sources));
    REQUIRE(reception.has_all());
    CHECK(folder.received_names() == std::vector<std::string>{"d"});
    CHECK(holds(folder.receive() / "d/1", "new first!"));
    CHECK(holds(folder.receive() / "d/2", content_of(1'000'000, 1)));
}

TEST_CASE("A list that names other files is no newer version of this one") {
    const auto list = std::make_shared<const Manifest>(list_of({{"d/", 0}, {"d/x", 5}}));
    TestFolder folder;
    ReceiveState state = ReceiveState::all_of(*list);
    ReceiveSession session(random_id<TransferId>(), folder.receive(), list, state);
    const Manifest other =
        GENERATE(list_of({{"d/", 0}}), list_of({{"d/", 0}, {"d/y", 5}}),
                 list_of({{"d/", 0}, {"d/x/", 0}}), list_of({{"d/", 0}, {"d/x", 5}, {"d/y", 5}}));
    CHECK_FALSE(session.renew(std::make_shared<const Manifest>(other), limits::file_bytes_max));
    CHECK(session.manifest().entries.size() == 2);
    CHECK(session.renew(std::make_shared<const Manifest>(list_of({{"d/", 0}, {"d/x", 6}})),
                        limits::file_bytes_max));
    CHECK(session.state().bytes_wanted == 6);
}

TEST_CASE("What the user left out stays left out in a newer list, and is no matter for the yes") {
    const auto list = std::make_shared<const Manifest>(list_of({{"a", 5}, {"b", 7}}));
    TestFolder folder;
    ReceiveState state = ReceiveState::all_of(*list);
    state.leave_out(*list, 0);
    ReceiveSession session(random_id<TransferId>(), folder.receive(), list, state);
    Manifest newer = list_of({{"a", 50}, {"b", 8}});
    newer.entries[1].is_executable = true;
    CHECK_FALSE(session.renew(std::make_shared<const Manifest>(newer), 8));
    std::swap(newer.entries[0].is_executable, newer.entries[1].is_executable);
    CHECK_FALSE(session.renew(std::make_shared<const Manifest>(newer), 7));
    REQUIRE(session.renew(std::make_shared<const Manifest>(newer), 8));
    CHECK(session.state().bytes_wanted == 8);
    CHECK(session.state().files_wanted == 1);
    CHECK(session.state().entries[0] == EntryState::unwanted);
}

TEST_CASE("Of what has gone nothing is wanted any more, and it does not come back") {
    TestFolder folder;
    Reception reception(folder.receive(), list_of({{"d/", 0}, {"d/x", 5}, {"d/y", 7}, {"z", 9}}));
    const Manifest list = reception.manifest;
    reception.state.leave_out(list, 3);
    const Manifest newer = without(list, {"d/x", "z"});
    REQUIRE(reception.renew(newer));
    CHECK(reception.state.bytes_wanted == 7);
    CHECK(reception.state.files_wanted == 1);
    Manifest back = list;
    back.version = 2;
    CHECK_FALSE(reception.renew(back));
    CHECK(reception.manifest.version == 1);
    CHECK(reception.state.files_wanted == 1);
    CHECK(reception.renew(without(newer, {})));
}

TEST_CASE("A list of which nothing is left that was wanted is another one") {
    TestFolder folder;
    const auto list = list_of({{"d/", 0}, {"d/x", 5}, {"e/", 0}, {"z", 9}});
    SECTION("no file") {
        Reception reception(folder.receive(), list);
        reception.state.leave_out(list, 3);
        CHECK_FALSE(reception.renew(without(list, {"d/x"})));
        CHECK(reception.state.files_wanted == 1);
    }
    SECTION("nothing at all") {
        Reception reception(folder.receive(), list);
        for (const std::uint32_t index : {0U, 1U, 3U}) reception.state.leave_out(list, index);
        CHECK(reception.renew(without(list, {"d/x"})));
        CHECK_FALSE(reception.renew(without(without(list, {"d/x"}), {"e"})));
    }
}
