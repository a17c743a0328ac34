// Sizes, durations and times of day as people read them, and how they stand on one line.
// Thread: any but for time zone changes, which the C library caches per process.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "net/api/values.hpp"

namespace dropline::ui {

/// "0 B", "999 B", "1.4 MB", "2.1 GB": powers of 1000, as file managers and disks count.
std::string size_text(std::uint64_t bytes);
/// Joins what there is to say on one line; nothing for nothing.
void add_fact(std::string& line, std::string_view more);
/// "7", "1,240", "100,000".
std::string count_text(std::uint64_t count);
/// "5 s", "3 min", "2 h 5 min".
std::string duration_text(std::uint64_t seconds);
/// "09:41", local time.
std::string clock_text(WallTime at);
/// "Today", "Yesterday" or "2026-11-23", local time.
std::string day_text(WallTime at, WallTime now);
/// The same number for all times of one local day.
std::int64_t local_day(WallTime at);

}  // namespace dropline::ui
