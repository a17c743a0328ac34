// What waits to be written to one member: whole frames, bounded in the bytes they take in memory.
// Thread: net. It decides nothing; the session asks it and drops a member that is too slow.
#pragma once

#include <cstddef>
#include <deque>
#include <string>

#include "net/api/limits.hpp"
#include "net/wire/codec.hpp"

namespace dropline {

class SendQueue {
  public:
    void push(wire::EncodedFrame frame) {
        bytes_ += cost(*frame);
        frames_.push_back(std::move(frame));
    }

    /// As many whole frames as fit `bytes_max`, at least one: what is due for one member goes out
    /// in one record and one write.
    std::string take(std::size_t bytes_max) {
        std::string batch;
        while (!frames_.empty()) {
            const auto& next = *frames_.front();
            if (!batch.empty() && batch.size() + next.size() > bytes_max) break;
            batch += next;
            bytes_ -= cost(next);
            frames_.pop_front();
        }
        return batch;
    }

    bool is_empty() const { return frames_.empty(); }
    /// With what each frame costs beyond its own.
    std::size_t bytes() const { return bytes_; }

  private:
    static std::size_t cost(const std::string& frame) {
        return frame.size() + limits::send_queue_frame_overhead_bytes;
    }

    std::deque<wire::EncodedFrame> frames_;
    std::size_t bytes_ = 0;
};

}  // namespace dropline
