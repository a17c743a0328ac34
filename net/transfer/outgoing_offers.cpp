#include "net/transfer/outgoing_offers.hpp"

#include <algorithm>
#include <utility>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/transfer/open_offers.hpp"

namespace dropline {

namespace {

/// The other side hears of it as well, and where our files lie is not its business.
Fault fault_to_tell(const RecordPtr& record, const Fault& of_inspection) {
    if (of_inspection.code != FaultCode::file_error) return of_inspection;
    return {FaultCode::file_error, "\"" + record->shown.name + "\" cannot be read any more."};
}

}  // namespace

void OutgoingOffers::inspect(std::vector<std::filesystem::path> chosen, Unsendable unsendable,
                             Inspected done) {
    look(
        [chosen = std::move(chosen), unsendable](const std::atomic<bool>& is_given_up) {
            return inspect_sources(chosen, unsendable, is_given_up);
        },
        std::move(done));
}

/// Looking at files may wait for a disk or a network drive: not on this thread.
void OutgoingOffers::look(std::function<Result<SourceTree>(const std::atomic<bool>&)> at_disk,
                          Inspected done) {
    const auto result = std::make_shared<std::optional<Result<SourceTree>>>();
    const std::uint64_t number = ++last_inspection_;
    inspections_.emplace(
        number, flow_.disk_task(
                    [result, at_disk = std::move(at_disk)](const std::atomic<bool>& is_given_up) {
                        result->emplace(at_disk(is_given_up));
                    },
                    [this, number, result, done = std::move(done)] {
                        inspections_.erase(number);
                        done(std::move(**result));
                    }));
}

void OutgoingOffers::offer(std::vector<PeerId> to, std::vector<std::filesystem::path> chosen,
                           Unsendable unsendable, const TransferId& batch, const std::string& ref) {
    std::erase_if(to, [&](const PeerId& peer) { return goes_on_already(peer, chosen, ref); });
    if (to.empty()) return;
    inspect(std::move(chosen), unsendable,
            [this, to = std::move(to), batch, ref](Result<SourceTree> inspected) {
                if (!inspected) return book_.node().events.fail(inspected.fault(), ref);
                const auto sources = std::make_shared<const SourceTree>(std::move(*inspected));
                for (const PeerId& peer : to) offer_to(peer, sources, batch, ref);
            });
}

void OutgoingOffers::offer_again(std::vector<RecordPtr> failed, const std::string& ref) {
    std::erase_if(failed, [&](const RecordPtr& old) {
        if (!goes_on_already(old->shown.peer, old->chosen, ref)) return false;
        leave_batch(old);
        return true;
    });
    if (failed.empty()) return;
    // Of one wish, too, some may have become offers of fewer files meanwhile.
    const auto chosen = failed.front()->chosen;
    const Unsendable unsendable = failed.front()->unsendable;
    const auto others =
        std::stable_partition(failed.begin(), failed.end(),
                              [&chosen](const RecordPtr& old) { return old->chosen == chosen; });
    std::vector<RecordPtr> of_other_files(others, failed.end());
    failed.erase(others, failed.end());
    for (const RecordPtr& old : failed) old->is_being_retried = true;
    inspect(chosen, unsendable,
            [this, failed = std::move(failed), ref](Result<SourceTree> inspected) {
                for (const RecordPtr& old : failed) old->is_being_retried = false;
                if (!inspected) return book_.node().events.fail(inspected.fault(), ref);
                const auto sources = std::make_shared<const SourceTree>(std::move(*inspected));
                for (const RecordPtr& old : failed) {
                    if (offer_to(old->shown.peer, sources, old->shown.batch, ref)) leave_batch(old);
                }
            });
    offer_again(std::move(of_other_files), ref);
}

void OutgoingOffers::leave_batch(const RecordPtr& replaced) {
    replaced->shown.batch = TransferId{};
    book_.publish(replaced);
}

/// Whoever sends the same again after an interruption wants it to arrive, not to arrive twice.
bool OutgoingOffers::goes_on_already(const PeerId& peer,
                                     const std::vector<std::filesystem::path>& chosen,
                                     const std::string& ref) {
    std::vector<std::filesystem::path> absolute;
    absolute.reserve(chosen.size());
    for (const auto& path : chosen) {
        absolute.push_back(absolute_source(path));
    }
    for (const RecordPtr& record : book_.with(peer)) {
        const bool is_at_rest = !record->job || record->is_paused();
        const bool is_same = !record->is_incoming() && record->is_accepted && is_at_rest &&
                             !record->shown.is_over() && !record->ending &&
                             record->chosen == absolute;
        if (!is_same) continue;
        record->answer_to(ref);
        record->is_paused_by_us ? flow_.pause(record, false) : flow_.try_now(record);
        return true;
    }
    return false;
}

bool OutgoingOffers::offer_to(const PeerId& peer, std::shared_ptr<const SourceTree> sources,
                              const TransferId& batch, const std::string& ref) {
    if (!book_.is_present(peer)) {
        book_.node().events.fail({FaultCode::unknown_peer, "This person is not in the room now."},
                                 ref);
        return false;
    }
    if (const auto objection =
            objection_to_offer(book_, book_.node().identity.id(), peer, sources->manifest.bytes)) {
        book_.node().events.fail(*objection, ref);
        return false;
    }
    add_offer(peer, std::move(sources), batch, ref);
    return true;
}

RecordPtr OutgoingOffers::add_offer(const PeerId& peer, std::shared_ptr<const SourceTree> sources,
                                    const TransferId& batch, const std::string& ref) {
    auto record = std::make_shared<TransferRecord>();
    record->sources = sources;
    record->chosen = sources->wished;
    record->unsendable = sources->unsendable;
    record->answer_to(ref);
    Transfer& shown = record->shown;
    shown.id = random_id<TransferId>();
    shown.peer = peer;
    shown.batch = batch;
    shown.direction = Direction::out;
    shown.files_total = sources->manifest.files();
    shown.bytes_total = sources->manifest.bytes;
    shown.left_out = sources->manifest.left_out;
    shown.name = escape_for_display(sources->manifest.title());
    book_.add(record);
    queue_.pump(peer);
    book_.forget_oldest_over();
    return record;
}

void OutgoingOffers::say(const RecordPtr& record) {
    // What is not written down yet is said when it is.
    if (!book_.room() || !record->sources || record->is_being_renewed) return;
    const bool is_new = !record->is_accepted;
    if (is_new) keep_unanswered(record);
    book_.room()->links.send(
        record->shown.peer, pages_of(record).first(record->shown.id, record->version),
        [this, record, is_new](const Fault& fault) {
            // When it is we who have lost the room, the offer waits for our return.
            const bool is_hopeless = is_new && record->shown.state == TransferState::offered &&
                                     fault.code != FaultCode::cancelled &&
                                     book_.is_present(record->shown.peer);
            if (is_hopeless) flow_.end(record, TransferState::failed, fault);
        });
}

/// A yes is on its way before we know of it: killed by then, we have to know after a restart what
/// it was said to. Long lists are not written down for everybody who may never answer.
void OutgoingOffers::keep_unanswered(const RecordPtr& record) {
    constexpr std::size_t entries_max = 2'000;
    const bool is_due = !record->is_kept && !record->is_keeping &&
                        record->sources->manifest.entries.size() <= entries_max;
    if (is_due) book_.keep(record, {});
}

void OutgoingOffers::ask_anew(const RecordPtr& record) {
    const RecordPtr anew =
        add_offer(record->shown.peer, record->sources, record->shown.batch, record->ref);
    anew->replaced = record->replaced + 1;
    leave_batch(record);
    flow_.end(record, TransferState::failed,
              Fault{FaultCode::disconnected,
                    "You had left the room meanwhile, so this is another offer now."});
}

void OutgoingOffers::renew(const RecordPtr& record) {
    // The receiver comes again while we look, and its connection finds the same.
    if (record->is_being_renewed) return;
    if (record->renewals + record->replaced >= limits::offer_renewals_max) {
        const Fault restless{FaultCode::source_changed,
                             "The files change faster than they can be sent. Send a copy of them."};
        return flow_.fail(record, restless);
    }
    record->is_being_renewed = true;
    const auto at_disk = [agreed = record->sources, bytes_max = record->renewed_bytes_max](
                             const std::atomic<bool>& is_given_up) {
        return inspect_again(*agreed, bytes_max, is_given_up);
    };
    look(at_disk, [this, record](Result<SourceTree> inspected) {
        record->is_being_renewed = false;
        if (record->shown.is_over() || record->ending) return;
        // Out of descriptors, or leaving: the next connection finds the change again.
        if (is_passing(inspected)) return;
        if (!inspected && inspected.fault().code == FaultCode::cancelled) return;
        if (!inspected) return flow_.fail(record, fault_to_tell(record, inspected.fault()));
        const bool is_agreed_to = inspected->manifest.version > record->version;
        if (!is_agreed_to) {
            return replace(record, std::make_shared<const SourceTree>(std::move(*inspected)));
        }
        take_next_version(record, std::make_shared<const SourceTree>(std::move(*inspected)));
    });
}

/// Killed in between, we must not come back with a list older than what the receiver has heard of.
void OutgoingOffers::take_next_version(const RecordPtr& record,
                                       std::shared_ptr<const SourceTree> sources) {
    record->version = sources->manifest.version;
    ++record->renewals;
    record->shown.left_out = sources->manifest.left_out;
    record->pages.reset();
    record->sources = std::move(sources);
    record->is_being_renewed = true;
    book_.keep(record, [this, record] {
        record->is_being_renewed = false;
        say(record);
    });
}

/// Nobody has agreed to this list: a new question, in the place of the old one.
/// The new one is there before the old one ends, so that whoever follows the wish sees it go on.
void OutgoingOffers::replace(const RecordPtr& record, std::shared_ptr<const SourceTree> sources) {
    const Transfer& old = record->shown;
    // Nobody to ask now: the next connection finds the change again.
    if (!book_.is_present(old.peer)) return;
    const auto objection =
        objection_to_offer(book_, book_.node().identity.id(), old.peer, sources->manifest.bytes);
    if (objection) return flow_.fail(record, *objection);
    const RecordPtr anew = add_offer(old.peer, std::move(sources), old.batch, record->ref);
    anew->replaced = record->replaced + record->renewals + 1;
    leave_batch(record);
    flow_.fail(record,
               {FaultCode::source_changed,
                "The files are not the agreed ones any more, so this is another offer now."});
}

void OutgoingOffers::on_page_request(const PeerId& from, const wire::OfferPageRequest& request) {
    const RecordPtr record = book_.find(from, request.transfer);
    if (!record || !record->sources) return;
    const ManifestPages& pages = pages_of(record);
    if (request.page >= pages.count() || record->ending) return;
    // A request of 30 bytes is answered by 64 KiB: whoever has all of it several times wants to
    // keep us busy.
    const std::uint64_t handed_out_max =
        std::uint64_t{limits::offer_page_rounds_max} * (pages.count() - 1);
    if (++record->pages_handed_out > handed_out_max) {
        return flow_.fail(record, {FaultCode::protocol_error,
                                   "The list of files was asked for again and again. Offer it "
                                   "anew."});
    }
    book_.send(from, pages.page(request.transfer, record->version, request.page));
}

/// Cut once: a long list takes its time.
const ManifestPages& OutgoingOffers::pages_of(const RecordPtr& record) {
    if (!record->pages) {
        record->pages = std::make_unique<ManifestPages>(record->sources->manifest);
        record->pages_handed_out = 0;
    }
    return *record->pages;
}

void OutgoingOffers::on_answer(const PeerId& from, const wire::OfferAnswer& answer) {
    const RecordPtr record = book_.find(from, answer.transfer);
    const bool is_awaited = record && !record->is_incoming() && !record->shown.is_over() &&
                            !record->ending && record->sources;
    if (!is_awaited) return;
    const bool is_put_off = !answer.is_accepted && answer.retry_after_s > 0 && !record->is_accepted;
    if (is_put_off) {
        constexpr std::uint32_t retry_after_s_max = 60;
        return queue_.hold(record,
                           std::chrono::seconds(std::min(answer.retry_after_s, retry_after_s_max)));
    }
    if (!answer.is_accepted) {
        const std::string reason = escape_for_display(answer.reason);
        flow_.end(record, TransferState::declined,
                  Fault{FaultCode::declined, reason.empty() ? "The offer was declined." : reason});
        return queue_.pump(from);
    }
    const Manifest& manifest = record->sources->manifest;
    Transfer& shown = record->shown;
    const auto earlier = std::pair(shown.files_total, shown.bytes_total);
    shown.files_total = std::min(answer.files, manifest.files());
    shown.bytes_total = std::min(answer.bytes, manifest.bytes);
    shown.files_done = std::min(shown.files_done, shown.files_total);
    shown.bytes_done = std::min(shown.bytes_done, shown.bytes_total);
    if (std::exchange(record->is_accepted, true)) {
        // Whoever says something else again and again is not worth a long list written each time.
        const bool is_news = std::pair(shown.files_total, shown.bytes_total) != earlier;
        const bool is_written =
            is_news && !record->is_keeping && ++record->answers < limits::offer_renewals_max;
        if (!is_news || !flow_.takes_wish(record)) return;
        if (is_written) book_.keep_numbers(record);
        return flow_.settle(record);
    }
    record->agreed_under = book_.host_of_room();
    record->quiet_since = book_.node().clock.wall_now();
    record->renewed_bytes_max = manifest.bytes + renewal_growth_max(record->shown.bytes_total);
    book_.keep(record, {});
    flow_.settle(record);
    queue_.on_yes(from);
}

void OutgoingOffers::stop() {
    queue_.stop();
    for (const auto& [number, task] : inspections_) *task->is_given_up = true;
}

}  // namespace dropline
