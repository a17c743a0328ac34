// Our own messages to the room until the host has them: kept on disk, sent in order, at the pace
// the host allows, and again after a cut.
// Thread: net.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "net/link/rate_limit.hpp"
#include "net/room/node_context.hpp"
#include "net/room/room_access.hpp"
#include "net/store/records.hpp"
#include "net/wire/messages.hpp"

namespace dropline {

class RoomOutbox {
  public:
    RoomOutbox(NodeContext& node, RoomAccess& room, std::function<void(wire::Message)> send);

    /// Before the host's key is known nothing can be kept; from the first entry on it is.
    void set_host(const PeerId& host);

    /// Kept on disk, then sent as soon as `resume` has been called.
    void add(const MessageId& id, const std::string& text, const std::string& ref);

    /// The connection stands: everything unconfirmed goes out in order.
    void resume();
    /// The connection is gone.
    void pause();

    struct Confirmed {
        OutboxEntry entry;
        std::string ref;
    };
    /// The host has it; empty when it was none of ours, or confirmed before.
    std::optional<Confirmed> confirm(const MessageId& id);

    void on_refused(const wire::SayRefused& refusal);

  private:
    struct Unconfirmed {
        OutboxEntry entry;
        std::string ref;
        bool is_sent = false;
    };

    void send_due();

    NodeContext& node_;
    RoomAccess& room_;
    std::function<void(wire::Message)> send_;
    std::optional<PeerId> host_;
    std::deque<Unconfirmed> entries_;
    RateLimit pace_;
    ScheduledCallPtr next_;
    bool is_running_ = false;
};

}  // namespace dropline
