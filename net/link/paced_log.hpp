// The way to the log that nobody can flood: so many lines a second of each source, then only how
// many were left out.
// Thread: net. It does not know what a line means.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "net/api/log_line.hpp"
#include "net/link/clock.hpp"
#include "net/link/rate_limit.hpp"
#include "net/link/thread_check.hpp"

namespace dropline {

class PacedLog {
  public:
    /// The clock must outlive the log.
    PacedLog(Clock& clock, LogWriter write);
    /// Says of each source what it still owes.
    ~PacedLog();
    PacedLog(const PacedLog&) = delete;
    PacedLog& operator=(const PacedLog&) = delete;

    /// "SOURCE: TEXT". A source is whoever can cause lines at will: an address, a member.
    void say(LogUrgency urgency, const std::string& source, const std::string& text);

    /// Never above limits::log_sources_max and one more, for all who found no place.
    std::size_t sources_known() const { return sources_.size(); }

  private:
    struct Source {
        RateLimit rate;
        std::size_t suppressed = 0;
    };
    using Sources = std::map<std::string, Source>;

    Sources::iterator find(const std::string& source, TimePoint now);
    void settle_debts(TimePoint now);
    void tell_suppressed(const std::string& name, Source& source);

    ThreadCheck thread_;
    Clock& clock_;
    const LogWriter write_;
    Sources sources_;
};

}  // namespace dropline
