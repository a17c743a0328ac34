// Private messages, and own messages that wait to be confirmed, in the database.
// Thread: store, inside the transaction of its caller.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "net/api/fault.hpp"
#include "net/api/ids.hpp"
#include "net/store/records.hpp"
#include "net/store/sqlite.hpp"

namespace dropline {

class OutboxTable {
  public:
    explicit OutboxTable(Database& database) : database_(database) {}

    Result<void> put(const OutboxEntry& entry);
    Result<void> remove(const MessageId& id);
    /// In the order they were put.
    Result<std::vector<OutboxEntry>> load();

  private:
    Database& database_;
    Statement put_{database_,
                   "INSERT INTO outbox (id, host_or_peer, is_private, text, created_at, log)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO NOTHING"};
    Statement remove_{database_, "DELETE FROM outbox WHERE id = ?1"};
    Statement load_{database_,
                    "SELECT id, host_or_peer, is_private, text, created_at, log"
                    " FROM outbox ORDER BY key"};
};

class PrivateTable {
  public:
    explicit PrivateTable(Database& database) : database_(database) {}

    /// True when it was not there before.
    Result<bool> put(const PeerId& peer, const PrivateEntry& entry);
    Result<void> mark_delivered(const PeerId& peer, const MessageId& id);
    Result<std::vector<PrivateEntry>> read(const PeerId& peer, std::optional<std::uint64_t> before,
                                           std::size_t limit);
    /// The latest first.
    Result<std::vector<PeerId>> correspondents(std::size_t limit);

  private:
    Database& database_;
    Statement put_{database_,
                   "INSERT INTO private_messages"
                   " (peer, is_outgoing, id, text, sent_at, is_delivered)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
                   " ON CONFLICT (peer, is_outgoing, id) DO NOTHING RETURNING key"};
    Statement mark_delivered_{database_,
                              "UPDATE private_messages SET is_delivered = 1"
                              " WHERE peer = ?1 AND is_outgoing = 1 AND id = ?2"};
    Statement read_{database_,
                    "SELECT id, is_outgoing, text, sent_at, is_delivered, key"
                    " FROM private_messages"
                    " WHERE peer = ?1 AND key < ?2 ORDER BY key DESC LIMIT ?3"};
    Statement correspondents_{database_,
                              "SELECT peer FROM private_messages GROUP BY peer"
                              " ORDER BY max(key) DESC LIMIT ?1"};
};

}  // namespace dropline
