// The host's side of a room: opens it, lets people in, and hands on what they send to who does it.
// Thread: net. Begin here for hosting: host_members.hpp holds who is there, host_log.hpp what is
// said, room_rights.hpp and host_rights.hpp who may do what.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "net/api/command.hpp"
#include "net/link/listener.hpp"
#include "net/link/task_scope.hpp"
#include "net/room/admission.hpp"
#include "net/room/host_log.hpp"
#include "net/room/host_members.hpp"
#include "net/room/host_rights.hpp"
#include "net/room/last_words.hpp"
#include "net/room/node_context.hpp"
#include "net/room/peer_hub.hpp"
#include "net/room/room_door.hpp"
#include "net/room/room_rights.hpp"
#include "net/room/room_role.hpp"
#include "net/room/stream_broker.hpp"

namespace dropline {

class HostRole : public RoomRole {
  public:
    HostRole(NodeContext& node, command::Host wish, RoleOwner owner);
    ~HostRole() override;

    void start(std::string ref) override;
    void say(const MessageId& id, const std::string& text, const std::string& ref) override;
    void rename(const std::string& name, const std::string& ref) override;
    void load_history(std::optional<std::uint64_t> before, std::size_t limit,
                      const std::string& ref) override;
    void remember(const Peer& peer) override { roster_.remember(peer); }
    void refresh(const Peer& peer) override;
    void stop() override;
    bool is_in_room() const override { return is_announced_ && !is_stopped_; }
    PeerHub& peers() override { return hub_; }
    RoomDoor* door() override { return door_.get(); }
    HostRights* host_rights() override { return &wishes_; }

    const Roster& roster() const override { return roster_; }
    const RoomRules& rules() const override { return rights_.rules(); }
    void request_stream(std::uint32_t request, const PeerId& peer, wire::Purpose purpose) override;
    std::optional<RelayPoint> relay_point() const override { return std::nullopt; }
    PeerId host_id() const override { return roster_.self().id; }
    bool may_dial_loopback(const PeerId& peer) const override;

  private:
    // Life
    std::shared_ptr<HostRole> self();
    void open_door(const std::string& ref);
    void close();
    void open_log(const std::string& ref);
    void begin_listening(const std::string& ref);
    void announce(const std::string& ref);
    void on_connection(TlsStream stream, StrangerPlace place);
    asio::awaitable<void> serve_stranger(std::shared_ptr<HostRole> self, TlsStream stream,
                                         StrangerPlace place);
    std::optional<wire::Refused> objection(const PeerId& id, const Endpoint& from);
    std::optional<wire::Refused> last_word_not_heard(const PeerId& id);
    std::optional<wire::Refused> objection_to_one_more(const AddressGroups& from) const;
    AddressGroups groups_of_address(const Endpoint& endpoint) const;

    // Coming in
    bool expect_one_from(const std::string& address);
    void welcome(Newcomer newcomer);
    void give_back_what_returning_cost(const HostedMember& member, StrangerSeat& seat);
    void replace_ghost(const PeerId& id);
    void begin_session(const MemberPtr& member, FrameStream stream);
    void note_if_not_heard(const MemberPtr& member);
    void send_roster(const HostedMember& member);
    StreamBroker::End own_end(const HostedMember& as_seen_by) const;

    // What members may send: one handler a kind
    void on_message(const MemberPtr& member, wire::Message message);
    void handle(const MemberPtr& member, const wire::Say& say);
    void handle(const MemberPtr& member, const wire::Rename& rename);
    void handle(const MemberPtr& member, const wire::HistoryRequest& request);
    void handle(const MemberPtr& member, const wire::StreamRequest& request);
    void handle(const MemberPtr& member, const wire::Leave& leave);

    NodeContext& node_;
    command::Host wish_;  // without the password, once the door has it
    RoleOwner owner_;
    std::string room_name_;
    Roster roster_;
    RoomRights rights_;
    Listener listener_;
    TaskScope tasks_;
    StreamBroker broker_;
    PeerHub hub_;
    HostMembers members_;
    HostLog log_;
    RateLimit renames_;  // our own
    const std::shared_ptr<RoomDoor> door_;
    HostRights wishes_;
    LastWords last_words_;
    std::map<PeerId, std::string> not_heard_;  // why they were told to go, who may not know it yet
    bool is_announced_ = false;                // with what others need to come in
    bool is_stopped_ = false;
};

}  // namespace dropline
