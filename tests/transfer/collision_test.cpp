// What has the name already: skipped when it is the same, else left alone.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "net/api/limits.hpp"
#include "tests/transfer/no_descriptors.hpp"
#include "tests/transfer/reception.hpp"
#include "tests/transfer/sender_frames.hpp"

using namespace dropline;
using namespace dropline::tests;
using Names = std::vector<std::string>;
namespace fs = std::filesystem;

namespace {

/// A folder of three files, and one of that name at the receiver, equal unless a test changes it.
struct TwoFolders {
    TwoFolders() {
        for (const auto& parent : {folder.send(), folder.receive()}) {
            fs::create_directory(parent / "d");
            folder.write(parent / "d/1", content_of(300'000, 1));
            folder.write(parent / "d/2", content_of(300'000, 2));
            folder.write(parent / "d/3", content_of(300'000, 3));
        }
    }

    void change_at_receiver(const std::string& name) const {
        std::string content = read_file(folder.receive() / "d" / name);
        content.back() = static_cast<char>(~content.back());
        folder.write(folder.receive() / "d" / name, content);
    }
    Reception reception() {
        sources = sources_of({folder.send() / "d"});
        folder.remember();
        return Reception(folder.receive(), as_received(sources.manifest));
    }
    void check_arrived_as(const std::string& name) const {
        for (const char* file : {"1", "2", "3"}) {
            CAPTURE(file);
            CHECK(holds(folder.receive() / name / file, read_file(folder.send() / "d" / file)));
        }
    }

    TestFolder folder;
    SourceTree sources;
};

}  // namespace

TEST_CASE("A file that is there already is not sent again, whatever number it has got") {
    const std::size_t bytes = GENERATE(1UL, 300'000UL, chunk, chunk + 1);
    const std::string there = GENERATE(std::string("x.txt"), std::string("x (2).txt"));
    TestFolder folder;
    const std::string content = content_of(bytes, 1);
    const auto sources = sources_of({folder.write(folder.send() / "x.txt", content)});
    if (there != "x.txt") folder.write(folder.receive() / "x.txt", "another");
    const auto old = folder.write(folder.receive() / there, content);
    const auto before = folder.listing(folder.receive());
    Reception reception(folder.receive(), as_received(sources.manifest));
    REQUIRE(reception.prepare());
    const Stream stream = stream_of(sources, reception.plan);
    CHECK(stream.bytes == begin_frame(0, bytes) + end_frame(0, bytes, digest_of(content)));
    REQUIRE(reception.take(stream.bytes));
    REQUIRE(reception.has_all());
    CHECK(reception.state.files_skipped == 1);
    CHECK(reception.saved_as() == Names{there});
    CHECK(folder.listing(folder.receive()) == before);
}

TEST_CASE("What is there already is not sent again for want of a descriptor to compare it") {
    TestFolder folder;
    const std::string content = content_of(300'000, 1);
    const auto sources = sources_of({folder.write(folder.send() / "x.txt", content)});
    folder.write(folder.receive() / "x.txt", content);
    Reception reception(folder.receive(), as_received(sources.manifest));
    CHECK(is_passing(without_descriptors([&] { return reception.prepare(); })));
    REQUIRE(reception.prepare());
    const Stream stream = stream_of(sources, reception.plan);
    CHECK(is_passing(without_descriptors([&] { return reception.take(stream.bytes); })));
    REQUIRE(reception.receive_all_from(sources));
    REQUIRE(reception.has_all());
    CHECK(reception.saved_as() == Names{"x.txt"});
}

TEST_CASE("Of versions of one size that is compared which has the time, else the newest") {
    TestFolder folder;
    const auto path = folder.send() / "x.txt";
    const auto send = [&](std::string_view content, int time) {
        folder.write(path, content);
        fs::last_write_time(path, fs::file_time_type::clock::from_sys(
                                      std::chrono::sys_seconds(std::chrono::seconds(time))));
        const auto sources = sources_of({path});
        Reception reception(folder.receive(), as_received(sources.manifest));
        REQUIRE(reception.receive_all_from(sources));
        REQUIRE(reception.has_all());
        return reception.saved_as().front();
    };
    REQUIRE(send("one", 1'000) == "x.txt");
    REQUIRE(send("two", 2'000) == "x (2).txt");
    REQUIRE(send("333", 3'000) == "x (3).txt");
    CHECK(send("333", 3'000) == "x (3).txt");
    CHECK(send("two", 2'000) == "x (2).txt");
    CHECK(send("one", 1'000) == "x.txt");
    CHECK(send("333", 4'000) == "x (3).txt");  // touched meanwhile
    CHECK(folder.received_names() == Names{"x (2).txt", "x (3).txt", "x.txt"});
}

TEST_CASE("A file of the same name and size with other content stays, the new one gets a number") {
    const std::size_t differs_at = GENERATE(0UL, chunk - 1, chunk, chunk + 999);
    TestFolder folder;
    const std::string content = content_of(chunk + 1000, 1);
    const auto sources = sources_of({folder.write(folder.send() / "x.txt", content)});
    std::string other = content;
    other[differs_at] = static_cast<char>(~other[differs_at]);
    folder.write(folder.receive() / "x.txt", other);
    Reception reception(folder.receive(), as_received(sources.manifest));
    REQUIRE(reception.receive_all_from(sources));
    REQUIRE(reception.has_all());
    CHECK(folder.received_names() == Names{"x (2).txt", "x.txt"});
    CHECK(holds(folder.receive() / "x.txt", other));
    CHECK(holds(folder.receive() / "x (2).txt", content));
    CHECK(reception.state.files_skipped == 0);
}

TEST_CASE("What has the name already stays, whatever it is, and the new file gets a number") {
    TestFolder folder;
    const auto root = folder.receive();
    const auto sources = sources_of({folder.write(folder.send() / "x.txt", "new")});
    folder.write(folder.all() / "alien", "new");
    SECTION("a file of another size") { folder.write(root / "x.txt", "mine"); }
    SECTION("a read-only file") {
        fs::permissions(folder.write(root / "x.txt", "mine"), fs::perms::owner_read);
    }
    SECTION("a folder") { fs::create_directory(root / "x.txt"); }
    SECTION("a link to somebody else's file, even of equal content") {
        fs::create_symlink(folder.all() / "alien", root / "x.txt");
    }
    SECTION("a dangling link") { fs::create_symlink(folder.all() / "not-yet", root / "x.txt"); }
    SECTION("a pipe, which is not waited for") {
        REQUIRE(::mkfifo((root / "x.txt").c_str(), 0600) == 0);
    }
    folder.remember();
    const auto before = folder.listing(root);
    Reception reception(root, as_received(sources.manifest));
    REQUIRE(reception.receive_all_from(sources));
    REQUIRE(reception.has_all());
    CHECK(folder.received_names() == Names{"x (2).txt", "x.txt"});
    CHECK(holds(root / "x (2).txt", "new"));
    CHECK(folder.listing(root).size() == before.size() + 1);
    CHECK(folder.is_rest_untouched());
}

TEST_CASE("A folder that is there already is skipped as a whole") {
    TwoFolders two;
    Reception reception = two.reception();
    const auto before = two.folder.listing(two.folder.receive());
    REQUIRE(reception.receive_all_from(two.sources));
    REQUIRE(reception.has_all());
    CHECK(two.folder.listing(two.folder.receive()) == before);
    CHECK(reception.saved_as() == Names{"d"});
    CHECK(reception.state.files_skipped == 3);
    CHECK(reception.state.bytes_stored == 900'000);
}

TEST_CASE("A folder that differs in one file stays, and the new one is whole beside it") {
    const std::string changed = GENERATE("1", "2", "3");
    TwoFolders two;
    two.change_at_receiver(changed);
    const std::string old = read_file(two.folder.receive() / "d" / changed);
    Reception reception = two.reception();
    REQUIRE(reception.receive_all_from(two.sources));
    REQUIRE(reception.has_all());
    CHECK(two.folder.received_names() == Names{"d", "d (2)"});
    two.check_arrived_as("d (2)");
    CHECK(holds(two.folder.receive() / "d" / changed, old));
    CHECK(reception.state.files_skipped == 0);
    CHECK(two.folder.is_rest_untouched());
}

TEST_CASE("A folder with a file missing or of another size is no candidate") {
    TwoFolders two;
    SECTION("missing") { fs::remove(two.folder.receive() / "d/2"); }
    SECTION("another size") { two.folder.write(two.folder.receive() / "d/2", "short"); }
    SECTION("a link in its place") {
        fs::rename(two.folder.receive() / "d/2", two.folder.all() / "elsewhere");
        fs::create_symlink(two.folder.all() / "elsewhere", two.folder.receive() / "d/2");
    }
    Reception reception = two.reception();
    REQUIRE(reception.receive_all_from(two.sources));
    CHECK(two.folder.received_names() == Names{"d", "d (2)"});
    two.check_arrived_as("d (2)");
}

TEST_CASE("An equal folder that lacks an empty folder is not the same") {
    TwoFolders two;
    fs::create_directory(two.folder.send() / "d/empty");
    Reception reception = two.reception();
    REQUIRE(reception.receive_all_from(two.sources));
    REQUIRE(reception.has_all());
    const auto saved = two.folder.receive() / reception.saved_as().front();
    CHECK(fs::is_directory(saved / "empty"));
}

TEST_CASE("A folder without a file that is there already is skipped, else made beside it") {
    const bool is_there = GENERATE(true, false);
    TestFolder folder;
    fs::create_directories(folder.send() / "d/inner");
    fs::create_directories(folder.receive() / (is_there ? "d/inner" : "d"));
    const auto sources = sources_of({folder.send() / "d"});
    Reception reception(folder.receive(), as_received(sources.manifest));
    REQUIRE(reception.prepare());
    REQUIRE(reception.take(stream_of(sources, reception.plan).bytes));
    REQUIRE(reception.has_all());
    CHECK(reception.saved_as() == Names{is_there ? "d" : "d (2)"});
    CHECK(fs::is_directory(folder.receive() / reception.saved_as().front() / "inner"));
    CHECK(fs::exists(folder.receive() / "d (2)") == !is_there);
}

// ---- Cut on the way -----------------------------------------------------------------------------

TEST_CASE("A cut at any frame beside a folder that differs in one file costs nothing twice") {
    const std::string changed = GENERATE("1", "2", "3");
    TwoFolders two;
    two.change_at_receiver(changed);
    Reception first = two.reception();
    REQUIRE(first.prepare());
    const std::string stream = stream_of(two.sources, first.plan).bytes;
    for (const std::size_t cut : frame_ends(stream)) {
        if (cut == stream.size()) break;
        CAPTURE(changed, cut);
        Reception reception = two.reception();
        REQUIRE(reception.prepare());
        REQUIRE(reception.take(stream.substr(0, cut)));
        reception.restart();
        REQUIRE(reception.receive_all_from(two.sources));
        REQUIRE(reception.has_all());
        CHECK(two.folder.received_names() == Names{"d", "d (2)"});
        two.check_arrived_as("d (2)");
        fs::remove_all(two.folder.receive() / "d (2)");
    }
}

TEST_CASE("A cut while a file that differs from its candidate arrives is resumed, not damaged") {
    TestFolder folder;
    const std::string content = content_of(600'000, 1);
    const auto sources = sources_of({folder.write(folder.send() / "x", content)});
    folder.write(folder.receive() / "x", content_of(600'000, 2));
    Reception reception(folder.receive(), as_received(sources.manifest));
    REQUIRE(reception.prepare());
    const Stream stream = stream_of(sources, reception.plan);
    REQUIRE(reception.take(std::string_view(stream.bytes).substr(0, 300'000)));
    REQUIRE(reception.state.bytes_stored > 290'000);
    REQUIRE(reception.prepare());
    const Stream rest = stream_of(sources, reception.plan);
    CHECK(rest.bytes.size() < 320'000);
    const auto taken = reception.take(rest.bytes);
    REQUIRE(taken);
    CHECK(holds(folder.receive() / "x (2)", content));
}

TEST_CASE("A cut after equal files of a folder whose next one differs ends well") {
    TwoFolders two;
    two.change_at_receiver("2");
    Reception reception = two.reception();
    REQUIRE(reception.prepare());
    const std::string stream = stream_of(two.sources, reception.plan).bytes;
    const auto ends = frame_ends(stream);
    REQUIRE(reception.take(stream.substr(0, ends[1])));  // begin and end of the first file
    REQUIRE(reception.state.files_skipped == 1);
    REQUIRE(reception.receive_all_from(two.sources));
    REQUIRE(reception.has_all());
    two.check_arrived_as("d (2)");
}

TEST_CASE("A hostile sender cannot make a receiver fall over what it called equal before") {
    TwoFolders two;
    Reception reception = two.reception();
    REQUIRE(reception.prepare());
    const std::string first = read_file(two.folder.send() / "d/1");
    REQUIRE(reception.take(begin_frame(1, first.size()) +
                           end_frame(1, first.size(), digest_of(first))));
    REQUIRE(reception.prepare());
    CHECK_NOTHROW((void)reception.take(begin_frame(2, 0) + data_frame(2, 0, "x")));
}

TEST_CASE("A candidate that changes or vanishes while it is compared never passes for the file") {
    const std::size_t bytes = GENERATE(300'000UL, chunk);
    const bool is_removed = GENERATE(false, true);
    TestFolder folder;
    const std::string content = content_of(bytes, 1);
    const auto sources = sources_of({folder.write(folder.send() / "x", content)});
    const auto there = folder.write(folder.receive() / "x", content);
    Reception reception(folder.receive(), as_received(sources.manifest));
    REQUIRE(reception.prepare());
    const Stream stream = stream_of(sources, reception.plan);
    if (is_removed) fs::remove(there);
    if (!is_removed) folder.write(there, content_of(bytes, 2));
    const auto taken = reception.take(stream.bytes);
    if (!taken) {
        CHECK_FALSE(reception.has_all());
        return;
    }
    REQUIRE(reception.has_all());
    CHECK(holds(folder.receive() / reception.saved_as().front(), content));
}

// ---- Interrupted, or without room, while it is read again or copied -----------------------------

TEST_CASE(
    "Whoever cancels while the file that is there is read again ends it, and nothing is done") {
    TestFolder folder;
    const std::string content = content_of(chunk + 1000, 1);
    const auto sources = sources_of({folder.write(folder.send() / "x", content)});
    std::string there = content;
    const bool is_equal = GENERATE(true, false);
    if (!is_equal) there.back() = static_cast<char>(~there.back());
    folder.write(folder.receive() / "x", there);
    const auto before = folder.listing(folder.receive());
    Reception reception(folder.receive(), as_received(sources.manifest));
    REQUIRE(reception.prepare());
    const Stream stream = stream_of(sources, reception.plan);
    reception.is_interrupted = true;
    const auto taken = reception.take(stream.bytes);
    REQUIRE_FALSE(taken);
    CHECK(taken.fault().code == FaultCode::cancelled);
    CHECK_FALSE(reception.has_all());
    SECTION("cancelled") {
        reception.remove_staged();
        CHECK(folder.listing(folder.receive()) == before);
    }
    SECTION("paused: it goes on where it was") {
        reception.is_interrupted = false;
        REQUIRE(reception.prepare());
        const Stream rest = stream_of(sources, reception.plan);
        CHECK(rest.bytes == stream.bytes);
        REQUIRE(reception.take(rest.bytes));
        CHECK(holds(folder.receive() / reception.saved_as().front(), content));
        CHECK(holds(folder.receive() / "x", there));
    }
}

TEST_CASE("Whoever cancels before the last name is given finds nothing under its name") {
    TestFolder folder;
    Reception reception(folder.receive(), list_of({{"x", 5}}));
    REQUIRE(reception.prepare());
    reception.is_interrupted = true;
    const auto taken = reception.take(file_frames(0, "hello"));
    REQUIRE_FALSE(taken);
    CHECK(taken.fault().code == FaultCode::cancelled);
    CHECK(folder.received_names() == Names{"x.part"});
    SECTION("cancelled") {
        reception.remove_staged();
        CHECK(folder.received_names().empty());
    }
    SECTION("paused: it only needs its name") {
        reception.is_interrupted = false;
        REQUIRE(reception.prepare());
        REQUIRE(reception.take(""));
        CHECK(reception.has_all());
        CHECK(holds(folder.receive() / "x", "hello"));
    }
}

TEST_CASE("Equal files that are copied beside a differing one are all there, however it is cut") {
    TwoFolders two;
    two.change_at_receiver("3");
    Reception reception = two.reception();
    REQUIRE(reception.prepare());
    const std::string stream = stream_of(two.sources, reception.plan).bytes;
    const auto ends = frame_ends(stream);
    REQUIRE(reception.take(stream.substr(0, ends[3])));  // begin and end of the first two files
    REQUIRE(reception.state.files_skipped == 2);
    REQUIRE(reception.prepare());
    const std::string rest = stream_of(two.sources, reception.plan).bytes;
    reception.is_interrupted = true;
    const auto taken = reception.take(rest);
    REQUIRE_FALSE(taken);
    CHECK(taken.fault().code == FaultCode::cancelled);
    reception.is_interrupted = false;
    REQUIRE(reception.receive_all_from(two.sources));
    REQUIRE(reception.has_all());
    CHECK(two.folder.received_names() == Names{"d", "d (2)"});
    two.check_arrived_as("d (2)");
}

TEST_CASE("F2: what has to be copied needs room, and its lack is no damage") {
    constexpr std::uint64_t gigabyte = 1'000'000'000;
    std::uint64_t available = 50 * gigabyte;
    TwoFolders two;
    two.change_at_receiver("3");
    two.sources = sources_of({two.folder.send() / "d"});
    Reception reception(two.folder.receive(), as_received(two.sources.manifest), [&](int) {
        return std::optional(FreeSpace{available, 60 * gigabyte, std::nullopt});
    });
    REQUIRE(reception.prepare());
    const std::string stream = stream_of(two.sources, reception.plan).bytes;
    available = 536'870'912 + 800'000;  // the reserve, and less than the folder
    const auto taken = reception.take(stream);
    REQUIRE_FALSE(taken);
    CHECK(taken.fault().code == FaultCode::disk_full);
    const auto refused = reception.prepare();
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().code == FaultCode::disk_full);
    available = 50 * gigabyte;
    REQUIRE(reception.receive_all_from(two.sources));
    REQUIRE(reception.has_all());
    two.check_arrived_as("d (2)");
}
