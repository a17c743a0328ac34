// Private conversations: what is said to one person reaches that person exactly once, now or when
// both are in a room together again. The host sees none of it.
// Thread: net.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "net/room/node_context.hpp"
#include "net/room/private_links.hpp"
#include "net/store/records.hpp"

namespace dropline {

class PrivateChat {
  public:
    PrivateChat(NodeContext& node, RoomAccess& room, PrivateLinks& links);

    /// Kept on disk first; then sent, or said to be waiting when the person is away.
    void say(const PeerId& to, const MessageId& id, const std::string& text,
             const std::string& ref);

    void load_history(const PeerId& peer, std::size_t limit, const std::string& ref);

    /// What earlier runs could not deliver.
    void load_outbox();
    void on_peer_joined(const PeerId& peer) { send_waiting(peer); }

    /// True when the message was one of ours.
    bool on_message(const PeerId& from, const wire::Message& message);

  private:
    struct Waiting {
        OutboxEntry entry;
        std::string ref;
    };

    void send_waiting(const PeerId& peer);
    void send_one(const PeerId& peer, const Waiting& waiting);
    void tell_waiting(const PeerId& peer, const Waiting& waiting);
    void receive(const PeerId& from, const wire::PrivateMessage& message);
    void confirm(const PeerId& from, const MessageId& id);
    std::string name_of(const PeerId& peer) const;
    ChatMessage shown(const PeerId& peer, const PrivateEntry& entry) const;

    NodeContext& node_;
    RoomAccess& room_;
    PrivateLinks& links_;
    std::map<PeerId, std::vector<Waiting>> waiting_;  // not confirmed yet, in order of writing
};

}  // namespace dropline
