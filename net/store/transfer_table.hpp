// Unfinished transfers in the database.
// Thread: store, inside the transaction of its caller. It does not look into what it keeps. The
// manifest has a table of its own: a change in a row of SQLite writes the whole row again.
#pragma once

#include <vector>

#include "net/api/fault.hpp"
#include "net/api/ids.hpp"
#include "net/store/records.hpp"
#include "net/store/sqlite.hpp"

namespace dropline {

class TransferTable {
  public:
    explicit TransferTable(Database& database) : database_(database) {}

    /// All of it or, with a fault, nothing. One that is kept again stays in its place in the
    /// order. Faults: bad_request when the id is another peer's or the other direction's;
    /// too_large.
    Result<void> keep(const KeptTransfer& transfer);
    Result<void> update(const TransferId& id, WallTime touched_at, const std::string& progress);
    Result<void> forget(const TransferId& id);
    /// In the order they were first kept.
    Result<std::vector<KeptTransfer>> load();

  private:
    Result<void> keep_both_parts(const KeptTransfer& transfer);

    Database& database_;
    Statement keep_{database_,
                    "INSERT INTO transfers"
                    " (id, peer, is_outgoing, created_at, touched_at, progress)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE"
                    " SET created_at = excluded.created_at, touched_at = excluded.touched_at,"
                    " progress = excluded.progress"
                    " WHERE peer = excluded.peer AND is_outgoing = excluded.is_outgoing"
                    " RETURNING key"};
    Statement keep_manifest_{database_,
                             "INSERT INTO transfer_manifests (transfer, manifest_bytes, manifest)"
                             " VALUES (?1, ?2, ?3) ON CONFLICT (transfer) DO UPDATE"
                             " SET manifest_bytes = excluded.manifest_bytes,"
                             " manifest = excluded.manifest"};
    Statement update_{database_,
                      "UPDATE transfers SET touched_at = ?2, progress = ?3 WHERE id = ?1"};
    Statement forget_{database_, "DELETE FROM transfers WHERE id = ?1"};
    /// One whose manifest is missing or cut is damage, not to be left out in silence.
    Statement load_{database_,
                    "SELECT id, peer, is_outgoing, created_at, touched_at, progress, manifest,"
                    " coalesce(length(manifest) = manifest_bytes, 0)"
                    " FROM transfers LEFT JOIN transfer_manifests ON transfer = key ORDER BY key"};
};

}  // namespace dropline
