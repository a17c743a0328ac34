#include "net/transfer/offer_desk.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/platform/disk.hpp"
#include "net/room/offer_rules.hpp"
#include "net/transfer/chosen_part.hpp"
#include "net/trust/trust_book.hpp"

namespace dropline {

namespace {

/// What the limits count of the lists of one offer that nobody has agreed to yet.
std::size_t list_bytes(const TransferRecord& record) {
    std::size_t bytes = record.reading ? record.reading->kept_bytes() : 0;
    if (record.is_accepted) return bytes;
    if (record.manifest) bytes += record.manifest->kept_bytes;
    if (record.renewed) bytes += record.renewed->kept_bytes;
    return bytes;
}

constexpr const char* too_many_offers = "Too many offers at once. Wait until some are answered.";

/// A sender may put another list in the place of an unanswered one at any moment, also while a yes
/// is on its way here: it counts only for the list that its person has seen (A6, A11).
std::optional<Fault> objection_to_yes(const TransferRecord& record,
                                      std::optional<std::uint32_t> version_seen) {
    const bool is_being_renewed = record.version != record.told_version;
    if (!version_seen && record.is_told_anew) {
        return Fault{FaultCode::offer_changed,
                     "The list of this offer has changed since it was first told. Look at it "
                     "again, and accept it with its \"version\"."};
    }
    if (!is_being_renewed && version_seen.value_or(record.told_version) == record.told_version) {
        return std::nullopt;
    }
    return Fault{FaultCode::offer_changed,
                 "The list of this offer has changed. Look at the new one before you accept it."};
}

/// The other side hears of it as well, and where our files lie is not its business.
Fault fault_to_tell(const RecordPtr& record, const Fault& of_inspection) {
    if (of_inspection.code != FaultCode::file_error) return of_inspection;
    return {FaultCode::file_error, "\"" + record->shown.name + "\" cannot be read any more."};
}

std::uint32_t count_existing(const std::filesystem::path& folder, const Manifest& manifest) {
    std::uint32_t existing = 0;
    for (const ManifestRoot& root : manifest.roots) {
        struct stat status {};
        if (::lstat((folder / root.name).c_str(), &status) == 0) ++existing;
    }
    return existing;
}

}  // namespace

// ---- Sending ------------------------------------------------------------------------------------

void OfferDesk::inspect(std::vector<std::filesystem::path> chosen, Inspected done) {
    // Looking at files may wait for a disk or a network drive: not on this thread.
    const auto result = std::make_shared<std::optional<Result<SourceTree>>>();
    const std::uint64_t number = ++last_inspection_;
    inspections_.emplace(
        number, flow_.disk_task(
                    [result, chosen = std::move(chosen)](const std::atomic<bool>& is_given_up) {
                        result->emplace(inspect_sources(chosen, is_given_up));
                    },
                    [this, number, result, done = std::move(done)] {
                        inspections_.erase(number);
                        done(std::move(**result));
                    }));
}

void OfferDesk::offer(std::vector<PeerId> to, std::vector<std::filesystem::path> chosen,
                      const TransferId& batch, const std::string& ref) {
    std::erase_if(to, [&](const PeerId& peer) { return goes_on_already(peer, chosen, ref); });
    if (to.empty()) return;
    inspect(std::move(chosen),
            [this, to = std::move(to), batch, ref](Result<SourceTree> inspected) {
                if (!inspected) return book_.node().events.fail(inspected.fault(), ref);
                const auto sources = std::make_shared<const SourceTree>(std::move(*inspected));
                for (const PeerId& peer : to) offer_to(peer, sources, batch, ref);
            });
}

void OfferDesk::offer_again(std::vector<RecordPtr> failed, const std::string& ref) {
    std::erase_if(failed, [&](const RecordPtr& old) {
        if (!goes_on_already(old->shown.peer, old->chosen, ref)) return false;
        leave_batch(old);
        return true;
    });
    if (failed.empty()) return;
    for (const RecordPtr& old : failed) old->is_being_retried = true;
    const auto chosen = failed.front()->chosen;
    inspect(chosen, [this, failed = std::move(failed), ref](Result<SourceTree> inspected) {
        for (const RecordPtr& old : failed) old->is_being_retried = false;
        if (!inspected) return book_.node().events.fail(inspected.fault(), ref);
        const auto sources = std::make_shared<const SourceTree>(std::move(*inspected));
        for (const RecordPtr& old : failed) {
            if (offer_to(old->shown.peer, sources, old->shown.batch, ref)) leave_batch(old);
        }
    });
}

void OfferDesk::leave_batch(const RecordPtr& replaced) {
    replaced->shown.batch = TransferId{};
    book_.publish(replaced);
}

/// Whoever sends the same again after an interruption wants it to arrive, not to arrive twice.
bool OfferDesk::goes_on_already(const PeerId& peer,
                                const std::vector<std::filesystem::path>& chosen,
                                const std::string& ref) {
    std::vector<std::filesystem::path> absolute;
    for (const auto& path : chosen) {
        absolute.push_back(absolute_source(path));
    }
    for (const RecordPtr& record : book_.with(peer)) {
        const bool is_same = !record->is_incoming() && record->is_accepted &&
                             !record->shown.is_over() && !record->job && record->chosen == absolute;
        if (!is_same) continue;
        record->ref = ref;
        flow_.try_now(record);
        return true;
    }
    return false;
}

RecordPtr OfferDesk::offer_to(const PeerId& peer, std::shared_ptr<const SourceTree> sources,
                              const TransferId& batch, const std::string& ref) {
    if (!book_.is_present(peer)) {
        book_.node().events.fail({FaultCode::unknown_peer, "This person is not in the room now."},
                                 ref);
        return nullptr;
    }
    if (const auto objection =
            objection_to_offer(book_.node().identity.id(), peer, sources->manifest.bytes)) {
        book_.node().events.fail(*objection, ref);
        return nullptr;
    }
    auto record = std::make_shared<TransferRecord>();
    record->sources = sources;
    record->chosen = sources->chosen;
    record->ref = ref;
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

void OfferDesk::send_offer(const RecordPtr& record) {
    if (!book_.room() || !record->sources) return;
    const bool is_new = !record->is_accepted;
    book_.room()->links.send(
        record->shown.peer, pages_of(record).first(record->shown.id, record->version),
        [this, record, is_new](const Fault& fault) {
            const bool is_hopeless = is_new && record->shown.state == TransferState::offered &&
                                     book_.is_present(record->shown.peer);
            if (is_hopeless) flow_.end(record, TransferState::failed, fault);
        });
}

void OfferDesk::on_page_request(const PeerId& from, const wire::OfferPageRequest& request) {
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
const ManifestPages& OfferDesk::pages_of(const RecordPtr& record) {
    if (!record->pages) {
        record->pages = std::make_unique<ManifestPages>(record->sources->manifest);
        record->pages_handed_out = 0;
    }
    return *record->pages;
}

void OfferDesk::on_answer(const PeerId& from, const wire::OfferAnswer& answer) {
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
    record->shown.files_total = std::min(answer.files, manifest.files());
    record->shown.bytes_total = std::min(answer.bytes, manifest.bytes);
    if (std::exchange(record->is_accepted, true)) return flow_.settle(record);
    book_.keep(record, {});
    flow_.settle(record);
    queue_.on_yes(from);
}

void OfferDesk::renew(const RecordPtr& record) {
    if (record->version + record->replaced >= limits::offer_renewals_max) {
        const Fault restless{FaultCode::source_changed,
                             "The files change faster than they can be sent. Send a copy of them."};
        return flow_.fail(record, restless);
    }
    inspect(record->chosen, [this, record](Result<SourceTree> inspected) {
        if (record->shown.is_over() || record->ending) return;
        if (!inspected) return flow_.fail(record, fault_to_tell(record, inspected.fault()));
        if (!have_same_paths(inspected->manifest, record->sources->manifest)) {
            return replace(record, std::make_shared<const SourceTree>(std::move(*inspected)));
        }
        ++record->version;
        inspected->manifest.version = record->version;
        record->pages.reset();
        record->sources = std::make_shared<const SourceTree>(std::move(*inspected));
        book_.keep(record, {});
        send_offer(record);
    });
}

/// Nobody has agreed to files that have come or gone: a new question, in the place of the old one.
/// The new one is there before the old one ends, so that whoever follows the wish sees it go on.
void OfferDesk::replace(const RecordPtr& record, std::shared_ptr<const SourceTree> sources) {
    const Transfer& old = record->shown;
    const RecordPtr anew = offer_to(old.peer, std::move(sources), old.batch, record->ref);
    if (anew) {
        anew->replaced = record->replaced + record->version + 1;
        leave_batch(record);
    }
    flow_.fail(record, {FaultCode::source_changed,
                        "Files have come or gone meanwhile, so this is another offer now."});
}

// ---- Receiving ----------------------------------------------------------------------------------

void OfferDesk::on_offer(const PeerId& from, const wire::Offer& offer) {
    if (const RecordPtr known = book_.find(offer.transfer)) {
        // Another person's id is an attack (A17).
        if (known->shown.peer == from && known->is_incoming()) on_known_offer(known, offer);
        return;
    }
    if (const auto refusal = objection_to_another(from)) {
        return refuse(from, offer.transfer, refusal->sentence, refusal->retry_after_s);
    }
    // Its sender's program would have refused already: a forged one is not even shown.
    if (const auto objection = objection_to_offer(from, book_.node().identity.id(), offer.bytes)) {
        return refuse(from, offer.transfer, objection->sentence);
    }
    auto record = std::make_shared<TransferRecord>();
    record->shown.id = offer.transfer;
    record->shown.peer = from;
    record->shown.direction = Direction::in;
    book_.add(record);
    begin_list(record, offer);
    book_.forget_oldest_over();
}

/// Said again because its sender could not know that we have it, or with a list that has changed.
void OfferDesk::on_known_offer(const RecordPtr& record, const wire::Offer& offer) {
    const Transfer& shown = record->shown;
    if (shown.state == TransferState::done) {
        return book_.send(shown.peer, wire::TransferDone{shown.id});
    }
    if (shown.is_over() || record->ending) {
        return book_.send(shown.peer, wire::TransferCancel{shown.id, {}});
    }
    const bool is_renewed = offer.version > record->version;
    const bool is_begun_again = record->reading != nullptr && offer.version == record->version;
    if (is_renewed) {
        if (const auto objection = objection_to_renewal(*record, offer)) {
            return read_on(record, *objection);
        }
        ++record->renewals;
        return begin_list(record, offer);
    }
    if (is_begun_again) {
        // Said too often, it changes nothing: we go on asking for the page that is missing.
        if (is_within_rate(shown.peer)) begin_list(record, offer);
        return;
    }
    if (record->is_accepted) answer_yes(record);
}

void OfferDesk::begin_list(const RecordPtr& record, const wire::Offer& offer) {
    record->version = offer.version;
    record->reading = std::make_unique<ManifestReader>(offer);
    read_on(record, record->reading->add(offer.entries));
}

/// An unanswered offer that is renewed asks its person again, as a new one would. What was accepted
/// asks nobody, and files that change under way are no reason to hold it up.
std::optional<Fault> OfferDesk::objection_to_renewal(const TransferRecord& record,
                                                     const wire::Offer& offer) {
    if (record.renewals >= limits::offer_renewals_max) {
        return Fault{FaultCode::source_changed,
                     "The list of this offer has changed too often. Offer it anew."};
    }
    if (!record.is_accepted && !is_within_rate(record.shown.peer)) {
        return Fault{FaultCode::slow_down, too_many_offers};
    }
    return objection_to_offer(record.shown.peer, book_.node().identity.id(), offer.bytes);
}

void OfferDesk::on_page(const PeerId& from, const wire::OfferPage& page) {
    const RecordPtr record = book_.find(from, page.transfer);
    if (!record || !record->reading) return;
    const auto added = record->reading->add_page(page);
    if (added && !*added) return;
    read_on(record, added ? Result<void>() : Result<void>(added.fault()));
}

/// Asks for the next page, or takes the list when it is whole.
void OfferDesk::read_on(const RecordPtr& record, const Result<void>& result) {
    const auto too_long = result ? objection_to_length(*record) : std::nullopt;
    const Result<void> added = too_long ? Result<void>(*too_long) : result;
    const PeerId peer = record->shown.peer;
    if (added && record->reading->page_missing() != 0) {
        book_.send(peer, wire::OfferPageRequest{record->shown.id, record->reading->page_missing()});
        return;
    }
    auto manifest = added ? record->reading->finish() : Result<Manifest>(added.fault());
    if (manifest) {
        return take_list(record, std::make_shared<const Manifest>(std::move(*manifest)));
    }
    record->reading.reset();
    const Fault fault = manifest.fault();
    refuse(peer, record->shown.id, fault.sentence);
    const bool is_shown = record->is_accepted || record->is_announced;
    if (is_shown) return flow_.end(record, TransferState::failed, fault);
    book_.remove(record->shown.id);
    book_.node().events.fail({fault.code, "An offer was refused: " + fault.sentence});
}

void OfferDesk::take_list(const RecordPtr& record, std::shared_ptr<const Manifest> manifest) {
    auto sent_names = record->reading->sent_names();
    record->reading.reset();
    if (record->session) {
        record->sent_names = std::move(sent_names);
        return take_renewed(record, std::move(manifest));
    }
    ask_about(record, std::move(manifest), std::move(sent_names));
}

void OfferDesk::ask_about(const RecordPtr& record, std::shared_ptr<const Manifest> manifest,
                          std::map<std::uint32_t, std::string> sent_names) {
    if (record->disk_task) {
        // A thread looks at the disk for the earlier list; one thread for one offer.
        record->renewed = std::move(manifest);
        record->renewed_names = std::move(sent_names);
        return;
    }
    record->manifest = std::move(manifest);
    record->sent_names = std::move(sent_names);
    look_at_disk(record);
}

/// The one it waits for may still be on its way, page by page.
void OfferDesk::ask_about_renewed(const RecordPtr& record) {
    if (!record->renewed) return;
    ask_about(record, std::exchange(record->renewed, nullptr),
              std::exchange(record->renewed_names, {}));
}

/// The same names with other contents were agreed to already; anything else is asked again.
void OfferDesk::take_renewed(const RecordPtr& record, std::shared_ptr<const Manifest> manifest) {
    if (record->is_busy()) {
        // The old list is still at work here: its connection has only just broken.
        if (record->job) record->job->interrupt();
        if (record->disk_task) *record->disk_task->is_given_up = true;
        record->renewed = std::move(manifest);
        return;
    }
    const bool is_beyond_rule =
        record->rule_bytes_max > 0 && manifest->bytes > record->rule_bytes_max;
    if (is_beyond_rule || !record->session->renew(manifest)) {
        flow_.end(record, TransferState::failed,
                  Fault{FaultCode::source_changed,
                        "The files were changed while they were sent, and are no longer the same "
                        "ones. Ask for a new offer."});
        book_.send(record->shown.peer,
                   wire::TransferCancel{record->shown.id, "The list of files has changed."});
        return;
    }
    record->manifest = std::move(manifest);
    record->shown.bytes_total = record->session->state().bytes_wanted;
    book_.keep(record, [this, record] { flow_.pump(record->shown.peer); });
    answer_yes(record);
    flow_.try_now(record);
}

/// What the default folder holds and has room for is looked at first, by another thread.
void OfferDesk::look_at_disk(const RecordPtr& record) {
    const auto look = std::make_shared<Look>();
    record->disk_task = flow_.disk_task(
        [look, folder = book_.node().receive_folder, manifest = record->manifest,
         rule = rule_for(*record)](const std::atomic<bool>&) {
            const auto space = free_space(folder);
            look->free_bytes = space ? space->available_bytes : 0;
            look->existing = count_existing(folder, *manifest);
            if (!rule) return;
            const auto fits = check_target(rule->into, manifest->bytes, manifest->files());
            if (fits) look->rule_that_fits = rule;
        },
        [this, record, look] { on_looked(record, std::move(*look)); });
}

void OfferDesk::on_looked(const RecordPtr& record, Look look) {
    record->disk_task.reset();
    if (record->ending) return flow_.let_go(record);
    // Its sender has gone before anybody was asked, or a newer list of it could not be taken.
    if (book_.find(record->shown.id) != record) return;
    if (record->version != record->manifest->version) return ask_about_renewed(record);
    if (const auto objection = objection_to_offer(*record)) {
        if (record->is_announced) return end_against_rules(record, *objection);
        refuse(record->shown.peer, record->shown.id, objection->sentence);
        return book_.remove(record->shown.id);
    }
    // Trust may have been taken back while the disk was looked at.
    if (look.rule_that_fits != rule_for(*record)) look.rule_that_fits.reset();
    announce(record, look);
}

/// What the user has said beforehand to offers like this one; nothing when he is to be asked.
/// Only the key counts, never a name, and nothing hidden or runnable is ever taken unasked (A6).
std::optional<AutoAccept> OfferDesk::rule_for(const TransferRecord& record) {
    const auto rule = book_.node().trust->auto_accept(record.shown.peer);
    const Manifest& manifest = *record.manifest;
    if (!rule || manifest.bytes > rule->bytes_max) return std::nullopt;
    if (std::ranges::any_of(manifest.entries, &ManifestEntry::is_risky)) return std::nullopt;
    return rule;
}

void OfferDesk::announce(const RecordPtr& record, const Look& look) {
    const Manifest& manifest = *record->manifest;
    Transfer& shown = record->shown;
    shown.name = manifest.title();
    shown.files_total = manifest.files();
    shown.bytes_total = manifest.bytes;
    shown.left_out = manifest.left_out;
    record->is_told_anew = std::exchange(record->is_announced, true);
    record->told_version = manifest.version;
    book_.node().events.push(question_about(*record, look));
    book_.publish(record);
    if (!look.rule_that_fits) return;
    record->rule_bytes_max = look.rule_that_fits->bytes_max;
    take(record, look.rule_that_fits->into, ReceiveState::all_of(manifest), {});
}

event::Offer OfferDesk::question_about(const TransferRecord& record, const Look& look) const {
    const Manifest& manifest = *record.manifest;
    const Transfer& shown = record.shown;
    event::Offer offer;
    offer.transfer = shown.id;
    const Peer* from = book_.room() ? book_.room()->room.roster().find_known(shown.peer) : nullptr;
    if (from != nullptr) offer.from = *from;
    offer.from.id = shown.peer;
    offer.name = shown.name;
    offer.files = manifest.files();
    offer.folders = manifest.folders;
    offer.bytes = manifest.bytes;
    offer.preview = offer_preview(manifest, record.sent_names);
    offer.default_folder = book_.node().receive_folder.string();
    offer.free_bytes = look.free_bytes;
    offer.existing = look.existing;
    offer.is_accepted_by_rule = look.rule_that_fits.has_value();
    offer.left_out = manifest.left_out;
    offer.left_out_preview = manifest.left_out_names;
    offer.version = manifest.version;
    return offer;
}

/// Nothing outside of a room: then nobody can be sent to, and nobody sends.
std::optional<Fault> OfferDesk::objection_to_offer(const PeerId& from, const PeerId& to,
                                                   std::uint64_t bytes) const {
    if (!book_.room()) return std::nullopt;
    return dropline::objection_to_offer(book_.room()->room, from, to, bytes);
}

std::optional<Fault> OfferDesk::objection_to_offer(const TransferRecord& record) const {
    const PeerId& self = book_.node().identity.id();
    const PeerId& peer = record.shown.peer;
    if (record.is_incoming()) return objection_to_offer(peer, self, record.manifest->bytes);
    if (!record.sources) return std::nullopt;
    return objection_to_offer(self, peer, record.sources->manifest.bytes);
}

void OfferDesk::keep_to_rules() {
    for (const RecordPtr& record : book_.all()) {
        const bool is_unanswered =
            !record->is_accepted && !record->shown.is_over() && !record->ending;
        if (!is_unanswered) continue;
        const auto objection = objection_to_offer(*record);
        if (objection) end_against_rules(record, *objection);
    }
}

/// The other side is told as well: its program may not look at the rules by itself.
void OfferDesk::end_against_rules(const RecordPtr& record, const Fault& objection) {
    const Transfer& shown = record->shown;
    if (record->is_incoming()) {
        refuse(shown.peer, shown.id, objection.sentence);
    } else {
        book_.send(shown.peer, wire::TransferCancel{shown.id, objection.sentence});
    }
    flow_.end(record, TransferState::declined, objection);
}

void OfferDesk::refuse(const PeerId& from, const TransferId& id, const std::string& reason,
                       std::uint32_t retry_after_s) {
    book_.send(from, wire::OfferAnswer{id, false, reason, 0, 0, retry_after_s});
}

RateLimit& OfferDesk::offer_rate(const PeerId& from) {
    const TimePoint now = book_.node().clock.now();
    // What has filled up again is as good as new: strangers who come and go leave nothing behind.
    std::erase_if(offer_rates_, [now](const auto& entry) { return entry.second.is_full(now); });
    const auto rate =
        offer_rates_.try_emplace(from, limits::offers_burst, limits::offers_per_minute / 60.0, now);
    return rate.first->second;
}

bool OfferDesk::is_within_rate(const PeerId& from) {
    return offer_rate(from).take(book_.node().clock.now());
}

std::optional<OfferDesk::NotNow> OfferDesk::objection_to_another(const PeerId& from) {
    constexpr std::uint32_t retry_when_full_s = 10;  // when a person answers nobody knows
    std::size_t of_all = 0;
    std::size_t of_peer = 0;
    for (const RecordPtr& record : book_.with_open_list()) {
        if (record->is_accepted) continue;
        ++of_all;
        if (record->shown.peer == from) ++of_peer;
    }
    if (of_peer >= limits::offers_pending_per_peer_max) {
        return NotNow{too_many_offers, retry_when_full_s};
    }
    if (of_peer > 0 && of_all >= limits::offers_pending_max) {
        return NotNow{
            "Too many offers of all people wait for an answer here. Offer it again when "
            "some of them are answered.",
            retry_when_full_s};
    }
    if (is_within_rate(from)) return std::nullopt;
    const auto wait_ms = offer_rate(from).wait(book_.node().clock.now()).count();
    return NotNow{too_many_offers, static_cast<std::uint32_t>(wait_ms / 1000) + 1};
}

/// A list of 200,000 names is 60 MB of memory, and nobody has agreed to it yet.
std::optional<Fault> OfferDesk::objection_to_length(const TransferRecord& record) const {
    std::size_t of_all = 0;
    std::size_t of_peer = 0;
    for (const RecordPtr& one : book_.with_open_list()) {
        of_all += list_bytes(*one);
        if (one->shown.peer == record.shown.peer) of_peer += list_bytes(*one);
    }
    if (of_peer > limits::unanswered_lists_bytes_per_peer_max) {
        return Fault{FaultCode::too_large,
                     "The unanswered offers of one person list too many files together. Offer it "
                     "again when some of them are answered."};
    }
    const bool is_too_much = of_all > limits::unanswered_lists_bytes_max &&
                             of_peer > limits::unanswered_lists_bytes_always;
    if (!is_too_much) return std::nullopt;
    return Fault{FaultCode::too_large,
                 "Too many long lists of files wait for an answer here. Offer it again when some "
                 "of them are answered."};
}

void OfferDesk::accept(const RecordPtr& record, const command::Accept& wish,
                       const std::string& ref) {
    auto& node = book_.node();
    const bool can_accept = record->is_incoming() && record->is_announced && !record->is_accepted &&
                            !record->is_being_accepted;
    if (!can_accept) {
        return node.events.fail(
            {FaultCode::bad_request, "This transfer is not waiting for an answer."}, ref);
    }
    if (const auto objection = objection_to_yes(*record, wish.version)) {
        return node.events.fail(*objection, ref);
    }
    if (const auto objection = objection_to_offer(*record)) {
        node.events.fail(*objection, ref);
        return end_against_rules(record, *objection);
    }
    ReceiveState state = chosen_part(*record->manifest, wish.only, wish.except);
    const bool is_nothing = std::ranges::all_of(
        state.entries, [](EntryState entry) { return entry == EntryState::unwanted; });
    if (is_nothing) {
        return node.events.fail({FaultCode::bad_request,
                                 "None of the offered files has been chosen. Decline it instead."},
                                ref);
    }
    auto into = wish.into.empty() ? node.receive_folder : wish.into;
    const auto fits = std::make_shared<Result<void>>();
    record->is_being_accepted = true;
    record->disk_task =
        flow_.disk_task([fits, into, bytes = state.bytes_wanted, files = state.files_wanted](
                            const std::atomic<bool>&) { *fits = check_target(into, bytes, files); },
                        [this, record, ref, fits, into, state = std::move(state)] {
                            on_folder_checked(record, into, state, *fits, ref);
                        });
}

void OfferDesk::on_folder_checked(const RecordPtr& record, const std::filesystem::path& into,
                                  const ReceiveState& state, const Result<void>& fits,
                                  const std::string& ref) {
    record->disk_task.reset();
    record->is_being_accepted = false;
    if (record->ending) return flow_.let_go(record);
    const auto objection = objection_to_yes(*record, record->told_version);
    if (!objection && fits) {
        // Who is welcome may send as fast as he is answered; what a rule takes unasked counts.
        offer_rate(record->shown.peer).give_back(book_.node().clock.now());
        return take(record, into, state, ref);
    }
    // The offer stands: another folder may do, or the new list. A pause was meant for the bytes.
    book_.node().events.fail(objection ? *objection : fits.fault(), ref);
    if (std::exchange(record->is_paused_by_us, false)) flow_.settle(record);
    ask_about_renewed(record);
}

void OfferDesk::take(const RecordPtr& record, const std::filesystem::path& into, ReceiveState state,
                     const std::string& ref) {
    record->shown.files_total = state.files_wanted;
    record->shown.bytes_total = state.bytes_wanted;
    record->ref = ref;
    record->is_accepted = true;
    std::error_code ignored;
    record->session =
        std::make_shared<ReceiveSession>(record->shown.id, std::filesystem::absolute(into, ignored),
                                         record->manifest, std::move(state));
    flow_.settle(record);
    answer_yes(record);
    if (record->is_paused_by_us) {
        book_.send(record->shown.peer, wire::TransferPause{record->shown.id, true, {}});
    }
    // Bytes flow when it is written down that they are wanted: a restart then goes on with them.
    book_.keep(record, [this, record] { flow_.pump(record->shown.peer); });
}

void OfferDesk::answer_yes(const RecordPtr& record) {
    book_.send(
        record->shown.peer,
        wire::OfferAnswer{
            record->shown.id, true, {}, record->shown.files_total, record->shown.bytes_total, 0});
}

void OfferDesk::decline(const RecordPtr& record, const std::string& ref) {
    const bool can_decline = record->is_incoming() && !record->is_accepted;
    if (!can_decline) {
        return book_.node().events.fail(
            {FaultCode::bad_request,
             "This transfer is not an open offer to you. Cancel it instead."},
            ref);
    }
    refuse(record->shown.peer, record->shown.id, "The offer was declined.");
    record->ref = ref;
    flow_.end(record, TransferState::declined, std::nullopt);
}

void OfferDesk::list_entries(const RecordPtr& record, std::uint32_t first, std::uint32_t count,
                             const std::string& ref) {
    const Manifest* manifest = record->sources    ? &record->sources->manifest
                               : record->manifest ? record->manifest.get()
                                                  : nullptr;
    event::OfferEntries answer;
    answer.transfer = record->shown.id;
    answer.first = first;
    if (manifest != nullptr) {
        answer.total = manifest->size();
        answer.version = manifest->version;
        const std::uint64_t wanted =
            std::min<std::uint64_t>(count, limits::offer_entries_per_answer_max);
        const std::uint64_t end = std::min<std::uint64_t>(manifest->size(), first + wanted);
        for (std::uint64_t index = first; index < end; ++index) {
            answer.entries.push_back(
                offered_file(*manifest, static_cast<std::uint32_t>(index), record->sent_names));
        }
    }
    book_.node().events.push(std::move(answer), ref);
}

void OfferDesk::stop() {
    queue_.stop();
    for (const auto& [number, task] : inspections_) *task->is_given_up = true;
}

}  // namespace dropline
