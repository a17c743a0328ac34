#include "ui/model/model.hpp"

#include <utility>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/api/secret.hpp"

namespace dropline::ui {

std::string history_ref(const Conversation& conversation) {
    return "history:" + (conversation.peer ? to_hex(*conversation.peer) : std::string("everyone"));
}

Model::Model(PeerId self_id, std::string self_name) {
    Peer self;
    self.id = self_id;
    self.name = std::move(self_name);
    set_self(std::move(self));
}

void Model::set_self(Peer self) {
    names_.learn(self.id, self.name);
    people_.set_self(std::move(self));
}

Urgency Model::apply(const Event& event) {
    now_ = event.at;
    ref_ = event.ref;
    return std::visit([this](const auto& body) { return apply_body(body); }, event.body);
}

void Model::forget_first(const Conversation& conversation, std::size_t rows) {
    const auto found = timelines_.find(conversation);
    if (found != timelines_.end()) found->second.forget_first(rows);
}

bool Model::is_in_room() const {
    return link_.state == RoleState::hosting || link_.state == RoleState::joined ||
           link_.state == RoleState::reconnecting;
}

const Timeline& Model::timeline(const Conversation& conversation) const {
    static const Timeline nothing_said;
    const auto found = timelines_.find(conversation);
    return found == timelines_.end() ? nothing_said : found->second;
}

std::string Model::name_of(const PeerId& id) const {
    if (is_self(id)) return self().name;
    const std::string* known = names_.find(id);
    if (known == nullptr) return key_tag(id);
    return shares_name(id) ? *known + " " + key_tag(id) : *known;
}

bool Model::shares_name(const PeerId& id) const {
    const Person* person = people_.find(id);
    return (person != nullptr && person->peer.imitates) || names_.is_shared(id);
}

/// Says it where the person is met, before anything is entrusted to the wrong one.
void Model::note_look_alike(const PeerId& id) {
    const Person* person = people_.find(id);
    if (person == nullptr || !shares_name(id)) return;
    const auto kind = person->peer.imitates ? NoticeKind::imitates : NoticeKind::looks_alike;
    timelines_[Conversation{}].add_notice(kind, name_of(id), {}, now_);
}

void Model::enter_room(const std::string& name, const PeerId& host,
                       const std::optional<LogId>& log) {
    // Another room has another log: its numbers must not be mixed with those shown.
    if (room_.name != name || host_id_ != host || log_ != log) {
        timelines_.erase(Conversation{});
        ++rooms_entered_;
    }
    host_id_ = host;
    log_ = log;
    room_ = Room{};
    room_.name = name;
    trouble_.reset();
    join_fault_.reset();
}

Urgency Model::apply_body(const event::Hosting& event) {
    if (link_.state != RoleState::hosting) {
        enter_room(event.room, event.self.id, std::nullopt);
        people_.mark_all_away();
    }
    link_ = Link{RoleState::hosting, {}, {}, 0, {}};
    room_.name = event.room;
    room_.addresses = event.addresses;
    room_.port = event.port;
    room_.invite = event.invite;
    room_.invite_expires = now_ + limits::invite_life_default;
    room_.is_invite_only = event.is_invite_only;
    room_.has_password = event.has_password;
    set_self(event.self);
    return Urgency::now;
}

Urgency Model::apply_body(const event::Joined& event) {
    // By itself one comes back to the same host, who may have opened another room meanwhile.
    const bool is_return =
        link_.state == RoleState::reconnecting && host_id_ == event.host.id && log_ == event.log;
    if (!is_return) enter_room(event.room, event.host.id, event.log);
    const std::string target = event.address.empty() ? link_.target : event.address;
    link_ = Link{RoleState::joined, target, {}, 0, {}};
    ++joins_;
    room_.name = event.room;
    room_.host = event.host;
    room_.is_first_contact = event.is_first_contact;
    trouble_.reset();
    set_self(event.self);
    people_.replace(event.peers);
    names_.learn(event.host.id, event.host.name);
    for (const Peer& peer : event.peers) names_.learn(peer.id, peer.name);
    if (is_return) return Urgency::now;
    for (const Peer& peer : event.peers) note_look_alike(peer.id);
    return Urgency::now;
}

Urgency Model::apply_body(const event::PeerJoined& event) {
    names_.learn(event.peer.id, event.peer.name);
    people_.add_or_change(event.peer);
    timelines_[Conversation{}].add_notice(NoticeKind::joined, event.peer.name, {}, now_);
    note_look_alike(event.peer.id);
    return Urgency::now;
}

Urgency Model::apply_body(const event::PeerLeft& event) {
    names_.learn(event.peer.id, event.peer.name);
    people_.mark_away(event.peer.id);
    // "left" is what the host says of somebody who went on their own: no reason to give.
    const std::string reason = event.reason == "left" ? std::string() : event.reason;
    timelines_[Conversation{}].add_notice(NoticeKind::left, event.peer.name, reason, now_);
    return Urgency::now;
}

Urgency Model::apply_body(const event::PeerChanged& event) {
    names_.learn(event.peer.id, event.peer.name);
    people_.add_or_change(event.peer);
    if (event.previous_name != event.peer.name) note_look_alike(event.peer.id);
    return Urgency::now;
}

Urgency Model::apply_body(const event::Message& event) {
    const ChatMessage& message = event.message;
    if (!is_self(message.from)) names_.learn_first(message.from, message.from_name);
    timelines_[message.conversation].add(message);
    return Urgency::now;
}

Urgency Model::apply_body(const event::Sent& event) {
    const bool is_known =
        timelines_[Conversation{}].mark_sent(self().id, event.id, event.seq, event.sent_at);
    return is_known ? Urgency::now : Urgency::none;
}

Urgency Model::apply_body(const event::Delivered& event) {
    const bool is_known = timelines_[Conversation{event.peer}].mark_delivered(self().id, event.id);
    return is_known ? Urgency::now : Urgency::none;
}

Urgency Model::apply_body(const event::Waiting& event) {
    const bool is_known = timelines_[Conversation{event.peer}].mark_waiting(self().id, event.id);
    return is_known ? Urgency::now : Urgency::none;
}

Urgency Model::apply_body(const event::Offer& event) {
    names_.learn(event.from.id, event.from.name);
    transfers_.apply(event);
    timelines_[Conversation{event.from.id}].add_card(event.transfer, now_);
    return Urgency::now;
}

Urgency Model::apply_body(const event::OfferEntries& event) {
    if (!transfers_.apply(event)) return Urgency::none;
    const TransferItem* item = transfers_.find(event.transfer);
    const bool is_complete = item->entries.size() >= item->entries_total;
    return is_complete ? Urgency::now : Urgency::soon;
}

bool Model::change_transfer(const Transfer& transfer) {
    const Transfers::Change change = transfers_.apply(transfer);
    // The person may not have been here since the program started.
    if (!transfer.peer_name.empty()) names_.learn_first(transfer.peer, transfer.peer_name);
    if (change.is_new) {
        timelines_[Conversation{transfer.peer}].add_card(transfer.id, now_);
    }
    return change.is_only_progress;
}

Urgency Model::apply_body(const event::TransferChanged& event) {
    return change_transfer(event.transfer) ? Urgency::soon : Urgency::now;
}

Urgency Model::apply_body(const event::Connecting& event) {
    const bool was_in_room =
        link_.state == RoleState::joined || link_.state == RoleState::reconnecting;
    join_fault_.reset();
    // Another try: why the last one failed, or the last stay ended, is told.
    if (link_.state == RoleState::none) trouble_.reset();
    link_ = Link{was_in_room ? RoleState::reconnecting : RoleState::connecting,
                 event.target,
                 event.reason,
                 event.attempt,
                 {}};
    key_change_.reset();
    return Urgency::now;
}

Urgency Model::apply_body(const event::Disconnected& event) {
    const bool was_in_room =
        link_.state == RoleState::joined || link_.state == RoleState::reconnecting;
    link_.state = was_in_room ? RoleState::reconnecting : RoleState::connecting;
    link_.reason = event.reason;
    link_.attempt = event.attempt;
    link_.retry_at = now_ + event.retry_in;
    people_.mark_all_away();
    return Urgency::now;
}

Urgency Model::apply_body(const event::RoleEnded& event) {
    const bool was_joining = link_.state == RoleState::connecting;
    if (was_joining && event.fault) {
        join_fault_ = event.fault;
        ++joins_failed_;
    }
    link_ = Link{};
    room_.addresses.clear();
    forget_ways_in();
    room_.host.reset();
    people_.mark_all_away();
    // Why a host sent us away says more than that the connection then ended.
    const bool is_told = trouble_ && (trouble_->kicked || trouble_->banned);
    if (event.fault) key_change_ = event.fault->key_change;
    if (event.fault && !is_told) note_trouble({event.fault->sentence, {}, {}, {}, 0});
    return Urgency::now;
}

Urgency Model::apply_body(const event::Kicked& event) {
    event::Kicked kicked = event;
    kicked.reason = escape_for_display(event.reason);
    note_trouble({{}, std::move(kicked), {}, {}, 0});
    return Urgency::now;
}

Urgency Model::apply_body(const event::Banned& event) {
    event::Banned banned = event;
    banned.reason = escape_for_display(event.reason);
    note_trouble({{}, {}, std::move(banned), {}, 0});
    return Urgency::now;
}

Urgency Model::apply_body(const event::Bans& event) {
    room_.bans = event.bans;
    return Urgency::now;
}

Urgency Model::apply_body(const event::Rules& event) {
    room_.rules = event.rules;
    return Urgency::now;
}

Urgency Model::apply_body(const event::History& event) {
    Timeline& timeline = timelines_[event.conversation];
    for (const ChatMessage& message : event.messages) {
        if (!is_self(message.from)) names_.learn_first(message.from, message.from_name);
    }
    timeline.add_history(event.messages);
    const bool holds_the_first = timeline.oldest_seq() == 1;
    if (event.messages.empty() || holds_the_first) {
        timeline.mark_all_earlier();
    }
    return Urgency::now;
}

Urgency Model::apply_body(const event::Peers& event) {
    if (event.peers.empty()) return Urgency::none;
    set_self(event.peers.front());
    people_.replace(event.peers);
    for (const Peer& peer : event.peers) names_.learn(peer.id, peer.name);
    return Urgency::now;
}

Urgency Model::apply_body(const event::Transfers& event) {
    for (const Transfer& transfer : event.transfers) change_transfer(transfer);
    return Urgency::now;
}

Urgency Model::apply_body(const event::Error& event) {
    // Of the room also when nothing of it has been seen yet.
    if (ref_ == history_ref({})) timelines_.try_emplace(Conversation{});
    for (auto& [conversation, timeline] : timelines_) {
        if (ref_ != history_ref(conversation)) continue;
        if (event.fault.code == FaultCode::not_available) {
            timeline.mark_all_earlier();
        } else {
            timeline.note_failed_load();
        }
        return Urgency::now;
    }
    if (ref_.starts_with("history:")) return Urgency::none;
    if (event.refused) mark_refused(*event.refused);
    Trouble trouble{event.fault.sentence, {}, {}, {}, 0};
    if (event.fault.code == FaultCode::profile_damaged) {
        damage_ = numbered(std::move(trouble));
    } else {
        note_trouble(std::move(trouble));
    }
    return Urgency::now;
}

void Model::mark_refused(const MessageId& id) {
    for (auto& [conversation, timeline] : timelines_) timeline.mark_refused(self().id, id);
}

Urgency Model::apply_body(const event::Invite& event) {
    room_.invite = event.link;
    room_.invite_expires = event.state.expires;
    return Urgency::now;
}

Urgency Model::apply_body(const event::Code& event) {
    room_.code = event;
    return Urgency::now;
}

Urgency Model::apply_body(const event::Invites& event) {
    room_.invites = event.invites;
    if (!event.code_expires) room_.code.reset();
    return Urgency::now;
}

/// What lets people in does not stay on a screen that no longer hosts.
void Model::forget_ways_in() {
    wipe(room_.invite);
    if (room_.code) wipe(room_.code->text);
    room_.code.reset();
    room_.invites.clear();
}

Urgency Model::apply_body(const event::TrustChanged& event) {
    const Person* before = people_.find(event.peer.id);
    const bool has_imitated = before != nullptr && before->peer.imitates.has_value();
    people_.update(event.peer);
    if (room_.host && room_.host->id == event.peer.id) room_.host = event.peer;
    if (event.peer.imitates && !has_imitated) note_look_alike(event.peer.id);
    return Urgency::now;
}

Urgency Model::apply_body(const event::Safety& event) {
    safety_ = event;
    return Urgency::now;
}

Urgency Model::apply_body(const event::Known& event) {
    known_ = event;
    return Urgency::now;
}

Trouble Model::numbered(Trouble trouble) {
    trouble.at = now_;
    trouble.sentence = escape_for_display(trouble.sentence);
    trouble.number = ++troubles_;
    return trouble;
}

void Model::note_trouble(Trouble trouble) { trouble_ = numbered(std::move(trouble)); }

}  // namespace dropline::ui
