#include "net/platform/beneath.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <set>
#include <string>

#include "net/platform/disk.hpp"
#include "tests/transfer/test_folder.hpp"

using namespace dropline;
using dropline::tests::TestFolder;

namespace {

using Open = OpenedFile (*)(int, const std::string&, int, mode_t);

FileDescriptor open_folder(const std::filesystem::path& path) {
    return FileDescriptor(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

int create(Open open, const TestFolder& folder, const std::string& relative) {
    const FileDescriptor root = open_folder(folder.receive());
    return open(root.number(), relative, O_WRONLY | O_CREAT | O_EXCL, 0600).error_number;
}

}  // namespace

TEST_CASE("A1 A2: a file is made beneath its folder and nowhere else") {
    const Open open = GENERATE(&open_beneath, &open_beneath_by_component);
    TestFolder folder;
    std::filesystem::create_directories(folder.receive() / "sub/deep");
    CHECK(create(open, folder, "x") == 0);
    CHECK(create(open, folder, "sub/deep/x") == 0);
    CHECK(create(open, folder, "x") == EEXIST);
    CHECK(create(open, folder, "missing/x") == ENOENT);
    for (const char* way_out : {"../x", "/etc/x", "sub/../x", "sub/../../x", "", ".", "..", "sub/",
                                "sub//x", "./x", "/"}) {
        CAPTURE(way_out);
        CHECK(create(open, folder, way_out) == EXDEV);
    }
    CHECK(create(open, folder, std::string("a\0b", 3)) == EXDEV);
    CHECK(folder.is_rest_untouched());
}

TEST_CASE("A7 A8: no link is followed, neither as a folder nor as the file") {
    const Open open = GENERATE(&open_beneath, &open_beneath_by_component);
    TestFolder folder;
    std::filesystem::create_directory(folder.all() / "outside");
    folder.remember();
    std::filesystem::create_directory_symlink(folder.all() / "outside", folder.receive() / "sub");
    std::filesystem::create_directory_symlink(folder.receive(), folder.receive() / "self");
    std::filesystem::create_symlink(folder.all() / "outside/new", folder.receive() / "dangling");
    const std::set<int> refusals = {ELOOP, ENOTDIR, EEXIST};
    for (const char* name : {"sub/x", "self/x", "dangling"}) {
        CAPTURE(name);
        CHECK(refusals.contains(create(open, folder, name)));
    }
    const FileDescriptor root = open_folder(folder.receive());
    CHECK(open(root.number(), "dangling", O_WRONLY | O_CREAT, 0600).error_number == ELOOP);
    CHECK(folder.is_rest_untouched());
}

TEST_CASE("A new name never replaces what is there, of whatever kind") {
    TestFolder folder;
    const auto root = folder.receive();
    const FileDescriptor fd = open_folder(root);
    folder.write(root / "file", "old");
    std::filesystem::create_directory(root / "folder");
    std::filesystem::create_symlink("nowhere", root / "link");
    REQUIRE(::mkfifo((root / "pipe").c_str(), 0600) == 0);
    folder.write(root / "new", "new");
    for (const char* taken : {"file", "folder", "link", "pipe"}) {
        CAPTURE(taken);
        CHECK(rename_no_replace(fd.number(), "new", taken) == EEXIST);
    }
    CHECK(tests::read_file(root / "file") == "old");
    CHECK(rename_no_replace(fd.number(), "new", "free") == 0);
    CHECK(tests::read_file(root / "free") == "new");
    CHECK(rename_no_replace(fd.number(), "gone", "other") == ENOENT);
}

TEST_CASE("A disk tells its room, and a folder can be synced through a handle that cannot read") {
    TestFolder folder;
    const FileDescriptor fd = open_folder(folder.receive());
    const auto space = free_space(fd.number());
    REQUIRE(space);
    CHECK(space->total_bytes >= space->available_bytes);
    CHECK(space->total_bytes > 0);
    CHECK(free_space(folder.receive())->total_bytes == space->total_bytes);
    CHECK_FALSE(free_space(folder.receive() / "missing"));
    CHECK(sync_open_folder(fd.number()) == 0);
}

TEST_CASE("A finished file is readable as the user's umask has it and never executable") {
    const mode_t before = ::umask(0);
    CHECK(mode_of_finished_file() == 0644);
    ::umask(027);
    CHECK(mode_of_finished_file() == 0640);
    ::umask(077);
    CHECK(mode_of_finished_file() == 0600);
    ::umask(before);
}
