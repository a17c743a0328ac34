// A thread for arithmetic that would hold up `net`: proofs of secrets take half a second.
// Thread: net for all calls. Work is done one after the other; it starts with the first.
#pragma once

#include <asio/any_io_executor.hpp>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "net/api/fault.hpp"

namespace dropline {

class SideThread {
  public:
    explicit SideThread(asio::any_io_executor net);
    /// What waits is dropped, what is being worked out is waited for; nothing is answered any more.
    ~SideThread();
    SideThread(const SideThread&) = delete;
    SideThread& operator=(const SideThread&) = delete;

    /// `work` on the thread, then `done` with what it gave on `net`, where `done` is destroyed too.
    template <typename T>
    void submit(std::function<Result<T>()> work, std::function<void(Result<T>)> done) {
        push([work = std::move(work), done = std::move(done)]() mutable -> Answer {
            auto result = std::make_shared<Result<T>>(work());
            return [result, done = std::move(done)] { done(std::move(*result)); };
        });
    }

    /// `done` on `net`, once all that was submitted before is answered.
    void when_through(std::function<void()> done) {
        push([done = std::move(done)]() mutable -> Answer { return std::move(done); });
    }

  private:
    using Answer = std::function<void()>;
    using Task = std::function<Answer()>;

    void push(Task task);
    void run();
    void work_here();
    void post_answer_of(Task& task);

    const asio::any_io_executor net_;
    // Net's. Answers on their way share it: they may arrive after this object is gone.
    const std::shared_ptr<bool> is_over_ = std::make_shared<bool>(false);

    // Under the mutex.
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Task> waiting_;
    bool is_stopping_ = false;

    std::thread thread_;  // last: it uses the others
};

}  // namespace dropline
