#include "net/store/transfer_table.hpp"

#include <utility>

#include "net/store/columns.hpp"

namespace dropline {
namespace {

KeptTransfer transfer_of(const Row& row) {
    KeptTransfer transfer;
    transfer.id = row.id<TransferId>(0);
    transfer.peer = row.id<PeerId>(1);
    transfer.is_outgoing = row.integer(2) != 0;
    transfer.created_at = time_from_column(row.integer(3));
    transfer.touched_at = time_from_column(row.integer(4));
    transfer.progress = row.bytes(5);
    transfer.manifest = row.bytes(6);
    if (row.integer(7) == 0) row.set_damaged();
    return transfer;
}

}  // namespace

Result<void> TransferTable::keep(const KeptTransfer& transfer) {
    if (transfer.manifest.size() > kept_manifest_bytes_max ||
        transfer.progress.size() > kept_progress_bytes_max) {
        return Fault{FaultCode::too_large,
                     "The list of files is too long to be kept for after a restart. Send fewer "
                     "files at a time."};
    }
    // The caller's transaction goes on after a fault of ours, and would commit half a transfer.
    if (auto begun = database_.execute("SAVEPOINT keep_transfer"); !begun) return begun;
    auto kept = keep_both_parts(transfer);
    if (!kept && database_.is_in_transaction()) {
        if (auto undone = database_.execute("ROLLBACK TO keep_transfer"); !undone) return undone;
    }
    if (database_.is_in_transaction()) {
        if (auto ended = database_.execute("RELEASE keep_transfer"); !ended) return ended;
    }
    return kept;
}

Result<void> TransferTable::keep_both_parts(const KeptTransfer& transfer) {
    const auto key = keep_.first(first_integer, transfer.id, transfer.peer, transfer.is_outgoing,
                                 to_column(transfer.created_at), to_column(transfer.touched_at),
                                 Blob{transfer.progress});
    if (!key) return key.fault();
    if (!*key) {
        return Fault{FaultCode::bad_request,
                     "A transfer with this number is already kept for somebody else or in the "
                     "other direction."};
    }
    const auto manifest_bytes = static_cast<std::int64_t>(transfer.manifest.size());
    return keep_manifest_.run(**key, manifest_bytes, Blob{transfer.manifest});
}

Result<void> TransferTable::update(const TransferId& id, WallTime touched_at,
                                   const std::string& progress) {
    if (progress.size() > kept_progress_bytes_max) {
        return Fault{FaultCode::too_large,
                     "What is known of a transfer's progress is too long to be kept."};
    }
    return update_.run(id, to_column(touched_at), Blob{progress});
}

Result<void> TransferTable::forget(const TransferId& id) { return forget_.run(id); }

Result<std::vector<KeptTransfer>> TransferTable::load() { return load_.rows(transfer_of); }

}  // namespace dropline
