// Observers that remember what a bulk loop told.
// Thread: those of the loop, one call at a time but for `on_bottleneck`; read after it has ended.
#pragma once

#include <mutex>
#include <vector>

#include "net/transfer/transfer_observer.hpp"

namespace dropline::tests {

template <typename Observer>
struct ProgressRecorder : Observer {
    void on_progress(const TransferProgress& now) override { progress.push_back(now); }
    void on_bottleneck(Bottleneck bottleneck) override {
        const std::lock_guard lock(mutex);
        bottlenecks.push_back(bottleneck);
    }

    std::vector<TransferProgress> progress;
    std::mutex mutex;
    std::vector<Bottleneck> bottlenecks;
};

using SendRecorder = ProgressRecorder<SendObserver>;

struct ReceiveRecorder : ProgressRecorder<ReceiveObserver> {
    void on_verifying() override { ++verifying; }

    void on_complete() override { ++complete; }

    int verifying = 0;
    int complete = 0;
};

}  // namespace dropline::tests
