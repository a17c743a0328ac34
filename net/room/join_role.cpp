#include "net/room/join_role.hpp"

#include <asio/post.hpp>

#include <algorithm>
#include <random>
#include <utility>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/room/room_messages.hpp"
#include "net/trust/trust_book.hpp"

namespace dropline {

namespace {

constexpr std::size_t given_up_names_max = 10;

}  // namespace

JoinRole::JoinRole(NodeContext& node, JoinTarget target, RoleOwner owner)
    : node_(node),
      target_(std::move(target)),
      owner_(std::move(owner)),
      roster_(Peer{node.identity.id(), node.name, "", Role::member, false}),
      listener_(
          node.executor, node.clock, node.network, node.tls,
          [this](TlsStream stream, StrangerPlace place) {
              // A member is no host: other channels are closed without a word.
              if (stream.channel() != Channel::peer) return;
              hub_.connector.on_inbound(std::move(stream), std::move(place));
          },
          [this](const std::string& address) { return hub_.connector.expect_one_from(address); }),
      tasks_(node.executor),
      hub_(node, *this),
      outbox_(
          node, *this, [this](wire::Message message) { send(message); },
          [this] { last_words_.on_said(); }),
      history_(node, [this](wire::Message message) { send(message); }),
      catch_up_(node, *this, history_,
                {[this](const LogEntry& entry, bool is_earlier) { show(entry, is_earlier); },
                 [this] { outbox_.resume(); }}),
      past_(node, *this, history_,
            [this](const auto& entries) { catch_up_.remember_earlier(entries); }),
      rename_pace_(
          RateLimit::below(limits::renames_burst, limits::renames_per_second, node.clock.now())),
      last_words_(node, [this] { return outbox_.has_unsaid() || hub_.chat.has_unsaid(); }) {
    hub_.chat.on_said([this] { last_words_.on_said(); });
}

JoinRole::~JoinRole() { asio::post(node_.executor, std::move(owner_.gone)); }

std::shared_ptr<JoinRole> JoinRole::self() {
    return std::static_pointer_cast<JoinRole>(shared_from_this());
}

// ---- Coming in and back -------------------------------------------------------------------------

void JoinRole::start(std::string ref) {
    ref_ = std::move(ref);
    // Others reach us directly when this works; without it everything is relayed.
    if (node_.path_policy != PathPolicy::relayed_only) {
        [[maybe_unused]] const auto opened = listener_.open("", 0);
    }
    attempt({});
}

void JoinRole::attempt(const std::string& reason) {
    ++attempt_;
    node_.events.push(event::Connecting{target_.text(), reason, attempt_}, ref_);
    tasks_.spawn(try_to_enter(self()));
}

asio::awaitable<void> JoinRole::try_to_enter([[maybe_unused]] std::shared_ptr<JoinRole> self) {
    EntryWish wish{target_, node_.name, listener_.port()};
    const std::string name = node_.name;
    auto entry = co_await enter_room(node_, std::move(wish));
    if (is_stopped_) co_return;
    if (entry) {
        // What others are told we are called is the host's doing; what we are called is ours.
        entry->accepted.self.name = name;
        on_entered(std::move(*entry));
        // Another one was wished for on the way.
        if (node_.name != name) rename(node_.name, {});
    } else {
        on_entry_failed(entry.fault());
    }
}

void JoinRole::on_entered(RoomEntry entry) {
    attempt_ = 0;
    closing_reason_.clear();
    // From now on the host knows our key.
    target_.secret.reset();
    const auto reached =
        std::find(target_.addresses.begin(), target_.addresses.end(), entry.address);
    std::rotate(target_.addresses.begin(), reached, target_.addresses.end());
    auto room = make_safe_person_name(entry.accepted.room);
    room_name_ = room ? std::move(*room) : target_.text();
    for (Peer& peer : entry.peers) node_.trust->greet(peer, node_.clock.wall_now());
    host_ = entry.peers.front();
    Peer myself = from_wire(entry.accepted.self);
    const std::string previous_name = std::exchange(roster_.self(), myself).name;
    for (const Peer& peer : entry.peers) roster_.put(peer);
    session_ = Session::start(std::move(entry.stream), node_.session_context(),
                              wire::Phase::member_in_room,
                              {[this](const wire::Message& message) { on_message(message); },
                               [self = self()](const Fault& fault) { self->on_lost(fault); }});
    // A cut makes nobody better known: it may have been made by whoever stands in between.
    is_first_contact_ = is_first_contact_ || entry.is_first_contact;
    node_.events.push(event::Joined{room_name_, std::move(myself), host_, entry.peers,
                                    is_first_contact_, target_.text(), entry.accepted.log},
                      std::exchange(ref_, {}));
    given_up_names_.clear();
    // What was asked for before the cut came along with us.
    for (Renaming& renaming : renamings_) renaming.name = roster_.self().name;
    answer_renamings(previous_name);
    const RememberedLog log{host_.id, entry.accepted.log};
    // Another room's rules are said before anything else is.
    if (std::exchange(log_, log) != log && std::exchange(rules_, {}) != RoomRules{}) {
        node_.events.push(event::Rules{rules_});
    }
    outbox_.set_room(log_);
    if (!std::exchange(has_joined_, true)) hub_.chat.load_outbox();
    history_.resume();
    catch_up_.begin(log_, entry.accepted.last_seq);
    for (const Peer& peer : entry.peers) hub_.on_peer_joined(peer.id);
}

void JoinRole::on_entry_failed(const Fault& fault) {
    if (!has_joined_ || !is_worth_retrying(fault.code)) {
        owner_.give_up(fault);
    } else {
        retry_later(fault.sentence);
    }
}

void JoinRole::on_lost(const Fault& fault) {
    session_.reset();
    if (is_stopped_) return;
    renaming_limit_.reset();
    outbox_.pause();
    catch_up_.pause();
    history_.pause();
    const auto were_present = roster_.present();
    roster_.clear();
    for (const auto& [id, peer] : were_present) hub_.on_room_lost(id);
    if (last_words_.are_awaited()) return part();
    retry_later(closing_reason_.empty() ? "The connection to the host is lost: " + fault.sentence
                                        : closing_reason_);
}

void JoinRole::retry_later(const std::string& reason) {
    const Duration delay = next_delay();
    node_.events.push(event::Disconnected{
        reason, attempt_, std::chrono::duration_cast<std::chrono::milliseconds>(delay)});
    retry_ = node_.clock.call_after(delay, [this, reason] { attempt(reason); });
}

/// 0.5, 1, 2, 4, 8, 15 s, each up to 30 % more or less: a room full of members must not come back
/// in one instant.
Duration JoinRole::next_delay() {
    const auto doubled = limits::reconnect_delay_min * (1U << std::min(attempt_, 5U));
    const auto bounded = std::min<Duration>(doubled, limits::reconnect_delay_max);
    static thread_local std::minstd_rand generator{std::random_device{}()};
    std::uniform_real_distribution<double> jitter(1.0 - limits::reconnect_jitter,
                                                  1.0 + limits::reconnect_jitter);
    return std::chrono::duration_cast<Duration>(bounded * jitter(generator));
}

/// What was said just now is heard first.
void JoinRole::stop() {
    if (is_stopped_) return;
    if (!session_) return part();
    last_words_.await([self = self()] { self->part(); });
}

void JoinRole::part() {
    const auto keep = self();
    last_words_.stop();
    if (std::exchange(is_stopped_, true)) return;
    retry_.reset();
    outbox_.stop();
    catch_up_.pause();
    history_.pause();
    hub_.stop();
    listener_.close();
    tasks_.cancel();
    if (session_) {
        session_->send(wire::Leave{});
        session_->close_after_queue(Fault{FaultCode::cancelled, "We left."});
    }
}

// ---- What the user wishes -----------------------------------------------------------------------

void JoinRole::say(const MessageId& id, const std::string& text, const std::string& ref) {
    outbox_.add(id, text, ref);
}

void JoinRole::refresh(const Peer& peer) {
    if (peer.id == host_.id) host_ = peer;
    roster_.update(peer);
}

void JoinRole::rename(const std::string& name, const std::string& ref) {
    const std::string& last_wished =
        renamings_.empty() ? roster_.self().name : renamings_.back().name;
    const bool is_wished_already = name == last_wished;
    if (!session_ || (is_wished_already && renamings_.empty())) {
        // A host that we have lost hears it when we come back.
        node_.name = name;
        const std::string previous = std::exchange(roster_.self().name, name);
        node_.events.push(event::PeerChanged{roster_.self(), previous}, ref);
        return;
    }
    if (!is_wished_already) {
        const TimePoint now = node_.clock.now();
        if (!rename_pace_.take(now)) {
            return node_.events.fail(too_many_renames(rename_pace_.wait(now)), ref);
        }
        node_.name = name;
        send(wire::Rename{name});
        renaming_limit_ =
            node_.clock.call_after(limits::rename_answer_max, [this] { give_up_renamings(); });
    }
    renamings_.push_back({name, ref});
}

/// We have a new name: those who wished for it are told, and those before them that the host has
/// passed over theirs.
void JoinRole::answer_renamings(const std::string& previous_name) {
    const Peer& self = roster_.self();
    const auto is_meant = [&self](const Renaming& one) { return one.name == self.name; };
    if (std::ranges::none_of(renamings_, is_meant)) return;
    while (!is_meant(renamings_.front())) {
        node_.events.fail(too_many_renames(limits::rename_answer_max), renamings_.front().ref);
        renamings_.pop_front();
    }
    while (!renamings_.empty() && is_meant(renamings_.front())) {
        node_.events.push(event::PeerChanged{self, previous_name}, renamings_.front().ref);
        renamings_.pop_front();
    }
    if (renamings_.empty()) renaming_limit_.reset();
}

/// A host answers only what it takes.
void JoinRole::give_up_renamings() {
    renaming_limit_.reset();
    node_.name = roster_.self().name;
    for (const Renaming& renaming : std::exchange(renamings_, {})) {
        node_.events.fail(too_many_renames(limits::rename_answer_max), renaming.ref);
        given_up_names_.push_back(renaming.name);
    }
    while (given_up_names_.size() > given_up_names_max) given_up_names_.pop_front();
}

/// Whether we have wished for this name, however long ago. One given up may be confirmed late: it
/// is our name then, also in what we say when we come in the next time.
bool JoinRole::take_as_wished(const std::string& name) {
    const auto is_meant = [&name](const Renaming& one) { return one.name == name; };
    if (std::ranges::any_of(renamings_, is_meant)) return true;
    const auto late = std::ranges::find(given_up_names_, name);
    if (late == given_up_names_.end()) return false;
    given_up_names_.erase(given_up_names_.begin(), std::next(late));
    if (renamings_.empty()) node_.name = name;
    return true;
}

void JoinRole::load_history(std::optional<std::uint64_t> before, std::size_t limit,
                            const std::string& ref) {
    past_.load(log_, before, catch_up_.newest_seq(), limit, ref);
}

void JoinRole::request_stream(std::uint32_t request, const PeerId& peer, wire::Purpose purpose) {
    if (session_) {
        send(wire::StreamRequest{request, peer, purpose});
    } else {
        hub_.connector.on_refused({request, peer, "the connection to the host is lost.", 0});
    }
}

std::optional<RelayPoint> JoinRole::relay_point() const {
    if (!session_) return std::nullopt;
    return RelayPoint{session_->remote(), host_.id};
}

bool JoinRole::may_dial_loopback(const PeerId&) const {
    if (!session_) return false;
    return session_->remote().address().is_loopback() ||
           session_->remote().address() == session_->local().address();
}

// ---- What the host sends ------------------------------------------------------------------------

void JoinRole::on_message(const wire::Message& message) {
    if (is_stopped_ || !session_) return;
    std::visit(
        [this](const auto& body) {
            if constexpr (requires(JoinRole & role) { role.handle(body); }) {
                handle(body);
            } else {
                // The phase table lets no other kind through.
                session_->close(Fault{FaultCode::internal, "Unhandled message."});
            }
        },
        message);
}

void JoinRole::handle(const wire::Sent& sent) {
    auto confirmed = outbox_.confirm(sent.id);
    if (!confirmed) return;
    const WallTime sent_at{std::chrono::milliseconds(sent.sent_at_ms)};
    node_.events.push(event::Sent{sent.id, sent.seq, sent_at}, confirmed->ref);
    catch_up_.on_own({sent.seq, sent.id, roster_.self().id, roster_.self().name,
                      confirmed->entry.text, sent_at});
}

void JoinRole::handle(const wire::PeerJoined& joined) {
    Peer peer = from_wire(joined.member);
    if (peer.id == roster_.self().id || roster_.present().size() >= limits::members_max) return;
    if (peer.role == Role::host) peer.role = Role::member;
    node_.trust->greet(peer, node_.clock.wall_now());
    roster_.put(peer);
    node_.events.push(event::PeerJoined{peer});
    hub_.on_peer_joined(peer.id);
}

void JoinRole::handle(const wire::PeerLeft& left) {
    if (left.id == host_.id) return;
    const auto peer = roster_.remove(left.id);
    if (peer) node_.events.push(event::PeerLeft{*peer, escape_for_display(left.reason)});
    // He may have left before, and what was under way between him and us goes on until this.
    if (left.is_banned) {
        hub_.on_peer_banned(left.id);
    } else if (peer) {
        hub_.on_peer_left(left.id);
    }
}

/// What a change may change: the name, and what the host has decided. Who is the host stays.
Peer JoinRole::changed(const Peer& known, const Peer& news) {
    Peer updated = known;
    updated.name = news.name;
    if (known.role == Role::host) return updated;
    updated.role = news.role == Role::guest ? Role::guest : Role::member;
    updated.is_muted = news.is_muted;
    return updated;
}

void JoinRole::handle(const wire::PeerChanged& change) {
    const Peer news = from_wire(change.member);
    if (news.id == roster_.self().id) {
        Peer updated = changed(roster_.self(), news);
        // As when we came in.
        if (!take_as_wished(news.name)) updated.name = roster_.self().name;
        const Peer before = std::exchange(roster_.self(), std::move(updated));
        const std::size_t unanswered = renamings_.size();
        if (before.name != roster_.self().name) answer_renamings(before.name);
        if (renamings_.size() < unanswered) return;
        node_.events.push(event::PeerChanged{roster_.self(), before.name});
        return hub_.transfers.on_rules_changed();
    }
    const Peer* known = roster_.find(news.id);
    if (known == nullptr) return;
    Peer updated = changed(*known, news);
    const std::string previous = known->name;
    node_.trust->greet(updated, node_.clock.wall_now());
    if (updated.id == host_.id) host_ = updated;
    roster_.put(updated);
    node_.events.push(event::PeerChanged{updated, previous});
    hub_.transfers.on_rules_changed();
}

void JoinRole::handle(const wire::RoomRules& rules) {
    // Said again after every return; news only when they are other ones.
    if (from_wire(rules) == rules_) return;
    rules_ = from_wire(rules);
    node_.events.push(event::Rules{rules_});
    hub_.transfers.on_rules_changed();
}

void JoinRole::handle(const wire::Kicked& kicked) {
    const std::string reason = escape_for_display(kicked.reason);
    if (kicked.is_banned) {
        const auto banned =
            banned_by(host_, kicked.reason, kicked.banned_for_s, node_.clock.wall_now());
        node_.events.push(banned);
        return owner_.give_up(fault_of(banned));
    }
    node_.events.push(event::Kicked{host_, reason});
    owner_.give_up({FaultCode::refused, host_.name + " removed you from the room" +
                                            (reason.empty() ? "." : ": " + reason)});
}

void JoinRole::handle(const wire::RoomClosed& closed) {
    closing_reason_ = escape_for_display(closed.reason);
    if (closing_reason_.empty()) closing_reason_ = "The host closed the room.";
    session_->close_after_queue({FaultCode::disconnected, closing_reason_});
}

void JoinRole::show(const LogEntry& entry, bool is_earlier) {
    const bool is_own = entry.author == roster_.self().id;
    if (is_own) {
        // Sent before a cut whose confirmation was lost: shown already, now known to be stored.
        if (const auto confirmed = outbox_.confirm(entry.id)) {
            node_.events.push(event::Sent{entry.id, entry.seq, entry.sent_at}, confirmed->ref);
            return;
        }
    }
    ChatMessage message = is_own ? earlier_message(entry, entry.author) : received_message(entry);
    message.is_earlier = is_earlier;
    node_.events.push(event::Message{std::move(message)});
}

void JoinRole::send(const wire::Message& message) {
    if (session_) session_->send(message);
}

}  // namespace dropline
