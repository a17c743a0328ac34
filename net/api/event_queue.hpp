// The one way from the network to the screen: bounded, lock-free, one producer, one consumer.
// Thread: try_push and room on `net`; try_pop and is_empty on the consumer's thread.
// It wakes the consumer once per batch, never blocks and never spins. It drops nothing: a full
// queue is the producer's business (see net/room/event_sink.hpp).
#pragma once

#include <readerwriterqueue/readerwriterqueue.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include "net/api/event.hpp"

namespace dropline {

class EventQueue {
  public:
    /// `wake` is called on `net` when an event arrives while the consumer may be asleep; it must
    /// return at once and be safe to call from any thread (glfwPostEmptyEvent is).
    /// `capacity` bounds the number of waiting events.
    EventQueue(std::size_t capacity, std::function<void()> wake)
        : queue_(std::make_unique<Queue>(capacity)), wake_(std::move(wake)) {}

    /// False when full; `event` is then unchanged. Thread: net.
    bool try_push(Event& event) {
        if (!enqueue(event)) {
            is_producer_waiting_.store(true, std::memory_order_seq_cst);
            // The consumer may have emptied the queue just before it could see the flag.
            if (!enqueue(event)) return false;
        }
        if (!is_wake_pending_.exchange(true, std::memory_order_seq_cst)) wake_();
        return true;
    }

    /// False when empty. Thread: consumer.
    bool try_pop(Event& event) {
        if (queue_->try_dequeue(event)) return true;
        // From here on the next push wakes us; look once more for one that came in between.
        is_wake_pending_.store(false, std::memory_order_seq_cst);
        return queue_->try_dequeue(event);
    }

    /// True once after the producer found the queue full: the consumer then tells it that there
    /// is room again. Thread: consumer.
    bool take_producer_waiting() {
        return is_producer_waiting_.exchange(false, std::memory_order_seq_cst);
    }

  private:
    using Queue = moodycamel::ReaderWriterQueue<Event>;

    /// It takes nothing when it is full.
    bool enqueue(Event& event) { return queue_->try_enqueue(std::move(event)); }

    // On the heap, because it asks for 64-byte alignment: whatever holds it on the stack would ask
    // for it too, and GCC's detection of stack use after return does not give it (GCC PR 110027).
    const std::unique_ptr<Queue> queue_;
    const std::function<void()> wake_;
    std::atomic<bool> is_wake_pending_{false};
    std::atomic<bool> is_producer_waiting_{false};
};

}  // namespace dropline
