#include "net/store/schema.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>

namespace dropline {
namespace {

// Times are milliseconds since 1970, UTC. Rowids order what has no number of its own, and will be
// what a full-text index points to. Sizes are checked by SQLite too, so that quick_check finds a
// damaged id.
constexpr const char* version_1 = R"(
CREATE TABLE logs (
    key INTEGER PRIMARY KEY,
    log_id BLOB NOT NULL CHECK (length(log_id) = 16),
    room_name TEXT UNIQUE,                                     -- a room we host, else NULL
    host BLOB CHECK (length(host) = 32),                       -- whose room it is, else NULL
    CHECK ((room_name IS NULL) <> (host IS NULL)),
    UNIQUE (host, log_id)
) STRICT;
CREATE TABLE log_messages (
    key INTEGER PRIMARY KEY,
    log INTEGER NOT NULL REFERENCES logs (key),
    seq INTEGER NOT NULL CHECK (seq > 0),
    id BLOB NOT NULL CHECK (length(id) = 16),
    author BLOB NOT NULL CHECK (length(author) = 32),
    author_name TEXT NOT NULL,
    text TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    UNIQUE (log, seq),
    UNIQUE (log, author, id)
) STRICT;
CREATE TABLE outbox (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    host_or_peer BLOB NOT NULL CHECK (length(host_or_peer) = 32),
    is_private INTEGER NOT NULL CHECK (is_private IN (0, 1)),
    text TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE private_messages (
    key INTEGER PRIMARY KEY,
    peer BLOB NOT NULL CHECK (length(peer) = 32),
    is_outgoing INTEGER NOT NULL CHECK (is_outgoing IN (0, 1)),
    id BLOB NOT NULL CHECK (length(id) = 16),
    text TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    is_delivered INTEGER NOT NULL CHECK (is_delivered IN (0, 1)),
    UNIQUE (peer, is_outgoing, id)
) STRICT;
CREATE INDEX private_messages_in_order ON private_messages (peer, key);
CREATE TABLE host_pins (
    address TEXT PRIMARY KEY NOT NULL,
    peer BLOB NOT NULL CHECK (length(peer) = 32),
    label TEXT NOT NULL,
    last_address TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    is_verified INTEGER NOT NULL CHECK (is_verified IN (0, 1))
) STRICT;
CREATE TABLE peer_pins (
    peer BLOB PRIMARY KEY NOT NULL CHECK (length(peer) = 32),
    label TEXT NOT NULL,
    last_address TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    is_verified INTEGER NOT NULL CHECK (is_verified IN (0, 1))
) STRICT;
PRAGMA application_id = 0x64726f70;
PRAGMA user_version = 1;
)";

// Transfers that go on after a restart.
constexpr const char* version_2 = R"(
CREATE TABLE transfers (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    peer BLOB NOT NULL CHECK (length(peer) = 32),
    is_outgoing INTEGER NOT NULL CHECK (is_outgoing IN (0, 1)),
    created_at INTEGER NOT NULL,
    touched_at INTEGER NOT NULL,
    progress BLOB NOT NULL
) STRICT;
CREATE TABLE transfer_manifests (
    transfer INTEGER PRIMARY KEY REFERENCES transfers (key) ON DELETE CASCADE,
    manifest_bytes INTEGER NOT NULL,
    manifest BLOB NOT NULL CHECK (length(manifest) = manifest_bytes)
) STRICT;
PRAGMA user_version = 2;
)";

// What a host has decided: who may come into the rooms we host. Of a secret only what judges a
// proof is kept, never itself.
constexpr const char* version_3 = R"(
CREATE TABLE room_secrets (
    key INTEGER PRIMARY KEY,
    room TEXT NOT NULL,
    id TEXT NOT NULL,                                          -- of an invite; the password has ''
    salt BLOB NOT NULL CHECK (length(salt) BETWEEN 1 AND 64),
    stored_key BLOB NOT NULL CHECK (length(stored_key) = 32),
    server_key BLOB NOT NULL CHECK (length(server_key) = 32),
    iterations INTEGER NOT NULL CHECK (iterations > 0),
    made INTEGER NOT NULL,
    expires INTEGER NOT NULL,                                  -- 0 for a password: never
    uses_left INTEGER NOT NULL CHECK (uses_left >= 0),
    uses_max INTEGER NOT NULL CHECK (uses_max >= uses_left),
    is_revoked INTEGER NOT NULL CHECK (is_revoked IN (0, 1)),
    UNIQUE (room, id)
) STRICT;
CREATE TABLE room_members (
    room TEXT NOT NULL,
    peer BLOB NOT NULL CHECK (length(peer) = 32),
    since INTEGER NOT NULL,
    PRIMARY KEY (room, peer)
) STRICT;
CREATE TABLE bans (
    peer BLOB PRIMARY KEY NOT NULL CHECK (length(peer) = 32),
    name TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER,                                             -- NULL: for good
    reason TEXT NOT NULL
) STRICT;
CREATE TABLE guests (
    peer BLOB PRIMARY KEY NOT NULL CHECK (length(peer) = 32)
) STRICT;
CREATE TABLE room_rules (
    key INTEGER PRIMARY KEY CHECK (key = 1),
    files INTEGER NOT NULL CHECK (files BETWEEN 1 AND 3),      -- 1 all, 2 only to the host, 3 nobody
    file_bytes_max INTEGER NOT NULL CHECK (file_bytes_max >= 0) -- 0: any size
) STRICT;
CREATE TABLE auto_accept (
    peer BLOB PRIMARY KEY NOT NULL REFERENCES peer_pins (peer) ON DELETE CASCADE
        CHECK (length(peer) = 32),
    bytes_max INTEGER NOT NULL CHECK (bytes_max > 0),
    into_folder BLOB NOT NULL CHECK (length(into_folder) > 0)
) STRICT;
PRAGMA user_version = 3;
)";

// Whom each invite has let in, so that a ban reaches the invite too.
constexpr const char* version_4 = R"(
CREATE TABLE invite_uses (
    room TEXT NOT NULL,
    invite TEXT NOT NULL CHECK (length(invite) > 0),
    peer BLOB NOT NULL CHECK (length(peer) = 32),
    PRIMARY KEY (room, invite, peer)
) STRICT;
PRAGMA user_version = 4;
)";

// For which room a message waits: a host may open another one under the same key.
constexpr const char* version_5 = R"(
ALTER TABLE outbox ADD COLUMN log BLOB NOT NULL DEFAULT x'00000000000000000000000000000000'
    CHECK (length(log) = 16);
PRAGMA user_version = 5;
)";

// The name under which somebody was verified: what a host calls him later is another matter.
constexpr const char* version_6 = R"(
ALTER TABLE peer_pins ADD COLUMN verified_as TEXT NOT NULL DEFAULT '';
PRAGMA user_version = 6;
)";

// Who was verified before that has it from now on; only earlier renames are lost.
constexpr const char* version_7 = R"(
UPDATE peer_pins SET verified_as = label WHERE is_verified = 1 AND verified_as = '';
PRAGMA user_version = 7;
)";

/// Each leads from the version of its index to the next, and says so with user_version.
constexpr std::array migrations = {version_1, version_2, version_3, version_4,
                                   version_5, version_6, version_7};
static_assert(migrations.size() == schema_version_newest);

Result<void> step(Database& database, const char* migration) {
    auto begun = database.execute("BEGIN IMMEDIATE");
    if (!begun) return begun;
    auto done = database.execute(migration);
    if (done) done = database.execute("COMMIT");
    if (!done) database.rollback();
    return done;
}

Result<std::int64_t> pragma_number(Database& database, const char* sql) {
    const auto number = Statement(database, sql).first(first_integer);
    if (!number) return number.fault();
    return number->value_or(0);
}

/// Everything the schema consists of, in one text.
Result<std::string> schema_text(Database& database) {
    const auto parts =
        Statement(database,
                  "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")
            .rows([](const Row& row) {
                return row.bytes(0) + '|' + row.bytes(1) + '|' + row.bytes(2) + '|' + row.bytes(3);
            });
    if (!parts) return parts.fault();
    std::string text;
    for (const std::string& part : *parts) text += part + '\n';
    return text;
}

Result<std::string> own_schema_text(std::int64_t version) {
    auto model = Database::open_in_memory();
    if (!model) return model.fault();
    if (auto made = migrate(*model, version); !made) return made.fault();
    return schema_text(*model);
}

}  // namespace

Result<std::int64_t> schema_version(Database& database) {
    return pragma_number(database, "PRAGMA user_version");
}

Result<void> migrate(Database& database, std::int64_t to) {
    const auto version = schema_version(database);
    if (!version) return version.fault();
    if (*version < 0 || *version > schema_version_newest) return database.damage_fault();
    const auto end = static_cast<std::size_t>(to);
    for (auto at = static_cast<std::size_t>(*version); at < end; ++at) {
        if (auto done = step(database, migrations[at]); !done) return done;
    }
    return {};
}

Result<void> check_schema(Database& database) {
    const auto version = schema_version(database);
    if (!version) return version.fault();
    if (*version < 1 || *version > schema_version_newest) return database.damage_fault();
    const auto application = pragma_number(database, "PRAGMA application_id");
    if (!application) return application.fault();
    const auto expected = own_schema_text(*version);
    if (!expected) return expected.fault();
    const auto found = schema_text(database);
    if (!found) return found.fault();
    if (*application != schema_application_id || *found != *expected) {
        return database.damage_fault();
    }
    return {};
}

}  // namespace dropline
