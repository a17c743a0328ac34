// Private conversations: what is said to one person reaches that person exactly once, in order,
// now or when both are in a room together again. The host sees none of it.
// Thread: net. It keeps to the pace that the other side allows, and holds others to it; what was
// refused is simply not confirmed, and therefore said again.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>

#include "net/api/limits.hpp"
#include "net/link/rate_limit.hpp"
#include "net/room/chat_turn.hpp"
#include "net/room/node_context.hpp"
#include "net/room/private_links.hpp"
#include "net/store/records.hpp"

namespace dropline {

class PrivateChat {
  public:
    PrivateChat(NodeContext& node, RoomAccess& room, PrivateLinks& links);

    /// Kept in the history first; then sent, or said to be waiting when the person is away.
    void say(const PeerId& to, const MessageId& id, const std::string& text,
             const std::string& ref);

    void load_history(const PeerId& peer, std::optional<std::uint64_t> before, std::size_t limit,
                      const std::string& ref);

    /// What is not confirmed waits from now on, and its author hears that it does. To be called
    /// when the person is not in the roster any more.
    void on_peer_away(const PeerId& peer);

    /// What earlier runs could not deliver.
    void load_outbox();
    void on_peer_joined(const PeerId& peer) { send_again(peer); }
    /// True while somebody who is there and can be reached has not confirmed what we said.
    bool has_unsaid() const;
    /// Called when that may have become false.
    void on_said(std::function<void()> handler) { said_ = std::move(handler); }
    /// We leave: who still waits for an answer is told that it waits.
    void stop();

    /// True when the message was one of ours.
    bool on_message(const PeerId& from, const wire::Message& message);

  private:
    struct Waiting {
        enum class State {
            held,  // there is no way to the person; tried again when that may have changed
            due,
            sent
        };
        OutboxEntry entry;
        std::string ref;
        State state = State::due;
        bool is_told = false;  // its author knows that it waits
    };
    /// What one person has not confirmed yet, in order of writing.
    struct Outbox {
        RateLimit pace;
        std::deque<Waiting> entries = {};
        Duration patience = limits::private_answer_max;  // grows while nothing is confirmed
        TimePoint answer_due{};       // of what is sent; put off by every confirmation
        unsigned failures = 0;        // to reach them while they were there, in a row
        ScheduledCallPtr next = {};   // when there is something to send, or an answer overdue
        ScheduledCallPtr retry = {};  // of what is held although they are there

        bool awaits_an_answer() const;
    };

    Outbox& outbox_of(const PeerId& peer);
    void on_kept(const PeerId& to, Waiting waiting);
    void on_not_kept(const Waiting& waiting, const Fault& fault);
    void send_again(const PeerId& peer);
    void on_lost(const PeerId& peer);
    void try_held(const PeerId& peer);
    void try_later(const PeerId& peer, Outbox& outbox);
    void tell_waiting(const PeerId& peer, Waiting& waiting);
    void send_due(const PeerId& peer);
    static void go_back(Outbox& outbox);
    void send_at_own_pace(const PeerId& peer, Outbox& outbox);
    void look_again_when_needed(const PeerId& peer, Outbox& outbox);
    void send_one(const PeerId& peer, const Waiting& waiting);
    void hold_due(const PeerId& peer, Outbox& outbox);
    void on_failure(const PeerId& peer, const MessageId& id, const Fault& fault);
    void receive(const PeerId& from, const wire::PrivateMessage& message);
    void on_not_stored(const Fault& fault);
    ChatTurn& turn_of(const PeerId& from);
    void confirm(const PeerId& from, const MessageId& id);
    std::string name_of(const PeerId& peer) const;
    ChatMessage shown(const PeerId& peer, const PrivateEntry& entry) const;

    NodeContext& node_;
    RoomAccess& room_;
    PrivateLinks& links_;
    std::map<PeerId, Outbox> outboxes_;
    std::map<PeerId, ChatTurn> turns_;  // of those who write to us
    std::function<void()> said_ = [] {};
    std::set<MessageId> being_kept_;
    bool is_lost_told_ = false;  // that what was on its way may not be on our disk
    bool is_failing_ = false;    // what others write cannot be stored, and our user knows
    bool is_stopped_ = false;
};

}  // namespace dropline
