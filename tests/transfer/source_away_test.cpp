// A disk that was pulled out takes nothing away that somebody has removed.
#include "net/transfer/source_away.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>

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

TEST_CASE("What was removed with the folders above it is not away") {
    TestFolder folder;
    fs::create_directories(folder.send() / "a/b");
    const auto sources = sources_of({folder.write(folder.send() / "a/b/file", "x")});
    fs::remove_all(folder.send() / "a");
    CHECK_FALSE(fault_if_away(sources));
}

}  // namespace
}  // namespace dropline::tests
