#include "app/json_events.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdio>
#include <string_view>
#include <utility>
#include <variant>

namespace dropline::app {

namespace {

using Json = nlohmann::ordered_json;

/// True for the bytes of a character that is valid in JSON but acts on a terminal or on the order
/// of the text around it: DEL, C1, the bidi controls, line separators, the byte order mark.
bool acts_on_text(std::string_view character) {
    const auto byte = [&character](std::size_t index) {
        return static_cast<unsigned char>(character[index]);
    };
    if (character.size() == 1) return byte(0) == 0x7F;
    if (character.size() == 2) {
        return (byte(0) == 0xC2 && byte(1) < 0xA0) || character == "\u061C";
    }
    if (character.size() != 3) return false;
    if (byte(0) == 0xE2 && byte(1) == 0x80) {
        return byte(2) == 0x8E || byte(2) == 0x8F || (byte(2) >= 0xA8 && byte(2) <= 0xAE);
    }
    if (byte(0) == 0xE2 && byte(1) == 0x81) return byte(2) >= 0xA0 && byte(2) <= 0xAF;
    return character == "\uFEFF";
}

std::size_t utf8_length(char first) {
    const auto byte = static_cast<unsigned char>(first);
    if (byte < 0x80) return 1;
    if (byte < 0xE0) return 2;
    return byte < 0xF0 ? 3 : 4;
}

/// \uXXXX of a character of one to three bytes.
std::string json_escape(std::string_view character) {
    static constexpr std::array<unsigned, 4> lead_mask{0, 0x7F, 0x1F, 0x0F};
    unsigned code = static_cast<unsigned char>(character[0]) & lead_mask.at(character.size());
    for (const char next : character.substr(1)) {
        code = (code << 6U) | (static_cast<unsigned char>(next) & 0x3FU);
    }
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "\\u%04x", code);
    return text.data();
}

/// `dump` already escapes below 0x20 and makes everything valid UTF-8; outside of strings it
/// writes ASCII, so what acts on text can only be inside one.
std::string line_of(const Json& object) {
    const std::string dumped = object.dump(-1, ' ', false, Json::error_handler_t::replace);
    std::string line;
    line.reserve(dumped.size() + 1);
    for (std::size_t at = 0; at < dumped.size();) {
        const auto character = std::string_view(dumped).substr(at, utf8_length(dumped[at]));
        if (acts_on_text(character)) {
            line += json_escape(character);
        } else {
            line += character;
        }
        at += character.size();
    }
    return line + '\n';
}

Json head(const char* name, const Event& event, const std::string& ref) {
    Json object{{"event", name}, {"at", rfc3339(event.at)}};
    if (!ref.empty()) object["ref"] = ref;
    return object;
}

const char* role_text(Role role) { return role == Role::host ? "host" : "member"; }

Json peer_object(const Peer& peer) {
    return {{"id", to_text(peer.id)},       {"name", peer.name},
            {"address", peer.address},      {"fingerprint", fingerprint_text(peer.id)},
            {"role", role_text(peer.role)}, {"verified", peer.is_verified}};
}

Json peer_list(const std::vector<Peer>& peers) {
    Json list = Json::array();
    for (const Peer& peer : peers) list.push_back(peer_object(peer));
    return list;
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

Json path_value(Path path) {
    switch (path) {
        case Path::unknown: return nullptr;
        case Path::direct: return "direct";
        case Path::relayed: return "relayed";
    }
    return nullptr;
}

Json fault_value(const std::optional<Fault>& fault) {
    if (!fault) return nullptr;
    return {{"code", fault_code_text(fault->code)}, {"message", fault->sentence}};
}

void add_transfer(Json& object, const Transfer& transfer) {
    object["transfer"] = to_hex(transfer.id);
    object["peer"] = to_text(transfer.peer);
    object["direction"] = transfer.direction == Direction::in ? "in" : "out";
    object["name"] = transfer.name;
    object["state"] = state_text(transfer.state);
    object["bytes_done"] = transfer.bytes_done;
    object["bytes_total"] = transfer.bytes_total;
    object["files_done"] = transfer.files_done;
    object["files_total"] = transfer.files_total;
    object["rate"] = transfer.rate_bytes_per_s;
    object["eta_s"] = transfer.eta_s ? Json(*transfer.eta_s) : Json(nullptr);
    object["path"] = path_value(transfer.path);
    object["error"] = fault_value(transfer.fault);
    object["saved_as"] = transfer.saved_as;
}

/// Writes the fields of the events that need no memory; JsonEvents does the other three.
struct Fields {
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
        return object;
    }
    Json operator()(const event::Joined& body) const {
        Json object = start("joined");
        object["room"] = body.room;
        object["self"] = peer_object(body.self);
        object["host"] = peer_object(body.host);
        object["peers"] = peer_list(body.peers);
        object["first_contact"] = body.is_first_contact;
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
        object["transfer"] = to_hex(body.transfer);
        object["from"] = to_text(body.from.id);
        object["from_name"] = body.from.name;
        object["name"] = body.name;
        object["files"] = body.files;
        object["bytes"] = body.bytes;
        object["paths_preview"] = Json::array();
        object["risky"] = Json::array();
        for (const OfferedFile& file : body.preview) {
            object["paths_preview"].push_back(file.name);
            if (file.is_risky) object["risky"].push_back(file.name);
        }
        object["free_bytes"] = body.free_bytes;
        object["default_folder"] = body.default_folder;
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
        object["ref"] = event.ref.empty() ? Json(nullptr) : Json(event.ref);
        return object;
    }
};

}  // namespace

std::string JsonEvents::lines(const Event& event) {
    if (const auto* message = std::get_if<event::Message>(&event.body)) {
        return message_lines(event, *message);
    }
    std::string stored;
    if (const auto* sent = std::get_if<event::Sent>(&event.body)) {
        stored = stored_line(event, sent->id, sent->seq, sent->sent_at);
    } else if (const auto* delivered = std::get_if<event::Delivered>(&event.body)) {
        stored = stored_line(event, delivered->id, 0, std::nullopt);
    }
    const Json object = std::visit(Fields{event, self_}, event.body);
    return object.is_null() ? stored : stored + line_of(object);
}

std::string JsonEvents::message_lines(const Event& event, const event::Message& body) {
    const ChatMessage& message = body.message;
    if (message.state == MessageState::pending) {
        unstored_.insert_or_assign(message.id, Unstored{message, event.ref});
        return "";
    }
    unstored_.erase(message.id);
    return line_of(Fields{event, self_}(body));
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
    return line_of(Fields{stored, self_}(std::get<event::Message>(stored.body)));
}

std::string rfc3339(WallTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()),
                  static_cast<int>(clock.subseconds().count()));
    return text.data();
}

std::string state_text(TransferState state) {
    switch (state) {
        case TransferState::offered: return "offered";
        case TransferState::waiting: return "waiting";
        case TransferState::active: return "active";
        case TransferState::verifying: return "verifying";
        case TransferState::done: return "done";
        case TransferState::declined: return "declined";
        case TransferState::cancelled: return "cancelled";
        case TransferState::failed: return "failed";
    }
    return "failed";
}

}  // namespace dropline::app
