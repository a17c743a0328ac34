// A line for the log of whoever runs the program: when what happened with whom, for finding faults.
// Thread: any. It holds no text, name, secret or path of anybody: short ids, addresses and counts.
#pragma once

#include <functional>
#include <string>

namespace dropline {

/// Debug is for whoever looks for a fault, info is what happened, warn is what was left out.
enum class LogUrgency { debug, info, warn };

struct LogLine {
    LogUrgency urgency = LogUrgency::info;
    std::string text;
};

/// Called on the thread `net` and must return soon. Empty: there is no log.
using LogWriter = std::function<void(const LogLine&)>;

}  // namespace dropline
