// Holds the end of a role back until what was said just now has been answered, but not for long.
// Thread: net.
#pragma once

#include <asio/post.hpp>

#include <functional>
#include <utility>

#include "net/api/limits.hpp"
#include "net/room/node_context.hpp"

namespace dropline {

class LastWords {
  public:
    LastWords(NodeContext& node, std::function<bool()> has_unsaid)
        : node_(node), has_unsaid_(std::move(has_unsaid)) {}

    /// Calls `end` at once when nothing is unsaid, else when that is so, at the latest after
    /// `limits::last_words_max`. `end` keeps its role alive, and calls `stop`.
    void await(std::function<void()> end) {
        if (are_awaited()) return;
        if (!has_unsaid_()) return end();
        end_ = std::move(end);
        limit_ = node_.clock.call_after(limits::last_words_max, end_);
    }
    bool are_awaited() const { return limit_ != nullptr; }

    /// Less may be unsaid than before. Whoever says so is still at work, so nothing ends in this
    /// call.
    void on_said() {
        if (are_awaited() && !has_unsaid_()) asio::post(node_.executor, end_);
    }

    void stop() {
        limit_.reset();
        end_ = nullptr;
    }

  private:
    NodeContext& node_;
    std::function<bool()> has_unsaid_;
    std::function<void()> end_;
    ScheduledCallPtr limit_;
};

}  // namespace dropline
