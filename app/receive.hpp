// `dropline receive`: join, take what is offered, print where it was saved, leave.
// Thread: main. Questions and progress go to stderr, the saved paths to stdout.
#pragma once

#include "app/exit_status.hpp"
#include "app/options.hpp"
#include "app/wait_point.hpp"
#include "net/api/node.hpp"

namespace dropline::app {

/// Without --count it goes on until interrupted. done when every accepted transfer arrived,
/// incomplete when one did not. Makes the folder when it is missing. `node` wakes `wait_point`.
ExitStatus run_receive(const ReceiveRun& run, Node& node, WaitPoint& wait_point);

}  // namespace dropline::app
