// One transfer as its node knows it, and how its progress is measured.
// Thread: net, but for what bulk_job.hpp says.
#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "net/api/values.hpp"
#include "net/link/clock.hpp"
#include "net/transfer/receiver.hpp"
#include "net/transfer/source.hpp"

namespace dropline {

class BulkJob;

/// Bytes per second over the last two seconds, from the times at which bytes were stored.
class RateMeter {
  public:
    /// `bytes`: the total so far. Thread: net.
    void add(TimePoint now, std::uint64_t bytes);
    std::uint64_t bytes_per_s(TimePoint now) const;

  private:
    struct Sample {
        TimePoint at;
        std::uint64_t bytes;
    };
    std::deque<Sample> samples_;
};

struct TransferRecord {
    Transfer shown;
    std::string ref;
    RateMeter meter;

    // Sending
    std::vector<SourceFile> sources;

    // Receiving
    std::vector<ExpectedFile> expected;
    std::vector<OfferedFile> offered;  // as shown to the user, in manifest order
    std::uint32_t pages_missing = 0;
    std::uint32_t next_page = 1;
    std::size_t manifest_bytes = 0;
    std::filesystem::path into;
    bool is_announced = false;
    bool is_connecting = false;

    std::shared_ptr<BulkJob> job;  // while bytes flow
    std::uint64_t order = 0;       // of arrival, for lists and queues
};

}  // namespace dropline
