// Runs one blocking piece of work on a thread of its own named `bulk`, and tells `net` when it is
// done. Where the system has no thread left the work waits for one: others' transfers and relays,
// which need them, end.
// Thread: net for every call; the work itself runs on `bulk`.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <thread>

namespace dropline {

class BulkThread {
  public:
    /// `done` is posted to `net` after `work` has returned.
    BulkThread(asio::any_io_executor net, std::function<void()> work, std::function<void()> done);
    /// Waits for the work: interrupt it first, or know that it has returned. What has not begun yet
    /// never does.
    ~BulkThread();
    BulkThread(const BulkThread&) = delete;
    BulkThread& operator=(const BulkThread&) = delete;

  private:
    struct Work {
        asio::any_io_executor net;
        std::function<void()> run;
        std::function<void()> done;
    };
    void start();

    std::shared_ptr<Work> work_;  // until it begins
    asio::steady_timer later_;
    std::thread thread_;
};

}  // namespace dropline
