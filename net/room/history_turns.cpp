#include "net/room/history_turns.hpp"

#include <utility>

#include "net/api/limits.hpp"

namespace dropline {

bool HistoryTurns::enter(const PeerId& member, Read read) {
    const auto [entry, is_idle] = waiting_.try_emplace(member);
    std::deque<Read>& reads = entry->second;
    if (reads.size() >= limits::history_requests_waiting_max) return false;
    reads.push_back(std::move(read));
    if (is_idle) due_.push_back(member);
    begin_due();
    return true;
}

void HistoryTurns::begin_due() {
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

void HistoryTurns::finish(const PeerId& member) {
    --under_way_;
    const auto entry = waiting_.find(member);
    if (entry->second.empty()) {
        waiting_.erase(entry);
    } else {
        due_.push_back(member);
    }
    begin_due();
}

}  // namespace dropline
