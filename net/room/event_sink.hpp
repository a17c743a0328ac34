// Where everything under net/ puts its events. In front of the bounded queue it keeps what did not
// fit, in order; while anything is kept, sessions stop reading, so the pressure reaches the peers.
// Thread: net, but for `consumer_made_room`, which may be posted from the consumer.
#pragma once

#include <deque>
#include <string>

#include "net/api/event.hpp"
#include "net/api/event_queue.hpp"
#include "net/link/clock.hpp"
#include "net/link/flow_gate.hpp"
#include "net/link/thread_check.hpp"

namespace dropline {

class EventSink {
  public:
    /// All three must outlive the sink.
    EventSink(EventQueue& queue, FlowGate& gate, Clock& clock);

    /// Never drops an event, but for progress of a running transfer: there the newest wins.
    void push(EventBody body, std::string ref = {});

    /// An error event.
    void fail(Fault fault, std::string ref = {});

    /// To be called after the consumer found `EventQueue::take_producer_waiting` true.
    void consumer_made_room();

  private:
    bool replace_older_progress(const Event& event);

    ThreadCheck thread_;
    EventQueue& queue_;
    FlowGate& gate_;
    Clock& clock_;
    std::deque<Event> kept_;
};

}  // namespace dropline
