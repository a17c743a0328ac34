#include "net/room/host_role.hpp"

#include <asio/post.hpp>

#include <algorithm>
#include <utility>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/room/room_messages.hpp"

namespace dropline {

/// One member as the host holds him.
struct HostRole::Member {
    Peer peer;
    std::shared_ptr<Session> session;
    std::uint16_t peer_port = 0;
    std::vector<std::string> candidates;
    RateLimit chat;
    RateLimit refused_chat;  // how often he may be told to slow down before he is shown out
    RateLimit history;
    RateLimit streams;
    RateLimit renames;
    // After a refusal the refused message is awaited before later ones: his order is kept.
    std::optional<MessageId> awaited_say;
    TimePoint awaited_until{};
};

namespace {

Peer describe_self(const NodeContext& node) {
    return Peer{node.identity.id(), node.name, "", Role::host, false};
}

/// Those that others can use; this computer's own only when there is no other.
std::vector<HostAddress> invite_addresses(const std::vector<std::string>& texts) {
    std::vector<HostAddress> own;
    std::vector<HostAddress> others;
    for (const std::string& text : texts) {
        const auto endpoint = parse_endpoint(text);
        if (!endpoint) continue;
        auto& group = endpoint->address().is_loopback() ? own : others;
        group.push_back({endpoint->address().to_string(), endpoint->port()});
    }
    auto& chosen = others.empty() ? own : others;
    if (chosen.size() > limits::invite_addresses_max) chosen.resize(limits::invite_addresses_max);
    return chosen;
}

/// Ten seconds' worth of refusals, refilled over ten seconds.
RateLimit refusal_limit(TimePoint now) {
    constexpr double refusals = limits::chat_refused_per_10_s_max;
    return RateLimit(refusals, refusals / 10.0, now);
}

}  // namespace

HostRole::HostRole(NodeContext& node, command::Host wish, RoleOwner owner)
    : node_(node),
      wish_(std::move(wish)),
      owner_(std::move(owner)),
      room_name_(wish_.room_name),
      roster_(describe_self(node)),
      listener_(node.executor, node.clock, node.network, node.tls,
                [this](TlsStream stream, StrangerPlace place) {
                    on_connection(std::move(stream), std::move(place));
                }),
      tasks_(node.executor),
      broker_(node),
      hub_(node, *this),
      door_(std::make_shared<RoomDoor>(node, room_name_)) {}

HostRole::~HostRole() { asio::post(node_.executor, std::move(owner_.gone)); }

std::shared_ptr<HostRole> HostRole::self() {
    return std::static_pointer_cast<HostRole>(shared_from_this());
}

// ---- Life ---------------------------------------------------------------------------------------

void HostRole::start(std::string ref) {
    node_.store.open_room_log(
        room_name_, [self = self(), ref = std::move(ref)](Result<std::shared_ptr<RoomLog>> log) {
            if (self->is_stopped_) return;
            if (!log) {
                self->owner_.give_up(log.fault());
                return;
            }
            self->log_ = std::move(*log);
            self->last_seq_ = self->log_->last_seq();
            self->open_door(ref);
        });
}

void HostRole::open_door(const std::string& ref) {
    door_->open(wish_, [self = self(), ref](const Result<void>& opened) {
        if (self->is_stopped_) return;
        if (opened) {
            self->begin_listening(ref);
        } else {
            self->owner_.give_up(opened.fault());
        }
    });
    wish_.password.reset();
}

void HostRole::begin_listening(const std::string& ref) {
    const auto opened = listener_.open(wish_.bind_address, wish_.port);
    if (!opened) {
        owner_.give_up(opened.fault());
        return;
    }
    announce(ref);
    hub_.chat.load_outbox();
    log_->read_before(std::nullopt, limits::history_messages_max,
                      [self = self()](Result<std::vector<LogEntry>> entries) {
                          if (!entries) return self->node_.events.fail(entries.fault());
                          for (const LogEntry& entry : *entries) {
                              self->node_.events.push(
                                  event::Message{earlier_message(entry, self->roster_.self().id)});
                          }
                      });
}

void HostRole::announce(const std::string& ref) {
    event::Hosting hosting;
    hosting.room = room_name_;
    hosting.port = listener_.port();
    if (wish_.bind_address.empty()) {
        for (const auto& address : node_.network.local_addresses()) {
            hosting.addresses.push_back(endpoint_text(Endpoint(address, listener_.port())));
        }
    } else {
        hosting.addresses.push_back(endpoint_text(listener_.bound().front()));
    }
    if (!hosting.addresses.empty()) roster_.self().address = hosting.addresses.front();
    hosting.self = roster_.self();
    door_->set_addresses(invite_addresses(hosting.addresses));
    hosting.invite = door_->make_first_invite();
    hosting.is_invite_only = door_->is_invite_only();
    hosting.has_password = door_->has_password();
    node_.events.push(std::move(hosting), ref);
}

void HostRole::stop() {
    if (std::exchange(is_stopped_, true)) return;
    listener_.close();
    const auto farewell = wire::encode(wire::RoomClosed{"The host closed the room."});
    for (const auto& [id, member] : std::exchange(members_, {})) {
        member->session->send(farewell);
        member->session->close_after_queue(Fault{FaultCode::cancelled, "The room was closed."});
    }
    tasks_.cancel();
    broker_.stop();
    hub_.stop();
}

void HostRole::on_connection(TlsStream stream, StrangerPlace place) {
    if (is_stopped_) return;
    switch (stream.channel()) {
        case Channel::room:
            tasks_.spawn(serve_stranger(self(), std::move(stream), std::move(place)));
            return;
        case Channel::peer: hub_.connector.on_inbound(std::move(stream), std::move(place)); return;
        case Channel::relay:
            tasks_.spawn(broker_.serve_relay(std::move(stream), std::move(place), self()));
            return;
    }
}

asio::awaitable<void> HostRole::serve_stranger([[maybe_unused]] std::shared_ptr<HostRole> self,
                                               TlsStream stream, StrangerPlace place) {
    AdmissionRules rules{room_name_, node_.identity.id(), node_.clock, *door_,
                         [this](const PeerId& id) { return objection(id); }};
    auto newcomer = co_await admit(std::move(rules), std::move(stream), std::move(place));
    if (newcomer && !is_stopped_) welcome(std::move(*newcomer));
}

std::optional<wire::Refused> HostRole::objection(const PeerId& id) const {
    if (id == node_.identity.id()) {
        return wire::Refused{wire::RefusalCode::own_key,
                             "You are the host of this room: this profile is already in it.", 0};
    }
    const bool is_returning = members_.contains(id);
    if (!is_returning && members_.size() + 1 >= node_.members_max) {
        constexpr std::uint32_t retry_after_s = 30;
        return wire::Refused{
            wire::RefusalCode::room_full,
            "The room is full: " + std::to_string(node_.members_max) + " people are in it.",
            retry_after_s};
    }
    return std::nullopt;
}

// ---- Members ------------------------------------------------------------------------------------

void HostRole::welcome(Newcomer newcomer) {
    const PeerId id = newcomer.stream.peer();
    // The same key again replaces its ghost at once (F4).
    if (const auto ghost = members_.find(id); ghost != members_.end()) {
        const MemberPtr old = ghost->second;
        remove(old, "came back on a new connection");
        old->session->close(Fault{FaultCode::disconnected, "Replaced by a new connection."});
    }
    const TimePoint now = node_.clock.now();
    const Endpoint remote = newcomer.stream.stream().remote();
    auto member = std::make_shared<Member>(
        Member{Peer{id, std::move(newcomer.name), endpoint_text(remote), Role::member, false},
               nullptr, newcomer.peer_port, std::move(newcomer.candidates),
               RateLimit(limits::chat_burst_messages, limits::chat_messages_per_second, now),
               refusal_limit(now),
               RateLimit(limits::history_requests_per_second * 2,
                         limits::history_requests_per_second, now),
               RateLimit(limits::streams_burst, limits::streams_per_second, now),
               RateLimit(limits::renames_burst, limits::renames_per_second, now), std::nullopt,
               TimePoint{}});
    const std::weak_ptr<Member> weak = member;
    member->session = Session::start(
        std::move(newcomer.stream), node_.session_context(), wire::Phase::host_serves_member,
        {[this, weak](wire::Message message) {
             if (const auto sender = weak.lock()) on_message(sender, std::move(message));
         },
         [self = self(), weak](const Fault& fault) {
             const auto sender = weak.lock();
             if (!sender) return;
             const bool is_own_doing = fault.code == FaultCode::cancelled;
             self->remove(sender, is_own_doing ? fault.sentence : "lost: " + fault.sentence);
         }});
    send_roster(*member);
    broadcast(wire::PeerJoined{to_wire(member->peer)});
    members_.emplace(id, member);
    roster_.put(member->peer);
    node_.events.push(event::PeerJoined{member->peer});
    hub_.on_peer_joined(id);
}

void HostRole::send_roster(const Member& member) {
    Peer host = roster_.self();
    host.address = endpoint_text(member.session->local());
    member.session->send(
        wire::JoinAccepted{room_name_, log_->id(), last_seq_, to_wire(member.peer), to_wire(host)});
    for (auto& page : roster_pages(roster_, member.peer.id, host)) {
        member.session->send(std::move(page));
    }
}

void HostRole::remove(const MemberPtr& member, const std::string& reason) {
    const auto entry = members_.find(member->peer.id);
    // Somebody who was replaced or kicked has been removed already.
    if (entry == members_.end() || entry->second != member) return;
    members_.erase(entry);
    roster_.remove(member->peer.id);
    broker_.drop_member(member->peer.id);
    broadcast(wire::PeerLeft{member->peer.id, reason});
    node_.events.push(event::PeerLeft{member->peer, reason});
    hub_.on_peer_left(member->peer.id);
}

/// Encoded once, whatever the number of members.
void HostRole::broadcast(const wire::Message& message, const PeerId* except) {
    if (members_.empty()) return;
    const auto frame = wire::encode(message);
    // Sending may drop a member that is too slow; that ends later, on the event loop.
    for (const auto& [id, member] : members_) {
        if (except == nullptr || id != *except) member->session->send(frame);
    }
}

void HostRole::kick(const PeerId& peer, const std::string& reason, const std::string& ref) {
    const auto entry = members_.find(peer);
    if (entry == members_.end()) {
        node_.events.fail({FaultCode::unknown_peer, "This person is not in the room."}, ref);
        return;
    }
    const MemberPtr member = entry->second;
    member->session->send(wire::Kicked{reason});
    member->session->close_after_queue(Fault{FaultCode::cancelled, "kicked"});
    remove(member, reason.empty() ? "removed by the host" : "removed by the host: " + reason);
}

void HostRole::rename(const std::string& name) {
    const std::string previous = std::exchange(roster_.self().name, name);
    broadcast(wire::PeerChanged{to_wire(roster_.self())});
    node_.events.push(event::PeerChanged{roster_.self(), previous});
}

// ---- What members send --------------------------------------------------------------------------

void HostRole::on_message(const MemberPtr& member, wire::Message message) {
    if (is_stopped_ || member->session->is_closing()) return;
    std::visit(
        [&](const auto& body) {
            using Body = std::decay_t<decltype(body)>;
            if constexpr (requires(HostRole & host) { host.handle(member, body); }) {
                handle(member, body);
            } else {
                static_assert(!std::is_same_v<Body, wire::Say>);
                // The phase table lets no other kind through.
                member->session->close(Fault{FaultCode::internal, "Unhandled message."});
            }
        },
        message);
}

bool HostRole::is_within_chat_rate(const MemberPtr& member, const wire::Say& say) {
    const TimePoint now = node_.clock.now();
    const bool is_out_of_turn =
        member->awaited_say && *member->awaited_say != say.id && now < member->awaited_until;
    if (!is_out_of_turn && member->chat.take(now)) {
        member->awaited_say.reset();
        return true;
    }
    if (!member->refused_chat.take(now)) {
        member->session->send(wire::Kicked{"Far too many messages in a short time."});
        member->session->close_after_queue(Fault{FaultCode::cancelled, "flooded the room"});
        remove(member, "flooded the room");
        return false;
    }
    const auto wait = member->chat.wait(now);
    if (!is_out_of_turn) {
        constexpr auto patience = std::chrono::seconds(10);
        member->awaited_say = say.id;
        member->awaited_until = now + wait + patience;
    }
    member->session->send(wire::SayRefused{say.id, "Slow down: too many messages at once.",
                                           static_cast<std::uint32_t>(wait.count()) + 1});
    return false;
}

void HostRole::handle(const MemberPtr& member, const wire::Say& say) {
    if (!is_within_chat_rate(member, say)) return;
    append({0, say.id, member->peer.id, member->peer.name, say.text, node_.clock.wall_now()},
           member, {});
}

void HostRole::handle(const MemberPtr& member, const wire::Rename& rename) {
    auto name = make_safe_person_name(rename.name);
    // Our own members check before they ask; whoever does not keeps his old name.
    if (!name || *name == member->peer.name) return;
    // Every change goes to everybody: one person must not keep a whole room busy with it.
    if (!member->renames.take(node_.clock.now())) return;
    const std::string previous = std::exchange(member->peer.name, std::move(*name));
    roster_.put(member->peer);
    broadcast(wire::PeerChanged{to_wire(member->peer)});
    node_.events.push(event::PeerChanged{member->peer, previous});
}

void HostRole::handle(const MemberPtr& member, const wire::HistoryRequest& request) {
    const bool may_read = member->history.take(node_.clock.now()) &&
                          member->session->queued_bytes() < limits::send_queue_soft_bytes;
    auto answer = [self = self(), member,
                   number = request.request](Result<std::vector<LogEntry>> entries) {
        if (!entries) entries = std::vector<LogEntry>{};
        for (auto& page : history_pages(number, *entries)) member->session->send(page);
    };
    if (!may_read) {
        answer(std::vector<LogEntry>{});
    } else if (request.after_seq > 0) {
        log_->read_after(request.after_seq, request.limit, std::move(answer));
    } else {
        const auto before =
            request.before_seq > 0 ? std::optional(request.before_seq) : std::nullopt;
        log_->read_before(before, request.limit, std::move(answer));
    }
}

void HostRole::handle(const MemberPtr& member, const wire::StreamRequest& request) {
    if (!member->streams.take(node_.clock.now())) {
        member->session->send(wire::StreamRefused{request.request, request.peer,
                                                  "too many connections were asked for; wait a "
                                                  "moment."});
        return;
    }
    if (request.peer == node_.identity.id()) {
        const auto tickets = broker_.issue(request.request, end_of(*member), own_end(*member));
        member->session->send(tickets.for_initiator);
        hub_.connector.on_ticket(tickets.for_other);
        return;
    }
    const auto other = members_.find(request.peer);
    if (other == members_.end() || other->second == member) {
        member->session->send(
            wire::StreamRefused{request.request, request.peer, "this person is not in the room."});
        return;
    }
    const auto tickets = broker_.issue(request.request, end_of(*member), end_of(*other->second));
    other->second->session->send(tickets.for_other);
    member->session->send(tickets.for_initiator);
}

void HostRole::handle(const MemberPtr& member, const wire::Leave&) {
    remove(member, "left");
    member->session->close_after_queue(Fault{FaultCode::cancelled, "left"});
}

void HostRole::request_stream(std::uint32_t request, const PeerId& peer) {
    const auto member = members_.find(peer);
    if (member == members_.end()) {
        hub_.connector.on_refused({request, peer, "this person is not in the room."});
        return;
    }
    const auto tickets = broker_.issue(request, own_end(*member->second), end_of(*member->second));
    member->second->session->send(tickets.for_other);
    hub_.connector.on_ticket(tickets.for_initiator);
}

/// What he says of himself comes after what we see of him.
StreamBroker::End HostRole::end_of(const Member& member) const {
    StreamBroker::End end{member.peer.id, {}, false};
    if (member.peer_port == 0) return end;
    end.candidates.push_back(
        endpoint_text(Endpoint(member.session->remote().address(), member.peer_port)));
    for (const auto& candidate : member.candidates) {
        if (end.candidates.size() == limits::candidates_max) break;
        end.candidates.push_back(candidate);
    }
    return end;
}

/// A member reaches us where it has reached us already.
StreamBroker::End HostRole::own_end(const Member& as_seen_by) const {
    return {node_.identity.id(), {endpoint_text(as_seen_by.session->local())}, true};
}

bool HostRole::may_dial_loopback(const PeerId& peer) const {
    const auto member = members_.find(peer);
    if (member == members_.end()) return false;
    const auto& session = *member->second->session;
    // Both ends of one connection on one address: the same machine.
    return session.remote().address() == session.local().address() ||
           session.remote().address().is_loopback();
}

// ---- The log ------------------------------------------------------------------------------------

void HostRole::say(const MessageId& id, const std::string& text, const std::string& ref) {
    const LogEntry entry{
        0, id, node_.identity.id(), roster_.self().name, text, node_.clock.wall_now()};
    node_.events.push(event::Message{pending_message(entry)}, ref);
    append(entry, nullptr, ref);
}

/// `author` is empty for the host's own messages.
void HostRole::append(LogEntry entry, const MemberPtr& author, const std::string& ref) {
    auto kept = entry;
    log_->append(std::move(entry),
                 [self = self(), entry = std::move(kept), author, ref](Result<Appended> appended) {
                     if (appended) {
                         self->on_appended(entry, *appended, author, ref);
                     } else if (author) {
                         constexpr std::uint32_t retry_after_ms = 1000;
                         author->session->send(
                             wire::SayRefused{entry.id, appended.fault().sentence, retry_after_ms});
                     } else {
                         self->node_.events.fail(appended.fault(), ref);
                     }
                 });
}

void HostRole::on_appended(const LogEntry& entry, const Appended& appended, const MemberPtr& author,
                           const std::string& ref) {
    LogEntry stored = entry;
    stored.seq = appended.seq;
    stored.sent_at = appended.sent_at;
    if (author) {
        author->session->send(
            wire::Sent{stored.id, stored.seq, stored.sent_at.time_since_epoch().count()});
    } else {
        node_.events.push(event::Sent{stored.id, stored.seq, stored.sent_at}, ref);
    }
    if (appended.is_duplicate) return;
    last_seq_ = std::max(last_seq_, stored.seq);
    const PeerId author_id = stored.author;
    broadcast(to_wire(stored), &author_id);
    if (author) node_.events.push(event::Message{received_message(stored)});
}

void HostRole::load_history(std::optional<std::uint64_t> before, std::size_t limit,
                            const std::string& ref) {
    log_->read_before(before, limit, [self = self(), ref](Result<std::vector<LogEntry>> entries) {
        if (!entries) return self->node_.events.fail(entries.fault(), ref);
        event::History history;
        for (const LogEntry& entry : *entries) {
            history.messages.push_back(earlier_message(entry, self->roster_.self().id));
        }
        self->node_.events.push(std::move(history), ref);
    });
}

}  // namespace dropline
