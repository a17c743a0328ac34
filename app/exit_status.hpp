// What the process says when it is gone; scripts rely on these numbers.
// Thread: any. Values only.
#pragma once

#include "net/api/fault.hpp"

namespace dropline::app {

enum class ExitStatus : int {
    done = 0,
    bad_usage = 2,
    cannot_connect = 3,
    refused = 4,
    declined = 5,
    incomplete = 6,
    interrupted = 130
};

/// The status of a role that ended, or never began, because of `fault`. Thread: any.
ExitStatus exit_status_of(const Fault& fault);

}  // namespace dropline::app
