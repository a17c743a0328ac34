#include "net/transfer/bulk_thread.hpp"

#include <asio/post.hpp>

#include <chrono>
#include <system_error>
#include <utility>

#include "net/platform/thread_name.hpp"

namespace dropline {

namespace {

constexpr auto look_for_thread_every = std::chrono::seconds(1);

}  // namespace

BulkThread::BulkThread(asio::any_io_executor net, std::function<void()> work,
                       std::function<void()> done)
    : work_(std::make_shared<Work>(Work{net, std::move(work), std::move(done)})), later_(net) {
    start();
}

BulkThread::~BulkThread() {
    if (thread_.joinable()) thread_.join();
}

void BulkThread::start() {
    try {
        thread_ = std::thread([work = work_]() mutable {
            name_this_thread("bulk");
            work->run();
            work->run = nullptr;
            asio::post(work->net, std::move(work->done));
        });
        work_.reset();
    } catch (const std::system_error&) {
        later_.expires_after(look_for_thread_every);
        later_.async_wait([this](std::error_code error) {
            if (!error) start();
        });
    }
}

}  // namespace dropline
