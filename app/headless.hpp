// host and join without a window: a role run from stdin, told on stdout, until it ends.
// Thread: main. With --json the lines are commands and events (json_commands.hpp,
// json_events.hpp); without, a line typed is said to everyone and people's words are printed.
#pragma once

#include "app/exit_status.hpp"
#include "app/options.hpp"
#include "app/wait_point.hpp"
#include "net/api/node.hpp"

namespace dropline::app {

/// Takes the role and returns when it is over: quit, a signal, kicked, could not begin, or nobody
/// reads stdout any more. The end of stdin changes nothing. `node` wakes `wait_point`.
ExitStatus run_headless(const HeadlessRun& run, Node& node, WaitPoint& wait_point);

}  // namespace dropline::app
