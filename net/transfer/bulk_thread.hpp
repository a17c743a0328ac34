// Runs one blocking piece of work on a thread of its own named `bulk`, and tells `net` when it is
// done.
// Thread: net for every call; the work itself runs on `bulk`.
#pragma once

#include <asio/any_io_executor.hpp>

#include <functional>
#include <thread>

namespace dropline {

class BulkThread {
  public:
    /// `done` is posted to `net` after `work` has returned.
    BulkThread(asio::any_io_executor net, std::function<void()> work, std::function<void()> done);
    /// Waits for the work: interrupt it first, or know that it has returned.
    ~BulkThread();
    BulkThread(const BulkThread&) = delete;
    BulkThread& operator=(const BulkThread&) = delete;

  private:
    std::thread thread_;
};

}  // namespace dropline
