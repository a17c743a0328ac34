#include "net/link/side_thread.hpp"

#include <asio/post.hpp>

#include <system_error>

#include "net/platform/thread_name.hpp"

namespace dropline {

SideThread::SideThread(asio::any_io_executor net) : net_(std::move(net)) {}

SideThread::~SideThread() {
    *is_over_ = true;
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
        waiting_.clear();
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void SideThread::push(Task task) {
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(task));
    }
    wake_.notify_one();
    if (thread_.joinable()) return;
    try {
        thread_ = std::thread([this] { run(); });
    } catch (const std::system_error&) {
        work_here();
    }
}

/// The system has no thread left: better slow than not at all.
void SideThread::work_here() {
    while (!waiting_.empty()) {
        Task task = std::move(waiting_.front());
        waiting_.pop_front();
        post_answer_of(task);
    }
}

void SideThread::post_answer_of(Task& task) {
    asio::post(net_, [answer = task(), is_over = is_over_] {
        if (!*is_over) answer();
    });
}

void SideThread::run() {
    name_this_thread("proof");
    for (;;) {
        Task task;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
            if (is_stopping_) return;
            task = std::move(waiting_.front());
            waiting_.pop_front();
        }
        post_answer_of(task);
    }
}

}  // namespace dropline
