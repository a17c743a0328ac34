#include "net/api/fault.hpp"

namespace dropline {

std::string fault_code_text(FaultCode code) {
    switch (code) {
        case FaultCode::bad_request: return "bad_request";
        case FaultCode::not_available: return "not_available";
        case FaultCode::not_in_room: return "not_in_room";
        case FaultCode::not_allowed: return "not_allowed";
        case FaultCode::unknown_peer: return "unknown_peer";
        case FaultCode::ambiguous_peer: return "ambiguous_peer";
        case FaultCode::unknown_transfer: return "unknown_transfer";
        case FaultCode::cannot_resolve: return "cannot_resolve";
        case FaultCode::cannot_connect: return "cannot_connect";
        case FaultCode::port_taken: return "port_taken";
        case FaultCode::cannot_listen: return "cannot_listen";
        case FaultCode::refused: return "refused";
        case FaultCode::key_changed: return "key_changed";
        case FaultCode::secret_needed: return "secret_needed";
        case FaultCode::secret_wrong: return "secret_wrong";
        case FaultCode::secret_expired: return "secret_expired";
        case FaultCode::looks_alike: return "looks_alike";
        case FaultCode::wrong_version: return "wrong_version";
        case FaultCode::protocol_error: return "protocol_error";
        case FaultCode::timed_out: return "timed_out";
        case FaultCode::disconnected: return "disconnected";
        case FaultCode::too_slow: return "too_slow";
        case FaultCode::slow_down: return "slow_down";
        case FaultCode::too_large: return "too_large";
        case FaultCode::bad_name: return "bad_name";
        case FaultCode::file_error: return "file_error";
        case FaultCode::disk_full: return "disk_full";
        case FaultCode::source_changed: return "source_changed";
        case FaultCode::offer_changed: return "offer_changed";
        case FaultCode::damaged: return "damaged";
        case FaultCode::declined: return "declined";
        case FaultCode::cancelled: return "cancelled";
        case FaultCode::profile_in_use: return "profile_in_use";
        case FaultCode::profile_unsafe: return "profile_unsafe";
        case FaultCode::profile_damaged: return "profile_damaged";
        case FaultCode::banned: return "banned";
        case FaultCode::internal: return "internal";
    }
    return "internal";
}

}  // namespace dropline
