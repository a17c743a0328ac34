#include "net/transfer/transfer_book.hpp"

#include <algorithm>
#include <utility>

#include "net/api/limits.hpp"
#include "net/transfer/bulk_job.hpp"
#include "net/transfer/journal.hpp"

namespace dropline {

RecordPtr TransferBook::add(RecordPtr record) {
    record->order = ++last_order_;
    if (!record->is_kept) record->quiet_since = node_.clock.wall_now();
    records_[record->shown.id] = record;
    return record;
}

RecordPtr TransferBook::find(const TransferId& id) const {
    const auto found = records_.find(id);
    return found == records_.end() ? nullptr : found->second;
}

RecordPtr TransferBook::find(const PeerId& peer, const TransferId& id) const {
    RecordPtr record = find(id);
    return record && record->shown.peer == peer ? record : nullptr;
}

RecordPtr TransferBook::find_open(const TransferId& id, const std::string& ref) {
    RecordPtr record = find(id);
    if (record && !record->shown.is_over() && !record->ending) return record;
    node_.events.fail({FaultCode::unknown_transfer, "There is no such transfer, or it is over."},
                      ref);
    return nullptr;
}

std::vector<RecordPtr> TransferBook::all() const {
    std::vector<RecordPtr> ordered;
    for (const auto& [id, record] : records_) {
        const bool is_known = !record->is_incoming() || record->is_announced;
        if (is_known && !record->is_remembered) ordered.push_back(record);
    }
    std::ranges::sort(ordered, {}, [](const RecordPtr& record) { return record->order; });
    return ordered;
}

std::vector<RecordPtr> TransferBook::with(const PeerId& peer) const {
    std::vector<RecordPtr> ordered;
    for (const auto& [id, record] : records_) {
        if (record->shown.peer == peer) ordered.push_back(record);
    }
    std::ranges::sort(ordered, {}, [](const RecordPtr& record) { return record->order; });
    return ordered;
}

std::vector<RecordPtr> TransferBook::with_open_list() const {
    std::vector<RecordPtr> open;
    for (const auto& [id, record] : records_) {
        const bool is_open = record->is_incoming() && !record->shown.is_over() &&
                             (!record->is_accepted || record->reading);
        if (is_open) open.push_back(record);
    }
    return open;
}

void TransferBook::forget_oldest_over() {
    if (records_.size() <= limits::transfer_records_max) return;
    std::vector<std::pair<std::uint64_t, TransferId>> over;
    for (const auto& [id, record] : records_) {
        if (record->shown.is_over() && !record->is_busy()) over.emplace_back(record->order, id);
    }
    std::ranges::sort(over);
    const std::size_t too_many = records_.size() - limits::transfer_records_max;
    over.resize(std::min(over.size(), too_many));
    for (const auto& [order, id] : over) records_.erase(id);
}

bool TransferBook::is_present(const PeerId& peer) const {
    return room_ && room_->room.roster().find(peer) != nullptr;
}

std::string TransferBook::name_of(const PeerId& peer) const {
    const Peer* known = room_ ? room_->room.roster().find_known(peer) : nullptr;
    return known == nullptr ? std::string() : known->name;
}

void TransferBook::send(const PeerId& peer, wire::Message message) {
    if (is_present(peer)) room_->links.send(peer, std::move(message), {});
}

/// What nobody was asked about yet is nobody's transfer.
void TransferBook::publish(const RecordPtr& record) {
    if (record->is_incoming() && !record->is_announced) return;
    if (const auto name = name_of(record->shown.peer); !name.empty()) {
        record->shown.peer_name = name;
    }
    if (record->told == record->shown) return;
    record->told = record->shown;
    node_.events.push(event::TransferChanged{record->shown}, record->ref);
}

void TransferBook::finish(const RecordPtr& record, TransferState state,
                          std::optional<Fault> fault) {
    Transfer& shown = record->shown;
    shown.state = state;
    shown.fault = std::move(fault);
    shown.rate_bytes_per_s = 0;
    shown.eta_s.reset();
    shown.paused_by = PausedBy::nobody;
    shown.bottleneck = Bottleneck::unknown;
    shown.queue_place = 0;
    shown.quiet_since.reset();
    shown.is_stale = false;
    record->ending.reset();
    record->retry.reset();
    record->direct_try.reset();
    record->told_later.reset();
    record->better.reset();
    record->pages.reset();
    record->sources.reset();
    record->session.reset();
    record->reading.reset();
    forget_list(*record);
    forget_kept(record);
    publish(record);
    record->told.reset();  // it may hold thousands of paths
}

/// It stays listed, a thousand of its kind may: what is large of it is not needed any more.
void TransferBook::forget_list(TransferRecord& record) {
    record.manifest.reset();
    record.renewed.reset();
    record.sent_names.clear();
    record.renewed_names.clear();
    record.state_blob = std::string();
}

/// How it ended stays for a while where the other side may not know it yet: what we have received,
/// and what we were sending somebody who was not there when it was cancelled.
void TransferBook::forget_kept(const RecordPtr& record) {
    if (!record->is_kept) return;
    if (record->is_debris_left) {
        // Written down when it began to end: by that the next run knows that it has to be cleared
        // away.
        record->is_kept = false;
        return;
    }
    const Transfer& shown = record->shown;
    const bool may_be_asked_for = record->is_incoming()
                                      ? shown.state == TransferState::done
                                      : shown.state == TransferState::cancelled &&
                                            record->is_accepted && !is_present(shown.peer);
    if (may_be_asked_for) return keep_end(record, [] {});
    record->is_kept = false;
    node_.store.forget_transfer(record->shown.id, {});
}

void TransferBook::forget_unanswered() {
    for (const auto& [id, record] : records_) {
        if (record->is_incoming() || record->is_accepted) continue;
        // Also what is just being written there: the store does one thing after the other.
        if (record->is_keeping) node_.store.forget_transfer(id, {});
        forget_kept(record);
    }
}

void TransferBook::keep_end(const RecordPtr& record, std::function<void()> done) {
    if (!record->is_kept) return done();
    record->is_kept = false;
    KeptTransfer kept = to_be_kept(*record);
    kept.touched_at = kept.created_at;  // when it ended
    kept.progress = encode_progress(*record, record->shown.state != TransferState::cancelled);
    const std::weak_ptr<int> alive = alive_;
    node_.store.keep_transfer(
        std::move(kept),
        [this, alive, id = record->shown.id, done = std::move(done)](const Result<void>& kept_it) {
            // Else a restart would go on with what is over.
            if (!kept_it && !alive.expired()) node_.store.forget_transfer(id, {});
            done();
        });
}

/// All but how far it is and what was agreed.
KeptTransfer TransferBook::to_be_kept(const TransferRecord& record) const {
    KeptTransfer kept;
    kept.id = record.shown.id;
    kept.peer = record.shown.peer;
    kept.is_outgoing = !record.is_incoming();
    kept.created_at = node_.clock.wall_now();
    kept.touched_at = record.quiet_since;
    return kept;
}

void TransferBook::keep(const RecordPtr& record, std::function<void()> done) {
    write(record, IfNotWritten::forget, std::move(done));
}

void TransferBook::keep_numbers(const RecordPtr& record) { write(record, IfNotWritten::leave, {}); }

void TransferBook::write(const RecordPtr& record, IfNotWritten if_not, std::function<void()> done) {
    KeptTransfer kept = to_be_kept(*record);
    kept.manifest = encode_agreed(*record);
    kept.progress = encode_progress(*record, false);
    std::string progress = kept.progress;
    record->is_keeping = true;
    const std::uint32_t number = ++record->writes;
    const std::weak_ptr<int> alive = alive_;
    node_.store.keep_transfer(std::move(kept),
                              [this, alive, record, if_not, number, progress = std::move(progress),
                               done = std::move(done)](const Result<void>& written) {
                                  if (alive.expired()) return;
                                  // Of several at once the newest says what is there in the end.
                                  if (number == record->writes)
                                      on_written(record, written, if_not, progress);
                                  if (done) done();
                              });
}

/// `progress`: as it was written.
void TransferBook::on_written(const RecordPtr& record, const Result<void>& written,
                              IfNotWritten if_not, const std::string& progress) {
    record->is_keeping = false;
    if (written) {
        record->is_kept = true;
    } else {
        node_.events.fail(written.fault());
        if (if_not == IfNotWritten::forget) {
            // What an earlier write has left there is not what is agreed now.
            node_.store.forget_transfer(record->shown.id, {});
            record->is_kept = false;
        }
    }
    if (record->shown.is_over()) return forget_kept(record);
    // A pause that was made meanwhile could not be noted yet.
    if (encode_progress(*record, false) != progress) note(record);
}

void TransferBook::note(const RecordPtr& record) {
    // What an earlier run has ended is written down as that, with the time since when it is.
    if (!record->is_kept || record->is_left_behind) return;
    const WallTime since = record->ending ? node_.clock.wall_now() : record->quiet_since;
    node_.store.update_transfer(record->shown.id, since, encode_progress(*record, false), {});
}

std::shared_ptr<void> keep_role_alive(const TransferBook& book) {
    return book.room() ? book.room()->room.keep_alive() : nullptr;
}

}  // namespace dropline
