#include "net/room/log_comparison.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "net/api/limits.hpp"

namespace dropline {

namespace {

/// The newest number under which both have the same message.
std::optional<std::uint64_t> last_common(const std::vector<LogEntry>& own,
                                         const std::vector<LogEntry>& told) {
    std::optional<std::uint64_t> last;
    for (const LogEntry& entry : told) {
        const auto is_ours = [&entry](const LogEntry& one) {
            return one.seq == entry.seq && one.id == entry.id && one.author == entry.author;
        };
        if (std::ranges::any_of(own, is_ours)) last = std::max(last.value_or(0), entry.seq);
    }
    return last;
}

}  // namespace

void LogComparison::begin(const RememberedLog& log, std::uint64_t host_last_seq, Done done) {
    compare_before(log, host_last_seq + 1, 1, std::move(done));
}

// Where the host tells nothing, as it does to a guest of what was said before he came, ours stands.
void LogComparison::compare_before(const RememberedLog& log, std::uint64_t end, std::size_t limit,
                                   Done done) {
    const auto compare_with = [=, this](const std::vector<LogEntry>& own) {
        const std::uint64_t newest = own.back().seq;
        requests_.ask_before(newest + 1, limit, [=, this](auto told) {
            if (!told || told->empty()) return done(end - 1);
            if (const auto common = last_common(own, *told)) {
                return done(*common == newest ? end - 1 : *common);
            }
            compare_before(log, std::min(told->front().seq, newest), limits::history_messages_max,
                           done);
        });
    };
    node_.store.read_remembered(log, end, limits::history_messages_max,
                                [=, keep = room_.keep_alive()](auto own) {
                                    if (!own || own->empty()) return done(end - 1);
                                    compare_with(*own);
                                });
}

}  // namespace dropline
