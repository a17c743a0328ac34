#include "net/room/room_past.hpp"

#include <utility>

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
                                    ask_host(end, limit, std::move(*entries), ref);
                                });
}

void RoomPast::ask_host(std::uint64_t before, std::size_t limit, std::vector<LogEntry> own,
                        const std::string& ref) {
    requests_.ask_before(before, limit, [=, this, own = std::move(own)](auto answer) {
        if (!answer) return tell_without_host(own, before - 1, ref);
        // A guest is told less than he may have heard.
        if (answer->size() < own.size()) return tell(own, ref);
        remember_(*answer);
        tell(*answer, ref);
    });
}

/// Of our own copy only what joins what is shown already: a gap would never be filled any more, and
/// nothing at all would mean that nothing was ever said.
void RoomPast::tell_without_host(const std::vector<LogEntry>& own, std::uint64_t newest_seq,
                                 const std::string& ref) {
    std::size_t joined = 0;
    while (joined < own.size() && own[own.size() - 1 - joined].seq == newest_seq - joined) ++joined;
    if (joined > 0) return tell({own.end() - static_cast<std::ptrdiff_t>(joined), own.end()}, ref);
    node_.events.fail({FaultCode::disconnected,
                       "Earlier messages cannot be had now: the host does not answer. Try again "
                       "later."},
                      ref);
}

void RoomPast::tell(const std::vector<LogEntry>& entries, const std::string& ref) {
    node_.events.push(earlier_messages(entries, room_.roster().self().id), ref);
}

}  // namespace dropline
