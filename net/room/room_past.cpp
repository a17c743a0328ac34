#include "net/room/room_past.hpp"

#include <algorithm>
#include <utility>

#include "net/api/limits.hpp"
#include "net/room/room_messages.hpp"

namespace dropline {

namespace {

/// Whether these are the `limit` newest up to `newest_seq`, or all there ever were: a host numbers
/// from 1 and leaves no number out.
bool is_whole(const std::vector<LogEntry>& entries, std::uint64_t newest_seq, std::size_t limit) {
    std::uint64_t expected = newest_seq;
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
        if (entry->seq != expected--) return false;
    }
    return entries.size() == limit || expected == 0;
}

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

void RoomPast::load(const RememberedLog& log, std::optional<std::uint64_t> before,
                    std::uint64_t newest_seq, std::size_t limit, const std::string& ref) {
    const std::uint64_t end = before.value_or(newest_seq + 1);
    if (end == 0) return tell({}, ref);
    node_.store.read_remembered(log, end, limit,
                                [=, this, keep = room_.keep_alive()](auto entries) {
                                    if (!entries) return node_.events.fail(entries.fault(), ref);
                                    if (is_whole(*entries, end - 1, limit)) {
                                        return tell(*entries, ref);
                                    }
                                    ask_host(log, end, limit, std::move(*entries), ref);
                                });
}

void RoomPast::ask_host(const RememberedLog& log, std::uint64_t before, std::size_t limit,
                        std::vector<LogEntry> own, const std::string& ref) {
    requests_.ask_before(before, limit, [=, this, own = std::move(own)](auto answer) {
        // A guest is told less than he may have heard, and a host that is gone tells nothing.
        if (!answer || answer->size() < own.size()) return tell(own, ref);
        node_.store.remember(log, *answer);
        tell(*answer, ref);
    });
}

void RoomPast::compare(const RememberedLog& log, std::uint64_t host_last_seq, Compared done) {
    compare_before(log, host_last_seq + 1, 1, std::move(done));
}

// Where the host tells nothing, as it does to a guest of what was said before he came, ours stands.
void RoomPast::compare_before(const RememberedLog& log, std::uint64_t end, std::size_t limit,
                              Compared done) {
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

void RoomPast::tell(const std::vector<LogEntry>& entries, const std::string& ref) {
    node_.events.push(earlier_messages(entries, room_.roster().self().id), ref);
}

}  // namespace dropline
