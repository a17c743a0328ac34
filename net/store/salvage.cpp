#include "net/store/salvage.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string_view>
#include <system_error>

#include "net/platform/file_descriptor.hpp"
#include "net/store/schema.hpp"

namespace dropline {
namespace {

namespace fs = std::filesystem;

/// Forwards, and backwards from the other end: what cannot be read lies somewhere in between.
struct Table {
    const char* forwards;
    const char* backwards;
    const char* insert;
    std::size_t Salvaged::*count;
};

// Whoever is verified stays so, but rules that take files unasked are made anew by a person.
constexpr std::array tables{
    Table{"SELECT peer, name, since, until, reason FROM bans",
          "SELECT peer, name, since, until, reason FROM bans ORDER BY rowid DESC",
          "INSERT OR IGNORE INTO bans (peer, name, since, until, reason)"
          " VALUES (?1, ?2, ?3, ?4, ?5)",
          &Salvaged::bans},
    Table{"SELECT address, peer, label, last_address, first_seen, is_verified FROM host_pins",
          "SELECT address, peer, label, last_address, first_seen, is_verified FROM host_pins"
          " ORDER BY rowid DESC",
          "INSERT OR IGNORE INTO host_pins"
          " (address, peer, label, last_address, first_seen, is_verified)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
          &Salvaged::keys},
    // Where damage has kept version 7 from filling it in, the name of the verification is the
    // label.
    Table{"SELECT peer, label, last_address, first_seen, is_verified,"
          " iif(is_verified = 1 AND verified_as = '', label, verified_as) FROM peer_pins",
          "SELECT peer, label, last_address, first_seen, is_verified,"
          " iif(is_verified = 1 AND verified_as = '', label, verified_as) FROM peer_pins"
          " ORDER BY rowid DESC",
          "INSERT OR IGNORE INTO peer_pins"
          " (peer, label, last_address, first_seen, is_verified, verified_as)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
          &Salvaged::keys},
    Table{"SELECT peer FROM guests", "SELECT peer FROM guests ORDER BY rowid DESC",
          "INSERT OR IGNORE INTO guests (peer) VALUES (?1)", &Salvaged::rights},
    Table{"SELECT key, files, file_bytes_max FROM room_rules",
          "SELECT key, files, file_bytes_max FROM room_rules ORDER BY rowid DESC",
          "INSERT OR IGNORE INTO room_rules (key, files, file_bytes_max) VALUES (?1, ?2, ?3)",
          &Salvaged::rights},
    Table{"SELECT room, id, salt, stored_key, server_key, iterations, made, expires, uses_left,"
          " uses_max, is_revoked FROM room_secrets",
          "SELECT room, id, salt, stored_key, server_key, iterations, made, expires, uses_left,"
          " uses_max, is_revoked FROM room_secrets ORDER BY rowid DESC",
          "INSERT OR IGNORE INTO room_secrets (room, id, salt, stored_key, server_key, iterations,"
          " made, expires, uses_left, uses_max, is_revoked)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
          &Salvaged::ways_in},
    Table{"SELECT room, invite, peer FROM invite_uses",
          "SELECT room, invite, peer FROM invite_uses ORDER BY rowid DESC",
          "INSERT OR IGNORE INTO invite_uses (room, invite, peer) VALUES (?1, ?2, ?3)",
          &Salvaged::uses},
    Table{"SELECT room, peer, since FROM room_members",
          "SELECT room, peer, since FROM room_members ORDER BY rowid DESC",
          "INSERT OR IGNORE INTO room_members (room, peer, since) VALUES (?1, ?2, ?3)",
          &Salvaged::members},
};

struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using StatementPtr = std::unique_ptr<sqlite3_stmt, Finalize>;

StatementPtr prepared(Database& database, const char* sql) {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(database.handle(), sql, -1, &statement, nullptr);
    return StatementPtr(statement);
}

/// True when the fresh database took it: its own checks say what can be a row.
bool copy_row(sqlite3_stmt* row, sqlite3_stmt* insert, sqlite3* into) {
    const int columns = sqlite3_column_count(row);
    for (int i = 0; i < columns; ++i) {
        if (sqlite3_bind_value(insert, i + 1, sqlite3_column_value(row, i)) != SQLITE_OK) {
            return false;
        }
    }
    const bool is_taken = sqlite3_step(insert) == SQLITE_DONE && sqlite3_changes(into) > 0;
    sqlite3_reset(insert);
    return is_taken;
}

/// True when it came to the end of the table.
bool copy_rows(Database& from, const char* select, sqlite3_stmt* insert, Database& into,
               std::size_t& count) {
    const StatementPtr rows = prepared(from, select);
    if (!rows) return false;
    int code = sqlite3_step(rows.get());
    for (; code == SQLITE_ROW; code = sqlite3_step(rows.get())) {
        if (copy_row(rows.get(), insert, into.handle())) ++count;
    }
    return code == SQLITE_DONE;
}

/// True when the table was read to its end.
bool copy_table(const Table& table, Database& from, Database& into, Salvaged& saved) {
    const StatementPtr insert = prepared(into, table.insert);
    if (!insert) return false;
    std::size_t& count = saved.*table.count;
    if (copy_rows(from, table.forwards, insert.get(), into, count)) return true;
    copy_rows(from, table.backwards, insert.get(), into, count);
    return false;
}

Result<void> copy_tables(Database& from, Database& into, Salvaged& saved) {
    for (const Table& table : tables) {
        const bool is_whole = copy_table(table, from, into, saved);
        if (table.count == &Salvaged::uses && !is_whole) saved.are_invites_withdrawn = true;
    }
    if (!saved.are_invites_withdrawn) return {};
    // One that is used up says so, whatever becomes of whom it has let in.
    return into.execute("UPDATE room_secrets SET is_revoked = 1 WHERE id <> '' AND uses_left > 0");
}

/// The database and what SQLite keeps beside it, for as long as it is needed.
class Copy {
  public:
    Copy(const fs::path& damaged, const fs::path& scratch) : path_(scratch) {
        remove();
        std::error_code error;
        is_made_ = fs::copy_file(damaged, path_, error);
        fs::copy_file(beside(damaged, "-wal"), beside(path_, "-wal"), error);
        fs::permissions(path_, fs::perms::owner_read | fs::perms::owner_write, error);
    }
    ~Copy() { remove(); }
    Copy(const Copy&) = delete;
    Copy& operator=(const Copy&) = delete;

    bool is_made() const { return is_made_; }
    const fs::path& path() const { return path_; }

  private:
    static fs::path beside(const fs::path& path, const char* ending) {
        fs::path other = path;
        other += ending;
        return other;
    }
    void remove() const {
        std::error_code ignored;
        for (const char* ending : {"", "-wal", "-shm", "-journal"}) {
            fs::remove(beside(path_, ending), ignored);
        }
    }

    const fs::path path_;
    bool is_made_ = false;
};

/// The first sixteen bytes are the same in every database, so they are known when they are damaged.
bool mend_magic(const fs::path& path) {
    constexpr std::string_view magic("SQLite format 3\0", 16);
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
    const auto bytes = static_cast<ssize_t>(magic.size());
    return file.is_open() && ::pwrite(file.number(), magic.data(), magic.size(), 0) == bytes;
}

}  // namespace

Salvaged salvage(const fs::path& damaged, const fs::path& scratch, Database& fresh) {
    const Copy copy(damaged, scratch);
    if (!copy.is_made() || !mend_magic(copy.path())) return {};
    auto from = Database::open(copy.path());
    if (!from || !check_schema(*from)) return {};
    // As far as the damage lets it: a table that is then missing is one nothing is read from.
    (void)migrate(*from);
    if (!fresh.execute("BEGIN IMMEDIATE")) return {};
    Salvaged saved;
    if (copy_tables(*from, fresh, saved) && fresh.execute("COMMIT")) return saved;
    fresh.rollback();
    return {};
}

}  // namespace dropline
