// What a node writes into the log: who came, left or was refused, which transfers began and ended.
// Thread: net. People are short ids and addresses here, files are counts: no name, no text, no
// secret and no path reaches the log at any level.
#pragma once

#include <set>
#include <string>
#include <utility>

#include "net/api/event.hpp"
#include "net/link/network.hpp"
#include "net/link/paced_log.hpp"

namespace dropline {

class NodeLog {
  public:
    /// The clock must outlive the log.
    NodeLog(Clock& clock, LogWriter write) : lines_(clock, std::move(write)) {}

    /// The line for this event, if it is worth one.
    void note(const EventBody& event);

    /// Before anybody is a member: what became of whoever came from this address with this key.
    void note_stranger(LogUrgency urgency, const Endpoint& from, const PeerId& key,
                       const std::string& what);

  private:
    void note(const event::TransferChanged& changed);

    PacedLog lines_;
    std::set<TransferId> running_;  // whose beginning has been told, and whose end has not
};

}  // namespace dropline
