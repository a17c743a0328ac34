// The wishes of a host about people and rules: who is meant, what is decided, what happens now.
// Thread: net. RoomRights remembers the decisions; this carries them out in the open room.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/api/command.hpp"
#include "net/room/host_members.hpp"
#include "net/room/room_access.hpp"
#include "net/room/room_door.hpp"
#include "net/room/room_rights.hpp"

namespace dropline {

class HostRights {
  public:
    /// All must outlive it; `room` is asked who is meant by a name.
    HostRights(NodeContext& node, RoomAccess& room, RoomRights& rights, HostMembers& members,
               RoomDoor& door)
        : node_(node), room_(room), rights_(rights), members_(members), door_(door) {}

    void handle(const command::Kick& wish, const std::string& ref);
    void handle(const command::Ban& wish, const std::string& ref);
    void handle(const command::Unban& wish, const std::string& ref);
    void handle(const command::ListBans& wish, const std::string& ref);
    void handle(const command::Mute& wish, const std::string& ref);
    void handle(const command::SetRole& wish, const std::string& ref);
    void handle(const command::SetRules& wish, const std::string& ref);

  private:
    std::optional<PeerId> person(const PeerText& text, const std::string& ref);
    std::optional<PeerId> person_or_key(const PeerText& text, const std::string& ref);
    MemberPtr present(const PeerText& text, const std::string& ref);
    void show_out_banned(const Ban& ban, const std::string& ref);
    using Ids = std::vector<std::string>;
    RoomRights::Done then_list_bans(const std::string& ref,
                                    std::shared_ptr<const Ids> withdrawn = nullptr);
    void fail(FaultCode code, std::string sentence, const std::string& ref);

    NodeContext& node_;
    RoomAccess& room_;
    RoomRights& rights_;
    HostMembers& members_;
    RoomDoor& door_;
};

}  // namespace dropline
