// A thin owner of a SQLite connection and its prepared statements.
// Thread: one at a time; `Store` opens it and hands it to `store`. No SQL is ever made of data:
// statements are literals and values are bound. Statements live no longer than their Database.
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "net/api/fault.hpp"
#include "net/api/ids.hpp"
#include "net/platform/file_descriptor.hpp"

namespace dropline {

/// Bytes for a BLOB column; text for a TEXT column is a std::string_view.
struct Blob {
    std::string_view bytes;
};

class Database {
  public:
    /// An existing file, in the mode security asks for: WAL, synchronous FULL, nothing in the
    /// schema trusted, this process alone. Closing it leaves the WAL beside it, and the file as it
    /// was, until `set_checkpoint_on_close`. Faults: profile_damaged, file_error, disk_full.
    static Result<Database> open(const std::filesystem::path& path);
    /// In memory and empty, for looking at what our own schema looks like.
    static Result<Database> open_in_memory();

    /// Fixed SQL without values; several statements are allowed. Rows are ignored.
    Result<void> execute(const char* sql);
    /// False after a fault so grave that SQLite itself undid the transaction.
    bool is_in_transaction() const;
    void rollback();
    /// Makes the WAL as long as it will get before its next checkpoint, so that commits overwrite
    /// it instead of making it longer. A sync that makes a file longer waits on ext4 until the data
    /// of other growing files is on the disk too: with a transfer beside it, for all its bytes.
    /// What cannot be done is left to the commits. Thread: the one that commits; blocks for a sync.
    void make_room_in_wal();
    /// From here on a commit outlives this process when it returns, and a power cut only when
    /// `sync` has returned as well. Without a descriptor for the WAL commits go on waiting for the
    /// disk, and `sync` has nothing to do. It stays at its place from then on. Thread: the one that
    /// commits.
    void leave_syncs_to_caller();
    /// Brings everything committed before the call to the disk. Thread: any, also beside the one
    /// that commits. Faults: file_error, disk_full.
    Result<void> sync() const;
    /// Moves into the file what fills the WAL, when it is long enough for that. It costs two syncs,
    /// and the next commit one. Before `leave_syncs_to_caller` commits do it by themselves. What
    /// cannot be moved stays in the WAL. Thread: the one that commits.
    void checkpoint_when_due();
    /// Rows changed since it was opened, those among them whose change was undone.
    std::int64_t changes() const { return sqlite3_total_changes64(handle()); }
    /// For a file known to be whole and ours: closing moves the WAL into it.
    void set_checkpoint_on_close();

    /// The story of the last failed call.
    Fault fault();
    /// A read met bytes that cannot be ours.
    Fault damage_fault();
    /// Nobody knows what of it is on the disk. Closing it changes nothing any more, and the next
    /// start looks at all of it.
    void leave_as_it_is();
    bool has_met_damage() const { return has_met_damage_; }

    sqlite3* handle() const { return handle_.get(); }

  private:
    struct Close {
        void operator()(sqlite3* handle) const { sqlite3_close(handle); }
    };
    Database(sqlite3* handle, std::string name);
    static Result<Database> open(const char* path, int flags, std::string name);

    std::unique_ptr<sqlite3, Close> handle_;
    int frames_in_wal_ = 0;  // told by commits, once we are asked to see to checkpoints
    FileDescriptor wal_;     // of our own: SQLite's may not be used from another thread
    std::string name_;       // what a fault calls it
    bool has_met_damage_ = false;
};

/// The row a running statement stands on. Columns count from 0.
class Row {
  public:
    explicit Row(sqlite3_stmt* statement) : statement_(statement) {}

    std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
    /// Text or blob, with every byte, NUL included.
    std::string bytes(int column) const;
    /// Zero, and `is_damaged`, when the column does not have the size of an id.
    template <typename Id>
    Id id(int column) const {
        const auto id = Id::from_bytes(bytes(column));
        if (!id) is_damaged_ = true;
        return id.value_or(Id{});
    }
    bool is_damaged() const { return is_damaged_; }
    /// For a reader that finds what no writer of ours can have left.
    void set_damaged() const { is_damaged_ = true; }

  private:
    sqlite3_stmt* statement_;
    mutable bool is_damaged_ = false;
};

/// For `Statement::first`, where a row is one number.
inline std::int64_t first_integer(const Row& row) { return row.integer(0); }

/// One prepared statement, prepared at its first use. Parameters are bound in order, ?1 first.
class Statement {
  public:
    /// `sql` is a literal: it must outlive the statement.
    Statement(Database& database, const char* sql) : database_(database), sql_(sql) {}

    /// For statements without rows.
    template <typename... Values>
    Result<void> run(const Values&... values) {
        const auto ignored = rows([](const Row&) { return 0; }, values...);
        if (!ignored) return ignored.fault();
        return {};
    }

    /// What `read` makes of each row.
    template <typename Read, typename... Values>
    auto rows(Read read, const Values&... values)
        -> Result<std::vector<std::invoke_result_t<Read, const Row&>>> {
        std::vector<std::invoke_result_t<Read, const Row&>> result;
        const Execution execution(*this);
        int index = 0;
        if (!prepare() || !(bind(++index, values) && ...)) return database_.fault();
        while (step()) {
            const Row row(statement_.get());
            result.push_back(read(row));
            if (row.is_damaged()) return database_.damage_fault();
        }
        if (last_code_ != SQLITE_DONE) return database_.fault();
        return result;
    }

    /// What `read` makes of the first row, empty when there is none.
    template <typename Read, typename... Values>
    auto first(Read read, const Values&... values)
        -> Result<std::optional<std::invoke_result_t<Read, const Row&>>> {
        auto all = rows(std::move(read), values...);
        if (!all) return all.fault();
        if (all->empty()) return {std::nullopt};
        return {std::move(all->front())};
    }

  private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    /// Ends the execution however it goes: bound values are not copied, so none may stay.
    class Execution {
      public:
        explicit Execution(Statement& statement) : statement_(statement) {}
        ~Execution() { statement_.reset(); }
        Execution(const Execution&) = delete;
        Execution& operator=(const Execution&) = delete;

      private:
        Statement& statement_;
    };

    bool prepare();
    bool step();
    void reset();
    bool bind(int index, std::int64_t value);
    bool bind(int index, bool value) { return bind(index, std::int64_t{value}); }
    bool bind(int index, std::string_view text);
    bool bind(int index, const std::string& text) { return bind(index, std::string_view(text)); }
    bool bind(int index, Blob blob);
    template <typename Tag, std::size_t Size>
    bool bind(int index, const BasicId<Tag, Size>& id) {
        return bind(index, Blob{id.as_bytes()});
    }

    Database& database_;
    const char* sql_;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
    int last_code_ = SQLITE_OK;
};

}  // namespace dropline
