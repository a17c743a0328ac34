#include "net/transfer/stage_clock.hpp"

namespace dropline {

std::optional<Bottleneck> StageClock::judge(TimePoint now, const StageWaits& waits,
                                            Bottleneck other_side) {
    constexpr auto window = std::chrono::seconds(1);
    if (!judged_at_) judged_at_ = now;
    const auto passed = now - *judged_at_;
    if (passed < window) return std::nullopt;
    // What is pure waiting shows early; copying and hashing take up to half of a thread's time even
    // when the disk is memory.
    constexpr int waiting_percent = 30;
    constexpr int disk_percent = 60;
    const auto is_large = [&](StageWaits::Duration sum, StageWaits::Duration before, int percent) {
        return (sum - before) * 100 >= passed * percent;
    };
    Bottleneck verdict = Bottleneck::sender_encryption;
    if (is_large(waits.for_limit, last_.for_limit, waiting_percent)) {
        verdict = Bottleneck::rate_limit;
    } else if (is_large(waits.for_target, last_.for_target, disk_percent)) {
        verdict = Bottleneck::receiver_disk;
    } else if (is_large(waits.for_source, last_.for_source, disk_percent)) {
        verdict = Bottleneck::sender_disk;
    } else if (is_large(waits.for_other_side, last_.for_other_side, waiting_percent)) {
        verdict = other_side == Bottleneck::unknown ? Bottleneck::network : other_side;
    }
    last_ = waits;
    judged_at_ = now;
    return verdict;
}

}  // namespace dropline
