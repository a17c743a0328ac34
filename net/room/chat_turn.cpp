#include "net/room/chat_turn.hpp"

#include <algorithm>

#include "net/api/limits.hpp"

namespace dropline {

namespace {

/// Ten seconds' worth of refusals, refilled over ten seconds.
RateLimit refusal_limit(TimePoint now) {
    constexpr double refusals = limits::chat_refused_per_10_s_max;
    return RateLimit(refusals, refusals / 10.0, now);
}

}  // namespace

ChatTurn::ChatTurn(TimePoint now)
    : spoken_(limits::chat_burst_messages, limits::chat_messages_per_second, now),
      refused_(refusal_limit(now)) {}

TimePoint ChatTurn::full_at() const { return std::max(spoken_.full_at(), refused_.full_at()); }

ChatTurn::Answer ChatTurn::ask(const MessageId& id, TimePoint now) {
    const bool is_out_of_turn = awaited_ && *awaited_ != id && now < awaited_until_;
    if (!is_out_of_turn && spoken_.take(now)) {
        awaited_.reset();
        return {};
    }
    if (!refused_.take(now)) return {Verdict::flood, {}};
    const auto wait = spoken_.wait(now);
    if (!is_out_of_turn) {
        constexpr auto patience = std::chrono::seconds(10);
        awaited_ = id;
        awaited_until_ = now + wait + patience;
    }
    return {Verdict::wait, wait};
}

RateLimit own_chat_pace(TimePoint now) {
    return RateLimit::below(limits::chat_burst_messages, limits::chat_messages_per_second, now);
}

}  // namespace dropline
