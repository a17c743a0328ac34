#include "net/room/room_node.hpp"

#include <asio/post.hpp>

#include <algorithm>
#include <utility>

#include "net/api/ascii.hpp"
#include "net/api/join_text.hpp"
#include "net/api/limits.hpp"
#include "net/api/password.hpp"
#include "net/api/safe_text.hpp"
#include "net/api/unicode.hpp"
#include "net/room/host_role.hpp"
#include "net/room/join_role.hpp"
#include "net/room/room_door.hpp"

namespace dropline {

namespace {

std::optional<Fault> problem_with_text(const std::string& text) {
    if (trimmed(text).empty()) return Fault{FaultCode::bad_request, "There is nothing to send."};
    if (text.size() > limits::chat_text_bytes_max) {
        return Fault{FaultCode::too_large,
                     "The message is too long: " + std::to_string(text.size()) +
                         " bytes, at most " + std::to_string(limits::chat_text_bytes_max) +
                         " are possible. Send it as a file, or in parts."};
    }
    if (!is_valid_utf8(text)) {
        return Fault{FaultCode::bad_request, "The message is not valid UTF-8 text."};
    }
    return std::nullopt;
}

/// What members take for a room's name: of the longest names the end has to go.
std::string room_name_of(const std::string& person) {
    constexpr std::string_view ending = "'s room";
    const auto beginning = grapheme_prefix(person, limits::name_graphemes_max - ending.size(),
                                           limits::room_name_bytes_max - ending.size());
    return std::string(trimmed(beginning)) + std::string(ending);
}

}  // namespace

RoomNode::RoomNode(NodeContext& node)
    : node_(node),
      proofs_(node.executor),
      trust_(node, [this] { return role_ && role_->is_in_room() ? role_.get() : nullptr; }),
      transfers_(node) {
    node_.proofs = &proofs_;
    node_.trust = &trust_.book();
    node_.transfers = &transfers_;
    trust_.book().load();
    transfers_.load();
}
RoomNode::~RoomNode() = default;

template <typename Wish>
void RoomNode::ask_host(const Wish& wish, const std::string& ref) {
    RoomRole* role = role_in_room(ref);
    if (role == nullptr) return;
    if (HostRights* rights = role->host_rights()) return rights->handle(wish, ref);
    node_.events.fail({FaultCode::not_allowed, "Only the host of the room can do this."}, ref);
}

void RoomNode::handle(Command command) {
    thread_.verify();
    std::visit([&](auto& body) { handle(body, command.ref); }, command.body);
}

// ---- Roles --------------------------------------------------------------------------------------

void RoomNode::handle(command::Host& wish, const std::string& ref) {
    auto name =
        make_safe_person_name(wish.room_name.empty() ? room_name_of(node_.name) : wish.room_name);
    if (!name) {
        node_.events.fail(
            {FaultCode::bad_name, "This cannot be a room's name: " + name.fault().sentence}, ref);
        return;
    }
    wish.room_name = utf8_prefix(*name, limits::room_name_bytes_max);
    if (wish.password) {
        auto password = acceptable_password(*wish.password);
        if (!password) return refuse_role(password.fault(), ref);
        wish.password = std::move(*password);
    }
    change_role(
        [this, wish](RoleOwner owner) {
            return std::make_shared<HostRole>(node_, wish, std::move(owner));
        },
        ref);
}

void RoomNode::handle(command::Join& wish, const std::string& ref) {
    auto target = understand_join_text(wish.target.view());
    wish.target.forget();
    if (!target) return refuse_role(target.fault(), ref);
    if (wish.secret) {
        auto secret = understand_secret(*wish.secret);
        if (!secret) return refuse_role(secret.fault(), ref);
        target->secret = std::move(*secret);
    }
    change_role(
        [this, target = *target](RoleOwner owner) {
            return std::make_shared<JoinRole>(node_, target, std::move(owner));
        },
        ref);
}

void RoomNode::refuse_role(const Fault& fault, const std::string& ref) {
    // Who waits for an answer to the wish gets the one that ends it.
    const bool stays_in_role = role_ || is_role_ending_;
    if (stays_in_role) return node_.events.fail(fault, ref);
    node_.events.push(event::RoleEnded{fault}, ref);
}

void RoomNode::handle(command::Leave&, const std::string& ref) {
    next_role_ = nullptr;
    if (!role_ && !is_role_ending_) {
        node_.events.push(event::RoleEnded{}, ref);
        return;
    }
    end_ref_ = ref;
    if (role_) end_role(std::nullopt);
}

void RoomNode::change_role(MakeRole make, const std::string& ref) {
    next_role_ = std::move(make);
    next_ref_ = ref;
    if (role_) end_role(std::nullopt);
    if (!is_role_ending_) begin_next_role();
}

void RoomNode::begin_next_role() {
    const MakeRole make = std::exchange(next_role_, nullptr);
    const std::string ref = std::exchange(next_ref_, {});
    const std::weak_ptr<int> alive = alive_;
    RoleOwner owner;
    owner.give_up = [this, alive](Fault fault) {
        // From the event loop: the role that says so is still at work in this call.
        asio::post(node_.executor, [this, alive, fault = std::move(fault)] {
            if (alive.expired() || !role_) return;
            if (end_ref_.empty()) end_ref_ = role_ref_;
            end_role(fault);
        });
    };
    owner.gone = [this, alive] {
        if (!alive.expired()) on_role_gone();
    };
    role_ref_ = ref;
    role_ = make(std::move(owner));
    introduce_correspondents(role_);
    role_->start(ref);
}

/// With whom we talked privately can be written to in any room. The store answers this before
/// anything that the role asks of it.
void RoomNode::introduce_correspondents(const std::shared_ptr<RoomRole>& role) {
    node_.store.load_correspondents(
        [this, weak = std::weak_ptr(role),
         alive = std::weak_ptr(alive_)](Result<std::vector<PeerId>> people) {
            const auto present = weak.lock();
            if (!present || alive.expired()) return;
            if (!people) return node_.events.fail(people.fault());
            for (const PeerId& id : *people) {
                const auto met = trust_.book().find(id);
                present->remember(met ? *met : Peer{id, key_tag(id), "", Role::member, false});
            }
        });
}

void RoomNode::end_role(std::optional<Fault> why) {
    is_role_ending_ = true;
    end_fault_ = std::move(why);
    const auto ending = std::exchange(role_, nullptr);
    ending->stop();
}

void RoomNode::on_role_gone() {
    is_role_ending_ = false;
    event::RoleEnded ended{std::move(end_fault_)};
    end_fault_.reset();
    node_.events.push(std::move(ended), std::exchange(end_ref_, {}));
    if (on_shut_down_) {
        std::exchange(on_shut_down_, nullptr)();
    } else if (next_role_) {
        begin_next_role();
    }
}

void RoomNode::shut_down(std::function<void()> done) {
    next_role_ = nullptr;
    transfers_.stop();
    if (!role_ && !is_role_ending_) {
        done();
        return;
    }
    on_shut_down_ = std::move(done);
    if (role_) end_role(std::nullopt);
}

RoomRole* RoomNode::role_in_room(const std::string& ref) {
    if (role_ && role_->is_in_room()) return role_.get();
    node_.events.fail({FaultCode::not_in_room, "You are in no room. Host one or join one first."},
                      ref);
    return nullptr;
}

std::optional<Conversation> RoomNode::resolve(RoomRole& role, const PeerText& text,
                                              const std::string& ref) {
    auto conversation = role.roster().resolve(text);
    if (conversation) return *conversation;
    node_.events.fail(conversation.fault(), ref);
    return std::nullopt;
}

/// A whole key needs nobody to be here, and nobody to have been here.
std::optional<Conversation> RoomNode::resolve_also_away(RoomRole& role, const PeerText& text,
                                                        const std::string& ref) {
    const auto key = peer_id_from_text(text);
    if (key && *key != node_.identity.id()) return Conversation{*key};
    return resolve(role, text, ref);
}

// ---- Talking ------------------------------------------------------------------------------------

void RoomNode::handle(command::Say& wish, const std::string& ref) {
    RoomRole* role = role_in_room(ref);
    if (role == nullptr) return;
    if (auto problem = problem_with_text(wish.text)) {
        node_.events.fail(std::move(*problem), ref);
        return;
    }
    const auto conversation = resolve_also_away(*role, wish.to, ref);
    if (!conversation) return;
    const MessageId id = wish.id.is_zero() ? random_id<MessageId>() : wish.id;
    if (conversation->is_everyone()) {
        role->say(id, wish.text, ref);
    } else if (trust_.may_reach(*conversation, wish.is_sure, ref)) {
        role->peers().chat.say(*conversation->peer, id, wish.text, ref);
    }
}

void RoomNode::handle(command::Rename& wish, const std::string& ref) {
    auto name = make_safe_person_name(wish.name);
    if (!name) {
        node_.events.fail(name.fault(), ref);
        return;
    }
    if (role_ && role_->is_in_room()) return role_->rename(*name, ref);
    const std::string previous = std::exchange(node_.name, *name);
    node_.events.push(
        event::PeerChanged{Peer{node_.identity.id(), *name, "", Role::member, false}, previous},
        ref);
}

void RoomNode::handle(command::LoadHistory& wish, const std::string& ref) {
    RoomRole* role = role_in_room(ref);
    if (role == nullptr) return;
    const auto conversation = resolve_also_away(*role, wish.conversation, ref);
    if (!conversation) return;
    const std::size_t limit = std::clamp<std::size_t>(wish.limit, 1, limits::history_messages_max);
    if (conversation->is_everyone()) {
        role->load_history(wish.before, limit, ref);
    } else {
        role->peers().chat.load_history(*conversation->peer, wish.before, limit, ref);
    }
}

void RoomNode::handle(command::ListPeers&, const std::string& ref) {
    event::Peers peers;
    if (role_ && role_->is_in_room()) {
        peers.peers = role_->roster().all();
    } else {
        peers.peers.push_back(Peer{node_.identity.id(), node_.name, "", Role::member, false});
    }
    node_.events.push(std::move(peers), ref);
}

// ---- Ways in ------------------------------------------------------------------------------------

RoomDoor* RoomNode::own_door(const std::string& ref) {
    RoomRole* role = role_in_room(ref);
    if (role == nullptr) return nullptr;
    if (role->door() == nullptr) {
        node_.events.fail({FaultCode::not_allowed, "Only the host can let people in."}, ref);
    }
    return role->door();
}

void RoomNode::handle(command::MakeInvite& wish, const std::string& ref) {
    if (RoomDoor* door = own_door(ref)) door->make_invite(wish, ref);
}

void RoomNode::handle(command::MakeCode&, const std::string& ref) {
    if (RoomDoor* door = own_door(ref)) door->make_code(ref);
}

void RoomNode::handle(command::RevokeInvite& wish, const std::string& ref) {
    if (RoomDoor* door = own_door(ref)) door->revoke(wish, ref);
}

void RoomNode::handle(command::ListInvites&, const std::string& ref) {
    if (const RoomDoor* door = own_door(ref)) door->list(ref);
}

// ---- Files --------------------------------------------------------------------------------------

void RoomNode::handle(command::Send& wish, const std::string& ref) {
    RoomRole* role = role_in_room(ref);
    if (role == nullptr) return;
    const auto conversation = resolve(*role, wish.to, ref);
    if (!conversation || !trust_.may_reach(*conversation, wish.is_sure, ref)) return;
    std::vector<PeerId> receivers;
    if (!conversation->is_everyone()) {
        receivers.push_back(*conversation->peer);
    } else {
        for (const auto& [id, peer] : role->roster().present()) receivers.push_back(id);
    }
    if (receivers.empty()) {
        node_.events.fail({FaultCode::unknown_peer, "Nobody else is in the room yet."}, ref);
        return;
    }
    const auto unsendable = wish.leaves_out ? Unsendable::left_out : Unsendable::refused;
    transfers_.offer(std::move(receivers), std::move(wish.paths), unsendable, ref);
}

void RoomNode::handle(command::Accept& wish, const std::string& ref) {
    transfers_.submit(wish, ref);
}

void RoomNode::handle(command::Decline& wish, const std::string& ref) {
    transfers_.submit(wish, ref);
}

void RoomNode::handle(command::Cancel& wish, const std::string& ref) {
    transfers_.submit(wish, ref);
}

void RoomNode::handle(command::ListOffer& wish, const std::string& ref) {
    transfers_.submit(wish, ref);
}

void RoomNode::handle(command::Pause& wish, const std::string& ref) {
    transfers_.submit(wish, ref);
}

void RoomNode::handle(command::Resume& wish, const std::string& ref) {
    transfers_.submit(wish, ref);
}

void RoomNode::handle(command::Move& wish, const std::string& ref) { transfers_.submit(wish, ref); }

void RoomNode::handle(command::StartNow& wish, const std::string& ref) {
    transfers_.submit(wish, ref);
}

void RoomNode::handle(command::Retry& wish, const std::string& ref) {
    if (role_in_room(ref) != nullptr) transfers_.submit(wish, ref);
}

void RoomNode::handle(command::SetRateLimits& wish, const std::string& ref) {
    transfers_.submit(wish, ref);
}

void RoomNode::handle(command::ListTransfers& wish, const std::string& ref) {
    transfers_.submit(wish, ref);
}

}  // namespace dropline
