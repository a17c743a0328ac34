// The member's side of a room: comes in, stays in, comes back by itself when the connection breaks.
// Thread: net. A first failure is final and told; later ones are retried with growing pauses.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "net/api/command.hpp"
#include "net/api/join_text.hpp"
#include "net/link/listener.hpp"
#include "net/link/session.hpp"
#include "net/link/task_scope.hpp"
#include "net/room/last_words.hpp"
#include "net/room/node_context.hpp"
#include "net/room/peer_hub.hpp"
#include "net/room/room_catch_up.hpp"
#include "net/room/room_entry.hpp"
#include "net/room/room_outbox.hpp"
#include "net/room/room_past.hpp"
#include "net/room/room_role.hpp"

namespace dropline {

class JoinRole : public RoomRole {
  public:
    JoinRole(NodeContext& node, JoinTarget target, RoleOwner owner);
    ~JoinRole() override;

    void start(std::string ref) override;
    void say(const MessageId& id, const std::string& text, const std::string& ref) override;
    void rename(const std::string& name, const std::string& ref) override;
    void load_history(std::optional<std::uint64_t> before, std::size_t limit,
                      const std::string& ref) override;
    void remember(const Peer& peer) override { roster_.remember(peer); }
    void refresh(const Peer& peer) override;
    void stop() override;
    bool is_in_room() const override { return has_joined_ && !is_stopped_; }
    PeerHub& peers() override { return hub_; }

    const Roster& roster() const override { return roster_; }
    const RoomRules& rules() const override { return rules_; }
    void request_stream(std::uint32_t request, const PeerId& peer, wire::Purpose purpose) override;
    std::optional<RelayPoint> relay_point() const override;
    PeerId host_id() const override { return host_.id; }
    bool may_dial_loopback(const PeerId& peer) const override;

  private:
    // Coming in and back
    std::shared_ptr<JoinRole> self();
    void attempt(const std::string& reason);
    asio::awaitable<void> try_to_enter(std::shared_ptr<JoinRole> self);
    void on_entered(RoomEntry entry);
    void on_entry_failed(const Fault& fault);
    void on_lost(const Fault& fault);
    void part();
    void retry_later(const std::string& reason);
    Duration next_delay();

    // What the host sends: one handler a kind
    void on_message(const wire::Message& message);
    void handle(const wire::RoomMessage& message) { catch_up_.on_live(message); }
    void handle(const wire::Sent& sent);
    void handle(const wire::SayRefused& refusal) { outbox_.on_refused(refusal); }
    void handle(const wire::PeerJoined& joined);
    void handle(const wire::PeerLeft& left);
    void handle(const wire::PeerChanged& changed);
    void handle(const wire::HistoryPage& page) { history_.on_page(page); }
    void handle(const wire::Kicked& kicked);
    void handle(const wire::RoomClosed& closed);
    void handle(const wire::RoomRules& rules);
    void handle(const wire::StreamTicket& ticket) { hub_.connector.on_ticket(ticket); }
    void handle(const wire::StreamRefused& refusal) { hub_.connector.on_refused(refusal); }

    struct Renaming {
        std::string name;
        std::string ref;
    };
    void answer_renamings(const std::string& previous_name);
    void give_up_renamings();
    bool take_as_wished(const std::string& name);

    static Peer changed(const Peer& known, const Peer& news);
    void show(const LogEntry& entry, bool is_earlier);
    void send(const wire::Message& message);
    const Peer& host() const;

    NodeContext& node_;
    JoinTarget target_;  // the address that worked first; the secret is gone once it was used
    RoleOwner owner_;
    Roster roster_;
    RoomRules rules_;
    Listener listener_;
    TaskScope tasks_;
    PeerHub hub_;
    RoomOutbox outbox_;
    HistoryRequests history_;
    RoomCatchUp catch_up_;
    RoomPast past_;
    std::shared_ptr<Session> session_;
    std::string ref_;  // of the wish to join; repeated once
    std::string room_name_;
    RememberedLog log_;
    Peer host_;
    RateLimit rename_pace_;
    std::deque<Renaming> renamings_;          // the host has not confirmed them yet
    std::deque<std::string> given_up_names_;  // of those, in this connection
    ScheduledCallPtr renaming_limit_;
    std::string closing_reason_;  // what the host said before it closed
    std::uint32_t attempt_ = 0;
    ScheduledCallPtr retry_;
    LastWords last_words_;
    bool is_first_contact_ = false;  // the host's key was taken on trust during this visit
    bool has_joined_ = false;
    bool is_stopped_ = false;
};

}  // namespace dropline
