// The tables of the database, and the way from each older version to the newest.
// Thread: as Database. It moves a database that is known to be whole; whether it is, and what to
// do if not, is history_file's business.
#pragma once

#include <cstdint>

#include "net/api/fault.hpp"
#include "net/store/sqlite.hpp"

namespace dropline {

/// "drop": marks a SQLite file as ours (PRAGMA application_id).
inline constexpr std::int64_t schema_application_id = 0x64726f70;
/// Number of the newest migration (PRAGMA user_version).
inline constexpr std::int64_t schema_version_newest = 7;

/// From whatever version it has (0: empty) up to this one, at most the newest; what is past it
/// already stays as it is. One transaction for each step.
/// Faults: those of Database; damaged when it is no database of ours. Thread: as Database.
Result<void> migrate(Database& database, std::int64_t to = schema_version_newest);

/// The version it has. Thread: as Database.
Result<std::int64_t> schema_version(Database& database);

/// A fault (profile_damaged) unless it is of a version that we know, and tables, indexes and
/// triggers are letter for letter those that `migrate` makes for it: a file from elsewhere must not
/// bring a trigger along, which migrating could already set off. Thread: as Database.
Result<void> check_schema(Database& database);

}  // namespace dropline
