// Everything between two members that the room does not see: connections, private conversations,
// transfers. One per role, the same for host and member.
// Thread: net.
#pragma once

#include "net/room/peer_connector.hpp"
#include "net/room/private_chat.hpp"
#include "net/room/private_links.hpp"
#include "net/transfer/transfers.hpp"

namespace dropline {

class PeerHub {
  public:
    PeerHub(NodeContext& node, RoomAccess& room)
        : connector(node, room, [this](PeerConnection connection) { take(std::move(connection)); }),
          links(node, room, connector,
                [this](const PeerId& peer, wire::Message message) {
                    route(peer, std::move(message));
                }),
          chat(node, room, links),
          transfers(*node.transfers) {
        transfers.enter({room, links, connector});
        connector.on_relay_full([this] { links.make_room(); });
    }

    /// Somebody came into the room: what waited for him goes out.
    void on_peer_joined(const PeerId& peer) {
        chat.on_peer_joined(peer);
        transfers.on_peer_joined(peer);
    }
    void on_peer_left(const PeerId& peer) {
        chat.on_peer_away(peer);
        links.drop(peer);
        transfers.on_peer_left(peer);
        connector.withdraw(peer);
    }
    /// As above, and what was under way between him and us is over for good.
    void on_peer_banned(const PeerId& peer) {
        chat.on_peer_away(peer);
        connector.drop(peer);
        links.drop(peer);
        transfers.on_peer_banned(peer);
    }
    /// We have lost the room: who was in it may still be there.
    void on_room_lost(const PeerId& peer) {
        chat.on_peer_away(peer);
        links.drop(peer);
        transfers.on_room_lost(peer);
        connector.withdraw(peer);
    }
    void stop() {
        transfers.leave();
        chat.stop();
        links.stop();
        connector.stop();
    }

    PeerConnector connector;
    PrivateLinks links;
    PrivateChat chat;
    Transfers& transfers;  // the node's; this role's services are lent to it

  private:
    void take(PeerConnection connection) {
        if (connection.purpose == wire::Purpose::transfer) {
            transfers.on_connection(std::move(connection));
        } else {
            links.on_connection(std::move(connection));
        }
    }

    void route(const PeerId& peer, wire::Message message) {
        if (!chat.on_message(peer, message)) transfers.on_message(peer, std::move(message));
    }
};

}  // namespace dropline
