// How much of the log one source may fill: at each limit, and one above.
#include "net/link/paced_log.hpp"

#include <asio/io_context.hpp>
#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

#include "net/api/limits.hpp"
#include "tests/pair/manual_clock.hpp"

namespace dropline {
namespace {

using std::chrono::seconds;

constexpr int lines_a_second = static_cast<int>(limits::log_lines_per_second);

struct Log {
    asio::io_context loop;
    testing::ManualClock clock{loop.get_executor()};
    std::vector<std::string> written;
    PacedLog lines{clock, [this](const LogLine& line) { written.push_back(line.text); }};

    void say(const std::string& source, int times = 1) {
        for (int i = 0; i < times; ++i) lines.say(LogUrgency::info, source, "knocked");
    }
};

TEST_CASE_METHOD(Log, "T44 ten lines of one source are written at once, and not one more") {
    say("10.0.0.1", lines_a_second);
    CHECK(written == std::vector<std::string>(lines_a_second, "10.0.0.1: knocked"));
    say("10.0.0.1");
    CHECK(written.size() == lines_a_second);
}

TEST_CASE_METHOD(Log, "what was left out is counted, and told once as soon as there is room") {
    say("10.0.0.1", lines_a_second + 1000);
    clock.advance(seconds(1));
    written.clear();
    say("10.0.0.1");
    say("10.0.0.1");
    CHECK(written == std::vector<std::string>{"10.0.0.1: 1000 lines suppressed",
                                              "10.0.0.1: knocked", "10.0.0.1: knocked"});
}

TEST_CASE_METHOD(Log, "E7 a source that floods takes no line of another's") {
    say("10.0.0.1", 5000);
    say("10.0.0.2", lines_a_second);
    CHECK(written.size() == 2 * lines_a_second);
}

TEST_CASE_METHOD(Log, "256 sources have a place of their own, and all above it share one") {
    for (std::size_t i = 0; i < limits::log_sources_max; ++i) say(std::to_string(i));
    CHECK(lines.sources_known() == limits::log_sources_max);
    written.clear();
    for (int i = 0; i < 5000; ++i) say("new " + std::to_string(i));
    CHECK(lines.sources_known() == limits::log_sources_max + 1);
    CHECK(written.size() == lines_a_second);
    // Who has been quiet for a second makes room.
    clock.advance(seconds(1));
    say("another");
    CHECK(lines.sources_known() <= 2);
}

TEST_CASE("what a log still owes is told when it closes") {
    Log log;
    std::vector<std::string> written;
    {
        PacedLog lines(log.clock, [&](const LogLine& line) { written.push_back(line.text); });
        for (int i = 0; i <= lines_a_second; ++i) lines.say(LogUrgency::info, "a", "b");
    }
    CHECK(written.back() == "a: 1 line suppressed");
}

}  // namespace
}  // namespace dropline
