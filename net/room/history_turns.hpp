// Who of the members reads the log of the room we host next: one request of each at a time, and few
// of all together.
// Thread: net. What is being read is memory that no queue counts yet. It knows no log.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <utility>

#include "net/api/ids.hpp"
#include "net/api/limits.hpp"

namespace dropline {

class HistoryTurns {
  public:
    /// Begins to read. What it is given it calls once, when the answer has been sent.
    using Read = std::function<void(std::function<void()> done)>;

    /// `read` is called in its turn, which may be now. False when as many of this member's wait as
    /// may.
    bool enter(const PeerId& member, Read read) {
        const auto [entry, is_idle] = waiting_.try_emplace(member);
        std::deque<Read>& reads = entry->second;
        if (reads.size() >= limits::history_requests_waiting_max) return false;
        reads.push_back(std::move(read));
        if (is_idle) due_.push_back(member);
        begin_due();
        return true;
    }

  private:
    void begin_due() {
        if (is_beginning_) return;
        is_beginning_ = true;
        while (!due_.empty() && under_way_ < limits::history_reads_at_once_max) {
            const PeerId member = due_.front();
            due_.pop_front();
            std::deque<Read>& reads = waiting_.at(member);
            const Read read = std::move(reads.front());
            reads.pop_front();
            ++under_way_;
            read([this, member] { finish(member); });
        }
        is_beginning_ = false;
    }

    void finish(const PeerId& member) {
        --under_way_;
        const auto entry = waiting_.find(member);
        if (entry->second.empty()) {
            waiting_.erase(entry);
        } else {
            due_.push_back(member);
        }
        begin_due();
    }

    std::map<PeerId, std::deque<Read>> waiting_;  // of everybody who waits or is being served
    std::deque<PeerId> due_;  // who waits and is not being served, in the order of their turns
    std::size_t under_way_ = 0;
    bool is_beginning_ = false;  // a read that ends at once must not begin the next inside itself
};

}  // namespace dropline
