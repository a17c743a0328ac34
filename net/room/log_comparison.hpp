// Whether our copy of a host's log is still what the host has: one that was put back to an earlier
// state counts from there, and gives numbers that we know to other messages.
// Thread: net.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "net/room/history_requests.hpp"
#include "net/room/node_context.hpp"
#include "net/room/room_access.hpp"
#include "net/store/records.hpp"

namespace dropline {

class LogComparison {
  public:
    LogComparison(NodeContext& node, RoomAccess& room, HistoryRequests& requests)
        : node_(node), room_(room), requests_(requests) {}

    /// `agreed`: the copy holds nothing up to this number that the host is known to deny.
    using Done = std::function<void(std::uint64_t agreed)>;

    /// What the copy holds up to `host_last_seq`. The host is asked for one message, and for pages
    /// of them only where that is another one than ours.
    void begin(const RememberedLog& log, std::uint64_t host_last_seq, Done done);

  private:
    void compare_before(const RememberedLog& log, std::uint64_t end, std::size_t limit, Done done);

    NodeContext& node_;
    RoomAccess& room_;
    HistoryRequests& requests_;
};

}  // namespace dropline
