#include "net/platform/landlock.hpp"

#include <catch2/catch_test_macros.hpp>
#include <dirent.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "net/platform/file_descriptor.hpp"
#include "tests/transfer/test_folder.hpp"

using namespace dropline;
using dropline::tests::open_folder;
using dropline::tests::read_file;
using dropline::tests::TestFolder;

namespace {

int errno_of(int result) { return result < 0 ? errno : 0; }

int open_errno(const std::filesystem::path& path, int flags) {
    const FileDescriptor file(::open(path.c_str(), flags | O_CLOEXEC, 0600));
    return errno_of(file.number());
}

int list_errno(const std::filesystem::path& path) {
    DIR* const listing = ::opendir(path.c_str());
    if (listing == nullptr) return errno;
    errno = 0;
    const bool has_entry = ::readdir(listing) != nullptr;
    const int error_number = errno;
    ::closedir(listing);
    return has_entry ? 0 : error_number;
}

/// What each of some calls gave: an errno, 0 for success.
struct CallOutcome {
    std::string call;
    int error_number = 0;
};

/// Does `calls` on a thread confined to `folders`. Nothing is asserted there: Catch2 is one
/// thread's. Skips the test where the kernel cannot confine.
std::vector<CallOutcome> on_confined_thread(
    const std::vector<std::filesystem::path>& folders,
    const std::function<std::vector<CallOutcome>()>& calls) {
    std::vector<FileDescriptor> opened;
    std::vector<int> fds;
    for (const auto& folder : folders) {
        opened.push_back(open_folder(folder));
        fds.push_back(opened.back().number());
    }
    Landlocked landlocked = Landlocked::not_supported;
    std::vector<CallOutcome> outcomes;
    std::thread([&] {
        landlocked = confine_this_thread_to(fds);
        if (landlocked == Landlocked::yes) outcomes = calls();
    }).join();
    if (landlocked == Landlocked::not_supported) {
        SKIP("this kernel has no Landlock, or one before ABI 2");
    }
    return outcomes;
}

/// Says which call gave what it should not have given.
void check_all(const std::vector<CallOutcome>& outcomes, int expected) {
    REQUIRE_FALSE(outcomes.empty());
    for (const CallOutcome& outcome : outcomes) {
        CAPTURE(outcome.call);
        CHECK(outcome.error_number == expected);
    }
}

}  // namespace

TEST_CASE("Landlock: a confined thread does all that receiving needs beneath its folders") {
    const TestFolder folder;
    const std::filesystem::path in = folder.receive();
    const std::filesystem::path other = folder.all() / "other";
    std::filesystem::create_directory(other);
    const auto outcomes = on_confined_thread({in, other}, [&] {
        std::vector<CallOutcome> did;
        did.push_back({"mkdir", errno_of(::mkdir((in / "staging").c_str(), 0700))});
        did.push_back({"mkdir in it", errno_of(::mkdir((in / "staging/sub").c_str(), 0700))});
        const std::string part = in / "staging/sub/x.part";
        const FileDescriptor file(
            ::open(part.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        did.push_back({"create", errno_of(file.number())});
        did.push_back({"write", errno_of(static_cast<int>(::write(file.number(), "abc", 3)))});
        did.push_back({"fsync", errno_of(::fsync(file.number()))});
        did.push_back({"ftruncate", errno_of(::ftruncate(file.number(), 2))});
        did.push_back({"truncate", errno_of(::truncate(part.c_str(), 1))});
        did.push_back({"rename", errno_of(std::rename(part.c_str(), (in / "x").c_str()))});
        did.push_back({"link", errno_of(::link((in / "x").c_str(), (in / "staging/y").c_str()))});
        did.push_back({"rename into the other folder",
                       errno_of(std::rename((in / "staging/y").c_str(), (other / "y").c_str()))});
        did.push_back({"rename a folder",
                       errno_of(std::rename((in / "staging").c_str(), (in / "tree").c_str()))});
        did.push_back({"read", open_errno(in / "x", O_RDONLY)});
        did.push_back({"write what is there", open_errno(in / "x", O_WRONLY | O_TRUNC)});
        const FileDescriptor root(::open(in.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        did.push_back({"fsync of the folder", errno_of(::fsync(root.number()))});
        did.push_back({"readdir", list_errno(in / "tree")});
        did.push_back({"unlink", errno_of(::unlinkat(root.number(), "x", 0))});
        did.push_back({"rmdir", errno_of(::rmdir((in / "tree/sub").c_str()))});
        return did;
    });
    check_all(outcomes, 0);
    CHECK(folder.received_names() == std::vector<std::string>{"tree"});
    CHECK(std::filesystem::exists(other / "y"));
}

TEST_CASE("Landlock: a confined thread reaches nothing outside its folders, not even to read") {
    TestFolder folder;
    const std::filesystem::path out = folder.all() / "outside";
    std::filesystem::create_directories(out / "empty");
    folder.write(out / "canary", "precious");
    folder.write(folder.receive() / "x", "mine");
    folder.remember();
    const FileDescriptor out_fd = open_folder(out);
    const auto outcomes = on_confined_thread({folder.receive()}, [&] {
        std::vector<CallOutcome> tried;
        tried.push_back({"read", open_errno(out / "canary", O_RDONLY)});
        tried.push_back({"read by a way through our folder",
                         open_errno(folder.receive() / "../outside/canary", O_RDONLY)});
        tried.push_back({"read /etc/passwd", open_errno("/etc/passwd", O_RDONLY)});
        tried.push_back({"read /proc/self", open_errno("/proc/self/maps", O_RDONLY)});
        tried.push_back({"write", open_errno(out / "canary", O_WRONLY)});
        tried.push_back({"truncate at open", open_errno(out / "canary", O_WRONLY | O_TRUNC)});
        tried.push_back({"create", open_errno(out / "new", O_WRONLY | O_CREAT)});
        const FileDescriptor by_fd(
            ::openat(out_fd.number(), "new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        tried.push_back({"create by an open folder", errno_of(by_fd.number())});
        tried.push_back({"mkdir", errno_of(::mkdir((out / "new").c_str(), 0700))});
        tried.push_back({"unlink", errno_of(::unlink((out / "canary").c_str()))});
        tried.push_back({"rmdir", errno_of(::rmdir((out / "empty").c_str()))});
        tried.push_back(
            {"rename", errno_of(std::rename((out / "canary").c_str(), (out / "new").c_str()))});
        tried.push_back({"readdir", list_errno(out)});
        tried.push_back(
            {"symlink", errno_of(::symlink("/etc", (folder.receive() / "link").c_str()))});
        tried.push_back({"fifo", errno_of(::mkfifo((folder.receive() / "pipe").c_str(), 0600))});
        return tried;
    });
    check_all(outcomes, EACCES);
    CHECK(folder.is_rest_untouched());
    CHECK(read_file(out / "canary") == "precious");
    CHECK(folder.received_names() == std::vector<std::string>{"x"});
}

TEST_CASE("Landlock: nothing is carried over the wall by renaming or linking") {
    TestFolder folder;
    const std::filesystem::path out = folder.all() / "outside";
    std::filesystem::create_directory(out);
    folder.write(out / "canary", "precious");
    folder.write(folder.receive() / "x", "mine");
    folder.remember();
    const auto outcomes = on_confined_thread({folder.receive()}, [&] {
        const std::filesystem::path in = folder.receive();
        std::vector<CallOutcome> tried;
        tried.push_back(
            {"rename out", errno_of(std::rename((in / "x").c_str(), (out / "x").c_str()))});
        tried.push_back(
            {"rename in", errno_of(std::rename((out / "canary").c_str(), (in / "y").c_str()))});
        tried.push_back({"link out", errno_of(::link((in / "x").c_str(), (out / "x").c_str()))});
        tried.push_back(
            {"link in", errno_of(::link((out / "canary").c_str(), (in / "y").c_str()))});
        return tried;
    });
    REQUIRE(outcomes.size() == 4);
    for (const CallOutcome& outcome : outcomes) {
        CAPTURE(outcome.call, outcome.error_number);
        CHECK((outcome.error_number == EACCES || outcome.error_number == EXDEV));
    }
    CHECK(folder.is_rest_untouched());
    CHECK(folder.received_names() == std::vector<std::string>{"x"});
}

TEST_CASE("Landlock: a link in the folder leads a confined thread nowhere") {
    TestFolder folder;
    folder.write(folder.all() / "canary", "precious");
    std::filesystem::create_symlink(folder.all() / "canary", folder.receive() / "link");
    folder.remember();
    const auto outcomes = on_confined_thread({folder.receive()}, [&] {
        return std::vector<CallOutcome>{
            {"read", open_errno(folder.receive() / "link", O_RDONLY)},
            {"write", open_errno(folder.receive() / "link", O_WRONLY | O_TRUNC)}};
    });
    check_all(outcomes, EACCES);
    CHECK(folder.is_rest_untouched());
}

TEST_CASE("Landlock: a confined thread cannot even shorten a file outside its folders") {
    if (::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) < 3) {
        SKIP("this kernel's Landlock does not know truncate(2)");
    }
    TestFolder folder;
    const auto canary = folder.write(folder.all() / "canary", "precious");
    std::filesystem::create_symlink(canary, folder.receive() / "link");
    folder.remember();
    const auto outcomes = on_confined_thread({folder.receive()}, [&] {
        return std::vector<CallOutcome>{
            {"by its name", errno_of(::truncate(canary.c_str(), 0))},
            {"by a link", errno_of(::truncate((folder.receive() / "link").c_str(), 0))}};
    });
    check_all(outcomes, EACCES);
    CHECK(read_file(canary) == "precious");
    CHECK(folder.is_rest_untouched());
}

TEST_CASE("Landlock: what was open before keeps working, and other threads stay free") {
    TestFolder folder;
    const auto path = folder.write(folder.all() / "open before", "abc");
    const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    std::array<int, 2> pipe{};
    REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
    const FileDescriptor from(pipe[0]);
    const FileDescriptor into(pipe[1]);
    const auto outcomes = on_confined_thread({folder.receive()}, [&] {
        std::array<char, 3> bytes{};
        std::vector<CallOutcome> did;
        const auto result_of = [](ssize_t count) { return errno_of(static_cast<int>(count)); };
        did.push_back({"read", result_of(::pread(file.number(), bytes.data(), 3, 0))});
        did.push_back({"write", result_of(::pwrite(file.number(), "xyz", 3, 0))});
        did.push_back({"ftruncate", errno_of(::ftruncate(file.number(), 2))});
        did.push_back({"fsync", errno_of(::fsync(file.number()))});
        did.push_back({"write to a pipe", result_of(::write(into.number(), "x", 1))});
        return did;
    });
    check_all(outcomes, 0);
    CHECK(read_file(path) == "xy");
    CHECK(open_errno(path, O_RDWR) == 0);
    CHECK(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);
    int elsewhere = -1;
    std::thread([&] { elsewhere = open_errno("/etc/passwd", O_RDONLY); }).join();
    CHECK(elsewhere == 0);
}

TEST_CASE("Landlock: a thread that a confined one starts is confined as well") {
    const TestFolder folder;
    const auto outcomes = on_confined_thread({folder.receive()}, [&] {
        std::vector<CallOutcome> tried;
        std::thread([&] { tried.push_back({"read", open_errno("/etc/passwd", O_RDONLY)}); }).join();
        return tried;
    });
    check_all(outcomes, EACCES);
}

TEST_CASE("Landlock: who cannot be confined to all it asked for is not confined by half") {
    std::array<int, 2> pipe{};
    REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
    const FileDescriptor from(pipe[0]);
    const FileDescriptor into(pipe[1]);
    const TestFolder folder;
    const FileDescriptor receive = open_folder(folder.receive());
    Landlocked landlocked = Landlocked::yes;
    int elsewhere = -1;
    std::thread([&] {
        const std::array folders = {receive.number(), from.number()};
        landlocked = confine_this_thread_to(folders);
        elsewhere = open_errno("/etc/passwd", O_RDONLY);
    }).join();
    CHECK(landlocked == Landlocked::not_supported);
    CHECK(elsewhere == 0);
}
