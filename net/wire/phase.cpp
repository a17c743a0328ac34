#include "net/wire/phase.hpp"

#include <algorithm>
#include <span>

namespace dropline::wire {

namespace {

constexpr std::array host_serves_member = {
    Kind::say,  Kind::rename, Kind::history_request, Kind::stream_request,
    Kind::ping, Kind::pong,   Kind::leave,
};

constexpr std::array member_in_room = {
    Kind::room_message, Kind::sent,          Kind::say_refused,    Kind::peer_joined,
    Kind::peer_left,    Kind::peer_changed,  Kind::history_page,   Kind::kicked,
    Kind::room_closed,  Kind::stream_ticket, Kind::stream_refused, Kind::ping,
    Kind::pong,         Kind::room_rules,
};

constexpr std::array peer_in_conversation = {
    Kind::private_message,
    Kind::private_stored,
    Kind::offer,
    Kind::offer_page,
    Kind::offer_answer,
    Kind::transfer_cancel,
    Kind::offer_page_request,
    Kind::transfer_pause,
    Kind::transfer_resume,
    Kind::transfer_done,
    Kind::transfer_order,
    Kind::ping,
    Kind::pong,
    Kind::leave,
};

constexpr std::array only_hello = {Kind::hello};
constexpr std::array proof_or_join_request = {Kind::proof_first, Kind::join_request};
constexpr std::array only_proof_final = {Kind::proof_final};
constexpr std::array only_join_request = {Kind::join_request};
constexpr std::array welcome_or_refused = {Kind::welcome, Kind::refused};
constexpr std::array challenge_or_refused = {Kind::proof_challenge, Kind::refused};
constexpr std::array verdict_or_refused = {Kind::proof_accepted, Kind::proof_failed, Kind::refused};
constexpr std::array acceptance_or_refused = {Kind::join_accepted, Kind::refused};
constexpr std::array only_roster = {Kind::roster};
constexpr std::array only_peer_hello = {Kind::peer_hello};
constexpr std::array peer_welcome_or_refused = {Kind::peer_welcome, Kind::refused};
constexpr std::array only_peer_use = {Kind::peer_use};
constexpr std::array only_relay_open = {Kind::relay_open};
constexpr std::array relay_ready_or_refused = {Kind::relay_ready, Kind::refused};

std::span<const Kind> allowed_kinds(Phase phase) {
    switch (phase) {
        case Phase::host_expects_hello: return only_hello;
        case Phase::host_expects_proof_or_request: return proof_or_join_request;
        case Phase::host_expects_proof_final: return only_proof_final;
        case Phase::host_expects_join_request: return only_join_request;
        case Phase::host_serves_member: return host_serves_member;
        case Phase::member_expects_welcome: return welcome_or_refused;
        case Phase::member_expects_challenge: return challenge_or_refused;
        case Phase::member_expects_verdict: return verdict_or_refused;
        case Phase::member_expects_acceptance: return acceptance_or_refused;
        case Phase::member_expects_roster: return only_roster;
        case Phase::member_in_room: return member_in_room;
        case Phase::peer_expects_hello: return only_peer_hello;
        case Phase::peer_expects_welcome: return peer_welcome_or_refused;
        case Phase::peer_expects_use: return only_peer_use;
        case Phase::peer_in_conversation: return peer_in_conversation;
        case Phase::relay_expects_open: return only_relay_open;
        case Phase::relay_expects_ready: return relay_ready_or_refused;
        case Phase::closing: return {};
    }
    return {};
}

}  // namespace

bool is_allowed(Phase phase, Kind kind) {
    const auto kinds = allowed_kinds(phase);
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

}  // namespace dropline::wire
