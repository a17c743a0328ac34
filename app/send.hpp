// `dropline send`: join, offer to one person or to everyone, wait for every answer, leave.
// Thread: main. Progress goes to stderr; nothing goes to stdout.
#pragma once

#include "app/exit_status.hpp"
#include "app/options.hpp"
#include "app/wait_point.hpp"
#include "net/api/node.hpp"

namespace dropline::app {

/// done only when every receiver has verified every file; declined when somebody said no and
/// nothing worse happened; incomplete otherwise. A person who is not there yet is waited for.
/// `node` wakes `wait_point`.
ExitStatus run_send(const SendRun& run, Node& node, WaitPoint& wait_point);

}  // namespace dropline::app
