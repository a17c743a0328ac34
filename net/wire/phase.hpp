// Which kind of message may be received when: one table, asked before any handler runs.
// Thread: any. Pure. What is not listed is a protocol error and ends the connection.
#pragma once

#include <array>
#include <cstdint>

#include "net/wire/messages.hpp"

namespace dropline::wire {

/// What a connection waits for, named by the side that receives.
enum class Phase : std::uint8_t {
    host_expects_hello,
    host_expects_proof_or_request,  // greeted; a secret may be proven, or has to be
    host_expects_proof_final,
    host_expects_join_request,
    host_serves_member,
    member_expects_welcome,
    member_expects_challenge,
    member_expects_verdict,
    member_expects_acceptance,
    member_expects_roster,
    member_in_room,
    peer_expects_hello,    // accepted a connection of the peer channel
    peer_expects_welcome,  // dialled one
    peer_expects_use,      // both know who is there; the initiator has not chosen yet
    peer_in_conversation,
    relay_expects_open,   // host
    relay_expects_ready,  // member
    closing,              // our farewell is written; whatever still comes is ignored
};

inline constexpr std::array all_phases = {
    Phase::host_expects_hello,
    Phase::host_expects_proof_or_request,
    Phase::host_expects_proof_final,
    Phase::host_expects_join_request,
    Phase::host_serves_member,
    Phase::member_expects_welcome,
    Phase::member_expects_challenge,
    Phase::member_expects_verdict,
    Phase::member_expects_acceptance,
    Phase::member_expects_roster,
    Phase::member_in_room,
    Phase::peer_expects_hello,
    Phase::peer_expects_welcome,
    Phase::peer_expects_use,
    Phase::peer_in_conversation,
    Phase::relay_expects_open,
    Phase::relay_expects_ready,
    Phase::closing,
};

/// True when a message of `kind` may arrive in `phase`.
bool is_allowed(Phase phase, Kind kind);

}  // namespace dropline::wire
