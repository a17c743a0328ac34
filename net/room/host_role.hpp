// The host's side of a room: lets people in, numbers what they say, tells everybody.
// Thread: net. A message is acknowledged and passed on only when the room's log has it on disk.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/api/command.hpp"
#include "net/link/listener.hpp"
#include "net/link/rate_limit.hpp"
#include "net/link/session.hpp"
#include "net/link/task_scope.hpp"
#include "net/room/admission.hpp"
#include "net/room/node_context.hpp"
#include "net/room/peer_hub.hpp"
#include "net/room/room_door.hpp"
#include "net/room/room_role.hpp"
#include "net/room/stream_broker.hpp"
#include "net/store/room_log.hpp"

namespace dropline {

class HostRole : public RoomRole {
  public:
    HostRole(NodeContext& node, command::Host wish, RoleOwner owner);
    ~HostRole() override;

    void start(std::string ref) override;
    void say(const MessageId& id, const std::string& text, const std::string& ref) override;
    void kick(const PeerId& peer, const std::string& reason, const std::string& ref) override;
    void rename(const std::string& name) override;
    void load_history(std::optional<std::uint64_t> before, std::size_t limit,
                      const std::string& ref) override;
    void stop() override;
    bool is_in_room() const override { return log_ != nullptr && !is_stopped_; }
    PeerHub& peers() override { return hub_; }
    RoomDoor* door() override { return door_.get(); }

    const Roster& roster() const override { return roster_; }
    void request_stream(std::uint32_t request, const PeerId& peer) override;
    std::optional<RelayPoint> relay_point() const override { return std::nullopt; }
    bool may_dial_loopback(const PeerId& peer) const override;

  private:
    struct Member;
    using MemberPtr = std::shared_ptr<Member>;

    // Life
    std::shared_ptr<HostRole> self();
    void open_door(const std::string& ref);
    void begin_listening(const std::string& ref);
    void announce(const std::string& ref);
    void on_connection(TlsStream stream, StrangerPlace place);
    asio::awaitable<void> serve_stranger(std::shared_ptr<HostRole> self, TlsStream stream,
                                         StrangerPlace place);
    std::optional<wire::Refused> objection(const PeerId& id) const;

    // Members
    void welcome(Newcomer newcomer);
    void send_roster(const Member& member);
    void remove(const MemberPtr& member, const std::string& reason);
    void broadcast(const wire::Message& message, const PeerId* except = nullptr);
    void on_message(const MemberPtr& member, wire::Message message);
    StreamBroker::End end_of(const Member& member) const;
    StreamBroker::End own_end(const Member& as_seen_by) const;

    // What members may send: one handler a kind
    void handle(const MemberPtr& member, const wire::Say& say);
    void handle(const MemberPtr& member, const wire::Rename& rename);
    void handle(const MemberPtr& member, const wire::HistoryRequest& request);
    void handle(const MemberPtr& member, const wire::StreamRequest& request);
    void handle(const MemberPtr& member, const wire::Leave& leave);
    bool is_within_chat_rate(const MemberPtr& member, const wire::Say& say);

    // The log
    void append(LogEntry entry, const MemberPtr& author, const std::string& ref);
    void on_appended(const LogEntry& entry, const Appended& appended, const MemberPtr& author,
                     const std::string& ref);

    NodeContext& node_;
    command::Host wish_;  // without the password, once the door has it
    RoleOwner owner_;
    std::string room_name_;
    Roster roster_;
    Listener listener_;
    TaskScope tasks_;
    StreamBroker broker_;
    PeerHub hub_;
    const std::shared_ptr<RoomDoor> door_;
    std::shared_ptr<RoomLog> log_;
    std::uint64_t last_seq_ = 0;
    std::map<PeerId, MemberPtr> members_;
    bool is_stopped_ = false;
};

}  // namespace dropline
