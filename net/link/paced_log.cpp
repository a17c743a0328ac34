#include "net/link/paced_log.hpp"

#include <utility>

#include "net/api/limits.hpp"

namespace dropline {

namespace {

constexpr const char* everybody_else = "others";

}  // namespace

PacedLog::PacedLog(Clock& clock, LogWriter write) : clock_(clock), write_(std::move(write)) {}

PacedLog::~PacedLog() {
    for (auto& [name, source] : sources_) tell_suppressed(name, source);
}

void PacedLog::say(LogUrgency urgency, const std::string& source, const std::string& text) {
    thread_.verify();
    if (!write_) return;
    const TimePoint now = clock_.now();
    settle_debts(now);
    const auto found = find(source, now);
    if (found->second.rate.take(now)) {
        write_({urgency, source + ": " + text});
    } else {
        ++found->second.suppressed;
    }
}

PacedLog::Sources::iterator PacedLog::find(const std::string& source, TimePoint now) {
    const auto known = sources_.find(source);
    if (known != sources_.end()) return known;
    if (sources_.size() >= limits::log_sources_max) {
        // Forgetting who was quiet for so long changes nothing.
        std::erase_if(sources_, [now](const auto& entry) {
            return entry.second.suppressed == 0 && entry.second.rate.is_full(now);
        });
    }
    const bool has_place = sources_.size() < limits::log_sources_max;
    return sources_
        .try_emplace(has_place ? source : everybody_else,
                     Source{{limits::log_lines_per_second, limits::log_lines_per_second, now}, 0})
        .first;
}

/// Only when somebody says something: a timer for this would keep an idle program awake.
void PacedLog::settle_debts(TimePoint now) {
    for (auto& [name, source] : sources_) {
        if (source.suppressed > 0 && source.rate.take(now)) tell_suppressed(name, source);
    }
}

void PacedLog::tell_suppressed(const std::string& name, Source& source) {
    const std::size_t count = std::exchange(source.suppressed, 0);
    if (count == 0) return;
    write_({LogUrgency::warn, name + ": " + std::to_string(count) +
                                  (count == 1 ? " line" : " lines") + " suppressed"});
}

}  // namespace dropline
