// How our values look in a column, in both directions.
// Thread: any; pure functions.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "net/api/values.hpp"
#include "net/store/room_log.hpp"

namespace dropline {

/// Milliseconds since 1970, UTC.
inline std::int64_t to_column(WallTime time) { return time.time_since_epoch().count(); }
inline WallTime time_from_column(std::int64_t milliseconds) {
    return WallTime(std::chrono::milliseconds(milliseconds));
}

/// SQLite counts in signed 64 bits; no log gets that far, but a peer can write any number.
inline constexpr std::uint64_t seq_max = std::numeric_limits<std::int64_t>::max();
inline std::int64_t seq_to_column(std::uint64_t seq) {
    return static_cast<std::int64_t>(std::min(seq, seq_max));
}

inline std::int64_t bytes_to_column(std::uint64_t bytes) {
    return static_cast<std::int64_t>(std::min(bytes, seq_max));
}

inline std::int64_t limit_to_column(std::size_t limit) {
    return static_cast<std::int64_t>(std::min(limit, rows_per_read_max));
}

}  // namespace dropline
