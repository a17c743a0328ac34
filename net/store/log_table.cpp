#include "net/store/log_table.hpp"

#include <algorithm>
#include <utility>

#include "net/store/columns.hpp"

namespace dropline {
namespace {

LogEntry entry_of(const Row& row) {
    LogEntry entry;
    entry.seq = static_cast<std::uint64_t>(row.integer(0));
    entry.id = row.id<MessageId>(1);
    entry.author = row.id<PeerId>(2);
    entry.author_name = row.bytes(3);
    entry.text = row.bytes(4);
    entry.sent_at = time_from_column(row.integer(5));
    return entry;
}

}  // namespace

Result<OwnLog> LogTable::open_own(const std::string& room_name, LogId new_id) {
    const auto find = [&] {
        return find_own_.first(
            [](const Row& row) {
                return OwnLog{row.integer(0), row.id<LogId>(1)};
            },
            room_name);
    };
    auto found = find();
    if (found && !*found) {
        if (auto made = make_own_.run(new_id, room_name); !made) return made.fault();
        found = find();
    }
    if (!found) return found.fault();
    OwnLog log = **found;
    const auto last = last_seq(log.key);
    if (!last) return last.fault();
    log.last_seq = *last;
    return log;
}

Result<std::optional<Appended>> LogTable::find_message(std::int64_t log, const LogEntry& entry) {
    return find_message_.first(
        [](const Row& row) {
            const auto seq = static_cast<std::uint64_t>(row.integer(0));
            return Appended{seq, time_from_column(row.integer(1)), true};
        },
        log, entry.author, entry.id);
}

Result<Appended> LogTable::append(std::int64_t log, const LogEntry& entry) {
    const auto seq = append_.first(first_integer, log, entry.id, entry.author, entry.author_name,
                                   entry.text, to_column(entry.sent_at));
    if (!seq) return seq.fault();
    if (*seq) return Appended{static_cast<std::uint64_t>(**seq), entry.sent_at, false};
    const auto first = find_message(log, entry);
    if (!first) return first.fault();
    // The index said that it is there, and the table says that it is not.
    if (!*first) return database_.damage_fault();
    return **first;
}

Result<std::vector<LogEntry>> LogTable::read_before(std::int64_t log,
                                                    std::optional<std::uint64_t> before,
                                                    std::size_t limit) {
    const std::int64_t newest = before ? seq_to_column(*before) - 1 : seq_to_column(seq_max);
    auto entries = read_before_.rows(entry_of, log, newest, limit_to_column(limit));
    if (entries) std::reverse(entries->begin(), entries->end());
    return entries;
}

Result<std::vector<LogEntry>> LogTable::read_after(std::int64_t log, std::uint64_t after,
                                                   std::size_t limit) {
    return read_after_.rows(entry_of, log, seq_to_column(after), limit_to_column(limit));
}

Result<void> LogTable::remember(const RememberedLog& log, const std::vector<LogEntry>& entries) {
    for (const LogEntry& entry : entries) {
        if (entry.seq == 0 || entry.seq > seq_max) {
            return Fault{FaultCode::protocol_error,
                         "The host numbers its messages in an impossible way; they are not kept."};
        }
    }
    const auto key = make_remembered(log);
    if (!key) return key.fault();
    for (const LogEntry& entry : entries) {
        auto kept = remember_.run(*key, seq_to_column(entry.seq), entry.id, entry.author,
                                  entry.author_name, entry.text, to_column(entry.sent_at));
        if (!kept) return kept;
    }
    return {};
}

Result<void> LogTable::forget_remembered(const RememberedLog& log, std::uint64_t after,
                                         std::uint64_t last) {
    const auto key = find_remembered(log);
    if (!key) return key.fault();
    if (!*key) return {};
    return forget_remembered_.run(**key, seq_to_column(after), seq_to_column(last));
}

Result<std::optional<std::int64_t>> LogTable::find_remembered(const RememberedLog& log) {
    return find_remembered_.first(first_integer, log.host, log.log);
}

Result<std::int64_t> LogTable::make_remembered(const RememberedLog& log) {
    auto found = find_remembered(log);
    if (found && !*found) {
        if (auto made = make_remembered_.run(log.host, log.log); !made) return made.fault();
        found = find_remembered(log);
    }
    if (!found) return found.fault();
    return **found;
}

Result<std::uint64_t> LogTable::last_seq(std::int64_t log) {
    const auto last = last_seq_.first(first_integer, log);
    if (!last) return last.fault();
    return static_cast<std::uint64_t>(last->value_or(0));
}

}  // namespace dropline
