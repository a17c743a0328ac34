#include "net/transfer/transfers.hpp"

#include <algorithm>
#include <utility>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/transfer/bulk_job.hpp"
#include "net/transfer/manifest.hpp"
#include "net/transfer/receive_folder.hpp"

namespace dropline {

namespace {

/// Transfers that are over stay listed until there are so many.
constexpr std::size_t records_max = 1000;

Fault no_such_transfer() {
    return {FaultCode::unknown_transfer, "There is no such transfer, or it is over."};
}

}  // namespace

Transfers::Transfers(NodeContext& node, RoomAccess& room, PrivateLinks& links,
                     PeerConnector& connector)
    : node_(node), room_(room), links_(links), connector_(connector) {
    links_.on_lost([this](const PeerId& peer) {
        // The other side may never have seen what was on its way: say it again, it knows the id.
        for (const auto& [id, record] : std::map(records_)) {
            const bool is_unanswered = record->shown.peer == peer &&
                                       record->shown.direction == Direction::out &&
                                       record->shown.state == TransferState::offered;
            if (is_unanswered) send_offer(record);
        }
    });
}

Transfers::~Transfers() = default;

// ---- Sending ------------------------------------------------------------------------------------

void Transfers::offer(std::vector<PeerId> to, std::vector<std::filesystem::path> paths,
                      const std::string& ref) {
    // Looking at files may wait for a disk or a network drive: not on this thread.
    struct Inspection {
        std::vector<SourceFile> sources;
        std::optional<Fault> fault;
    };
    const auto inspection = std::make_shared<Inspection>();
    const std::uint64_t number = ++last_inspection_;
    auto work = [inspection, paths = std::move(paths)] {
        auto sources = inspect_sources(paths);
        if (sources) {
            inspection->sources = std::move(*sources);
        } else {
            inspection->fault = sources.fault();
        }
    };
    auto done = [this, keep = room_.keep_alive(), number, inspection, to = std::move(to), ref] {
        inspections_.erase(number);
        if (is_stopped_) return;
        if (inspection->fault) {
            node_.events.fail(*inspection->fault, ref);
        } else {
            offer_sources(to, std::move(inspection->sources), ref);
        }
    };
    inspections_.emplace(
        number, std::make_unique<BulkThread>(node_.executor, std::move(work), std::move(done)));
}

void Transfers::offer_sources(const std::vector<PeerId>& to, std::vector<SourceFile> sources,
                              const std::string& ref) {
    for (const PeerId& peer : to) {
        if (!room_.roster().find(peer)) {
            node_.events.fail({FaultCode::unknown_peer, "This person is not in the room now."},
                              ref);
            continue;
        }
        auto record = std::make_shared<TransferRecord>();
        record->sources = sources;
        record->ref = ref;
        record->order = ++last_order_;
        Transfer& shown = record->shown;
        shown.id = random_id<TransferId>();
        shown.peer = peer;
        shown.direction = Direction::out;
        shown.files_total = static_cast<std::uint32_t>(sources.size());
        for (const SourceFile& source : sources) shown.bytes_total += source.bytes;
        shown.name = sources.size() == 1 ? escape_for_display(sources.front().name)
                                         : std::to_string(sources.size()) + " files";
        records_.emplace(shown.id, record);
        publish(record);
        send_offer(record);
    }
    forget_oldest_over();
}

void Transfers::send_offer(const RecordPtr& record) {
    for (wire::Message& page : manifest_pages(record->shown.id, record->sources)) {
        links_.send(record->shown.peer, std::move(page), [this, record](const Fault& fault) {
            if (!record->shown.is_over()) finish(record, TransferState::failed, fault);
        });
    }
}

void Transfers::handle(const PeerId& from, const wire::OfferAnswer& answer) {
    const RecordPtr record = find(from, answer.transfer);
    const bool is_awaited = record && record->shown.direction == Direction::out &&
                            record->shown.state == TransferState::offered;
    if (!is_awaited) return;
    if (answer.is_accepted) {
        record->shown.state = TransferState::waiting;
        publish(record);
        return;
    }
    const std::string reason = escape_for_display(answer.reason);
    finish(record, TransferState::declined,
           Fault{FaultCode::declined, reason.empty() ? "The offer was declined." : reason});
}

// ---- Receiving ----------------------------------------------------------------------------------

void Transfers::handle(const PeerId& from, const wire::Offer& offer) {
    const auto known = records_.find(offer.transfer);
    // The same offer again is one whose link broke; another person's id is an attack (A17).
    if (known != records_.end()) return;
    if (!may_offer(from)) {
        refuse(from, offer.transfer, "Too many offers at once. Wait until some are answered.");
        return;
    }
    auto record = std::make_shared<TransferRecord>();
    record->order = ++last_order_;
    record->pages_missing = offer.pages - 1;
    Transfer& shown = record->shown;
    shown.id = offer.transfer;
    shown.peer = from;
    shown.direction = Direction::in;
    shown.files_total = offer.files;
    shown.bytes_total = offer.bytes;
    records_.emplace(shown.id, record);
    add_entries(record, offer.entries);
    forget_oldest_over();
}

void Transfers::handle(const PeerId& from, const wire::OfferPage& page) {
    const RecordPtr record = find(from, page.transfer);
    const bool is_expected = record && record->pages_missing > 0 && page.page == record->next_page;
    if (!is_expected) return;
    ++record->next_page;
    --record->pages_missing;
    add_entries(record, page.entries);
}

/// Every name is judged before anything of the offer is shown or kept (A1).
void Transfers::add_entries(const RecordPtr& record,
                            const std::vector<wire::OfferedEntry>& entries) {
    const auto added = add_to_manifest(*record, entries);
    const auto checked = added && record->pages_missing == 0 ? check_manifest(*record) : added;
    if (!checked) {
        refuse(record->shown.peer, record->shown.id, checked.fault().sentence);
        records_.erase(record->shown.id);
        node_.events.fail(
            {checked.fault().code, "An offer was refused: " + checked.fault().sentence});
        return;
    }
    if (record->pages_missing == 0) announce(record);
}

void Transfers::announce(const RecordPtr& record) {
    const Peer* from = room_.roster().find_known(record->shown.peer);
    record->shown.name = record->offered.size() == 1
                             ? record->offered.front().name
                             : std::to_string(record->offered.size()) + " files";
    record->is_announced = true;
    event::Offer offer;
    offer.transfer = record->shown.id;
    if (from != nullptr) offer.from = *from;
    offer.from.id = record->shown.peer;
    offer.name = record->shown.name;
    offer.files = record->shown.files_total;
    offer.bytes = record->shown.bytes_total;
    offer.preview = offer_preview(record->offered);
    offer.default_folder = node_.receive_folder.string();
    const auto space = free_space(node_.receive_folder);
    offer.free_bytes = space ? space->available_bytes : 0;
    node_.events.push(std::move(offer));
    publish(record);
}

void Transfers::refuse(const PeerId& from, const TransferId& id, const std::string& reason) {
    links_.send(from, wire::OfferAnswer{id, false, reason}, {});
}

bool Transfers::may_offer(const PeerId& from) {
    const TimePoint now = node_.clock.now();
    const auto rate =
        offer_rates_.try_emplace(from, limits::offers_burst, limits::offers_per_minute / 60.0, now);
    if (!rate.first->second.take(now)) return false;
    const auto pending = std::count_if(records_.begin(), records_.end(), [&](const auto& entry) {
        const Transfer& shown = entry.second->shown;
        return shown.peer == from && shown.direction == Direction::in &&
               shown.state == TransferState::offered;
    });
    return static_cast<std::size_t>(pending) < limits::offers_pending_per_peer_max;
}

void Transfers::accept(const TransferId& id, const std::filesystem::path& into,
                       const std::string& ref) {
    const RecordPtr record = find_open(id, ref);
    if (!record) return;
    const bool can_accept = record->shown.direction == Direction::in && record->is_announced &&
                            record->shown.state == TransferState::offered;
    if (!can_accept) {
        node_.events.fail({FaultCode::bad_request, "This transfer is not waiting for an answer."},
                          ref);
        return;
    }
    record->into = into.empty() ? node_.receive_folder : into;
    const auto fits = check_target(record->into, record->shown.bytes_total);
    if (!fits) {
        // The offer stands: another folder may do.
        node_.events.fail(fits.fault(), ref);
        return;
    }
    record->ref = ref;
    record->shown.state = TransferState::waiting;
    publish(record);
    links_.send(record->shown.peer, wire::OfferAnswer{id, true, {}},
                [this, record](const Fault& fault) {
                    if (!record->shown.is_over()) finish(record, TransferState::failed, fault);
                });
    connect_next(record->shown.peer);
}

void Transfers::decline(const TransferId& id, const std::string& ref) {
    const RecordPtr record = find_open(id, ref);
    if (!record) return;
    if (record->shown.direction == Direction::out ||
        record->shown.state != TransferState::offered) {
        node_.events.fail({FaultCode::bad_request,
                           "This transfer is not an open offer to you. Cancel it instead."},
                          ref);
        return;
    }
    refuse(record->shown.peer, id, "The offer was declined.");
    record->ref = ref;
    finish(record, TransferState::declined, std::nullopt);
}

/// Up to `limits::active_transfers_per_peer_max` at once; the others wait in order.
void Transfers::connect_next(const PeerId& peer) {
    std::size_t busy = 0;
    std::vector<RecordPtr> waiting;
    for (const auto& [id, record] : records_) {
        const bool is_ours = record->shown.peer == peer &&
                             record->shown.direction == Direction::in && !record->shown.is_over();
        if (!is_ours) continue;
        if (record->is_connecting || record->job) {
            ++busy;
        } else if (record->shown.state == TransferState::waiting) {
            waiting.push_back(record);
        }
    }
    std::sort(waiting.begin(), waiting.end(),
              [](const auto& a, const auto& b) { return a->order < b->order; });
    for (const RecordPtr& record : waiting) {
        if (busy++ >= limits::active_transfers_per_peer_max) return;
        connect(record);
    }
}

void Transfers::connect(const RecordPtr& record) {
    record->is_connecting = true;
    connector_.connect(record->shown.peer, wire::Purpose::transfer, record->shown.id,
                       [this, record](Result<PeerConnection> connection) {
                           record->is_connecting = false;
                           if (is_stopped_ || record->shown.is_over()) return;
                           if (connection) {
                               begin_bytes(record, std::move(*connection));
                           } else {
                               tell_cancelled(record, "No connection for the file could be made.");
                               finish(record, TransferState::failed, connection.fault());
                           }
                       });
}

// ---- Both ---------------------------------------------------------------------------------------

void Transfers::on_message(const PeerId& from, wire::Message message) {
    if (is_stopped_) return;
    if (const auto* offer = std::get_if<wire::Offer>(&message)) handle(from, *offer);
    if (const auto* page = std::get_if<wire::OfferPage>(&message)) handle(from, *page);
    if (const auto* answer = std::get_if<wire::OfferAnswer>(&message)) handle(from, *answer);
    if (const auto* cancel = std::get_if<wire::TransferCancel>(&message)) handle(from, *cancel);
}

void Transfers::on_connection(PeerConnection connection) {
    const RecordPtr record = find(connection.peer, connection.transfer);
    const bool is_awaited = record && record->shown.direction == Direction::out &&
                            record->shown.state == TransferState::waiting && !record->job;
    if (is_awaited && !is_stopped_) begin_bytes(record, std::move(connection));
}

void Transfers::begin_bytes(const RecordPtr& record, PeerConnection connection) {
    record->shown.path = connection.path;
    record->shown.state = TransferState::active;
    record->meter.add(node_.clock.now(), 0);
    const std::weak_ptr<TransferRecord> weak = record;
    BulkJob::Hooks hooks{[this, weak](BulkProgress progress) {
                             if (const auto running = weak.lock()) on_progress(running, progress);
                         },
                         [this, record, keep = room_.keep_alive()](BulkResult result) {
                             on_bytes_done(record, std::move(result));
                         }};
    record->job = record->shown.direction == Direction::out
                      ? BulkJob::send(node_.executor, std::move(connection), record->sources,
                                      std::move(hooks))
                      : BulkJob::receive(node_.executor, std::move(connection), record->into,
                                         record->expected, std::move(hooks));
    publish(record);
}

void Transfers::on_progress(const RecordPtr& record, const BulkProgress& progress) {
    if (record->shown.is_over()) return;
    Transfer& shown = record->shown;
    const TimePoint now = node_.clock.now();
    shown.bytes_done = progress.bytes_stored;
    shown.files_done = progress.files_done;
    shown.state = progress.is_verifying ? TransferState::verifying : TransferState::active;
    record->meter.add(now, progress.bytes_stored);
    shown.rate_bytes_per_s = record->meter.bytes_per_s(now);
    shown.eta_s.reset();
    if (shown.rate_bytes_per_s > 0) {
        shown.eta_s = (shown.bytes_total - std::min(shown.bytes_done, shown.bytes_total)) /
                      shown.rate_bytes_per_s;
    }
    publish(record);
}

void Transfers::on_bytes_done(const RecordPtr& record, BulkResult result) {
    record->job.reset();
    if (!record->shown.is_over()) {
        if (result.fault) {
            finish(record, TransferState::failed, std::move(result.fault));
        } else {
            record->shown.bytes_done = record->shown.bytes_total;
            record->shown.files_done = record->shown.files_total;
            record->shown.saved_as = std::move(result.saved_as);
            finish(record, TransferState::done, std::nullopt);
        }
    }
    if (!is_stopped_ && record->shown.direction == Direction::in) connect_next(record->shown.peer);
}

void Transfers::cancel(const TransferId& id, const std::string& ref) {
    const RecordPtr record = find_open(id, ref);
    if (!record) return;
    tell_cancelled(record, "");
    record->ref = ref;
    finish(record, TransferState::cancelled, std::nullopt);
}

void Transfers::tell_cancelled(const RecordPtr& record, const std::string& reason) {
    if (!room_.roster().find(record->shown.peer)) return;
    links_.send(record->shown.peer, wire::TransferCancel{record->shown.id, reason}, {});
}

void Transfers::handle(const PeerId& from, const wire::TransferCancel& cancel) {
    const RecordPtr record = find(from, cancel.transfer);
    if (!record || record->shown.is_over()) return;
    const std::string reason = escape_for_display(cancel.reason);
    const bool is_failure = !reason.empty();
    finish(record, is_failure ? TransferState::failed : TransferState::cancelled,
           is_failure ? std::optional(Fault{FaultCode::cancelled, reason}) : std::nullopt);
}

void Transfers::on_peer_left(const PeerId& peer) {
    for (const auto& [id, record] : std::map(records_)) {
        // What flows already has its own connection and may well come to its end.
        const bool hangs = record->shown.peer == peer && !record->shown.is_over() && !record->job;
        if (hangs) {
            finish(record, TransferState::failed,
                   Fault{FaultCode::disconnected, "This person has left the room."});
        }
    }
}

void Transfers::stop() {
    if (std::exchange(is_stopped_, true)) return;
    for (const auto& [id, record] : std::map(records_)) {
        if (!record->shown.is_over()) {
            finish(record, TransferState::cancelled, std::nullopt);
        }
    }
}

/// The last word on a transfer; a job still running ends soon and is then only forgotten.
void Transfers::finish(const RecordPtr& record, TransferState state, std::optional<Fault> fault) {
    record->shown.state = state;
    record->shown.fault = std::move(fault);
    record->shown.rate_bytes_per_s = 0;
    record->shown.eta_s.reset();
    if (record->job) record->job->interrupt();
    record->sources.clear();
    publish(record);
}

void Transfers::publish(const RecordPtr& record) {
    node_.events.push(event::TransferChanged{record->shown}, record->ref);
}

std::vector<Transfer> Transfers::list() const {
    std::vector<RecordPtr> ordered;
    for (const auto& [id, record] : records_) {
        if (record->pages_missing == 0) ordered.push_back(record);
    }
    std::sort(ordered.begin(), ordered.end(),
              [](const auto& a, const auto& b) { return a->order < b->order; });
    std::vector<Transfer> shown;
    for (const RecordPtr& record : ordered) shown.push_back(record->shown);
    return shown;
}

Transfers::RecordPtr Transfers::find(const PeerId& peer, const TransferId& id) const {
    const auto found = records_.find(id);
    const bool is_his = found != records_.end() && found->second->shown.peer == peer;
    return is_his ? found->second : nullptr;
}

Transfers::RecordPtr Transfers::find_open(const TransferId& id, const std::string& ref) const {
    const auto found = records_.find(id);
    if (found != records_.end() && !found->second->shown.is_over()) return found->second;
    node_.events.fail(no_such_transfer(), ref);
    return nullptr;
}

void Transfers::forget_oldest_over() {
    while (records_.size() > records_max) {
        auto oldest = records_.end();
        for (auto entry = records_.begin(); entry != records_.end(); ++entry) {
            const bool is_over = entry->second->shown.is_over() && !entry->second->job;
            const bool is_older =
                oldest == records_.end() || entry->second->order < oldest->second->order;
            if (is_over && is_older) oldest = entry;
        }
        if (oldest == records_.end()) return;
        records_.erase(oldest);
    }
}

}  // namespace dropline
