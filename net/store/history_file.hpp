// Opens the database file with suspicion, and closes it so that the next start can trust it.
// Thread: any, one at a time; the profile's lock keeps other processes out. A damaged file is
// never repaired and never deleted: it is moved aside.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "net/api/fault.hpp"
#include "net/store/sqlite.hpp"

namespace dropline {

struct OpenedHistory {
    std::unique_ptr<Database> database;  // at a place of its own: statements refer to it
    std::optional<std::string> notice;   // a sentence, when something was moved aside
};

/// Opens `path` or makes it, mode 0600. What is there but damaged, of another program, empty, or
/// a folder, is renamed to `path`.damaged-TIME (with the WAL beside it) and a fresh database takes
/// its place, with the keys, bans and ways in that can still be read. The pages are checked unless
/// `close_history` closed this very file. Faults: wrong_version when a newer dropline wrote it, and
/// then nothing is touched; profile_unsafe for links and other people's files; file_error,
/// disk_full. Thread: any.
Result<OpenedHistory> open_history(const std::filesystem::path& path);

/// Closes it, and notes beside it how the file looks, unless damage was met. Thread: any.
void close_history(const std::filesystem::path& path, std::unique_ptr<Database> database);

}  // namespace dropline
