#include "net/platform/beneath.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "net/platform/disk.hpp"
#include "tests/transfer/test_folder.hpp"

using namespace dropline;
using dropline::tests::open_folder;
using dropline::tests::TestFolder;

namespace {

using Open = OpenedFile (*)(int, const std::string&, int, mode_t);

using Rename = int (*)(int, const std::string&, const std::string&);

int with_links(int folder_fd, const std::string& from, const std::string& to) {
    return rename_in_steps(folder_fd, from, to);
}

int without_links(int folder_fd, const std::string& from, const std::string& to) {
    return rename_in_steps(folder_fd, from, to, HardLinks::none);
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

TEST_CASE("F1 a new name never replaces what is there, of whatever kind, on any disk") {
    const Rename rename = GENERATE(&rename_no_replace, &with_links, &without_links);
    TestFolder folder;
    const auto root = folder.receive();
    const FileDescriptor fd = open_folder(root);
    folder.write(root / "file", "old");
    std::filesystem::create_directory(root / "folder");
    std::filesystem::create_symlink("nowhere", root / "link");
    REQUIRE(::mkfifo((root / "pipe").c_str(), 0600) == 0);
    folder.write(root / "new", "new");
    std::filesystem::create_directory(root / "new folder");
    folder.write(root / "new folder/x", "x");
    const auto before = folder.listing(root);
    for (const char* from : {"new", "new folder"}) {
        for (const char* taken : {"file", "folder", "link", "pipe"}) {
            CAPTURE(from, taken);
            CHECK(rename(fd.number(), from, taken) == EEXIST);
        }
    }
    CHECK(folder.listing(root) == before);
    CHECK(rename(fd.number(), "new", "free") == 0);
    CHECK(tests::read_file(root / "free") == "new");
    CHECK(rename(fd.number(), "new folder", "free folder") == 0);
    CHECK(tests::read_file(root / "free folder/x") == "x");
    CHECK(rename(fd.number(), "gone", "other") == ENOENT);
    CHECK(folder.listing(root).size() == before.size());
}

TEST_CASE("Killed between a second name and the end of the first, a file gets no third one") {
    TestFolder folder;
    const auto root = folder.receive();
    const FileDescriptor fd = open_folder(root);
    folder.write(root / "x.part", "whole");
    std::filesystem::create_hard_link(root / "x.part", root / "x");
    CHECK(rename_in_steps(fd.number(), "x.part", "x") == 0);
    CHECK(folder.received_names() == std::vector<std::string>{"x"});
    CHECK(tests::read_file(root / "x") == "whole");
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
