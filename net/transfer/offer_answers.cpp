#include "net/transfer/offer_answers.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "net/platform/disk.hpp"
#include "net/transfer/chosen_part.hpp"
#include "net/transfer/journal.hpp"
#include "net/transfer/offer_room.hpp"
#include "net/transfer/open_offers.hpp"
#include "net/trust/trust_book.hpp"

namespace dropline {

namespace {

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

std::uint32_t count_existing(const std::filesystem::path& folder, const Manifest& manifest) {
    std::uint32_t existing = 0;
    for (const ManifestRoot& root : manifest.roots) {
        struct stat status {};
        if (::lstat((folder / root.name).c_str(), &status) == 0) ++existing;
    }
    return existing;
}

}  // namespace

// ---- Asking -------------------------------------------------------------------------------------

void OfferAnswers::ask_about(const RecordPtr& record, std::shared_ptr<const Manifest> manifest,
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
void OfferAnswers::ask_about_renewed(const RecordPtr& record) {
    if (!record->renewed) return;
    ask_about(record, std::exchange(record->renewed, nullptr),
              std::exchange(record->renewed_names, {}));
}

/// The same names with other contents, or fewer of them, were agreed to already; for anything else
/// there is no yes.
void OfferAnswers::take_renewed(const RecordPtr& record, std::shared_ptr<const Manifest> manifest) {
    if (record->is_busy()) {
        // The old list is still at work here: its connection has only just broken.
        if (record->job) record->job->interrupt();
        if (record->disk_task) *record->disk_task->is_given_up = true;
        record->renewed = std::move(manifest);
        return;
    }
    const bool is_beyond_rule =
        record->rule_bytes_max > 0 && manifest->bytes > record->rule_bytes_max;
    if (is_beyond_rule || !record->session->renew(manifest, record->renewed_bytes_max)) {
        flow_.end(record, TransferState::failed,
                  Fault{FaultCode::source_changed,
                        "The files were changed while they were sent, and are no longer the same "
                        "ones. Ask for a new offer."});
        book_.send(record->shown.peer,
                   wire::TransferCancel{record->shown.id, "The list of files has changed."});
        return;
    }
    record->manifest = std::move(manifest);
    // What was saved of the old list is nothing of the new one: also when this run ends right now.
    record->state_blob = encode_state(*record->session);
    Transfer& shown = record->shown;
    shown.bytes_total = record->session->state().bytes_wanted;
    shown.files_total = record->session->state().files_wanted;
    shown.bytes_done = std::min(shown.bytes_done, shown.bytes_total);
    shown.files_done = std::min(shown.files_done, shown.files_total);
    shown.left_out = record->manifest->left_out;
    book_.keep(record, [this, record] { flow_.pump(record->shown.peer); });
    answer_yes(record);
    flow_.try_now(record);
}

/// What the default folder holds and has room for is looked at first, by another thread.
void OfferAnswers::look_at_disk(const RecordPtr& record) {
    const auto look = std::make_shared<Look>();
    record->disk_task = flow_.disk_task(
        [look, folder = book_.node().receive_folder, manifest = record->manifest,
         rule = rule_for(*record)](const std::atomic<bool>& is_given_up) {
            const auto space = free_space(folder);
            look->free_bytes = space ? space->available_bytes : 0;
            look->existing = count_existing(folder, *manifest);
            if (!rule) return;
            const auto all = ReceiveState::all_of(*manifest);
            const auto fits = check_target(rule->into, *manifest, all, is_given_up);
            if (fits) look->rule_that_fits = rule;
        },
        [this, record, look] { on_looked(record, std::move(*look)); });
}

void OfferAnswers::on_looked(const RecordPtr& record, Look look) {
    record->disk_task.reset();
    if (record->ending) return flow_.let_go(record);
    // Its sender has gone before anybody was asked, or a newer list of it could not be taken.
    if (book_.find(record->shown.id) != record) return;
    if (record->version != record->manifest->version) return ask_about_renewed(record);
    if (const auto objection = objection_to_offer(book_, *record)) {
        if (record->is_announced) return end_against_rules(book_, flow_, record, *objection);
        refuse_offer(book_, record->shown.peer, record->shown.id, objection->sentence);
        return book_.remove(record->shown.id);
    }
    // Trust may have been taken back while the disk was looked at.
    if (look.rule_that_fits != rule_for(*record)) look.rule_that_fits.reset();
    announce(record, look);
}

/// What the user has said beforehand to offers like this one; nothing when he is to be asked.
/// Only the key counts, never a name, and nothing hidden or runnable is ever taken unasked (A6).
std::optional<AutoAccept> OfferAnswers::rule_for(const TransferRecord& record) {
    auto rule = book_.node().trust->auto_accept(record.shown.peer);
    const Manifest& manifest = *record.manifest;
    if (!rule || manifest.bytes > rule->bytes_max) return std::nullopt;
    if (std::ranges::any_of(manifest.entries, &ManifestEntry::is_risky)) return std::nullopt;
    return rule;
}

void OfferAnswers::announce(const RecordPtr& record, const Look& look) {
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

event::Offer OfferAnswers::question_about(const TransferRecord& record, const Look& look) const {
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

// ---- The answer ---------------------------------------------------------------------------------

void OfferAnswers::accept(const RecordPtr& record, const command::Accept& wish,
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
    if (const auto objection = objection_to_offer(book_, *record)) {
        node.events.fail(*objection, ref);
        return end_against_rules(book_, flow_, record, *objection);
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
    const auto wanted = std::make_shared<ReceiveState>(std::move(state));
    auto look = [fits, into, manifest = record->manifest,
                 wanted](const std::atomic<bool>& is_given_up) {
        *fits = check_target(into, *manifest, *wanted, is_given_up);
    };
    record->disk_task = flow_.disk_task(std::move(look), [this, record, ref, fits, into, wanted] {
        on_folder_checked(record, into, std::move(*wanted), *fits, ref);
    });
}

void OfferAnswers::on_folder_checked(const RecordPtr& record, const std::filesystem::path& into,
                                     ReceiveState state, const Result<void>& fits,
                                     const std::string& ref) {
    record->disk_task.reset();
    record->is_being_accepted = false;
    if (record->ending) return flow_.let_go(record);
    const auto objection = objection_to_yes(*record, record->told_version);
    if (!objection && fits) {
        // Who is welcome may send as fast as he is answered; what a rule takes unasked counts.
        limits_.give_back(record->shown.peer);
        return take(record, into, std::move(state), ref);
    }
    // The offer stands: another folder may do, or the new list. A pause was meant for the bytes.
    book_.node().events.fail(objection ? *objection : fits.fault(), ref);
    if (std::exchange(record->is_paused_by_us, false)) flow_.settle(record);
    ask_about_renewed(record);
}

void OfferAnswers::take(const RecordPtr& record, const std::filesystem::path& into,
                        ReceiveState state, const std::string& ref) {
    record->shown.files_total = state.files_wanted;
    record->shown.bytes_total = state.bytes_wanted;
    record->renewed_bytes_max = state.bytes_wanted + renewal_growth_max(state.bytes_wanted);
    record->answer_to(ref);
    record->is_accepted = true;
    record->agreed_under = book_.host_of_room();
    record->quiet_since = book_.node().clock.wall_now();
    std::error_code ignored;
    record->session =
        std::make_shared<ReceiveSession>(record->shown.id, std::filesystem::absolute(into, ignored),
                                         record->manifest, std::move(state));
    // It is a yes when it is written down that the bytes are wanted: a restart then goes on with
    // them.
    book_.keep(record, [this, record] { on_yes_kept(record); });
}

void OfferAnswers::on_yes_kept(const RecordPtr& record) {
    if (record->shown.is_over() || record->ending) return;
    flow_.settle(record);
    answer_yes(record);
    if (record->is_paused_by_us) {
        book_.send(record->shown.peer, wire::TransferPause{record->shown.id, true, {}});
    }
    flow_.pump(record->shown.peer);
}

void OfferAnswers::answer_yes(const RecordPtr& record) {
    book_.send(
        record->shown.peer,
        wire::OfferAnswer{
            record->shown.id, true, {}, record->shown.files_total, record->shown.bytes_total, 0});
}

void OfferAnswers::decline(const RecordPtr& record, const std::string& ref) {
    const bool can_decline = record->is_incoming() && !record->is_accepted;
    if (!can_decline) {
        return book_.node().events.fail(
            {FaultCode::bad_request,
             "This transfer is not an open offer to you. Cancel it instead."},
            ref);
    }
    refuse_offer(book_, record->shown.peer, record->shown.id, "The offer was declined.");
    record->answer_to(ref);
    flow_.end(record, TransferState::declined, std::nullopt);
}

}  // namespace dropline
