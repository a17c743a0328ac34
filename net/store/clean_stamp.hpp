// A note beside the database that says how the file looked when it was closed cleanly.
// Thread: any, one at a time. A file that still looks like that needs no check of its pages,
// which would read all of it at every start.
#pragma once

#include <filesystem>

namespace dropline {

/// Writes the note `database`.clean. Failing to is no fault: the next start checks. Thread: any.
void put_clean_stamp(const std::filesystem::path& database);

/// True when the note is there and fits the file. The note is gone afterwards. Thread: any.
bool take_clean_stamp(const std::filesystem::path& database);

}  // namespace dropline
