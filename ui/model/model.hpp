// What the screen knows. Begin here to learn where anything drawn comes from.
// Thread: ui. `apply` is the only way it changes; it draws nothing and asks for nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/api/event.hpp"
#include "ui/model/known_names.hpp"
#include "ui/model/people.hpp"
#include "ui/model/timeline.hpp"
#include "ui/model/transfers.hpp"

namespace dropline::ui {

enum class RoleState { none, connecting, hosting, joined, reconnecting };

/// How soon the screen should show a change. Progress may wait a tenth of a second.
enum class Urgency { none, soon, now };

/// The room as hosted or joined; what is left of it stays readable after it ended.
struct Room {
    std::string name;
    std::vector<std::string> addresses;  // to tell others; only while hosting
    std::uint16_t port = 0;
    std::string invite;  // the newest link; a secret
    WallTime invite_expires;
    std::vector<InviteState> invites;  // oldest first
    std::optional<event::Code> code;   // while it can be used
    bool is_invite_only = false;
    bool has_password = false;
    std::optional<Peer> host;  // only while joined
    bool is_first_contact = false;
    RoomRules rules;
    std::vector<Ban> bans;  // only while hosting, and once they were asked for
};

/// Where the connection stands.
struct Link {
    RoleState state = RoleState::none;
    std::string target;  // what is being joined
    std::string reason;  // why it is not joined now
    std::uint32_t attempt = 0;
    std::optional<WallTime> retry_at;
};

/// The last thing that went wrong, until something else goes wrong or right.
struct Trouble {
    std::string sentence;                 // the network's words
    std::optional<event::Kicked> kicked;  // then the window finds the words
    std::optional<event::Banned> banned;  // the same
    WallTime at;
    std::uint64_t number = 0;  // grows with every trouble, so that one can be put away
};

class Model {
  public:
    Model(PeerId self_id, std::string self_name);

    Urgency apply(const Event& event);
    /// Lets the first rows of a conversation go, see Timeline::forget_first.
    void forget_first(const Conversation& conversation, std::size_t rows);

    const Link& link() const { return link_; }
    const Room& room() const { return room_; }
    const Peer& self() const { return people_.self(); }
    const People& people() const { return people_; }
    const Transfers& transfers() const { return transfers_; }
    const std::optional<Trouble>& trouble() const { return trouble_; }
    /// That keys, bans and passwords were lost: nothing that goes right puts this away.
    const std::optional<Trouble>& damage() const { return damage_; }
    /// Why the last wish to join came to nothing, until there is another wish.
    const std::optional<Fault>& join_fault() const { return join_fault_; }
    /// How often that has happened since the start: a new number is a new refusal.
    std::size_t joins_failed() const { return joins_failed_; }
    bool is_in_room() const;
    /// How often another room has taken the place of the one shown: a new number is another log, in
    /// which rows and numbers begin anew.
    std::size_t rooms_entered() const { return rooms_entered_; }
    /// How often we have come into a room, or back: a new number is a new line to its host.
    std::size_t joins() const { return joins_; }
    bool is_host() const { return link_.state == RoleState::hosting; }
    bool is_self(const PeerId& id) const { return id == self().id; }

    /// An empty one when nothing was said there yet.
    const Timeline& timeline(const Conversation& conversation) const;
    const std::map<Conversation, Timeline>& timelines() const { return timelines_; }

    /// The name to show for somebody, here or away, even if only a message tells of them; with a
    /// key tag behind it where the name alone does not say who is meant.
    std::string name_of(const PeerId& id) const;
    /// True when somebody else, we ourselves or somebody verified has a name that looks the same:
    /// the name alone does not say who this is.
    bool shares_name(const PeerId& id) const;

    /// The last one asked for.
    const std::optional<event::Safety>& safety() const { return safety_; }
    /// As last asked for.
    const std::optional<event::Known>& known() const { return known_; }
    /// A host that showed another key than before at the last try to join; null otherwise.
    const std::shared_ptr<const KeyChange>& key_change() const { return key_change_; }

  private:
    Urgency apply_body(const event::Hosting& event);
    Urgency apply_body(const event::Joined& event);
    Urgency apply_body(const event::PeerJoined& event);
    Urgency apply_body(const event::PeerLeft& event);
    Urgency apply_body(const event::PeerChanged& event);
    Urgency apply_body(const event::Message& event);
    Urgency apply_body(const event::Sent& event);
    Urgency apply_body(const event::Delivered& event);
    Urgency apply_body(const event::Waiting& event);
    Urgency apply_body(const event::Offer& event);
    Urgency apply_body(const event::OfferEntries& event);
    Urgency apply_body(const event::TransferChanged& event);
    Urgency apply_body(const event::Connecting& event);
    Urgency apply_body(const event::Disconnected& event);
    Urgency apply_body(const event::RoleEnded& event);
    Urgency apply_body(const event::Kicked& event);
    Urgency apply_body(const event::Banned& event);
    Urgency apply_body(const event::Bans& event);
    Urgency apply_body(const event::Rules& event);
    Urgency apply_body(const event::History& event);
    Urgency apply_body(const event::Peers& event);
    Urgency apply_body(const event::Transfers& event);
    Urgency apply_body(const event::Error& event);
    Urgency apply_body(const event::Invite& event);
    Urgency apply_body(const event::Code& event);
    Urgency apply_body(const event::Invites& event);
    Urgency apply_body(const event::TrustChanged& event);
    Urgency apply_body(const event::Safety& event);
    Urgency apply_body(const event::Known& event);

    void enter_room(const std::string& name, const PeerId& host, const std::optional<LogId>& log);
    bool change_transfer(const Transfer& transfer);
    void note_trouble(Trouble trouble);
    Trouble numbered(Trouble trouble);
    void forget_ways_in();
    void mark_refused(const MessageId& id);
    void set_self(Peer self);
    void note_look_alike(const PeerId& id);

    Link link_;
    Room room_;
    std::optional<PeerId> host_id_;  // of the room shown, still known after it ended
    std::optional<LogId> log_;       // of the same; empty: we host it
    People people_;
    Transfers transfers_;
    std::map<Conversation, Timeline> timelines_;
    KnownNames names_;
    std::optional<Trouble> trouble_;
    std::optional<Trouble> damage_;
    std::optional<Fault> join_fault_;
    std::size_t joins_failed_ = 0;
    std::size_t rooms_entered_ = 0;
    std::size_t joins_ = 0;
    std::optional<event::Safety> safety_;
    std::optional<event::Known> known_;
    std::shared_ptr<const KeyChange> key_change_;
    std::uint64_t troubles_ = 0;
    WallTime now_;     // of the event being applied
    std::string ref_;  // of the event being applied
};

/// The `ref` of a LoadHistory for this conversation, so that "there is no more" is told apart
/// from an error worth showing.
std::string history_ref(const Conversation& conversation);

}  // namespace dropline::ui
