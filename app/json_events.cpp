#include "app/json_events.hpp"

#include <utility>
#include <variant>

#include "app/json_line.hpp"
#include "app/json_rights.hpp"
#include "app/json_transfer.hpp"
#include "net/api/safety_symbols.hpp"

namespace dropline::app {

namespace {

Json head(const char* name, const Event& event, const std::string& ref) {
    Json object{{"event", name}, {"at", rfc3339(event.at)}};
    if (!ref.empty()) object["ref"] = ref;
    return object;
}

Json peer_object(const Peer& peer) {
    Json object{{"id", to_text(peer.id)},       {"name", peer.name},
                {"address", peer.address},      {"fingerprint", fingerprint_text(peer.id)},
                {"role", role_text(peer.role)}, {"verified", peer.is_verified},
                {"known", peer.is_known},       {"muted", peer.is_muted}};
    object["imitates"] = peer.imitates ? Json(to_text(*peer.imitates)) : Json(nullptr);
    object["auto_accept"] = nullptr;
    if (const auto& rule = peer.auto_accept) {
        object["auto_accept"] = {{"max_bytes", rule->bytes_max}, {"into", rule->into}};
    }
    return object;
}

Json known_host_object(const KnownHost& host) {
    return {{"address", host.address},
            {"name", host.name},
            {"fingerprint", fingerprint_text(host.id)},
            {"first_met", rfc3339(host.first_met)},
            {"verified", host.is_verified}};
}

Json safety_object(const SafetyNumber& number) {
    Json pictures = Json::array();
    Json words = Json::array();
    for (const std::uint8_t symbol : number.symbols) {
        pictures.push_back(safety_symbol_list[symbol].picture);
        words.push_back(safety_symbol_list[symbol].word);
    }
    return {{"digits", number.digits}, {"symbols", pictures}, {"words", words}};
}

Json peer_list(const std::vector<Peer>& peers) {
    Json list = Json::array();
    for (const Peer& peer : peers) list.push_back(peer_object(peer));
    return list;
}

Json invite_object(const InviteState& invite) {
    return {{"invite", invite.id},
            {"made", rfc3339(invite.made)},
            {"expires", rfc3339(invite.expires)},
            {"uses_left", invite.uses_left},
            {"uses", invite.uses_max},
            {"revoked", invite.is_revoked}};
}

/// null for everyone; for a private message the one it goes to, which is us or the other.
Json receiver_of(const ChatMessage& message, const PeerId& self) {
    if (!message.conversation.peer) return nullptr;
    const bool is_own = message.state != MessageState::received;
    return to_text(is_own ? *message.conversation.peer : self);
}

void add_message(Json& object, const ChatMessage& message, const PeerId& self) {
    object["id"] = to_hex(message.id);
    object["seq"] = message.seq;
    object["from"] = to_text(message.from);
    object["from_name"] = message.from_name;
    object["to"] = receiver_of(message, self);
    object["text"] = message.text;
    object["sent_at"] = rfc3339(message.sent_at);
    if (message.is_earlier) object["earlier"] = true;
    if (message.state == MessageState::pending) object["pending"] = true;
}

/// Writes the fields of the events that need no memory; JsonEvents does the other three.
struct EventFields {
    const Event& event;
    const PeerId& self;

    Json start(const char* name) const { return head(name, event, event.ref); }

    Json operator()(const event::Hosting& body) const {
        Json object = start("hosting");
        object["room"] = body.room;
        object["addresses"] = body.addresses;
        object["port"] = body.port;
        object["invite"] = body.invite;
        object["fingerprint"] = fingerprint_text(body.self.id);
        object["self"] = peer_object(body.self);
        object["invite_only"] = body.is_invite_only;
        object["password"] = body.has_password;
        return object;
    }
    Json operator()(const event::Joined& body) const {
        Json object = start("joined");
        object["room"] = body.room;
        object["self"] = peer_object(body.self);
        object["host"] = peer_object(body.host);
        object["peers"] = peer_list(body.peers);
        object["first_contact"] = body.is_first_contact;
        object["address"] = body.address;
        return object;
    }
    Json operator()(const event::PeerJoined& body) const {
        return of_peer("peer_joined", body.peer, "");
    }
    Json operator()(const event::PeerLeft& body) const {
        return of_peer("peer_left", body.peer, body.reason);
    }
    Json operator()(const event::PeerChanged& body) const {
        Json object = of_peer("peer_changed", body.peer, "");
        object["previous_name"] = body.previous_name;
        return object;
    }
    Json operator()(const event::Message& body) const {
        Json object = start("message");
        add_message(object, body.message, self);
        return object;
    }
    Json operator()(const event::Sent& body) const {
        Json object = start("sent");
        object["id"] = to_hex(body.id);
        object["seq"] = body.seq;
        object["sent_at"] = rfc3339(body.sent_at);
        object["ref"] = event.ref.empty() ? Json(nullptr) : Json(event.ref);
        return object;
    }
    Json operator()(const event::Delivered& body) const {
        return of_message("delivered", body.id, body.peer);
    }
    Json operator()(const event::Waiting& body) const {
        return of_message("waiting", body.id, body.peer);
    }
    Json operator()(const event::Offer& body) const {
        Json object = start("offer");
        add_offer(object, body);
        return object;
    }
    Json operator()(const event::OfferEntries& body) const {
        Json object = start("offer_entries");
        add_offer_entries(object, body);
        return object;
    }
    Json operator()(const event::TransferChanged& body) const {
        Json object = start("transfer");
        add_transfer(object, body.transfer);
        return object;
    }
    Json operator()(const event::Connecting& body) const {
        Json object = start("connecting");
        object["target"] = body.target;
        return with_attempt(std::move(object), body.reason, body.attempt, {});
    }
    Json operator()(const event::Disconnected& body) const {
        return with_attempt(start("disconnected"), body.reason, body.attempt, body.retry_in);
    }
    Json operator()(const event::RoleEnded& body) const {
        // The contract has no event for it: a script learns of a fault, and of the rest by the
        // end of the process.
        return body.fault ? of_fault(*body.fault) : Json(nullptr);
    }
    Json operator()(const event::Kicked& body) const {
        Json object = start("kicked");
        object["by"] = to_text(body.by.id);
        object["by_name"] = body.by.name;
        object["reason"] = body.reason;
        return object;
    }
    // ---- Rights
    Json operator()(const event::Banned& body) const {
        Json object = start("banned");
        add_banned(object, body);
        return object;
    }
    Json operator()(const event::Bans& body) const {
        Json object = start("bans");
        add_bans(object, body);
        return object;
    }
    Json operator()(const event::Rules& body) const {
        Json object = start("rules");
        add_rules(object, body.rules);
        return object;
    }
    // ---- End of rights
    Json operator()(const event::History& body) const {
        Json object = start("history");
        const auto& peer = body.conversation.peer;
        object["conversation"] = peer ? to_text(*peer) : "everyone";
        object["messages"] = Json::array();
        for (const ChatMessage& message : body.messages) {
            Json entry = Json::object();
            add_message(entry, message, self);
            object["messages"].push_back(std::move(entry));
        }
        return object;
    }
    Json operator()(const event::Peers& body) const {
        Json object = start("peers");
        object["peers"] = peer_list(body.peers);
        return object;
    }
    Json operator()(const event::Transfers& body) const {
        Json object = start("transfers");
        object["transfers"] = Json::array();
        for (const Transfer& transfer : body.transfers) {
            Json entry = Json::object();
            add_transfer(entry, transfer);
            object["transfers"].push_back(std::move(entry));
        }
        return object;
    }
    Json operator()(const event::Error& body) const { return of_fault(body.fault); }
    Json operator()(const event::Invite& body) const {
        Json object = start("invite");
        object.update(invite_object(body.state));
        object["link"] = body.link;
        return object;
    }
    Json operator()(const event::Code& body) const {
        Json object = start("code");
        object["code"] = body.text;
        object["expires"] = rfc3339(body.expires);
        return object;
    }
    Json operator()(const event::Invites& body) const {
        Json object = start("invites");
        object["invites"] = Json::array();
        for (const InviteState& invite : body.invites) {
            object["invites"].push_back(invite_object(invite));
        }
        object["code_expires"] =
            body.code_expires ? Json(rfc3339(*body.code_expires)) : Json(nullptr);
        return object;
    }
    // Trust
    Json operator()(const event::TrustChanged& body) const {
        // Whoever follows people by this event sees the change; who asked knows it by the ref.
        Json object = of_peer("peer_changed", body.peer, "");
        object["previous_name"] = body.peer.name;
        return object;
    }
    Json operator()(const event::Safety& body) const {
        Json object = start("safety");
        object["peer"] = peer_object(body.peer);
        object.update(safety_object(body.number));
        return object;
    }
    Json operator()(const event::Known& body) const {
        Json object = start("known");
        object["hosts"] = Json::array();
        for (const KnownHost& host : body.hosts) {
            object["hosts"].push_back(known_host_object(host));
        }
        object["people"] = peer_list(body.people);
        return object;
    }

    Json of_peer(const char* name, const Peer& peer, const std::string& reason) const {
        Json object = start(name);
        object["peer"] = peer_object(peer);
        object["reason"] = reason;
        return object;
    }
    Json of_message(const char* name, const MessageId& id, const PeerId& peer) const {
        Json object = start(name);
        object["id"] = to_hex(id);
        object["peer"] = to_text(peer);
        return object;
    }
    static Json with_attempt(Json object, const std::string& reason, std::uint32_t attempt,
                             std::chrono::milliseconds retry_in) {
        object["reason"] = reason;
        object["attempt"] = attempt;
        object["retry_in_ms"] = retry_in.count();
        return object;
    }
    Json of_fault(const Fault& fault) const {
        Json object = start("error");
        object["code"] = fault_code_text(fault.code);
        object["message"] = fault.sentence;
        if (const auto& change = fault.key_change) {
            object["known_fingerprint"] = change->known_fingerprint;
            object["shown_fingerprint"] = change->shown_fingerprint;
        }
        object["ref"] = event.ref.empty() ? Json(nullptr) : Json(event.ref);
        return object;
    }
};

}  // namespace

std::string JsonEvents::lines(const Event& event) {
    if (const auto* message = std::get_if<event::Message>(&event.body)) {
        return message_lines(event, *message);
    }
    if (const auto* error = std::get_if<event::Error>(&event.body); error && error->refused) {
        unstored_.erase(*error->refused);
    }
    std::string stored;
    if (const auto* sent = std::get_if<event::Sent>(&event.body)) {
        stored = stored_line(event, sent->id, sent->seq, sent->sent_at);
    } else if (const auto* delivered = std::get_if<event::Delivered>(&event.body)) {
        stored = stored_line(event, delivered->id, 0, std::nullopt);
    }
    const Json object = std::visit(EventFields{event, self_}, event.body);
    return object.is_null() ? stored : stored + line_of(object);
}

std::string JsonEvents::message_lines(const Event& event, const event::Message& body) {
    const ChatMessage& message = body.message;
    if (message.state == MessageState::pending) {
        unstored_.insert_or_assign(message.id, Unstored{message, event.ref});
        return "";
    }
    unstored_.erase(message.id);
    return line_of(EventFields{event, self_}(body));
}

std::string JsonEvents::stored_line(const Event& event, const MessageId& id, std::uint64_t seq,
                                    std::optional<WallTime> sent_at) {
    const auto found = unstored_.find(id);
    if (found == unstored_.end()) return "";
    const auto node = unstored_.extract(found);
    Event stored{event::Message{node.mapped().message}, node.mapped().ref, event.at};
    ChatMessage& message = std::get<event::Message>(stored.body).message;
    message.state = MessageState::stored;
    message.seq = seq;
    message.sent_at = sent_at.value_or(message.sent_at);
    return line_of(EventFields{stored, self_}(std::get<event::Message>(stored.body)));
}

}  // namespace dropline::app
