#include "net/transfer/block_pipe.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string>
#include <thread>

using namespace dropline;
using namespace std::chrono_literals;

namespace {

constexpr auto at_once = 0ms;
/// For what must come; only a hang ever waits so long.
constexpr auto patience = 20s;

void put(BlockPipe& pipe, const std::string& text) {
    BlockPipe::Block* const block = pipe.begin_fill();
    REQUIRE(block != nullptr);
    std::memcpy(block->room().data(), text.data(), text.size());
    block->filled = text.size();
    pipe.end_fill(block);
}

std::string take(BlockPipe& pipe) {
    BlockPipe::Block* const block = pipe.take(patience);
    REQUIRE(block != nullptr);
    const auto content = block->content();
    std::string text(reinterpret_cast<const char*>(content.data()), content.size());
    pipe.give_back(block);
    return text;
}

}  // namespace

TEST_CASE("Blocks come out in the order in which they went in, with what was put in") {
    BlockPipe pipe(3, 16);
    put(pipe, "one");
    put(pipe, "two");
    CHECK(take(pipe) == "one");
    put(pipe, "three");
    CHECK(take(pipe) == "two");
    CHECK(take(pipe) == "three");
}

TEST_CASE("A block that comes round again is empty and as large as before") {
    BlockPipe pipe(1, 16);
    put(pipe, "abcd");
    CHECK(take(pipe) == "abcd");
    BlockPipe::Block* const block = pipe.begin_fill();
    REQUIRE(block != nullptr);
    CHECK(block->room().size() == 16);
    CHECK(block->content().empty());
}

TEST_CASE("Closing lets the consumer have what is there, then says that it was all") {
    BlockPipe pipe(2, 16);
    put(pipe, "last");
    pipe.close();
    CHECK_FALSE(pipe.is_closed());
    CHECK(take(pipe) == "last");
    CHECK(pipe.take(patience) == nullptr);
    CHECK(pipe.is_closed());
}

TEST_CASE("A consumer whose patience ends has nothing, and knows that more may come") {
    BlockPipe pipe(1, 16);
    CHECK(pipe.take(at_once) == nullptr);
    CHECK_FALSE(pipe.is_closed());
    put(pipe, "later");
    CHECK(take(pipe) == "later");
}

TEST_CASE("An abandoned pipe sends its producer home, also out of a wait") {
    BlockPipe pipe(1, 16);
    SECTION("before it asks") {
        pipe.abandon();
        CHECK(pipe.begin_fill() == nullptr);
    }
    SECTION("while it waits for a block") {
        put(pipe, "full");
        BlockPipe::Block* got = nullptr;
        std::thread producer([&] { got = pipe.begin_fill(); });
        pipe.abandon();
        producer.join();
        CHECK(got == nullptr);
    }
    SECTION("with a block in its hands that nobody will read") {
        BlockPipe::Block* const block = pipe.begin_fill();
        pipe.abandon();
        pipe.end_fill(block);
        CHECK(pipe.begin_fill() == nullptr);
    }
}

TEST_CASE("Closing wakes a consumer that waits") {
    BlockPipe pipe(1, 16);
    BlockPipe::Block* got = nullptr;
    std::thread consumer([&] { got = pipe.take(patience); });
    pipe.close();
    consumer.join();
    CHECK(got == nullptr);
    CHECK(pipe.is_closed());
}

TEST_CASE("Two threads pass everything on, in order and unharmed") {
    constexpr std::uint32_t count = 20'000;
    BlockPipe pipe(4, sizeof(std::uint32_t));
    std::thread producer([&] {
        for (std::uint32_t number = 0; number < count; ++number) {
            BlockPipe::Block* const block = pipe.begin_fill();
            std::memcpy(block->room().data(), &number, sizeof number);
            block->filled = sizeof number;
            pipe.end_fill(block);
        }
        pipe.close();
    });
    std::uint32_t next = 0;
    bool is_in_order = true;
    while (BlockPipe::Block* const block = pipe.take(patience)) {
        std::uint32_t number = 0;
        std::memcpy(&number, block->content().data(), sizeof number);
        is_in_order = is_in_order && number == next++;
        pipe.give_back(block);
    }
    producer.join();
    CHECK(is_in_order);
    CHECK(next == count);
}

TEST_CASE("Only who waits for the other side is said to have waited") {
    BlockPipe pipe(1, 16);
    put(pipe, "a");
    CHECK(take(pipe) == "a");
    CHECK(pipe.producer_waited() == BlockPipe::Duration::zero());
    CHECK(pipe.consumer_waited() == BlockPipe::Duration::zero());
    CHECK(pipe.take(1ms) == nullptr);
    CHECK(pipe.consumer_waited() >= 1ms);
    CHECK(pipe.producer_waited() == BlockPipe::Duration::zero());
}
