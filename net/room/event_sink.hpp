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
#include "net/room/node_log.hpp"

namespace dropline {

class EventSink {
  public:
    /// All three must outlive the sink. What `write_log` gets is said in node_log.hpp.
    EventSink(EventQueue& queue, FlowGate& gate, Clock& clock, LogWriter write_log = {});

    /// Never drops an event, but for progress of a running transfer: there the newest wins.
    void push(EventBody body, std::string ref = {});

    /// An error event.
    void fail(Fault fault, std::string ref = {});

    /// To be called after the consumer found `EventQueue::take_producer_waiting` true.
    void consumer_made_room();

    /// The consumer is gone: from now on what is pushed goes nowhere, and holds nobody up.
    void nobody_listens();

    /// Every event is noted there already; this is for what is no event.
    NodeLog& log() { return log_; }

  private:
    bool replace_older_progress(const Event& event);

    ThreadCheck thread_;
    EventQueue& queue_;
    FlowGate& gate_;
    Clock& clock_;
    NodeLog log_;
    std::deque<Event> kept_;
    bool has_listener_ = true;
};

}  // namespace dropline
