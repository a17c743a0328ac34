// Where the log goes and what it can never hold: whatever is logged is escaped on its way out, so
// nobody's name or file can forge a line or steer a terminal.
// Thread: main sets it up before others start; logging itself is for any thread.
// It does not keep secrets or message text out: whoever logs must not log them.
#pragma once

#include <filesystem>

#include "app/options.hpp"
#include "net/api/fault.hpp"
#include "net/api/log_line.hpp"

namespace dropline::app {

/// From here on the log may be used; it goes nowhere yet.
void start_logging(LogLevel level);
/// For a node. Thread: any.
void write_to_log(const LogLine& line);
void log_to_stderr();
/// DIR/dropline.log, at most five files of 5 MiB. Faults: file_error.
Result<void> log_to_folder(const std::filesystem::path& dir);

}  // namespace dropline::app
