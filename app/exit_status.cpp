#include "app/exit_status.hpp"

namespace dropline::app {

ExitStatus exit_status_of(const Fault& fault) {
    switch (fault.code) {
        case FaultCode::bad_request:
        case FaultCode::not_available:
        case FaultCode::unknown_peer:
        case FaultCode::ambiguous_peer:
        case FaultCode::bad_name:
        case FaultCode::profile_in_use:
        case FaultCode::profile_unsafe:
        case FaultCode::profile_damaged: return ExitStatus::bad_usage;

        case FaultCode::not_in_room:
        case FaultCode::cannot_resolve:
        case FaultCode::cannot_connect:
        case FaultCode::port_taken:
        case FaultCode::cannot_listen:
        case FaultCode::protocol_error:
        case FaultCode::timed_out:
        case FaultCode::disconnected:
        case FaultCode::too_slow: return ExitStatus::cannot_connect;

        case FaultCode::not_allowed:
        case FaultCode::refused:
        case FaultCode::banned:
        case FaultCode::key_changed:
        case FaultCode::secret_needed:
        case FaultCode::secret_wrong:
        case FaultCode::secret_expired:
        case FaultCode::looks_alike:
        case FaultCode::wrong_version:
        case FaultCode::slow_down: return ExitStatus::refused;

        case FaultCode::declined: return ExitStatus::declined;

        case FaultCode::unknown_transfer:
        case FaultCode::too_large:
        case FaultCode::file_error:
        case FaultCode::disk_full:
        case FaultCode::source_changed:
        case FaultCode::offer_changed:
        case FaultCode::damaged:
        case FaultCode::cancelled:
        case FaultCode::internal: return ExitStatus::incomplete;
    }
    return ExitStatus::incomplete;
}

}  // namespace dropline::app
