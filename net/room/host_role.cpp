#include "net/room/host_role.hpp"

#include <asio/post.hpp>

#include <algorithm>
#include <utility>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/link/address_groups.hpp"
#include "net/room/room_messages.hpp"
#include "net/trust/trust_book.hpp"

namespace dropline {

namespace {

Peer describe_self(const NodeContext& node) {
    return Peer{node.identity.id(), node.name, "", Role::host, false};
}

/// Where others find us. An address that means all of its family is none that anybody can dial: of
/// it, those that this machine has are told.
std::vector<std::string> addresses_to_tell(const std::vector<Endpoint>& bound,
                                           const std::vector<asio::ip::address>& ours) {
    std::vector<std::string> told;
    for (const asio::ip::address& address : ours) {
        const auto is_open = [&address](const Endpoint& one) {
            return one.address().is_unspecified() && one.address().is_v4() == address.is_v4();
        };
        const auto open = std::ranges::find_if(bound, is_open);
        if (open != bound.end()) told.push_back(endpoint_text(Endpoint(address, open->port())));
    }
    for (const Endpoint& one : bound) {
        if (!one.address().is_unspecified()) told.push_back(endpoint_text(one));
    }
    return told;
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

/// What he says of himself comes after what we see of him.
StreamBroker::End end_of(const HostedMember& member) {
    const AddressGroups& from = member.comes_from;
    StreamBroker::End end{
        member.peer.id, {}, false, from.is_loopback ? to_text(member.peer.id) : from.address};
    if (member.peer_port == 0) return end;
    end.candidates.push_back(
        endpoint_text(Endpoint(member.session->remote().address(), member.peer_port)));
    for (const auto& candidate : member.candidates) {
        if (end.candidates.size() == limits::candidates_max) break;
        end.candidates.push_back(candidate);
    }
    return end;
}

}  // namespace

HostRole::HostRole(NodeContext& node, command::Host wish, RoleOwner owner)
    : node_(node),
      wish_(std::move(wish)),
      owner_(std::move(owner)),
      room_name_(wish_.room_name),
      roster_(describe_self(node)),
      rights_(node),
      listener_(
          node.executor, node.clock, node.network, node.tls,
          [this](TlsStream stream, StrangerPlace place) {
              on_connection(std::move(stream), std::move(place));
          },
          [this](const std::string& address) { return expect_one_from(address); }),
      tasks_(node.executor),
      broker_(node, [this](const PeerId& id) { return members_.find(id) != nullptr; }),
      hub_(node, *this),
      members_(node, roster_, broker_, hub_),
      log_(node, *this, members_),
      renames_(limits::renames_burst, limits::renames_per_second, node.clock.now()),
      door_(std::make_shared<RoomDoor>(node, room_name_)),
      wishes_(node, *this, rights_, members_, *door_),
      last_words_(node, [this] { return hub_.chat.has_unsaid(); }) {
    hub_.chat.on_said([this] { last_words_.on_said(); });
}

HostRole::~HostRole() { asio::post(node_.executor, std::move(owner_.gone)); }

std::shared_ptr<HostRole> HostRole::self() {
    return std::static_pointer_cast<HostRole>(shared_from_this());
}

// ---- Life ---------------------------------------------------------------------------------------

void HostRole::start(std::string ref) {
    // Who may not come in is known before the door opens.
    rights_.load([this, self = self(), ref = std::move(ref)](Result<void> loaded) {
        if (is_stopped_) return;
        if (!loaded) return owner_.give_up(loaded.fault());
        open_log(ref);
    });
}

void HostRole::open_log(const std::string& ref) {
    log_.open(room_name_, [this, self = self(), ref](Result<void> opened) {
        if (is_stopped_) return;
        if (!opened) return owner_.give_up(opened.fault());
        open_door(ref);
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
    log_.show_earlier();
}

void HostRole::announce(const std::string& ref) {
    // Another one may have been wished for while the room was opened.
    roster_.self().name = node_.name;
    event::Hosting hosting;
    hosting.room = room_name_;
    hosting.port = listener_.port();
    hosting.addresses = addresses_to_tell(listener_.bound(), node_.network.local_addresses());
    if (!hosting.addresses.empty()) roster_.self().address = hosting.addresses.front();
    hosting.self = roster_.self();
    door_->set_addresses(invite_addresses(hosting.addresses));
    hosting.invite = door_->make_first_invite();
    hosting.is_invite_only = door_->is_invite_only();
    hosting.has_password = door_->has_password();
    node_.events.push(std::move(hosting), ref);
    is_announced_ = true;
    if (rights_.rules() != RoomRules{}) node_.events.push(event::Rules{rights_.rules()});
}

/// What was said just now in private is heard first.
void HostRole::stop() {
    if (is_stopped_) return;
    last_words_.await([self = self()] { self->close(); });
}

void HostRole::close() {
    const auto keep = self();
    last_words_.stop();
    if (std::exchange(is_stopped_, true)) return;
    listener_.close();
    members_.send_all_home("The host closed the room.");
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
    AdmissionRules rules{
        room_name_,
        node_.identity.id(),
        node_.clock,
        *door_,
        [this](const PeerId& id, const Endpoint& from) { return objection(id, from); },
        &node_.events.log()};
    auto newcomer = co_await admit(std::move(rules), std::move(stream), std::move(place));
    if (newcomer && !is_stopped_) welcome(std::move(*newcomer));
}

std::optional<wire::Refused> HostRole::objection(const PeerId& id, const Endpoint& from) {
    if (id == node_.identity.id()) {
        return wire::Refused{wire::RefusalCode::own_key,
                             "You are the host of this room: this profile is already in it.", 0};
    }
    if (auto banned = rights_.objection_to_entry(id)) {
        not_heard_.erase(id);  // this says more
        return banned;
    }
    if (auto last_word = last_word_not_heard(id)) return last_word;
    const bool is_returning = members_.find(id) != nullptr;
    return is_returning ? std::nullopt : objection_to_one_more(groups_of_address(from));
}

/// Somebody who was shown out while his connection was bad takes it for a cut, and comes back by
/// himself, maybe before we have given that connection up: he is told at the door, once.
std::optional<wire::Refused> HostRole::last_word_not_heard(const PeerId& id) {
    std::optional<std::string> why = members_.reason_being_told(id);
    if (auto told = not_heard_.extract(id)) why = std::move(told.mapped());
    if (!why) return std::nullopt;
    std::string reason = "The host removed you from the room";
    reason += why->empty() ? "." : ": " + *why;
    return wire::Refused{wire::RefusalCode::other, std::move(reason), 0};
}

std::optional<wire::Refused> HostRole::objection_to_one_more(const AddressGroups& from) const {
    constexpr std::uint32_t retry_after_s = 30;
    const auto full = [](const std::string& why) {
        return wire::Refused{wire::RefusalCode::room_full, why, retry_after_s};
    };
    if (members_.count() + 1 >= node_.members_max) {
        return full("The room is full: " + std::to_string(node_.members_max) +
                    " people are in it.");
    }
    // Of a room that its host wanted larger, one address may have a larger part.
    const std::size_t share = std::max(limits::members_per_address_max, node_.members_max / 4);
    const std::size_t of_one = std::min(share, node_.members_max / 2);
    if (!from.is_loopback && members_.count_from(from.address) >= of_one) {
        return full("The room takes no more people from your address: " + std::to_string(of_one) +
                    " are in it.");
    }
    return std::nullopt;
}

AddressGroups HostRole::groups_of_address(const Endpoint& endpoint) const {
    return groups_of(endpoint.address(), [this] { return node_.network.local_addresses(); });
}

// ---- Coming in ----------------------------------------------------------------------------------

void HostRole::welcome(Newcomer newcomer) {
    const PeerId id = newcomer.stream.peer();
    replace_ghost(id);
    Peer peer{id,
              std::move(newcomer.name),
              endpoint_text(newcomer.stream.stream().remote()),
              rights_.role_of(id),
              false,
              rights_.is_muted(id)};
    auto member = std::make_shared<HostedMember>(
        std::move(peer), newcomer.peer_port, std::move(newcomer.candidates), members_.rates_of(id));
    member->comes_from = groups_of_address(newcomer.stream.stream().remote());
    give_back_what_returning_cost(*member, *newcomer.place);
    node_.trust->greet(member->peer, node_.clock.wall_now());
    const auto is_here = [this](const PeerId& other) { return members_.find(other) != nullptr; };
    rights_.note_arrival(id, log_.last_seq(), is_here);
    begin_session(member, std::move(newcomer.stream));
    send_roster(*member);
    members_.add(member);
}

/// Who comes back is no stranger to the address limit. A key we have never met is: else anybody
/// could fill an open room with new ones, as fast as keys are made.
void HostRole::give_back_what_returning_cost(const HostedMember& member, StrangerSeat& seat) {
    const TimePoint now = node_.clock.now();
    const bool is_known = node_.trust->find(member.peer.id).has_value();
    if (is_known && member.rates->returns.take(now)) seat.give_rate_back(now);
}

/// Of people who have a ticket to us, or a token to be relayed: several behind one address, each
/// with four transfers and a conversation, may come at once.
bool HostRole::expect_one_from(const std::string& address) {
    const auto is_there = [&](const PeerId& id) {
        const MemberPtr member = members_.find(id);
        return member && member->comes_from.address == address;
    };
    return hub_.connector.expect_one_from(address) || broker_.expect_one(is_there);
}

/// The same key again replaces its ghost at once (F4).
void HostRole::replace_ghost(const PeerId& id) {
    const MemberPtr ghost = members_.find(id);
    if (!ghost) return;
    members_.remove(ghost, "came back on a new connection");
    // Somebody who still hears this is a second program with the same key, not a dead connection:
    // it must not come back by itself, or the two would replace each other for ever.
    ghost->session->send(wire::Kicked{"Your key has come in from somewhere else as well."});
    ghost->session->close_after_queue(Fault{FaultCode::cancelled, "Replaced by a new connection."});
}

void HostRole::begin_session(const MemberPtr& member, FrameStream stream) {
    const std::weak_ptr<HostedMember> weak = member;
    member->session =
        Session::start(std::move(stream), node_.session_context(), wire::Phase::host_serves_member,
                       {[this, weak](wire::Message message) {
                            if (const auto sender = weak.lock())
                                on_message(sender, std::move(message));
                        },
                        [self = self(), weak](const Fault& fault) {
                            const auto sender = weak.lock();
                            if (!sender) return;
                            self->note_if_not_heard(sender);
                            const bool is_own_doing = fault.code == FaultCode::cancelled;
                            self->members_.remove(
                                sender, is_own_doing ? fault.sentence : "lost: " + fault.sentence);
                        }});
}

void HostRole::note_if_not_heard(const MemberPtr& member) {
    auto reason = members_.reason_not_heard(member);
    const bool is_back = members_.find(member->peer.id) != nullptr;
    if (!reason || is_back) return;
    if (not_heard_.size() >= limits::members_max) not_heard_.clear();
    not_heard_[member->peer.id] = std::move(*reason);
}

void HostRole::send_roster(const HostedMember& member) {
    Peer host = roster_.self();
    host.address = endpoint_text(member.session->local());
    member.session->send(wire::JoinAccepted{room_name_, log_.id(), log_.last_seq(),
                                            to_wire(member.peer), to_wire(host)});
    for (auto& page : roster_pages(roster_, member.peer.id, host)) {
        member.session->send(std::move(page));
    }
    member.session->send(to_wire(rights_.rules()));
    // Whoever was cut off then has not heard that somebody's transfers are over.
    for (const Ban& ban : rights_.bans()) {
        if (!members_.was_banned_meanwhile(ban.id)) continue;
        member.session->send(wire::PeerLeft{ban.id, "banned by the host", true});
    }
}

void HostRole::refresh(const Peer& peer) {
    if (const MemberPtr member = members_.find(peer.id)) member->peer = peer;
    roster_.update(peer);
}

void HostRole::rename(const std::string& name, const std::string& ref) {
    const std::string previous = roster_.self().name;
    if (name != previous) {
        const TimePoint now = node_.clock.now();
        if (!renames_.take(now))
            return node_.events.fail(too_many_renames(renames_.wait(now)), ref);
        node_.name = name;
        roster_.self().name = name;
        members_.broadcast(wire::PeerChanged{to_wire(roster_.self())});
    }
    node_.events.push(event::PeerChanged{roster_.self(), previous}, ref);
}

void HostRole::say(const MessageId& id, const std::string& text, const std::string& ref) {
    log_.say(id, text, ref);
}

void HostRole::load_history(std::optional<std::uint64_t> before, std::size_t limit,
                            const std::string& ref) {
    log_.load_history(before, limit, ref);
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

void HostRole::handle(const MemberPtr& member, const wire::Say& say) {
    const auto turn = member->rates->chat.ask(say.id, node_.clock.now());
    if (turn.verdict == ChatTurn::Verdict::flood) {
        members_.show_out(member, wire::Kicked{"Far too many messages in a short time."},
                          "flooded the room");
    } else if (turn.verdict == ChatTurn::Verdict::wait) {
        member->session->send(wire::SayRefused{say.id, "Slow down: too many messages at once.",
                                               static_cast<std::uint32_t>(turn.wait.count()) + 1});
    } else if (rights_.is_muted(member->peer.id)) {
        member->session->send(wire::SayRefused{say.id, "The host has muted you in this room.", 0});
    } else {
        log_.say(member, say);
    }
}

void HostRole::handle(const MemberPtr& member, const wire::Rename& rename) {
    auto name = make_safe_person_name(rename.name);
    // Our own members check before they ask; whoever does not keeps his old name.
    if (!name || *name == member->peer.name) return;
    // Every change goes to everybody: one person must not keep a whole room busy with it.
    if (!member->rates->renames.take(node_.clock.now())) return;
    const std::string previous = std::exchange(member->peer.name, std::move(*name));
    node_.trust->greet(member->peer, node_.clock.wall_now());
    members_.on_changed(member, previous);
}

void HostRole::handle(const MemberPtr& member, const wire::HistoryRequest& request) {
    log_.answer(member, request, rights_.history_hidden_up_to(member->peer.id));
}

void HostRole::handle(const MemberPtr& member, const wire::StreamRequest& request) {
    const auto refuse = [&](std::string reason, std::uint32_t retry_after_ms = 0) {
        member->session->send(
            wire::StreamRefused{request.request, request.peer, std::move(reason), retry_after_ms});
    };
    RateLimit& streams = member->rates->streams;
    if (!streams.take(node_.clock.now())) {
        const auto wait = streams.wait(node_.clock.now());
        return refuse("too many connections were asked for; wait a moment.",
                      static_cast<std::uint32_t>(wait.count()) + 1);
    }
    if (request.peer == node_.identity.id()) {
        const auto tickets =
            broker_.issue(request.request, request.purpose, end_of(*member), own_end(*member));
        member->session->send(tickets.for_initiator);
        hub_.connector.on_ticket(tickets.for_other);
        return;
    }
    const MemberPtr other = members_.find(request.peer);
    if (!other || other == member) return refuse("this person is not in the room.");
    const auto tickets =
        broker_.issue(request.request, request.purpose, end_of(*member), end_of(*other));
    other->session->send(tickets.for_other);
    member->session->send(tickets.for_initiator);
}

void HostRole::handle(const MemberPtr& member, const wire::Leave&) {
    rights_.forget_arrival(member->peer.id);
    members_.remove(member, "left");
    member->session->close_after_queue(Fault{FaultCode::cancelled, "left"});
}

// ---- Connections between two --------------------------------------------------------------------

void HostRole::request_stream(std::uint32_t request, const PeerId& peer, wire::Purpose purpose) {
    const MemberPtr member = members_.find(peer);
    if (!member) {
        hub_.connector.on_refused({request, peer, "this person is not in the room.", 0});
        return;
    }
    const auto tickets = broker_.issue(request, purpose, own_end(*member), end_of(*member));
    member->session->send(tickets.for_other);
    hub_.connector.on_ticket(tickets.for_initiator);
}

/// A member reaches us where it has reached us already.
StreamBroker::End HostRole::own_end(const HostedMember& as_seen_by) const {
    return {node_.identity.id(), {endpoint_text(as_seen_by.session->local())}, true, {}};
}

bool HostRole::may_dial_loopback(const PeerId& peer) const {
    const MemberPtr member = members_.find(peer);
    if (!member) return false;
    const auto& session = *member->session;
    // Both ends of one connection on one address: the same machine.
    return session.remote().address() == session.local().address() ||
           session.remote().address().is_loopback();
}

}  // namespace dropline
