// The log of one hosted room: append gives a sequence number, read gives a range.
// Thread: net; every callback comes on `net`. An interface, because a room that outgrows one host
// will keep its log elsewhere; the default is the SQLite one that `Store` hands out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "net/api/fault.hpp"
#include "net/api/ids.hpp"
#include "net/api/values.hpp"

namespace dropline {

/// One message of a room.
struct LogEntry {
    std::uint64_t seq = 0;  // from 1, without gaps; ignored by `append`, which gives it
    MessageId id;
    PeerId author;
    std::string author_name;
    std::string text;
    WallTime sent_at;
};

struct Appended {
    std::uint64_t seq = 0;
    WallTime sent_at;
    /// The author had sent this id before: nothing was written, and these are the values the
    /// first one got.
    bool is_duplicate = false;
};

class RoomLog {
  public:
    using AppendDone = std::function<void(Result<Appended>)>;
    /// Gets no fault.
    using AppendWritten = std::function<void(const Result<Appended>&)>;
    using ReadDone = std::function<void(Result<std::vector<LogEntry>>)>;

    virtual ~RoomLog() = default;

    /// Random, made with the log and kept with it. Thread: net.
    virtual LogId id() const = 0;

    /// As it was when the log was opened, 0 when empty; later ones are told by `append`.
    /// Thread: net.
    virtual std::uint64_t last_seq() const = 0;

    /// `done` is called when the entry survives a power cut, in the order of the calls; before that
    /// `written`, which may be empty, when it survives the end of this process.
    /// Faults: slow_down when too much waits for the disk, disk_full, file_error,
    /// profile_damaged; then nothing was written and no number is used up, unless `written` has
    /// told one: then the disk failed, and whether it has the entry shows at the next start.
    /// Thread: net.
    virtual void append(LogEntry entry, AppendDone done, AppendWritten written = {}) = 0;

    /// The newest `limit` entries before `before` (empty: of all), oldest first. It sees every
    /// append called earlier. At most `rows_per_read_max` come. Thread: net.
    virtual void read_before(std::optional<std::uint64_t> before, std::size_t limit,
                             ReadDone done) = 0;

    /// The oldest `limit` entries after `after`, oldest first; else as above. Thread: net.
    virtual void read_after(std::uint64_t after, std::size_t limit, ReadDone done) = 0;
};

/// The most one read of the store gives, whatever was asked for: 8 MiB of text at worst.
inline constexpr std::size_t rows_per_read_max = 1000;

}  // namespace dropline
