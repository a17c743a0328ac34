#include "net/platform/private_file.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/store/scratch_folder.hpp"

namespace dropline {
namespace {

using test::content_of;
using test::mode_of;
using test::ScratchFolder;
using test::write_file;

TEST_CASE("A private file comes back byte for byte and only its owner may use it") {
    const ScratchFolder folder;
    const std::string secret("key\0with NUL\n", 13);
    REQUIRE(create_private_file(folder / "key", secret));
    CHECK(mode_of(folder / "key") == 0600);
    const auto read = read_private_file(folder / "key", 100);
    REQUIRE(read);
    CHECK(*read == secret);
}

TEST_CASE("A generous umask opens no private file to others") {
    const ScratchFolder folder;
    const mode_t before = ::umask(0);
    const auto created = create_private_file(folder / "key", "secret");
    const auto replaced = replace_file_atomically(folder / "settings", "secret");
    ::umask(before);
    REQUIRE(created);
    REQUIRE(replaced);
    CHECK(mode_of(folder / "key") == 0600);
    CHECK(mode_of(folder / "settings") == 0600);
}

TEST_CASE("T32: creating a private file never overwrites one that is there") {
    const ScratchFolder folder;
    write_file(folder / "key", "the identity");
    const auto created = create_private_file(folder / "key", "a new identity");
    REQUIRE_FALSE(created);
    CHECK(created.fault().code == FaultCode::file_error);
    CHECK(content_of(folder / "key") == "the identity");
}

TEST_CASE("A key that group or others can use is refused and the sentence says what to do") {
    const ScratchFolder folder;
    REQUIRE(create_private_file(folder / "key", "hunter2"));
    for (const mode_t bit : {040U, 020U, 010U, 04U, 02U, 01U}) {
        REQUIRE(::chmod((folder / "key").c_str(), 0600 | bit) == 0);
        const auto read = read_private_file(folder / "key", 100);
        REQUIRE_FALSE(read);
        CHECK(read.fault().code == FaultCode::profile_unsafe);
        CHECK(read.fault().sentence.find("chmod 600") != std::string::npos);
        CHECK(read.fault().sentence.find("hunter2") == std::string::npos);
    }
}

TEST_CASE("A key behind a symbolic link is refused") {
    const ScratchFolder folder;
    REQUIRE(create_private_file(folder / "elsewhere", "secret"));
    std::filesystem::create_symlink(folder / "elsewhere", folder / "key");
    const auto read = read_private_file(folder / "key", 100);
    REQUIRE_FALSE(read);
    CHECK(read.fault().code == FaultCode::profile_unsafe);
}

TEST_CASE("A pipe or a folder in a key's place is refused without waiting for it") {
    const ScratchFolder folder;
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    REQUIRE(::mkdir((folder / "folder").c_str(), 0700) == 0);
    for (const char* name : {"pipe", "folder"}) {
        const auto read = read_private_file(folder / name, 100);
        REQUIRE_FALSE(read);
        CHECK(read.fault().code == FaultCode::profile_unsafe);
    }
}

TEST_CASE("A private file is read up to its limit and refused one byte above") {
    const ScratchFolder folder;
    REQUIRE(create_private_file(folder / "at", std::string(10'000, 'x')));
    REQUIRE(create_private_file(folder / "above", std::string(10'001, 'x')));
    CHECK(read_private_file(folder / "at", 10'000));
    const auto above = read_private_file(folder / "above", 10'000);
    REQUIRE_FALSE(above);
    CHECK(above.fault().code == FaultCode::too_large);
}

TEST_CASE("A missing file is told apart from one that cannot be read") {
    const ScratchFolder folder;
    std::filesystem::create_symlink(folder / "nowhere", folder / "dangling");
    write_file(folder / "file", "");
    const auto missing = file_exists(folder / "missing");
    REQUIRE(missing);
    CHECK_FALSE(*missing);
    const auto dangling = file_exists(folder / "dangling");
    REQUIRE(dangling);
    CHECK(*dangling);
    CHECK_FALSE(file_exists(folder / "file" / "below a file"));
}

TEST_CASE("Replacing a file leaves the new content alone in the folder") {
    const ScratchFolder folder;
    write_file(folder / "settings", "old");
    write_file(folder / "settings.new", "left by a start that was killed");
    REQUIRE(replace_file_atomically(folder / "settings", "new"));
    CHECK(content_of(folder / "settings") == "new");
    CHECK(test::names_with(folder.path(), "settings").size() == 1);
}

TEST_CASE("A replacement that fails leaves the old content") {
    const ScratchFolder folder;
    REQUIRE(::mkdir((folder / "settings").c_str(), 0700) == 0);
    CHECK_FALSE(replace_file_atomically(folder / "settings", "new"));
    CHECK(test::names_with(folder.path(), "settings").size() == 1);
    CHECK_FALSE(replace_file_atomically(folder / "no folder" / "settings", "new"));
}

}  // namespace
}  // namespace dropline
