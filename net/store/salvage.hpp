// What a damaged database still tells of keys, bans, guests, rules and ways in, put into a fresh
// one. Thread: any, one at a time, before the store runs. It works on a copy of its own: the
// damaged file stays as it was found. Messages, transfers and rules for files unasked are left
// behind.
#pragma once

#include <cstddef>
#include <filesystem>

#include "net/store/sqlite.hpp"

namespace dropline {

/// Rows that were saved.
struct Salvaged {
    std::size_t bans = 0;
    std::size_t keys = 0;     // of hosts and of people
    std::size_t rights = 0;   // guests and the rules
    std::size_t ways_in = 0;  // invites and passwords
    std::size_t uses = 0;     // whom an invite has let in
    std::size_t members = 0;  // who has proven one
    /// It can no longer be told whom they have let in, so that a ban would not reach them.
    bool are_invites_withdrawn = false;

    bool is_nothing() const { return bans + keys + rights + ways_in + members == 0; }
};

/// Nothing when `damaged` is no database of ours, of this version or an older one, with the tables
/// of that version and no others. Row by row from both ends of each table, to where SQLite can
/// read no further; a row that cannot be one of ours is left out. Copies the file and its WAL
/// beside `scratch` for as long as it works.
Salvaged salvage(const std::filesystem::path& damaged, const std::filesystem::path& scratch,
                 Database& fresh);

}  // namespace dropline
