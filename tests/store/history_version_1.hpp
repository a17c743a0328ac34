// What a history of schema version 1 holds: the dump of one that version 1 itself wrote, its
// letters untouched because the schema is compared letter by letter. Thread: any. It never changes:
// such files lie on disks.
#pragma once

namespace dropline::test {

/// For an empty database. Each table holds something.
inline constexpr const char* history_version_1 = R"(
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
INSERT INTO logs VALUES (
    1, X'9D71871E1A130D7B17E11D43B7783062', 'Lab', NULL);
INSERT INTO logs VALUES (
    2, X'09000000000000000000000000000000', NULL,
    X'0300000000000000000000000000000000000000000000000000000000000000');
INSERT INTO host_pins VALUES (
    'lab:7788', X'0300000000000000000000000000000000000000000000000000000000000000', 'Lab',
    '10.0.0.3:7788', 1767225600123, 1);
INSERT INTO log_messages VALUES (
    1, 1, 1, X'01010000000000000000000000000000',
    X'0100000000000000000000000000000000000000000000000000000000000000', 'Ann', 'first',
    1767225600123);
INSERT INTO log_messages VALUES (
    2, 1, 2, X'02010000000000000000000000000000',
    X'0200000000000000000000000000000000000000000000000000000000000000', 'Ann', '第二 🙂',
    1767225600123);
INSERT INTO log_messages VALUES (
    3, 2, 7, X'03010000000000000000000000000000',
    X'0300000000000000000000000000000000000000000000000000000000000000', 'Ann',
    'it''s of another room', 1767225600123);
INSERT INTO outbox VALUES (
    1, X'04000000000000000000000000000000',
    X'0100000000000000000000000000000000000000000000000000000000000000', 0, 'waits',
    1767225600123);
INSERT INTO peer_pins VALUES (
    X'0100000000000000000000000000000000000000000000000000000000000000', 'Ann', '10.0.0.1:7788',
    1767225600123, 0);
INSERT INTO private_messages VALUES (
    1, X'0100000000000000000000000000000000000000000000000000000000000000', 1,
    X'05000000000000000000000000000000', 'mine', 1767225600123, 1);
INSERT INTO private_messages VALUES (
    2, X'0100000000000000000000000000000000000000000000000000000000000000', 0,
    X'06000000000000000000000000000000', 'theirs', 1767225600123, 0);
PRAGMA application_id = 0x64726f70;
PRAGMA user_version = 1;
)";

}  // namespace dropline::test
