// What a bulk loop tells while it runs.
// Thread: bulk calls the observers; they must return at once (post, do not wait).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "net/api/limits.hpp"
#include "net/api/values.hpp"

namespace dropline {

/// Both sides see the same: what the receiver has stored and finished.
struct TransferProgress {
    std::uint64_t bytes_stored = 0;  // of what is wanted
    std::uint32_t files_done = 0;
};

class SendObserver {
  public:
    virtual ~SendObserver() = default;
    /// At most once in limits::transfer_progress_every, and at the end.
    virtual void on_progress(const TransferProgress& progress) = 0;
    /// When it changes.
    virtual void on_bottleneck(Bottleneck bottleneck) = 0;
};

class ReceiveObserver {
  public:
    virtual ~ReceiveObserver() = default;
    /// At most once in limits::transfer_progress_every, and at the end.
    virtual void on_progress(const TransferProgress& progress) = 0;
    /// Once: every byte is stored; sync and final name follow.
    virtual void on_verifying() = 0;
    /// Once, when everything has its final name on the disk and before the sender hears it. Comes
    /// back when a restart would know it, too; the exception to returning at once.
    virtual void on_complete() = 0;
    /// When it changes, at most once in limits::transfer_progress_every.
    virtual void on_bottleneck(Bottleneck bottleneck) = 0;
};

/// Lets one report through in each interval.
class ProgressPace {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    bool is_due(TimePoint now) {
        if (now - last_ < limits::transfer_progress_every) return false;
        last_ = now;
        return true;
    }

  private:
    TimePoint last_ = TimePoint() - limits::transfer_progress_every;
};

}  // namespace dropline
