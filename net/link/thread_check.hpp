// A member that remembers the thread it was made on and aborts when used on another.
// Thread: the one that constructed it. Costs nothing in release builds.
#pragma once

#if DROPLINE_THREAD_CHECKS
#include <cstdio>
#include <cstdlib>
#include <thread>
#endif

namespace dropline {

class ThreadCheck {
  public:
#if DROPLINE_THREAD_CHECKS
    /// Aborts when called on another thread: going on would be a data race.
    void verify() const {
        if (std::this_thread::get_id() == owner_) return;
        std::fputs("dropline: an object was used on a thread that does not own it\n", stderr);
        std::abort();
    }
    /// The calling thread becomes the owner (an object handed over whole).
    void adopt() { owner_ = std::this_thread::get_id(); }

  private:
    std::thread::id owner_ = std::this_thread::get_id();
#else
    void verify() const {}
    void adopt() {}
#endif
};

}  // namespace dropline
