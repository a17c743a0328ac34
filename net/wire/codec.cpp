#include "net/wire/codec.hpp"

#include <google/protobuf/parse_context.h>
#include <google/protobuf/stubs/logging.h>

#include <type_traits>
#include <utility>

#include "net/api/limits.hpp"
#include "net/wire/codec_checker.hpp"
#include "net/wire/codec_transfers.hpp"
#include "net/wire/dropline.pb.h"

namespace dropline::wire {

namespace {

// ---- Plain struct to Protobuf: one overload a message -----------------------------------------

pb::Member to_pb(const Member& from) {
    pb::Member to;
    to.set_id(raw(from.id));
    to.set_name(from.name);
    to.set_address(from.address);
    to.set_is_host(from.is_host);
    to.set_is_guest(from.is_guest);
    to.set_is_muted(from.is_muted);
    return to;
}

pb::Hello to_pb(const Hello& from) {
    pb::Hello to;
    to.set_version_min(from.version_min);
    to.set_version_max(from.version_max);
    to.set_program(from.program);
    return to;
}

pb::Welcome to_pb(const Welcome& from) {
    pb::Welcome to;
    to.set_version(from.version);
    to.set_room(from.room);
    to.set_way_in(static_cast<std::uint32_t>(from.way_in));
    return to;
}

pb::ProofFirst to_pb(const ProofFirst& from) {
    pb::ProofFirst to;
    to.set_message(from.message);
    return to;
}

pb::ProofChallenge to_pb(const ProofChallenge& from) {
    pb::ProofChallenge to;
    to.set_message(from.message);
    return to;
}

pb::ProofFinal to_pb(const ProofFinal& from) {
    pb::ProofFinal to;
    to.set_message(from.message);
    return to;
}

pb::ProofAccepted to_pb(const ProofAccepted& from) {
    pb::ProofAccepted to;
    to.set_message(from.message);
    return to;
}

pb::ProofFailed to_pb(const ProofFailed& from) {
    pb::ProofFailed to;
    to.set_reason(reason_text(from.reason));
    to.set_tries_left(from.tries_left);
    return to;
}

pb::JoinRequest to_pb(const JoinRequest& from) {
    pb::JoinRequest to;
    to.set_name(from.name);
    to.set_peer_port(from.peer_port);
    for (const auto& candidate : from.candidates) to.add_candidates(candidate);
    return to;
}

pb::JoinAccepted to_pb(const JoinAccepted& from) {
    pb::JoinAccepted to;
    to.set_room(from.room);
    to.set_log(raw(from.log));
    to.set_last_seq(from.last_seq);
    *to.mutable_self() = to_pb(from.self);
    *to.mutable_host() = to_pb(from.host);
    return to;
}

pb::Roster to_pb(const Roster& from) {
    pb::Roster to;
    for (const auto& member : from.members) *to.add_members() = to_pb(member);
    to.set_is_last(from.is_last);
    return to;
}

pb::RoomRules to_pb(const RoomRules& from) {
    pb::RoomRules to;
    to.set_files(static_cast<std::uint32_t>(from.files));
    to.set_file_bytes_max(from.file_bytes_max);
    return to;
}

pb::Refused to_pb(const Refused& from) {
    pb::Refused to;
    to.set_code(static_cast<std::uint32_t>(from.code));
    to.set_reason(reason_text(from.reason));
    to.set_retry_after_s(from.retry_after_s);
    return to;
}

pb::Say to_pb(const Say& from) {
    pb::Say to;
    to.set_id(raw(from.id));
    to.set_text(from.text);
    return to;
}

pb::RoomMessage to_pb(const RoomMessage& from) {
    pb::RoomMessage to;
    to.set_seq(from.seq);
    to.set_id(raw(from.id));
    to.set_from(raw(from.from));
    to.set_from_name(from.from_name);
    to.set_text(from.text);
    to.set_sent_at_ms(from.sent_at_ms);
    return to;
}

pb::Sent to_pb(const Sent& from) {
    pb::Sent to;
    to.set_id(raw(from.id));
    to.set_seq(from.seq);
    to.set_sent_at_ms(from.sent_at_ms);
    return to;
}

pb::SayRefused to_pb(const SayRefused& from) {
    pb::SayRefused to;
    to.set_id(raw(from.id));
    to.set_reason(reason_text(from.reason));
    to.set_retry_after_ms(from.retry_after_ms);
    return to;
}

pb::PeerJoined to_pb(const PeerJoined& from) {
    pb::PeerJoined to;
    *to.mutable_member() = to_pb(from.member);
    return to;
}

pb::PeerLeft to_pb(const PeerLeft& from) {
    pb::PeerLeft to;
    to.set_id(raw(from.id));
    to.set_reason(reason_text(from.reason));
    to.set_is_banned(from.is_banned);
    return to;
}

pb::PeerChanged to_pb(const PeerChanged& from) {
    pb::PeerChanged to;
    *to.mutable_member() = to_pb(from.member);
    return to;
}

pb::Rename to_pb(const Rename& from) {
    pb::Rename to;
    to.set_name(from.name);
    return to;
}

pb::HistoryRequest to_pb(const HistoryRequest& from) {
    pb::HistoryRequest to;
    to.set_request(from.request);
    to.set_before_seq(from.before_seq);
    to.set_after_seq(from.after_seq);
    to.set_limit(from.limit);
    return to;
}

pb::HistoryPage to_pb(const HistoryPage& from) {
    pb::HistoryPage to;
    to.set_request(from.request);
    for (const auto& message : from.messages) *to.add_messages() = to_pb(message);
    to.set_is_last(from.is_last);
    to.set_retry_after_ms(from.retry_after_ms);
    return to;
}

pb::Kicked to_pb(const Kicked& from) {
    pb::Kicked to;
    to.set_reason(reason_text(from.reason));
    to.set_is_banned(from.is_banned);
    to.set_banned_for_s(from.banned_for_s);
    return to;
}

pb::Leave to_pb(const Leave&) { return {}; }

pb::RoomClosed to_pb(const RoomClosed& from) {
    pb::RoomClosed to;
    to.set_reason(reason_text(from.reason));
    return to;
}

pb::StreamRequest to_pb(const StreamRequest& from) {
    pb::StreamRequest to;
    to.set_request(from.request);
    to.set_peer(raw(from.peer));
    // Not for a transfer: so it was written before there was this field.
    const bool is_said = from.purpose != Purpose::transfer;
    if (is_said) to.set_purpose(static_cast<std::uint32_t>(from.purpose));
    return to;
}

pb::StreamTicket to_pb(const StreamTicket& from) {
    pb::StreamTicket to;
    to.set_request(from.request);
    to.set_stream(raw(from.stream));
    to.set_peer(raw(from.peer));
    to.set_is_initiator(from.is_initiator);
    for (const auto& candidate : from.candidates) to.add_candidates(candidate);
    to.set_relay_token(from.relay_token);
    return to;
}

pb::StreamRefused to_pb(const StreamRefused& from) {
    pb::StreamRefused to;
    to.set_request(from.request);
    to.set_peer(raw(from.peer));
    to.set_reason(reason_text(from.reason));
    to.set_retry_after_ms(from.retry_after_ms);
    return to;
}

pb::Ping to_pb(const Ping& from) {
    pb::Ping to;
    to.set_nonce(from.nonce);
    return to;
}

pb::Pong to_pb(const Pong& from) {
    pb::Pong to;
    to.set_nonce(from.nonce);
    return to;
}

pb::PeerHello to_pb(const PeerHello& from) {
    pb::PeerHello to;
    to.set_stream(raw(from.stream));
    return to;
}

pb::PeerWelcome to_pb(const PeerWelcome&) { return {}; }

pb::PeerUse to_pb(const PeerUse& from) {
    pb::PeerUse to;
    to.set_purpose(static_cast<std::uint32_t>(from.purpose));
    if (from.purpose == Purpose::transfer) to.set_transfer(raw(from.transfer));
    return to;
}

pb::PrivateMessage to_pb(const PrivateMessage& from) {
    pb::PrivateMessage to;
    to.set_id(raw(from.id));
    to.set_text(from.text);
    to.set_sent_at_ms(from.sent_at_ms);
    return to;
}

pb::PrivateStored to_pb(const PrivateStored& from) {
    pb::PrivateStored to;
    to.set_id(raw(from.id));
    return to;
}

pb::RelayOpen to_pb(const RelayOpen& from) {
    pb::RelayOpen to;
    to.set_token(from.token);
    return to;
}

pb::RelayReady to_pb(const RelayReady&) { return {}; }

// ---- Protobuf to plain struct -----------------------------------------------------------------

std::vector<std::string> candidates_from(
    Checker& check, const google::protobuf::RepeatedPtrField<std::string>& from) {
    check.require(static_cast<std::size_t>(from.size()) <= limits::candidates_max);
    if (!check.is_fine()) return {};
    std::vector<std::string> to;
    for (const auto& candidate : from)
        to.push_back(check.text(candidate, limits::address_text_bytes_max));
    return to;
}

Member from_pb(Checker& check, const pb::Member& from) {
    return {check.id<PeerId>(from.id()),
            check.text(from.name(), limits::name_bytes_max),
            check.text(from.address(), limits::address_text_bytes_max),
            from.is_host(),
            from.is_guest(),
            from.is_muted()};
}

Message from_pb(Checker& check, const pb::Hello& from) {
    check.require(from.version_min() <= from.version_max());
    return Hello{from.version_min(), from.version_max(), check.text(from.program(), 128)};
}

Message from_pb(Checker& check, const pb::Welcome& from) {
    return Welcome{from.version(), check.text(from.room(), limits::room_name_bytes_max),
                   static_cast<WayIn>(from.way_in())};
}

std::string proof_message(Checker& check, const std::string& message) {
    check.require(!message.empty());
    return check.text(message, limits::scram_message_bytes_max);
}

Message from_pb(Checker& check, const pb::ProofFirst& from) {
    return ProofFirst{proof_message(check, from.message())};
}

Message from_pb(Checker& check, const pb::ProofChallenge& from) {
    return ProofChallenge{proof_message(check, from.message())};
}

Message from_pb(Checker& check, const pb::ProofFinal& from) {
    return ProofFinal{proof_message(check, from.message())};
}

Message from_pb(Checker& check, const pb::ProofAccepted& from) {
    return ProofAccepted{proof_message(check, from.message())};
}

Message from_pb(Checker& check, const pb::ProofFailed& from) {
    return ProofFailed{check.text(from.reason(), limits::reason_bytes_max), from.tries_left()};
}

Message from_pb(Checker& check, const pb::JoinRequest& from) {
    check.require(from.peer_port() <= 65535);
    return JoinRequest{check.text(from.name(), limits::name_bytes_max),
                       static_cast<std::uint16_t>(from.peer_port()),
                       candidates_from(check, from.candidates())};
}

Message from_pb(Checker& check, const pb::JoinAccepted& from) {
    return JoinAccepted{check.text(from.room(), limits::room_name_bytes_max),
                        check.id<LogId>(from.log()), from.last_seq(), from_pb(check, from.self()),
                        from_pb(check, from.host())};
}

Message from_pb(Checker& check, const pb::Roster& from) {
    Roster to;
    for (const auto& member : from.members()) to.members.push_back(from_pb(check, member));
    to.is_last = from.is_last();
    return to;
}

Message from_pb(Checker& check, const pb::RoomRules& from) {
    const auto files = static_cast<FileRule>(from.files());
    check.require(files == FileRule::all || files == FileRule::only_to_host ||
                  files == FileRule::nobody);
    check.require(from.file_bytes_max() <= limits::file_bytes_max);
    return RoomRules{files, from.file_bytes_max()};
}

Message from_pb(Checker& check, const pb::Refused& from) {
    return Refused{static_cast<RefusalCode>(from.code()),
                   check.text(from.reason(), limits::reason_bytes_max), from.retry_after_s()};
}

std::string chat_text(Checker& check, const std::string& text) {
    check.require(!text.empty());
    return check.text(text, limits::chat_text_bytes_max);
}

Message from_pb(Checker& check, const pb::Say& from) {
    return Say{check.id<MessageId>(from.id()), chat_text(check, from.text())};
}

RoomMessage room_message(Checker& check, const pb::RoomMessage& from) {
    check.require(from.seq() > 0);
    return {from.seq(),
            check.id<MessageId>(from.id()),
            check.id<PeerId>(from.from()),
            check.text(from.from_name(), limits::name_bytes_max),
            chat_text(check, from.text()),
            check.sent_at_ms(from.sent_at_ms())};
}

Message from_pb(Checker& check, const pb::RoomMessage& from) { return room_message(check, from); }

Message from_pb(Checker& check, const pb::Sent& from) {
    check.require(from.seq() > 0);
    return Sent{check.id<MessageId>(from.id()), from.seq(), check.sent_at_ms(from.sent_at_ms())};
}

Message from_pb(Checker& check, const pb::SayRefused& from) {
    return SayRefused{check.id<MessageId>(from.id()),
                      check.text(from.reason(), limits::reason_bytes_max), from.retry_after_ms()};
}

Message from_pb(Checker& check, const pb::PeerJoined& from) {
    return PeerJoined{from_pb(check, from.member())};
}

Message from_pb(Checker& check, const pb::PeerLeft& from) {
    return PeerLeft{check.id<PeerId>(from.id()),
                    check.text(from.reason(), limits::reason_bytes_max), from.is_banned()};
}

Message from_pb(Checker& check, const pb::PeerChanged& from) {
    return PeerChanged{from_pb(check, from.member())};
}

Message from_pb(Checker& check, const pb::Rename& from) {
    return Rename{check.text(from.name(), limits::name_bytes_max)};
}

Message from_pb(Checker& check, const pb::HistoryRequest& from) {
    check.require(from.limit() >= 1 && from.limit() <= limits::history_messages_max);
    check.require(from.before_seq() == 0 || from.after_seq() == 0);
    return HistoryRequest{from.request(), from.before_seq(), from.after_seq(), from.limit()};
}

Message from_pb(Checker& check, const pb::HistoryPage& from) {
    HistoryPage to;
    to.request = from.request();
    check.require(static_cast<std::size_t>(from.messages_size()) <= limits::history_messages_max);
    if (!check.is_fine()) return to;
    for (const auto& message : from.messages()) {
        to.messages.push_back(room_message(check, message));
    }
    to.is_last = from.is_last();
    to.retry_after_ms = from.retry_after_ms();
    return to;
}

Message from_pb(Checker& check, const pb::Kicked& from) {
    return Kicked{check.text(from.reason(), limits::reason_bytes_max), from.is_banned(),
                  from.banned_for_s()};
}

Message from_pb(Checker&, const pb::Leave&) { return Leave{}; }

Message from_pb(Checker& check, const pb::RoomClosed& from) {
    return RoomClosed{check.text(from.reason(), limits::reason_bytes_max)};
}

Message from_pb(Checker& check, const pb::StreamRequest& from) {
    check.require(from.request() > 0);
    const auto purpose = from.purpose() == 0 ? Purpose::transfer  // not said by earlier versions
                                             : static_cast<Purpose>(from.purpose());
    check.require(purpose == Purpose::conversation || purpose == Purpose::transfer);
    return StreamRequest{from.request(), check.id<PeerId>(from.peer()), purpose};
}

Message from_pb(Checker& check, const pb::StreamTicket& from) {
    check.require(from.relay_token().size() == limits::relay_token_bytes);
    return StreamTicket{from.request(),
                        check.id<StreamId>(from.stream()),
                        check.id<PeerId>(from.peer()),
                        from.is_initiator(),
                        candidates_from(check, from.candidates()),
                        from.relay_token()};
}

Message from_pb(Checker& check, const pb::StreamRefused& from) {
    return StreamRefused{from.request(), check.id<PeerId>(from.peer()),
                         check.text(from.reason(), limits::reason_bytes_max),
                         from.retry_after_ms()};
}

Message from_pb(Checker&, const pb::Ping& from) { return Ping{from.nonce()}; }
Message from_pb(Checker&, const pb::Pong& from) { return Pong{from.nonce()}; }

Message from_pb(Checker& check, const pb::PeerHello& from) {
    return PeerHello{check.id<StreamId>(from.stream())};
}

Message from_pb(Checker&, const pb::PeerWelcome&) { return PeerWelcome{}; }

Message from_pb(Checker& check, const pb::PeerUse& from) {
    PeerUse to;
    to.purpose = static_cast<Purpose>(from.purpose());
    check.require(to.purpose == Purpose::conversation || to.purpose == Purpose::transfer);
    if (to.purpose == Purpose::transfer) to.transfer = check.id<TransferId>(from.transfer());
    return to;
}

Message from_pb(Checker& check, const pb::PrivateMessage& from) {
    return PrivateMessage{check.id<MessageId>(from.id()), chat_text(check, from.text()),
                          check.sent_at_ms(from.sent_at_ms())};
}

Message from_pb(Checker& check, const pb::PrivateStored& from) {
    return PrivateStored{check.id<MessageId>(from.id())};
}

Message from_pb(Checker& check, const pb::RelayOpen& from) {
    check.require(from.token().size() == limits::relay_token_bytes);
    return RelayOpen{from.token()};
}

Message from_pb(Checker&, const pb::RelayReady&) { return RelayReady{}; }

// ---- Both directions --------------------------------------------------------------------------

Fault malformed(Kind kind) {
    return Fault{FaultCode::protocol_error,
                 "The other side sent a malformed " +
                     std::string(kind_name(static_cast<std::uint8_t>(kind))) + " message."};
}

/// From an array, whose end Protobuf knows: from a stream it takes a field's length at its word,
/// and forty bytes of a stranger would make it reserve 50 MB. Only the parts that ParseFromArray is
/// made of let an array and a depth of our own meet; other than there, `message` is fresh.
template <typename Pb>
bool parse(Pb& message, const std::string& payload) {
    // The library would write a line about each bad field to stderr: a stranger's way to fill a
    // log.
    static const auto silenced = google::protobuf::SetLogHandler(nullptr);
    static_cast<void>(silenced);
    const char* at = nullptr;
    google::protobuf::internal::ParseContext context(limits::protobuf_depth_max, false, &at,
                                                     google::protobuf::StringPiece(payload));
    at = message._InternalParse(at, &context);
    return at != nullptr && context.EndedAtLimit();
}

/// Finds the struct whose kind it is, and with it the Protobuf type: `to_pb` names it.
template <std::size_t Index = 0>
Result<Message> decode_as(const Frame& frame) {
    if constexpr (Index == std::variant_size_v<Message>) {
        return malformed(frame.kind);
    } else {
        using Plain = std::variant_alternative_t<Index, Message>;
        if (Plain::kind != frame.kind) return decode_as<Index + 1>(frame);
        decltype(to_pb(std::declval<const Plain&>())) parsed;
        if (!parse(parsed, frame.payload)) return malformed(frame.kind);
        Checker check;
        Message message = from_pb(check, parsed);
        if (!check.is_fine()) return malformed(frame.kind);
        return message;
    }
}

}  // namespace

EncodedFrame encode(const Message& message) {
    return std::visit(
        [](const auto& plain) -> EncodedFrame {
            const auto converted = to_pb(plain);
            const auto kind = std::decay_t<decltype(plain)>::kind;
            const auto length = static_cast<std::uint32_t>(converted.ByteSizeLong());
            const auto header = encode_frame_header(kind, length);
            std::string bytes(reinterpret_cast<const char*>(header.data()), header.size());
            converted.AppendToString(&bytes);
            return std::make_shared<const std::string>(std::move(bytes));
        },
        message);
}

Result<Message> decode(const Frame& frame) { return decode_as<>(frame); }

}  // namespace dropline::wire
