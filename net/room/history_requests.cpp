#include "net/room/history_requests.hpp"

#include <utility>

#include "net/api/limits.hpp"
#include "net/room/room_messages.hpp"

namespace dropline {

namespace {

/// A host that a crowd asks at once has answered all of it long before; one that cannot read its
/// log says "later" for ever, and who waits for it does not talk.
constexpr Duration put_off_max = 4 * limits::history_answer_max;
/// Also for whoever listens so badly that two minutes without a break never come.
constexpr std::size_t put_off_times_max = 500;

}  // namespace

HistoryRequests::HistoryRequests(NodeContext& node, std::function<void(wire::Message)> send)
    : node_(node),
      send_(std::move(send)),
      pace_(RateLimit::below(limits::history_requests_burst, limits::history_requests_per_second,
                             node.clock.now())) {}

void HistoryRequests::ask_before(std::uint64_t seq, std::size_t limit, Done done) {
    ask({0, seq, 0, static_cast<std::uint32_t>(limit)}, std::move(done));
}

void HistoryRequests::ask_after(std::uint64_t seq, Done done) {
    ask({0, 0, seq, static_cast<std::uint32_t>(limits::history_messages_max)}, std::move(done));
}

void HistoryRequests::ask(wire::HistoryRequest request, Done done) {
    if (!is_running_) return done(std::nullopt);
    request.request = ++last_number_;
    pending_.emplace(request.request,
                     Pending{request, std::move(done), {}, false, {}, 0, 0, 0, {}});
    if (!next_) ask_due();
}

void HistoryRequests::ask_due() {
    const TimePoint now = node_.clock.now();
    for (auto& [number, pending] : pending_) {
        if (pending.is_asked) continue;
        if (!pace_.take(now)) return ask_later(pace_.wait(now));
        pending.is_asked = true;
        if (!pending.first_asked_at) {
            pending.first_asked_at = now;
            pending.gate_closed_at_first = breaks_in_listening();
        }
        limit_wait(number, pending);
        send_(pending.request);
    }
}

/// One that goes on now counts as one to come.
std::uint64_t HistoryRequests::breaks_in_listening() const {
    return node_.gate.times_closed() - (node_.gate.is_open() ? 0 : 1);
}

/// What a "later" has waited for us to read it is no time that the host has taken.
bool HistoryRequests::is_put_off_for_good(Pending& pending) const {
    const TimePoint now = node_.clock.now();
    if (node_.gate.times_closed() !=
        std::exchange(pending.gate_closed_at_first, node_.gate.times_closed())) {
        pending.first_asked_at = now;
    }
    return now - *pending.first_asked_at >= put_off_max || ++pending.put_off >= put_off_times_max;
}

/// Until the next part of the answer.
void HistoryRequests::limit_wait(std::uint32_t number, Pending& pending) {
    pending.gate_closed_before = breaks_in_listening();
    pending.limit =
        node_.clock.call_after(limits::history_answer_max, [this, number] { on_limit(number); });
}

/// What came while our own consumer held all reading back has not been looked at yet.
void HistoryRequests::on_limit(std::uint32_t number) {
    Pending& pending = pending_.at(number);
    const bool has_listened =
        node_.gate.is_open() && node_.gate.times_closed() == pending.gate_closed_before;
    if (has_listened) return finish(number, false);
    limit_wait(number, pending);
}

void HistoryRequests::ask_later(Duration wait) {
    next_ = node_.clock.call_after(wait + std::chrono::milliseconds(1), [this] {
        next_.reset();
        ask_due();
    });
}

void HistoryRequests::on_page(const wire::HistoryPage& page) {
    const auto found = pending_.find(page.request);
    if (found == pending_.end() || !found->second.is_asked) return;
    Pending& pending = found->second;
    if (page.retry_after_ms > 0) {
        if (is_put_off_for_good(pending)) return finish(page.request, false);
        pending.is_asked = false;
        pending.limit.reset();
        pending.entries.clear();
        return ask_later(wait_asked_for(page.retry_after_ms));
    }
    for (const auto& message : page.messages) pending.entries.push_back(from_wire(message));
    // A host that gives more than it was asked for has given enough.
    if (page.is_last || pending.entries.size() >= pending.request.limit) {
        return finish(page.request, true);
    }
    if (!page.messages.empty()) limit_wait(page.request, pending);
}

void HistoryRequests::finish(std::uint32_t number, bool is_answered) {
    auto ended = pending_.extract(number);
    if (ended.empty()) return;
    Pending& pending = ended.mapped();
    pending.done(is_answered ? std::optional(std::move(pending.entries)) : std::nullopt);
}

void HistoryRequests::pause() {
    is_running_ = false;
    next_.reset();
    for (auto& [number, pending] : std::exchange(pending_, {})) pending.done(std::nullopt);
}

}  // namespace dropline
