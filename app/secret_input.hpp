// Secrets on their way into a command: from a file or from standard input, never from the command
// line.
// Thread: main, before anything else runs. It blocks until a line has come.
#pragma once

#include "app/options.hpp"
#include "net/api/fault.hpp"

namespace dropline::app {

/// Reads the password file and a target that is "-", and puts them where the run looks for them.
/// Faults: file_error; bad_request when there is nothing to read.
Result<void> read_secrets(Invocation& invocation);

}  // namespace dropline::app
