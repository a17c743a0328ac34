#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

#include "app/line_splitter.hpp"

using dropline::app::LineSplitter;

namespace {

std::vector<std::string> all(LineSplitter& splitter) {
    std::vector<std::string> lines;
    while (auto line = splitter.next())
        lines.push_back(line->is_too_long ? "TOO LONG" : line->text);
    return lines;
}

}  // namespace

TEST_CASE("lines come out whole, however the bytes were cut") {
    LineSplitter splitter(100);
    splitter.feed("one\ntw");
    CHECK(all(splitter) == std::vector<std::string>{"one"});
    splitter.feed("o\n\nthree");
    CHECK(all(splitter) == std::vector<std::string>{"two", ""});
    splitter.finish();
    CHECK(all(splitter) == std::vector<std::string>{"three"});
    splitter.finish();
    CHECK(all(splitter).empty());
}

TEST_CASE("a line above the limit is thrown away, and the next one is whole again") {
    LineSplitter splitter(4);
    splitter.feed("four\nfiv");
    splitter.feed("e5\nok\n");
    CHECK(all(splitter) == std::vector<std::string>{"four", "TOO LONG", "ok"});
    splitter.feed(std::string(10'000, 'x'));
    CHECK(all(splitter).empty());
    splitter.finish();
    CHECK(all(splitter) == std::vector<std::string>{"TOO LONG"});
}
