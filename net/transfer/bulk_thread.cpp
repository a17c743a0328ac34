#include "net/transfer/bulk_thread.hpp"

#include <asio/post.hpp>

#include <utility>

#include "net/platform/thread_name.hpp"

namespace dropline {

BulkThread::BulkThread(asio::any_io_executor net, std::function<void()> work,
                       std::function<void()> done)
    : thread_([net = std::move(net), work = std::move(work), done = std::move(done)]() mutable {
          name_this_thread("bulk");
          work();
          work = nullptr;
          asio::post(net, std::move(done));
      }) {}

BulkThread::~BulkThread() { thread_.join(); }

}  // namespace dropline
