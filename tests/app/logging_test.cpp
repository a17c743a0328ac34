// The log as a file: whose lines are in it, and how large it may become.
#include "app/logging.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <string>

#include "net/api/limits.hpp"
#include "tests/store/scratch_folder.hpp"

namespace dropline::app {
namespace {

namespace fs = std::filesystem;

TEST_CASE("T44 B1 a line reaches the file at once, with its time, and steers no terminal") {
    const test::ScratchFolder folder;
    start_logging(LogLevel::info);
    REQUIRE(log_to_folder(folder.path()));
    write_to_log({LogUrgency::info, "room: open\n2026-01-01 forged \x1b[2J"});
    write_to_log({LogUrgency::debug, "of no interest"});
    const std::string log = test::content_of(folder / "dropline.log");
    CHECK(log.ends_with("Z info room: open\\u{a}2026-01-01 forged \\u{1b}[2J\n"));
    CHECK(log.find("of no interest") == std::string::npos);
}

TEST_CASE("the log keeps five files of 5 MiB and not one more") {
    const test::ScratchFolder folder;
    start_logging(LogLevel::info);
    REQUIRE(log_to_folder(folder.path()));
    const std::string text(64 * 1024, 'x');
    const std::size_t lines =
        (limits::log_files_max + 2) * limits::log_file_bytes_max / text.size();
    for (std::size_t line = 0; line < lines; ++line) write_to_log({LogUrgency::info, text});
    std::size_t files = 0;
    for (const auto& file : fs::directory_iterator(folder.path())) {
        CHECK(file.file_size() <= limits::log_file_bytes_max);
        ++files;
    }
    CHECK(files == limits::log_files_max);
}

}  // namespace
}  // namespace dropline::app
