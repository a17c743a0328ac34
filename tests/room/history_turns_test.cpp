// Whose turn it is to read the host's log: at each limit, and one above.
#include "net/room/history_turns.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <utility>
#include <vector>

#include "net/api/limits.hpp"

namespace dropline {
namespace {

PeerId person(std::size_t number) {
    PeerId id;
    id.bytes[0] = static_cast<std::uint8_t>(number);
    return id;
}

struct LogReaders {
    HistoryTurns turns;
    std::vector<std::string> begun;
    std::vector<std::function<void()>> under_way;  // in the order of `begun`

    bool ask(std::size_t who, const std::string& what) {
        return turns.enter(person(who), [this, what](std::function<void()> done) {
            begun.push_back(what);
            under_way.push_back(std::move(done));
        });
    }
    void finish(std::size_t index) { std::exchange(under_way.at(index), {})(); }
};

TEST_CASE_METHOD(LogReaders,
                 "a member's requests are read one after the other, in the order of asking") {
    for (const char* what : {"one", "two", "three"}) CHECK(ask(1, what));
    CHECK(begun == std::vector<std::string>{"one"});
    finish(0);
    CHECK(begun == std::vector<std::string>{"one", "two"});
    finish(1);
    finish(2);
    CHECK(begun == std::vector<std::string>{"one", "two", "three"});
    CHECK(ask(1, "four"));
    CHECK(begun.size() == 4);
}

TEST_CASE_METHOD(LogReaders, "E10 ten requests of a member wait, and not one more") {
    for (std::size_t i = 0; i < 1 + limits::history_requests_waiting_max; ++i) {
        CHECK(ask(1, "page"));
    }
    CHECK_FALSE(ask(1, "one more"));
    CHECK(ask(2, "another's"));
    finish(0);
    CHECK(ask(1, "one more"));
}

TEST_CASE_METHOD(LogReaders,
                 "E10 eight members are read to at once, and the others take turns with them") {
    constexpr std::size_t at_once = limits::history_reads_at_once_max;
    for (std::size_t who = 0; who < at_once; ++who) {
        CHECK(ask(who, "first"));
        CHECK(ask(who, "second"));
    }
    CHECK(ask(at_once, "late"));
    CHECK(begun == std::vector<std::string>(at_once, "first"));
    finish(0);
    CHECK(begun.back() == "late");
    finish(at_once);
    CHECK(begun.back() == "second");
}

TEST_CASE_METHOD(HistoryTurns, "a request that is answered at once makes room for the next") {
    std::size_t begun = 0;
    const auto read = [&begun](const std::function<void()>& done) {
        ++begun;
        done();
    };
    for (int i = 0; i < 100; ++i) CHECK(enter(person(1), read));
    CHECK(begun == 100);
}

}  // namespace
}  // namespace dropline
