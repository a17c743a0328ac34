// Messages of rooms in the database: the logs of our own rooms and our copies of others'.
// Thread: store, inside the transaction of its caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "net/api/fault.hpp"
#include "net/api/ids.hpp"
#include "net/store/records.hpp"
#include "net/store/room_log.hpp"
#include "net/store/sqlite.hpp"

namespace dropline {

/// A log of our own. `key` is its row and never crosses a file or a wire.
struct OwnLog {
    std::int64_t key = 0;
    LogId id;
    std::uint64_t last_seq = 0;
};

class LogTable {
  public:
    explicit LogTable(Database& database) : database_(database) {}

    /// `new_id` is used when there is none of that name yet.
    Result<OwnLog> open_own(const std::string& room_name, LogId new_id);

    Result<Appended> append(std::int64_t log, const LogEntry& entry);

    /// Rows of our own log or a copy alike; `after` and `before` are exclusive.
    Result<std::vector<LogEntry>> read_before(std::int64_t log, std::optional<std::uint64_t> before,
                                              std::size_t limit);
    Result<std::vector<LogEntry>> read_after(std::int64_t log, std::uint64_t after,
                                             std::size_t limit);

    /// Fault protocol_error when a seq is no number that a log can give; nothing is kept then.
    Result<void> remember(const RememberedLog& log, const std::vector<LogEntry>& entries);
    /// Numbers after `after`, up to `last`.
    Result<void> forget_remembered(const RememberedLog& log, std::uint64_t after,
                                   std::uint64_t last);
    /// Empty when nothing of it is kept.
    Result<std::optional<std::int64_t>> find_remembered(const RememberedLog& log);
    Result<std::uint64_t> last_seq(std::int64_t log);

  private:
    Result<std::int64_t> make_remembered(const RememberedLog& log);
    Result<std::optional<Appended>> find_message(std::int64_t log, const LogEntry& entry);

    Database& database_;
    Statement find_own_{database_, "SELECT key, log_id FROM logs WHERE room_name = ?1"};
    Statement make_own_{database_, "INSERT INTO logs (log_id, room_name) VALUES (?1, ?2)"};
    Statement find_remembered_{database_, "SELECT key FROM logs WHERE host = ?1 AND log_id = ?2"};
    Statement make_remembered_{database_, "INSERT INTO logs (host, log_id) VALUES (?1, ?2)"};
    Statement last_seq_{database_, "SELECT max(seq) FROM log_messages WHERE log = ?1"};
    /// The number is given by the row itself: no gap can come of a write that failed.
    Statement append_{database_,
                      "INSERT INTO log_messages (log, seq, id, author, author_name, text, sent_at)"
                      " SELECT ?1, coalesce(max(seq), 0) + 1, ?2, ?3, ?4, ?5, ?6"
                      " FROM log_messages WHERE log = ?1"
                      " ON CONFLICT (log, author, id) DO NOTHING RETURNING seq"};
    Statement find_message_{database_,
                            "SELECT seq, sent_at FROM log_messages"
                            " WHERE log = ?1 AND author = ?2 AND id = ?3"};
    Statement remember_{database_,
                        "INSERT INTO log_messages"
                        " (log, seq, id, author, author_name, text, sent_at)"
                        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING"};
    Statement forget_remembered_{
        database_, "DELETE FROM log_messages WHERE log = ?1 AND seq > ?2 AND seq <= ?3"};
    Statement read_before_{database_,
                           "SELECT seq, id, author, author_name, text, sent_at FROM log_messages"
                           " WHERE log = ?1 AND seq <= ?2 ORDER BY seq DESC LIMIT ?3"};
    Statement read_after_{database_,
                          "SELECT seq, id, author, author_name, text, sent_at FROM log_messages"
                          " WHERE log = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3"};
};

}  // namespace dropline
