// What was said earlier in a room that another hosts: from our own copy where that is whole, else
// from the host's log.
// Thread: net.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/room/history_requests.hpp"
#include "net/room/node_context.hpp"
#include "net/room/room_access.hpp"
#include "net/store/records.hpp"

namespace dropline {

class RoomPast {
  public:
    using Remember = std::function<void(const std::vector<LogEntry>&)>;

    /// `remember` gets what the host has told, for our copy of its log.
    RoomPast(NodeContext& node, RoomAccess& room, HistoryRequests& requests, Remember remember)
        : node_(node), room_(room), requests_(requests), remember_(std::move(remember)) {}

    /// The `limit` newest of `log` before `before`, empty: before and with `newest_seq`, as an
    /// event::History with this ref; an event::Error when the host does not answer and our copy has
    /// nothing that comes right before.
    void load(const RememberedLog& log, std::optional<std::uint64_t> before,
              std::uint64_t newest_seq, std::size_t limit, const std::string& ref);

  private:
    void ask_host(std::uint64_t before, std::size_t limit, std::vector<LogEntry> own,
                  const std::string& ref);
    void tell_without_host(const std::vector<LogEntry>& own, std::uint64_t newest_seq,
                           const std::string& ref);
    void tell(const std::vector<LogEntry>& entries, const std::string& ref);

    NodeContext& node_;
    RoomAccess& room_;
    HistoryRequests& requests_;
    const Remember remember_;
};

}  // namespace dropline
