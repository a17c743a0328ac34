// A disk that was pulled out takes nothing away that somebody has removed.
#include "net/transfer/source_away.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/pair/other_disk.hpp"
#include "tests/transfer/reception.hpp"
#include "tests/transfer/test_folder.hpp"

namespace dropline::tests {
namespace {

namespace fs = std::filesystem;
using testing::OtherDisk;

/// A file and a folder on a disk of their own, offered.
struct OnOtherDisk {
    TestFolder folder;
    OtherDisk disk{folder.all()};
    SourceTree sources;

    OnOtherDisk() {
        if (!disk.is_another()) SKIP("there is one disk only");
        folder.write(disk.path() / "file", "x");
        fs::create_directory(disk.path() / "folder");
        folder.write(disk.path() / "folder/inside", "x");
        sources = sources_of({disk.path() / "file", disk.path() / "folder"});
        CHECK_FALSE(fault_if_away(sources));
    }
};

TEST_CASE_METHOD(OnOtherDisk, "What was on a disk that is not mounted any more is away") {
    disk.take_away();
    const auto away = fault_if_away(sources);
    REQUIRE(away);
    CHECK(away->is_passing);
    CHECK(away->sentence == "\"file\" cannot be read now: its disk is away.");
    disk.put_back();
    CHECK_FALSE(fault_if_away(sources));
}

TEST_CASE_METHOD(OnOtherDisk, "A disk that was chosen whole is away while its folder is empty") {
    sources = sources_of({disk.path()});
    disk.leave_empty();
    CHECK(fault_if_away(sources));
    folder.write(disk.path() / "something", "else");
    CHECK_FALSE(fault_if_away(sources));
}

TEST_CASE_METHOD(OnOtherDisk, "What somebody removed from a disk that is there is not away") {
    fs::remove(disk.path() / "file");
    CHECK_FALSE(fault_if_away(sources));
    fs::remove_all(disk.path() / "folder");
    CHECK_FALSE(fault_if_away(sources));
}

TEST_CASE_METHOD(OnOtherDisk, "What a chosen link led to and was removed there is not away") {
    fs::create_symlink(disk.path() / "file", folder.send() / "first");
    fs::create_symlink("first", folder.send() / "link");
    sources = sources_of({folder.send() / "link"});
    fs::remove(disk.path() / "file");
    CHECK_FALSE(fault_if_away(sources));
    disk.take_away();
    CHECK(fault_if_away(sources));
}

/// A list as of a disk with another number, on which these files lay.
SourceTree as_of_disk(SourceTree sources, dev_t device, const std::vector<std::string>& paths) {
    for (std::size_t index = 0; index < sources.stamps.size(); ++index) {
        const auto& path = sources.manifest.entries[index].path;
        if (std::ranges::find(paths, path) != paths.end()) sources.stamps[index].device = device;
    }
    return sources;
}

constexpr dev_t no_disk = 0xffffff;

TEST_CASE("A disk that was mounted inside of what was chosen is away when it is not there") {
    TestFolder folder;
    fs::create_directories(folder.send() / "d/sub");
    folder.write(folder.send() / "d/here", "x");
    folder.write(folder.send() / "d/sub/there", "x");
    const auto sources =
        as_of_disk(sources_of({folder.send() / "d"}), no_disk, {"d/sub", "d/sub/there"});
    CHECK_FALSE(fault_if_away(sources));  // as another disk, but with all that is wanted
    fs::remove(folder.send() / "d/sub/there");
    CHECK(fault_if_away(sources));
    fs::remove(folder.send() / "d/sub");
    CHECK(fault_if_away(sources));
}

TEST_CASE("What was removed from a disk that has another number now is not away") {
    TestFolder folder;
    const auto removed = folder.write(folder.send() / "a", "x");
    const auto left = folder.write(folder.send() / "b", "x");
    const auto sources = as_of_disk(sources_of({removed, left}), no_disk, {"a", "b"});
    fs::remove(removed);
    CHECK_FALSE(fault_if_away(sources));
    fs::remove(left);
    CHECK(fault_if_away(sources));
}

TEST_CASE("What has gone from an earlier list is not looked for any more") {
    TestFolder folder;
    const auto removed = folder.write(folder.send() / "a", "x");
    const auto left = folder.write(folder.send() / "b", "x");
    const auto sources = sources_of({removed, left});
    fs::remove(removed);
    const auto next = inspect_again(sources, 2, std::atomic<bool>{false});
    REQUIRE(next);
    REQUIRE(next->manifest.version == 1);
    CHECK_FALSE(fault_if_away(*next));
}

TEST_CASE("What was removed with the folders above it is not away") {
    TestFolder folder;
    fs::create_directories(folder.send() / "a/b");
    const auto sources = sources_of({folder.write(folder.send() / "a/b/file", "x")});
    fs::remove_all(folder.send() / "a");
    CHECK_FALSE(fault_if_away(sources));
}

}  // namespace
}  // namespace dropline::tests
