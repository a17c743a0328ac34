// Observers that remember what a bulk loop told.
// Thread: that of the loop; read after it has ended.
#pragma once

#include <string>
#include <vector>

#include "net/transfer/transfer_observer.hpp"

namespace dropline::tests {

struct SendRecorder : SendObserver {
    void on_progress(const TransferProgress& now) override { progress.push_back(now); }
    void on_verifying() override { ++verifying; }

    std::vector<TransferProgress> progress;
    int verifying = 0;
};

struct ReceiveRecorder : ReceiveObserver {
    void on_progress(const TransferProgress& now) override { progress.push_back(now); }
    void on_verifying() override { ++verifying; }
    void on_saved(std::uint32_t, const std::string& saved_as) override {
        saved.push_back(saved_as);
    }

    std::vector<TransferProgress> progress;
    int verifying = 0;
    std::vector<std::string> saved;
};

}  // namespace dropline::tests
