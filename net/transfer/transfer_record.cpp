#include "net/transfer/transfer_record.hpp"

namespace dropline {

namespace {
constexpr auto rate_window = std::chrono::seconds(2);
}

void RateMeter::add(TimePoint now, std::uint64_t bytes) {
    // A file that changed meanwhile starts over: what went before says nothing about it.
    if (bytes < last_bytes()) samples_.clear();
    samples_.push_back({now, bytes});
    // One sample older than the window stays: it is where the window begins.
    while (samples_.size() > 2 && now - samples_[1].at >= rate_window) samples_.pop_front();
}

std::uint64_t RateMeter::bytes_per_s(TimePoint now) const {
    if (samples_.size() < 2) return 0;
    const auto elapsed = std::chrono::duration<double>(now - samples_.front().at).count();
    if (elapsed <= 0) return 0;
    const std::uint64_t moved = samples_.back().bytes - samples_.front().bytes;
    return static_cast<std::uint64_t>(static_cast<double>(moved) / elapsed);
}

}  // namespace dropline
