#include "net/transfer/signs_of_life.hpp"

#include <system_error>
#include <utility>

#include "net/api/limits.hpp"
#include "net/platform/thread_name.hpp"

namespace dropline {

SignsOfLife::SignsOfLife(std::function<void()> say) : say_(std::move(say)) {
    try {
        thread_ = std::thread([this] { run(); });
    } catch (const std::system_error&) {
        // The system has no thread left: should the disk hold us up for long, we are taken for
        // dead, and come again.
    }
}

SignsOfLife::~SignsOfLife() {
    {
        const std::lock_guard lock(mutex_);
        is_over_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void SignsOfLife::run() {
    name_this_thread("bulk");
    std::unique_lock lock(mutex_);
    while (!is_over_) {
        const auto due = spoke_at_.load() + limits::transfer_sign_of_life_every;
        if (changed_.wait_until(lock, due, [this] { return is_over_; })) return;
        if (Clock::now() < spoke_at_.load() + limits::transfer_sign_of_life_every) continue;
        spoke();
        // Saying may wait for the other side; the end must not wait for the mutex meanwhile.
        lock.unlock();
        say_();
        lock.lock();
    }
}

}  // namespace dropline
