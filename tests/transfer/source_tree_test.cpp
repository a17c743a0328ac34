#include "net/transfer/source_tree.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/platform/file_descriptor.hpp"
#include "net/transfer/safe_name.hpp"
#include "tests/transfer/no_descriptors.hpp"
#include "tests/transfer/reception.hpp"

using namespace dropline;
using namespace dropline::tests;
using Names = std::vector<std::string>;
namespace fs = std::filesystem;

namespace {

const std::atomic<bool> not_stopped{false};

/// Paths of the list, folders with a '/' behind them.
Names paths_of(const Manifest& manifest) {
    Names paths;
    for (const ManifestEntry& entry : manifest.entries) {
        paths.push_back(entry.path + (entry.is_folder ? "/" : ""));
    }
    return paths;
}

FaultCode code_of(const std::vector<fs::path>& chosen,
                  Unsendable unsendable = Unsendable::refused) {
    const auto sources = inspect_sources(chosen, unsendable, not_stopped);
    REQUIRE_FALSE(sources);
    return sources.fault().code;
}

SourceTree what_can_be_sent(const std::vector<fs::path>& chosen) {
    auto sources = inspect_sources(chosen, Unsendable::left_out, not_stopped);
    REQUIRE(sources);
    return std::move(*sources);
}

/// Received with nothing but what the list and the stream say.
void check_arrives(const TestFolder& folder, const SourceTree& sources) {
    Reception reception(folder.receive(), as_received(sources.manifest));
    REQUIRE(reception.receive_all_from(sources));
    REQUIRE(reception.has_all());
}

}  // namespace

TEST_CASE("A folder is offered with all that is in it, in the same order every time") {
    TestFolder folder;
    const auto root = folder.send() / "d";
    fs::create_directories(root / "b/empty");
    folder.write(root / "z", "12345");
    folder.write(root / "b/a", "");
    folder.write(root / "照片.jpg", "x");
    const auto sources = sources_of({root});
    CHECK(paths_of(sources.manifest) ==
          Names{"d/", "d/b/", "d/b/a", "d/b/empty/", "d/z", "d/照片.jpg"});
    CHECK(sources.manifest.bytes == 6);
    CHECK(sources.manifest.files() == 3);
    CHECK(sources.manifest.folders == 3);
    CHECK(sources.manifest.left_out == 0);
    CHECK(sources.manifest.title() == "d");
    CHECK(sources.path_of(0, 4) == root / "z");
}

TEST_CASE("Times of files and folders and the execute bit of files are offered") {
    TestFolder folder;
    const auto root = folder.send() / "d";
    fs::create_directory(root);
    const auto file = folder.write(root / "run", "x");
    fs::permissions(file, fs::perms(0755));
    folder.write(root / "plain", "x");
    const auto long_ago =
        fs::file_time_type::clock::from_sys(std::chrono::sys_seconds(std::chrono::seconds(-5)));
    fs::last_write_time(file, long_ago);
    fs::last_write_time(root, long_ago);
    const auto sources = sources_of({root});
    const auto& entries = sources.manifest.entries;
    CHECK(entries[0].modified_at_s == -5);
    CHECK_FALSE(entries[0].is_executable);
    CHECK_FALSE(entries[1].is_executable);
    CHECK(entries[2].is_executable);
    CHECK(entries[2].modified_at_s == -5);
}

TEST_CASE("Links, pipes, sockets and devices in a folder are left out and listed") {
    TestFolder folder;
    const auto root = folder.send() / "d";
    fs::create_directory(root);
    folder.write(root / "file", "x");
    fs::create_symlink(folder.all() / "canary", root / "link to file");
    fs::create_directory_symlink(folder.all(), root / "link to folder");
    fs::create_symlink("nowhere", root / "dangling");
    REQUIRE(::mkfifo((root / "pipe").c_str(), 0600) == 0);
    const FileDescriptor listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (root / "socket").string().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(listening.number(), reinterpret_cast<const sockaddr*>(&address),
                   sizeof address) == 0);
    const auto sources = sources_of({root});
    CHECK(paths_of(sources.manifest) == Names{"d/", "d/file"});
    CHECK(sources.manifest.left_out == 5);
    CHECK(sources.manifest.left_out_names ==
          Names{"d/dangling", "d/link to file", "d/link to folder", "d/pipe", "d/socket"});
}

TEST_CASE("What cannot be read is left out, and refused when nothing else was chosen") {
    if (::geteuid() == 0) SKIP("root reads everything");
    TestFolder folder;
    const auto root = folder.send() / "d";
    fs::create_directories(root / "closed");
    const auto file = folder.write(root / "secret", "x");
    fs::permissions(file, fs::perms::none);
    fs::permissions(root / "closed", fs::perms::none);
    const auto sources = sources_of({root});
    CHECK(paths_of(sources.manifest) == Names{"d/"});
    CHECK(sources.manifest.left_out == 2);
    CHECK(code_of({file}) == FaultCode::file_error);
    const auto readable = folder.write(folder.send() / "readable", "x");
    CHECK(code_of({file, readable}) == FaultCode::file_error);
    const auto chosen = what_can_be_sent({file, readable});
    CHECK(paths_of(chosen.manifest) == Names{"readable"});
    CHECK(chosen.manifest.left_out_names == Names{"secret"});
    fs::permissions(root / "closed", fs::perms::owner_all);
}

TEST_CASE("More is left out than a list may count, and the list is one that others take") {
    TestFolder folder;
    const auto root = folder.send() / "d";
    fs::create_directory(root);
    const std::string target(1, 'x');
    for (std::size_t i = 0; i <= limits::offer_entries_max; ++i) {
        REQUIRE(::symlink(target.c_str(), (root / std::to_string(i)).c_str()) == 0);
    }
    CHECK(sources_of({root}).manifest.left_out == limits::offer_entries_max);
}

TEST_CASE("Only some names of what is left out are listed, all are counted") {
    TestFolder folder;
    const auto root = folder.send() / "d";
    fs::create_directory(root);
    for (int i = 0; i < 100; ++i) fs::create_symlink("x", root / ("l" + std::to_string(i)));
    const auto sources = sources_of({root});
    CHECK(sources.manifest.left_out == 100);
    CHECK(sources.manifest.left_out_names.size() == wire::left_out_names_max);
}

TEST_CASE(
    "B1: a name that no receiver would take is left out, and its display steers no terminal") {
    TestFolder folder;
    const auto root = folder.send() / "d";
    fs::create_directory(root);
    folder.write(root / "a\x1b[2J", "x");
    folder.write(root / "back\\slash", "x");
    folder.write(root / "\xff\xfe", "x");
    const auto sources = sources_of({root});
    CHECK(paths_of(sources.manifest) == Names{"d/"});
    CHECK(sources.manifest.left_out == 3);
    for (const std::string& name : sources.manifest.left_out_names) {
        CHECK(name.find('\x1b') == std::string::npos);
        CHECK(name.find('\xff') == std::string::npos);
    }
    const auto chosen = inspect_sources({root / "a\x1b[2J"}, Unsendable::refused, not_stopped);
    REQUIRE_FALSE(chosen);
    CHECK(chosen.fault().code == FaultCode::bad_name);
    CHECK(chosen.fault().sentence.find('\x1b') == std::string::npos);
    const auto missing = inspect_sources({root / "gone\x1b[2J"}, Unsendable::refused, not_stopped);
    REQUIRE_FALSE(missing);
    CHECK(missing.fault().sentence.find('\x1b') == std::string::npos);
}

TEST_CASE("Names that some disk takes for one are numbered, and each content arrives") {
    TestFolder folder;
    const auto root = folder.send() / "d";
    fs::create_directories(root / "A");
    fs::create_directories(root / "a");
    folder.write(root / "A/x", "in A");
    folder.write(root / "a/x", "in a");
    folder.write(root / "b?", "question");
    folder.write(root / "b*", "star");
    folder.write(root / "b_", "underscore");
    folder.write(root / "\u00e9", "composed");
    folder.write(root / "e\u0301", "decomposed");
    const auto sources = sources_of({root});
    CHECK(sources.manifest.left_out == 0);
    check_arrives(folder, sources);
    Names contents;
    for (const auto& entry : fs::recursive_directory_iterator(folder.receive() / "d")) {
        if (entry.is_regular_file()) contents.push_back(read_file(entry.path()));
    }
    std::ranges::sort(contents);
    CHECK(contents ==
          Names{"composed", "decomposed", "in A", "in a", "question", "star", "underscore"});
    CHECK(holds(folder.receive() / "d/A/x", "in A"));
    CHECK(holds(folder.receive() / "d/a (2)/x", "in a"));
}

TEST_CASE("The same name chosen twice, from two places, is offered twice") {
    TestFolder folder;
    for (const char* parent : {"one", "two"}) {
        fs::create_directories(folder.send() / parent / "d");
        folder.write(folder.send() / parent / "d/x", parent);
        folder.write(folder.send() / parent / "X.txt", parent);
    }
    const auto sources = sources_of({folder.send() / "one/d", folder.send() / "one/X.txt",
                                     folder.send() / "two/d", folder.send() / "two/X.txt"});
    CHECK(paths_of(sources.manifest) ==
          Names{"d/", "d/x", "X.txt", "d (2)/", "d (2)/x", "X (2).txt"});
    check_arrives(folder, sources);
    CHECK(holds(folder.receive() / "d/x", "one"));
    CHECK(holds(folder.receive() / "d (2)/x", "two"));
    CHECK(holds(folder.receive() / "X (2).txt", "two"));
}

TEST_CASE("A folder is the same with a slash behind it, and under a roundabout path") {
    TestFolder folder;
    fs::create_directories(folder.send() / "d/sub");
    folder.write(folder.send() / "d/x", "x");
    const std::string root = (folder.send() / "d").string();
    for (const std::string& path : {root, root + "/", root + "//", root + "/.", root + "/sub/.."}) {
        CAPTURE(path);
        const auto sources = sources_of({path});
        CHECK(paths_of(sources.manifest) == Names{"d/", "d/sub/", "d/x"});
        CHECK(sources.chosen.front() == fs::path(root));
    }
}

TEST_CASE("A link that the user chose is offered as what it leads to, under its own name") {
    TestFolder folder;
    folder.write(folder.send() / "real", "hello");
    fs::create_directory(folder.send() / "folder");
    folder.write(folder.send() / "folder/inside", "inside");
    fs::create_symlink("real", folder.send() / "link");
    fs::create_directory_symlink("folder", folder.send() / "folder link");
    const auto sources = sources_of({folder.send() / "link", folder.send() / "folder link"});
    CHECK(paths_of(sources.manifest) == Names{"link", "folder link/", "folder link/inside"});
    CHECK(sources.manifest.entries[0].bytes == 5);
    check_arrives(folder, sources);
    CHECK(holds(folder.receive() / "link", "hello"));
    CHECK(holds(folder.receive() / "folder link/inside", "inside"));
}

TEST_CASE(
    "Only files and folders can be chosen, all or none of them, and a pipe is not waited for") {
    TestFolder folder;
    const auto good = folder.write(folder.send() / "good", "x");
    REQUIRE(::mkfifo((folder.send() / "pipe").c_str(), 0600) == 0);
    CHECK(code_of({}) == FaultCode::bad_request);
    CHECK(code_of({good, folder.send() / "missing"}) == FaultCode::file_error);
    CHECK(code_of({good, folder.send() / "pipe"}) == FaultCode::file_error);
    CHECK(code_of({good, "/dev/null"}) == FaultCode::file_error);
}

TEST_CASE(
    "What can be sent of all that was chosen is offered, and the rest is said to be left out") {
    TestFolder folder;
    const auto good = folder.write(folder.send() / "good", "x");
    const auto pipe = folder.send() / "pipe";
    const auto nowhere = folder.send() / "nowhere";
    const auto unspeakable = folder.write(folder.send() / "\xff", "x");
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    fs::create_symlink("gone", nowhere);
    const std::vector<fs::path> wished = {pipe, good, nowhere, unspeakable, "/dev/null"};
    auto sources = what_can_be_sent(wished);
    CHECK(paths_of(sources.manifest) == Names{"good"});
    CHECK(sources.chosen == std::vector<fs::path>{good});
    CHECK(sources.manifest.left_out == 4);
    CHECK(sources.manifest.left_out_names ==
          Names{"pipe", "nowhere", escape_for_display("\xff"), "null"});
    CHECK(sources.wished == wished);
    check_arrives(folder, sources);
    // The same when it is looked at again, as the same list and as another one.
    for (const std::uint64_t bytes_max : {std::uint64_t{1}, std::uint64_t{0}}) {
        auto again = inspect_again(sources, bytes_max, not_stopped);
        REQUIRE(again);
        CHECK(again->manifest.version == (bytes_max == 0 ? 0 : 1));
        CHECK(again->manifest.left_out == 4);
        CHECK(again->wished == wished);
        CHECK(again->unsendable == Unsendable::left_out);
    }
    CHECK(code_of({pipe, "/dev/null"}, Unsendable::left_out) == FaultCode::file_error);
    CHECK(code_of({good, folder.send() / "missing"}, Unsendable::left_out) ==
          FaultCode::file_error);
}

TEST_CASE("Depth 32 is sent, what lies deeper is left out") {
    TestFolder folder;
    fs::path deep = folder.send() / "1";
    for (int depth = 2; depth <= 33; ++depth) deep /= std::to_string(depth);
    fs::create_directories(deep);
    folder.write(deep.parent_path() / "too deep", "x");
    folder.write(deep.parent_path().parent_path() / "deepest", "x");
    const auto sources = sources_of({folder.send() / "1"});
    const auto paths = paths_of(sources.manifest);
    CHECK(std::ranges::any_of(paths, [](auto& path) { return path.ends_with("/31/deepest"); }));
    CHECK(std::ranges::any_of(paths, [](auto& path) { return path.ends_with("/31/32/"); }));
    CHECK(sources.manifest.left_out == 2);
    check_arrives(folder, sources);
}

TEST_CASE("A path of 1024 bytes is sent, a longer one left out") {
    TestFolder folder;
    fs::path deep = folder.send() / std::string(200, 'a');
    for (int i = 0; i < 4; ++i) deep /= std::string(200, 'a');
    fs::create_directories(deep);
    constexpr std::size_t left = limits::path_bytes_max - (5 * 201);
    folder.write(deep / std::string(left, 'f'), "fits");
    folder.write(deep / std::string(left + 1, 'g'), "does not");
    const auto sources = sources_of({folder.send() / std::string(200, 'a')});
    CHECK(sources.manifest.files() == 1);
    CHECK(sources.manifest.entries.back().path.size() == limits::path_bytes_max);
    CHECK(sources.manifest.left_out == 1);
    check_arrives(folder, sources);
}

TEST_CASE("A path that is too long only once it is safe is left out, not the whole offer refused") {
    TestFolder folder;
    // Each letter is 3 bytes on our disk and 6 once composed as everybody composes it.
    std::string name;
    for (int i = 0; i < 40; ++i) name += "\u0958";
    fs::path deep = folder.send() / "d";
    for (int i = 0; i < 5; ++i) deep /= name;
    fs::create_directories(deep);
    folder.write(folder.send() / "d/short", "x");
    const auto sources = sources_of({folder.send() / "d"});
    for (const ManifestEntry& entry : sources.manifest.entries) {
        CHECK(make_safe_path(entry.path));
    }
    CHECK(sources.manifest.left_out > 0);
}

TEST_CASE("One folder of names in twenty scripts arrives under those names") {
    const Names names = {"English", "Ελληνικά", "Русский", "Հայերեն", "עברית",    "العربية",
                         "ܣܘܪܝܝܐ",  "ދިވެހި",      "हिन्दी",   "বাংলা",   "ਪੰਜਾਬੀ",    "ગુજરાતી",
                         "தமிழ்",    "తెలుగు",    "മലയാളം",  "ไทย",     "ລາວ",      "ქართული",
                         "አማርኛ",    "简体中文", "日本語",  "한국어",  "𓂀 🙂"};
    TestFolder folder;
    fs::create_directory(folder.send() / "d");
    for (const auto& name : names) folder.write(folder.send() / "d" / (name + ".txt"), name);
    const auto sources = sources_of({folder.send() / "d"});
    CHECK(sources.manifest.files() == names.size());
    check_arrives(folder, sources);
    for (const auto& name : names) {
        CAPTURE(name);
        CHECK(holds(folder.receive() / "d" / (name + ".txt"), name));
    }
}

TEST_CASE("Nothing is left out of a folder for want of descriptors to look into it") {
    TestFolder folder;
    fs::create_directories(folder.send() / "d/below");
    folder.write(folder.send() / "d/below/x", "x");
    const rlim_t left = GENERATE(1U, 2U);
    const auto look = [&] {
        return inspect_sources({folder.send() / "d"}, Unsendable::refused,
                               std::atomic<bool>{false});
    };
    CHECK(is_passing(without_descriptors(look, left)));
}

TEST_CASE("Looking at files ends when nobody wants to know any more") {
    TestFolder folder;
    fs::create_directory(folder.send() / "d");
    folder.write(folder.send() / "d/x", "x");
    const auto sources =
        inspect_sources({folder.send() / "d"}, Unsendable::refused, std::atomic<bool>{true});
    REQUIRE_FALSE(sources);
    CHECK(sources.fault().code == FaultCode::cancelled);
}

// ---- The next version of a list -----------------------------------------------------------------

namespace {

constexpr std::uint64_t any_bytes = limits::file_bytes_max;

SourceTree looked_at_again(const SourceTree& agreed, std::uint64_t bytes_max = any_bytes) {
    auto again = inspect_again(agreed, bytes_max, not_stopped);
    REQUIRE(again);
    return std::move(*again);
}

Names gone_of(const Manifest& manifest) {
    Names gone;
    for (const ManifestEntry& entry : manifest.entries) {
        if (entry.is_gone) gone.push_back(entry.path);
    }
    return gone;
}

/// A folder of a few files, of which `a` will have gone.
struct Album : TestFolder {
    const fs::path root = send() / "d";
    SourceTree agreed;

    Album() {
        fs::create_directories(root / "sub");
        write(root / "a", "123");
        write(root / "sub/b", "45");
        write(root / "z", "6");
        agreed = sources_of({root});
        fs::remove(root / "a");
    }
};

}  // namespace

TEST_CASE("What has gone keeps its place in the next version of a list, without its bytes") {
    Album album;
    fs::remove_all(album.root / "sub");
    album.write(album.root / "z", "789");
    const auto next = looked_at_again(album.agreed);
    CHECK(next.manifest.version == 1);
    CHECK(paths_of(next.manifest) == Names{"d/", "d/a", "d/sub/", "d/sub/b", "d/z"});
    CHECK(gone_of(next.manifest) == Names{"d/a", "d/sub", "d/sub/b"});
    CHECK(next.manifest.bytes == 3);
    CHECK(next.manifest.files() == 1);
    CHECK(next.manifest.left_out == 3);
    CHECK(next.manifest.left_out_names == Names{"d/a", "d/sub", "d/sub/b"});
    check_arrives(album, next);
    CHECK(TestFolder::listing(album.receive() / "d").size() == 1);
    CHECK(holds(album.receive() / "d/z", "789"));
}

TEST_CASE("What had gone once stays so, and is counted once") {
    Album album;
    auto next = looked_at_again(album.agreed);
    album.write(album.root / "a", "123");
    next = looked_at_again(next);
    CHECK(next.manifest.version == 2);
    CHECK(gone_of(next.manifest) == Names{"d/a"});
    CHECK(next.manifest.left_out == 1);
    CHECK(next.manifest.left_out_names == Names{"d/a"});
}

TEST_CASE("Of several that were chosen the one that has gone keeps its place and its name") {
    TestFolder folder;
    std::vector<fs::path> chosen;
    for (const char* parent : {"one", "two", "three"}) {
        fs::create_directory(folder.send() / parent);
        chosen.push_back(folder.write(folder.send() / parent / "x", parent));
    }
    const auto agreed = sources_of(chosen);
    fs::remove(chosen[0]);
    const auto next = looked_at_again(agreed);
    CHECK(paths_of(next.manifest) == Names{"x", "x (2)", "x (3)"});
    CHECK(gone_of(next.manifest) == Names{"x"});
    CHECK(next.chosen == chosen);
    CHECK(next.path_of(2, 2) == chosen[2]);
    check_arrives(folder, next);
    CHECK(folder.received_names() == Names{"x (2)", "x (3)"});
    CHECK(holds(folder.receive() / "x (2)", "two"));
}

TEST_CASE("What no yes covers is a list of its own, of what there is") {
    Album album;
    std::uint64_t bytes_max = any_bytes;
    Names paths = {"d/", "d/sub/", "d/sub/b", "d/z"};
    SECTION("files that came") {
        album.write(album.root / "zz", "new");
        paths.push_back("d/zz");
    }
    SECTION("a folder where a file was") {
        fs::create_directory(album.root / "a");
        paths.insert(paths.begin() + 1, "d/a/");
    }
    SECTION("no file any more") {
        fs::remove(album.root / "z");
        fs::remove(album.root / "sub/b");
        paths = {"d/", "d/sub/"};
    }
    SECTION("too much") {
        album.write(album.root / "z", "7890");
        bytes_max = 5;
    }
    SECTION("something to run") {
        fs::permissions(album.root / "z", fs::perms::owner_exec, fs::perm_options::add);
    }
    const auto other = looked_at_again(album.agreed, bytes_max);
    CHECK(other.manifest.version == 0);
    CHECK(other.manifest.gone == 0);
    CHECK(other.manifest.left_out == 0);
    CHECK(paths_of(other.manifest) == paths);
}

TEST_CASE("A list of its own is one of what is left of the chosen") {
    TestFolder folder;
    const auto x = folder.write(folder.send() / "x", "1");
    const auto y = folder.write(folder.send() / "y", "2");
    const auto agreed = sources_of({x, y});
    fs::remove(x);
    const auto other = looked_at_again(agreed, 0);
    CHECK(other.chosen == std::vector{y});
    CHECK(paths_of(other.manifest) == Names{"y"});
    fs::remove(y);
    const auto nothing = inspect_again(agreed, any_bytes, not_stopped);
    REQUIRE_FALSE(nothing);
    CHECK(nothing.fault().code == FaultCode::file_error);
}
