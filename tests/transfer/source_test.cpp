#include "net/transfer/source.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "tests/transfer/test_folder.hpp"

using namespace dropline;
using dropline::tests::TestFolder;
namespace fs = std::filesystem;

namespace {

std::vector<std::byte> buffer_of(std::size_t bytes) { return std::vector<std::byte>(bytes); }

FaultCode code_of(const auto& result) {
    REQUIRE_FALSE(result);
    return result.fault().code;
}

}  // namespace

TEST_CASE("A file is offered with its name, size and time") {
    TestFolder folder;
    const auto path = folder.write(folder.send() / "你好.txt", "hello");
    const auto source = inspect_source(path);
    REQUIRE(source);
    CHECK(source->name == "你好.txt");
    CHECK(source->bytes == 5);
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK(source->modified_at_s == status.st_mtime);
}

TEST_CASE("A link is offered as the file it leads to: the user chose it") {
    TestFolder folder;
    folder.write(folder.send() / "real", "hello");
    fs::create_symlink("real", folder.send() / "link");
    const auto source = inspect_source(folder.send() / "link");
    REQUIRE(source);
    CHECK(source->name == "link");
    CHECK(source->bytes == 5);
}

TEST_CASE("Only regular files can be offered, and a pipe is not waited for") {
    TestFolder folder;
    CHECK(code_of(inspect_source(folder.send())) == FaultCode::not_available);
    CHECK(code_of(inspect_source(folder.send() / "missing")) == FaultCode::file_error);
    REQUIRE(::mkfifo((folder.send() / "pipe").c_str(), 0600) == 0);
    CHECK(code_of(inspect_source(folder.send() / "pipe")) == FaultCode::file_error);
    CHECK(code_of(inspect_source("/dev/null")) == FaultCode::file_error);
}

TEST_CASE("B1: a name that no receiver would take is refused before it is offered") {
    TestFolder folder;
    const auto result = inspect_source(folder.write(folder.send() / "a\x1b[2Jb", "x"));
    CHECK(code_of(result) == FaultCode::bad_name);
    CHECK(result.fault().sentence.find('\x1b') == std::string::npos);
    const auto missing = inspect_source(folder.send() / "gone\x1b[2J");
    CHECK(code_of(missing) == FaultCode::file_error);
    CHECK(missing.fault().sentence.find('\x1b') == std::string::npos);
}

TEST_CASE("Several files are offered all or none") {
    TestFolder folder;
    const auto a = folder.write(folder.send() / "a", "1");
    const auto b = folder.write(folder.send() / "b", "22");
    const auto sources = inspect_sources({a, b});
    REQUIRE(sources);
    CHECK(sources->size() == 2);
    CHECK(code_of(inspect_sources({a, folder.send() / "missing"})) == FaultCode::file_error);
    CHECK(code_of(inspect_sources({})) == FaultCode::bad_request);
    CHECK(code_of(inspect_sources(std::vector<fs::path>(10'001, a))) == FaultCode::too_large);
}

TEST_CASE("A source that changed after the offer is not sent") {
    TestFolder folder;
    const auto path = folder.write(folder.send() / "a", "old content");
    const auto source = inspect_source(path);
    REQUIRE(source);
    CHECK(OpenSource::open(*source));

    SECTION("other size") { folder.write(path, "new"); }
    SECTION("same size, other time") {
        fs::last_write_time(path, fs::last_write_time(path) + std::chrono::seconds(2));
    }
    SECTION("another file under its name") {
        const auto time = fs::last_write_time(path);
        fs::rename(folder.write(folder.send() / "b", "new content"), path);
        fs::last_write_time(path, time);
    }
    SECTION("a pipe under its name") {
        fs::remove(path);
        REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    }
    const auto opened = OpenSource::open(*source);
    CHECK(code_of(opened) == FaultCode::source_changed);
    CHECK(opened.fault().sentence.find(folder.send().string()) == std::string::npos);
}

TEST_CASE("A source that vanished after the offer is a file error that names no folder") {
    TestFolder folder;
    const auto path = folder.write(folder.send() / "a", "x");
    const auto source = inspect_source(path);
    REQUIRE(source);
    fs::remove(path);
    const auto opened = OpenSource::open(*source);
    CHECK(code_of(opened) == FaultCode::file_error);
    CHECK(opened.fault().sentence.find(folder.send().string()) == std::string::npos);
}

TEST_CASE("A source that is cut or changed while it is read is noticed") {
    TestFolder folder;
    const auto path = folder.write(folder.send() / "a", "0123456789");
    const auto source = inspect_source(path);
    const auto opened = OpenSource::open(*source);
    REQUIRE(opened);
    auto buffer = buffer_of(10);
    CHECK(opened->read_at(0, buffer));
    CHECK(opened->check_unchanged());
    fs::resize_file(path, 5);
    CHECK(code_of(opened->read_at(0, buffer)) == FaultCode::source_changed);
    CHECK(code_of(opened->check_unchanged()) == FaultCode::source_changed);
}
