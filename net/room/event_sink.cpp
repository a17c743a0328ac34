#include "net/room/event_sink.hpp"

#include <algorithm>
#include <utility>

namespace dropline {

EventSink::EventSink(EventQueue& queue, FlowGate& gate, Clock& clock, LogWriter write_log)
    : queue_(queue), gate_(gate), clock_(clock), log_(clock, std::move(write_log)) {}

void EventSink::push(EventBody body, std::string ref) {
    thread_.verify();
    log_.note(body);
    if (!has_listener_) return;
    Event event{std::move(body), std::move(ref), clock_.wall_now()};
    if (kept_.empty() && queue_.try_push(event)) return;
    if (replace_older_progress(event)) return;
    kept_.push_back(std::move(event));
    gate_.close();
}

void EventSink::fail(Fault fault, std::string ref) {
    push(event::Error{std::move(fault)}, std::move(ref));
}

void EventSink::consumer_made_room() {
    thread_.verify();
    while (!kept_.empty() && queue_.try_push(kept_.front())) kept_.pop_front();
    if (kept_.empty()) gate_.open();
}

void EventSink::nobody_listens() {
    thread_.verify();
    has_listener_ = false;
    kept_.clear();
    gate_.open();
}

bool EventSink::replace_older_progress(const Event& event) {
    const auto* newer = std::get_if<event::TransferChanged>(&event.body);
    if (newer == nullptr || newer->transfer.state != TransferState::active) return false;
    // What is newest of this transfer: it may have stood still since it last made progress.
    const auto is_of_same = [newer](const Event& kept) {
        const auto* other = std::get_if<event::TransferChanged>(&kept.body);
        return other != nullptr && other->transfer.id == newer->transfer.id;
    };
    const auto newest = std::find_if(kept_.rbegin(), kept_.rend(), is_of_same);
    if (newest == kept_.rend()) return false;
    const auto& older = std::get<event::TransferChanged>(newest->body);
    // Another ref is an answer that somebody waits for.
    const bool is_progress =
        older.transfer.state == TransferState::active && newest->ref == event.ref;
    if (!is_progress) return false;
    *newest = event;
    return true;
}

}  // namespace dropline
