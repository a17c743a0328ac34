#include "net/store/sqlite_room_log.hpp"

#include <utility>
#include <vector>

namespace dropline {

void SqliteRoomLog::append(LogEntry entry, AppendDone done, AppendWritten written) {
    const std::size_t bytes = entry.text.size() + entry.author_name.size();
    store_->submit<Appended>(
        bytes,
        [key = log_.key, entry = std::move(entry)](Tables& tables) {
            return tables.logs.append(key, entry);
        },
        std::move(done), std::move(written));
}

void SqliteRoomLog::read_before(std::optional<std::uint64_t> before, std::size_t limit,
                                ReadDone done) {
    store_->submit<std::vector<LogEntry>>(
        0,
        [key = log_.key, before, limit](Tables& tables) {
            return tables.logs.read_before(key, before, limit);
        },
        std::move(done));
}

void SqliteRoomLog::read_after(std::uint64_t after, std::size_t limit, ReadDone done) {
    store_->submit<std::vector<LogEntry>>(
        0,
        [key = log_.key, after, limit](Tables& tables) {
            return tables.logs.read_after(key, after, limit);
        },
        std::move(done));
}

}  // namespace dropline
