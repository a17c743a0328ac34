// Work on a thread of its own, also where the system has none left.
#include "net/transfer/bulk_thread.hpp"

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <catch2/catch_test_macros.hpp>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <optional>
#include <system_error>
#include <thread>

#include "net/transfer/signs_of_life.hpp"

namespace dropline {
namespace {

/// Until its end there is no memory for the stack of one more thread.
class NoThreadLeft {
  public:
    NoThreadLeft() {
        ::getrlimit(RLIMIT_AS, &before_);
        std::size_t pages = 0;
        std::ifstream("/proc/self/statm") >> pages;
        constexpr rlim_t page_bytes = 4096, some = 1 << 20;
        rlimit little = before_;
        little.rlim_cur = std::min<rlim_t>(before_.rlim_max, pages * page_bytes + some);
        ::setrlimit(RLIMIT_AS, &little);
    }
    ~NoThreadLeft() { ::setrlimit(RLIMIT_AS, &before_); }
    NoThreadLeft(const NoThreadLeft&) = delete;
    NoThreadLeft& operator=(const NoThreadLeft&) = delete;

    /// Not where a sanitizer has taken all it will need, or where stacks of ended threads are left.
    static bool works() {
        const NoThreadLeft no_thread;
        try {
            std::thread([] {}).join();
        } catch (const std::system_error&) {
            return true;
        }
        return false;
    }

  private:
    rlimit before_{};
};

#define SKIP_WHERE_THREADS_CANNOT_BE_DENIED() \
    if (!NoThreadLeft::works()) SKIP("this build has memory for another thread left")

TEST_CASE("E7 work for which the system has no thread is done when it has one again") {
    SKIP_WHERE_THREADS_CANNOT_BE_DENIED();
    asio::io_context loop;
    auto busy = asio::make_work_guard(loop);
    bool has_worked = false;
    bool is_done = false;
    std::optional<BulkThread> thread;
    {
        const NoThreadLeft no_thread;
        thread.emplace(
            loop.get_executor(), [&] { has_worked = true; },
            [&] {
                is_done = true;
                busy.reset();
            });
    }
    loop.run_for(std::chrono::seconds(30));
    CHECK(has_worked);
    CHECK(is_done);
}

TEST_CASE("E7 work for which there is no thread can be given up") {
    SKIP_WHERE_THREADS_CANNOT_BE_DENIED();
    asio::io_context loop;
    {
        const NoThreadLeft no_thread;
        const BulkThread thread(
            loop.get_executor(), [] {}, [] {});
    }
    CHECK(loop.run_for(std::chrono::seconds(30)) <= 2);
}

TEST_CASE("E7 where no thread is left nobody speaks for one that waits, and nothing breaks") {
    SKIP_WHERE_THREADS_CANNOT_BE_DENIED();
    const NoThreadLeft no_thread;
    SignsOfLife signs([] {});
    signs.spoke();
}

}  // namespace
}  // namespace dropline
