// The heart on the network thread: takes commands, holds the present role, changes roles cleanly.
// Thread: net.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/api/command.hpp"
#include "net/link/side_thread.hpp"
#include "net/link/thread_check.hpp"
#include "net/room/node_context.hpp"
#include "net/room/room_role.hpp"
#include "net/room/trust_desk.hpp"
#include "net/transfer/transfers.hpp"

namespace dropline {

class RoomNode {
  public:
    explicit RoomNode(NodeContext& node);
    ~RoomNode();

    void handle(Command command);

    /// Leaves the present role; `done` is called when nothing of it is left.
    void shut_down(std::function<void()> done);

  private:
    void handle(command::Host& wish, const std::string& ref);
    void handle(command::Join& wish, const std::string& ref);
    void handle(command::Leave& wish, const std::string& ref);
    void handle(command::Say& wish, const std::string& ref);
    void handle(command::Send& wish, const std::string& ref);
    void handle(command::Accept& wish, const std::string& ref);
    void handle(command::Decline& wish, const std::string& ref);
    void handle(command::Cancel& wish, const std::string& ref);
    void handle(command::ListOffer& wish, const std::string& ref);
    void handle(command::Pause& wish, const std::string& ref);
    void handle(command::Resume& wish, const std::string& ref);
    void handle(command::Move& wish, const std::string& ref);
    void handle(command::StartNow& wish, const std::string& ref);
    void handle(command::Retry& wish, const std::string& ref);
    void handle(command::SetRateLimits& wish, const std::string& ref);
    void handle(command::Rename& wish, const std::string& ref);
    void handle(command::LoadHistory& wish, const std::string& ref);
    void handle(command::ListPeers& wish, const std::string& ref);
    void handle(command::ListTransfers& wish, const std::string& ref);
    void handle(command::MakeInvite& wish, const std::string& ref);
    void handle(command::MakeCode& wish, const std::string& ref);
    void handle(command::RevokeInvite& wish, const std::string& ref);
    void handle(command::ListInvites& wish, const std::string& ref);

    // Rights: a host's wishes
    void handle(command::Kick& wish, const std::string& ref) { ask_host(wish, ref); }
    void handle(command::Ban& wish, const std::string& ref) { ask_host(wish, ref); }
    void handle(command::Unban& wish, const std::string& ref) { ask_host(wish, ref); }
    void handle(command::ListBans& wish, const std::string& ref) { ask_host(wish, ref); }
    void handle(command::Mute& wish, const std::string& ref) { ask_host(wish, ref); }
    void handle(command::SetRole& wish, const std::string& ref) { ask_host(wish, ref); }
    void handle(command::SetRules& wish, const std::string& ref) { ask_host(wish, ref); }
    /// A member is told that it is not his to decide.
    template <typename Wish>
    void ask_host(const Wish& wish, const std::string& ref);

    // Trust
    void handle(command::Trust& wish, const std::string& ref) { trust_.handle(wish, ref); }
    void handle(command::ShowSafety& wish, const std::string& ref) { trust_.handle(wish, ref); }
    void handle(command::ListKnown& wish, const std::string& ref) { trust_.handle(wish, ref); }
    void handle(command::ForgetHost& wish, const std::string& ref) { trust_.handle(wish, ref); }

    using MakeRole = std::function<std::shared_ptr<RoomRole>(RoleOwner)>;
    void change_role(MakeRole make, const std::string& ref);
    void begin_next_role();
    void introduce_correspondents(const std::shared_ptr<RoomRole>& role);
    void end_role(std::optional<Fault> why);
    void on_role_gone();
    /// The present role if it is in a room; tells the user otherwise.
    RoomRole* role_in_room(const std::string& ref);
    /// The door of the room we host; tells the user when there is none.
    RoomDoor* own_door(const std::string& ref);
    /// Tells the user, and whoever waits for a role that it does not come.
    void refuse_role(const Fault& fault, const std::string& ref);
    std::optional<Conversation> resolve(RoomRole& role, const PeerText& text,
                                        const std::string& ref);
    std::optional<Conversation> resolve_also_away(RoomRole& role, const PeerText& text,
                                                  const std::string& ref);

    ThreadCheck thread_;
    NodeContext& node_;
    SideThread proofs_;
    TrustDesk trust_;
    Transfers transfers_;
    std::shared_ptr<RoomRole> role_;
    bool is_role_ending_ = false;  // stopped, but something of it is still there
    std::optional<Fault> end_fault_;
    std::string end_ref_;
    std::string role_ref_;  // of the command that began the role, until it is in the room
    MakeRole next_role_;
    std::string next_ref_;
    std::function<void()> on_shut_down_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();  // late callbacks check it
};

}  // namespace dropline
