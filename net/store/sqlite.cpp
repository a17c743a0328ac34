#include "net/store/sqlite.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "net/api/limits.hpp"
#include "net/platform/file_fault.hpp"
#include "net/store/records.hpp"

namespace dropline {
namespace {

constexpr int busy_timeout_ms = 5000;
/// The largest row we write is a transfer's manifest and its key; a hostile file may hold more.
constexpr int row_bytes_max = static_cast<int>(kept_manifest_bytes_max) + 64 * 1024;
static_assert(row_bytes_max > 16 * static_cast<int>(limits::chat_text_bytes_max));
static_assert(row_bytes_max > static_cast<int>(kept_progress_bytes_max) + 1024);
static_assert(kept_manifest_bytes_max > limits::offer_manifest_bytes_max);

/// The WAL between two checkpoints: 1000 pages (wal_autocheckpoint below) of 4 KiB with 24 bytes
/// each, and what one more commit may add before the checkpoint comes.
constexpr sqlite3_int64 wal_bytes = 4608 * 1024;
constexpr int frames_per_checkpoint = 1000;

/// The exclusive mode keeps the WAL's index in memory instead of in a shared file. One process
/// has the profile anyway, and this way it also works in a home folder on the network.
constexpr const char* settings =
    "PRAGMA locking_mode = EXCLUSIVE;"
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA foreign_keys = ON;"
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA temp_store = MEMORY;"  // beside the profile nothing may be written
    "PRAGMA cell_size_check = ON;"
    "PRAGMA wal_autocheckpoint = 1000;";

FaultCode fault_code_of(int sqlite_code) {
    switch (sqlite_code & 0xff) {
        case SQLITE_FULL: return FaultCode::disk_full;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return FaultCode::profile_damaged;
        case SQLITE_TOOBIG: return FaultCode::too_large;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_CANTOPEN:
        case SQLITE_IOERR:
        case SQLITE_PERM:
        case SQLITE_NOMEM:
        case SQLITE_READONLY: return FaultCode::file_error;
        default: return FaultCode::internal;
    }
}

std::string advice(FaultCode code) {
    switch (code) {
        case FaultCode::disk_full: return " Make room on the disk.";
        case FaultCode::profile_damaged:
            return " Start dropline again: it keeps the damaged file aside and begins a fresh one.";
        default: return "";
    }
}

}  // namespace

Database::Database(sqlite3* handle, std::string name) : handle_(handle), name_(std::move(name)) {}

Result<Database> Database::open(const char* path, int flags, std::string name) {
    sqlite3* handle = nullptr;
    // Without its own mutex: one thread at a time uses it.
    const int code = sqlite3_open_v2(path, &handle,
                                     flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    Database database(handle, std::move(name));
    if (code != SQLITE_OK) return database.fault();
    sqlite3_busy_timeout(handle, busy_timeout_ms);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, row_bytes_max);
    return database;
}

Result<Database> Database::open(const std::filesystem::path& path) {
    auto opened = open(path.c_str(), SQLITE_OPEN_READWRITE, path.string());
    if (!opened) return opened;
    if (auto set = opened->execute(settings); !set) return set.fault();
    const auto mode = Statement(*opened, "PRAGMA journal_mode").first([](const Row& row) {
        return row.bytes(0);
    });
    if (!mode) return mode.fault();
    if (*mode != "wal") {
        return Fault{FaultCode::file_error, "The history in " + path.string() +
                                                " cannot be kept safely on this file system. "
                                                "Choose another folder with --profile."};
    }
    return opened;
}

Result<Database> Database::open_in_memory() {
    return open(":memory:", SQLITE_OPEN_READWRITE, "memory");
}

Result<void> Database::execute(const char* sql) {
    if (sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) return fault();
    return {};
}

bool Database::is_in_transaction() const { return sqlite3_get_autocommit(handle()) == 0; }

void Database::rollback() {
    if (is_in_transaction()) sqlite3_exec(handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Database::make_room_in_wal() {
    sqlite3_file* wal = nullptr;
    const int found = sqlite3_file_control(handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER,
                                           static_cast<void*>(&wal));
    if (found != SQLITE_OK || wal == nullptr || wal->pMethods == nullptr) return;
    sqlite3_int64 end = 0;
    if (wal->pMethods->xFileSize(wal, &end) != SQLITE_OK) return;
    // Zeros are no frame: reading a WAL ends at the first thing that is none.
    const std::array<char, 64 * 1024> zeros{};
    for (; end < wal_bytes; end += zeros.size()) {
        if (wal->pMethods->xWrite(wal, zeros.data(), zeros.size(), end) != SQLITE_OK) return;
    }
    (void)wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL);
}

/// SQLite has no lock on the WAL that would go when we close it.
void Database::leave_syncs_to_caller() {
    const std::string wal = name_ + "-wal";
    wal_ = FileDescriptor(::open(wal.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!wal_.is_open()) return;
    if (!execute("PRAGMA synchronous = NORMAL")) return wal_.reset();
    // In place of the hook that makes a commit wait for a checkpoint.
    sqlite3_wal_hook(
        handle(),
        [](void* frames, sqlite3*, const char*, int count) {
            *static_cast<int*>(frames) = count;
            return SQLITE_OK;
        },
        &frames_in_wal_);
}

void Database::checkpoint_when_due() {
    if (frames_in_wal_ < frames_per_checkpoint) return;
    frames_in_wal_ = 0;
    (void)sqlite3_wal_checkpoint_v2(handle(), "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

Result<void> Database::sync() const {
    if (!wal_.is_open() || ::fdatasync(wal_.number()) == 0) return {};
    Fault fault = file_fault("Cannot bring the history to the disk in", name_, errno);
    fault.sentence += " Nothing more is written there until dropline is started again.";
    return fault;
}

void Database::leave_as_it_is() {
    has_met_damage_ = true;
    sqlite3_db_config(handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

void Database::set_checkpoint_on_close() {
    sqlite3_db_config(handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
}

Fault Database::fault() {
    const FaultCode code = fault_code_of(sqlite3_errcode(handle()));
    if (code == FaultCode::profile_damaged) has_met_damage_ = true;
    return {code, "The history in " + name_ + " cannot be used: " + sqlite3_errmsg(handle()) + "." +
                      advice(code)};
}

Fault Database::damage_fault() {
    has_met_damage_ = true;
    return {FaultCode::profile_damaged,
            "The history in " + name_ + " is damaged." + advice(FaultCode::profile_damaged)};
}

std::string Row::bytes(int column) const {
    // The order matters: asking for the bytes first could still convert them.
    const void* data = sqlite3_column_blob(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    if (data == nullptr || size <= 0) return {};
    return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

bool Statement::prepare() {
    if (statement_) return true;
    sqlite3_stmt* prepared = nullptr;
    const int code = sqlite3_prepare_v3(database_.handle(), sql_, -1, SQLITE_PREPARE_PERSISTENT,
                                        &prepared, nullptr);
    statement_.reset(prepared);
    return code == SQLITE_OK;
}

bool Statement::step() {
    last_code_ = sqlite3_step(statement_.get());
    return last_code_ == SQLITE_ROW;
}

void Statement::reset() {
    if (!statement_) return;
    sqlite3_reset(statement_.get());
    sqlite3_clear_bindings(statement_.get());
}

bool Statement::bind(int index, std::int64_t value) {
    return sqlite3_bind_int64(statement_.get(), index, value) == SQLITE_OK;
}

bool Statement::bind(int index, std::string_view text) {
    // A null pointer would bind NULL, and an empty view may hold one.
    const char* data = text.data() == nullptr ? "" : text.data();
    return sqlite3_bind_text64(statement_.get(), index, data, text.size(), SQLITE_STATIC,
                               SQLITE_UTF8) == SQLITE_OK;
}

bool Statement::bind(int index, Blob blob) {
    return sqlite3_bind_blob64(statement_.get(), index, blob.bytes.data(), blob.bytes.size(),
                               SQLITE_STATIC) == SQLITE_OK;
}

}  // namespace dropline
