#include "net/transfer/source.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "tests/transfer/failure.hpp"
#include "tests/transfer/reception.hpp"

using namespace dropline;
using dropline::tests::code_of;
using dropline::tests::TestFolder;
namespace fs = std::filesystem;

namespace {

SourceFile offered(const fs::path& path) { return tests::sources_of({path}).file(0, 0); }

}  // namespace

TEST_CASE("A source that changed after the offer is not sent") {
    TestFolder folder;
    const auto path = folder.write(folder.send() / "a", "old content");
    const SourceFile source = offered(path);
    CHECK(OpenSource::open(source));

    SECTION("other size") { folder.write(path, "new"); }
    SECTION("same size, other time") {
        fs::last_write_time(path, fs::last_write_time(path) + std::chrono::nanoseconds(1));
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
    const auto opened = OpenSource::open(source);
    CHECK(code_of(opened) == FaultCode::source_changed);
    CHECK(opened.fault().sentence.find(folder.send().string()) == std::string::npos);
}

TEST_CASE(
    "A source that vanished after the offer has changed, in a sentence that names no folder") {
    TestFolder folder;
    const auto path = folder.write(folder.send() / "a", "x");
    const SourceFile source = offered(path);
    fs::remove(path);
    const auto opened = OpenSource::open(source);
    CHECK(code_of(opened) == FaultCode::source_changed);
    CHECK(opened.fault().sentence == "\"a\" is no longer there.");
}

TEST_CASE("A source that is cut or changed while it is read is noticed") {
    TestFolder folder;
    const auto path = folder.write(folder.send() / "a", "0123456789");
    const auto opened = OpenSource::open(offered(path));
    REQUIRE(opened);
    std::vector<std::byte> buffer(10);
    CHECK(opened->read_at(0, buffer));
    CHECK(opened->check_unchanged());
    fs::resize_file(path, 5);
    CHECK(code_of(opened->read_at(0, buffer)) == FaultCode::source_changed);
    CHECK(code_of(opened->check_unchanged()) == FaultCode::source_changed);
}
