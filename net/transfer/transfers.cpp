#include "net/transfer/transfers.hpp"

#include <algorithm>
#include <utility>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/transfer/journal.hpp"

namespace dropline {

Transfers::Transfers(NodeContext& node)
    : book_(node),
      flow_(book_, {[this](const RecordPtr& record) { outgoing_.renew(record); },
                    [this](const RecordPtr& record) {
                        incoming_.answers().take_renewed(record,
                                                         std::exchange(record->renewed, nullptr));
                    },
                    [this](const RecordPtr& record) { outgoing_.say(record); }}),
      outgoing_(book_, flow_),
      incoming_(book_, flow_) {}

// ---- Rooms and restarts -------------------------------------------------------------------------

void Transfers::load() {
    const std::weak_ptr<int> alive = alive_;
    book_.node().store.load_transfers([this, alive](Result<std::vector<KeptTransfer>> kept) {
        if (alive.expired()) return;
        is_loaded_ = true;
        if (kept) {
            take_kept(std::move(*kept));
        } else {
            book_.note_incomplete();
            book_.node().events.fail(kept.fault());
        }
        flow_.watch_for_stale();
        for (const auto& wish : std::exchange(before_loaded_, {})) wish();
    });
}

void Transfers::when_loaded(std::function<void()> wish) {
    if (is_loaded_) return wish();
    before_loaded_.push_back(std::move(wish));
}

/// In the order they were kept. Of what is over no more than the newest, as in a run that goes on.
std::vector<RecordPtr> Transfers::decoded(std::vector<KeptTransfer> kept) {
    const WallTime now = book_.node().clock.wall_now();
    std::vector<RecordPtr> records;
    std::size_t remembered = 0;
    for (auto newest = kept.rbegin(); newest != kept.rend(); ++newest) {
        const KeptTransfer& one = *newest;
        RecordPtr record = decode_kept(one);
        const bool is_old = now - one.touched_at > limits::transfer_stale_after;
        if (record && record->is_remembered) ++remembered;
        const bool is_forgotten =
            !record ||
            (record->is_remembered && (is_old || remembered > limits::transfer_records_max));
        if (is_forgotten) {
            book_.node().store.forget_transfer(one.id, {});
            continue;
        }
        records.push_back(std::move(record));
    }
    std::ranges::reverse(records);
    return records;
}

void Transfers::take_kept(std::vector<KeptTransfer> kept) {
    for (const RecordPtr& record : decoded(std::move(kept))) {
        if (book_.find(record->shown.id)) continue;
        book_.add(record);
        // Only the other side may still want to know of it; the user has seen it.
        if (record->is_remembered) continue;
        if (record->is_left_behind) {
            flow_.end(record, TransferState::cancelled, std::nullopt);
            continue;
        }
        record->interruption =
            Fault{FaultCode::disconnected, "It was interrupted when the program ended."};
        flow_.settle(record);
        greet(record);
    }
}

void Transfers::enter(RoomServices services) {
    book_.enter(services);
    // Whoever follows only what happens in a room has to hear of what there is.
    for (const RecordPtr& record : book_.all()) record->told.reset();
    services.links.keep_while([this](const PeerId& peer) {
        return std::ranges::any_of(book_.with(peer), [](const RecordPtr& record) {
            return record->is_accepted && !record->shown.is_over();
        });
    });
    services.links.on_lost([this](const PeerId& peer, PrivateLinks::Ending ending) {
        if (ending == PrivateLinks::Ending::unused) return;
        // The other side may never have seen what was on its way: say it again, it knows the id.
        for (const RecordPtr& record : book_.with(peer)) {
            greet(record);
            if (record->reading) {
                book_.send(peer, wire::OfferPageRequest{record->shown.id,
                                                        record->reading->page_missing()});
            }
        }
    });
}

void Transfers::leave() {
    outgoing_.stop();
    flow_.interrupt_all();
    book_.leave();
    const Fault left{FaultCode::disconnected,
                     "The room was left before this offer had been answered."};
    for (const RecordPtr& record : book_.with_open_list()) end_unanswered(record, left);
    for (const RecordPtr& record : book_.all()) {
        end_unanswered(record, left);
        flow_.settle(record);
    }
}

/// Of what nobody was asked about yet nothing stays.
void Transfers::end_unanswered(const RecordPtr& record, const Fault& why) {
    if (record->is_accepted || record->shown.is_over()) return;
    const bool was_never_shown = record->reading && !record->is_announced;
    if (was_never_shown) return book_.remove(record->shown.id);
    flow_.end(record, TransferState::failed, why);
}

void Transfers::stop() {
    book_.forget_unanswered();
    flow_.stop();
    flow_.interrupt_all();
    outgoing_.stop();
}

void Transfers::on_peer_joined(const PeerId& peer) {
    for (const RecordPtr& record : book_.with(peer)) greet(record);
}

/// What this person should know of it, and the next step towards its end.
void Transfers::greet(const RecordPtr& record) {
    const Transfer& shown = record->shown;
    if (shown.is_over() || record->ending || !book_.is_present(shown.peer)) return;
    if (!record->is_incoming() && !record->is_accepted) {
        if (!record->is_said) return outgoing_.pump(shown.peer);
        record->is_said_again = true;
        return outgoing_.say(record);
    }
    if (!record->is_accepted) return;
    if (record->is_paused_by_us) {
        flow_.tell_pause(record);
        return flow_.settle(record);
    }
    // What is stored was said when it was paused, perhaps to nobody.
    if (record->is_incoming() && record->is_paused_by_peer) flow_.tell_pause(record);
    // It was said once, and the other side may be another run of its program by now.
    flow_.tell_of_disk(record);
    // The list may have become another one while this person was away.
    if (!record->is_incoming() && record->version > 0) outgoing_.say(record);
    if (!record->job) return flow_.try_now(record);
    // A connection of an earlier presence may not have ended yet, and nobody come for another one.
    if (!record->is_incoming()) book_.send(shown.peer, wire::TransferResume{shown.id});
}

void Transfers::on_peer_left(const PeerId& peer) {
    const Fault left{FaultCode::disconnected, "This person has left the room."};
    for (const RecordPtr& record : book_.with(peer)) {
        end_unanswered(record, left);
        flow_.forget_what_was_told(record);
        flow_.settle(record);
    }
}

void Transfers::on_peer_banned(const PeerId& peer) {
    const std::string name = book_.name_of(peer);
    for (const RecordPtr& record : book_.with(peer)) {
        // Who was banned before we came is known from the transfer alone.
        const std::string& known_as = name.empty() ? record->shown.peer_name : name;
        const Fault banned{FaultCode::banned, known_as + " was banned from the room by its host."};
        end_unanswered(record, banned);
        if (!record->is_accepted) continue;
        // A host's word ends what its own room has brought about. What another one has only stops:
        // it goes on when both are there again.
        if (record->agreed_under == book_.host_of_room()) {
            flow_.end(record, TransferState::failed, banned);
        } else {
            flow_.cut(record, {FaultCode::disconnected, banned.sentence});
        }
    }
}

/// Our own offers are said again on return. Of those to us we cannot know: whoever made one has
/// seen us leave, or says it again, and then makes a new one of it.
void Transfers::on_room_lost(const PeerId& peer) {
    const Fault lost{FaultCode::disconnected,
                     "The room was lost before this offer had been answered."};
    for (const RecordPtr& record : book_.with(peer)) {
        if (record->is_incoming()) end_unanswered(record, lost);
        flow_.forget_what_was_told(record);
        flow_.settle(record);
    }
}

// ---- The user's wishes --------------------------------------------------------------------------

void Transfers::offer(std::vector<PeerId> to, std::vector<std::filesystem::path> paths,
                      Unsendable unsendable, const std::string& ref) {
    when_loaded([this, to = std::move(to), paths = std::move(paths), unsendable, ref] {
        outgoing_.offer(to, paths, unsendable, random_id<TransferId>(), ref);
    });
}

void Transfers::handle(const command::Accept& wish, const std::string& ref) {
    if (const auto record = book_.find_open(wish.transfer, ref))
        incoming_.answers().accept(record, wish, ref);
}

void Transfers::handle(const command::Decline& wish, const std::string& ref) {
    if (const auto record = book_.find_open(wish.transfer, ref))
        incoming_.answers().decline(record, ref);
}

void Transfers::handle(const command::Cancel& wish, const std::string& ref) {
    const RecordPtr record = book_.find_open(wish.transfer, ref);
    if (!record) return;
    // A no to a question, so that nobody takes it for one of a transfer that was lost.
    if (record->is_incoming() && !record->is_accepted) {
        return incoming_.answers().decline(record, ref);
    }
    record->answer_to(ref);
    const bool has_said_yes = record->is_kept || !record->is_keeping;
    if (record->is_incoming() && !has_said_yes) {
        refuse_offer(book_, record->shown.peer, record->shown.id, "The offer was declined.");
    } else {
        book_.send(record->shown.peer, wire::TransferCancel{record->shown.id, {}});
    }
    flow_.end(record, TransferState::cancelled, std::nullopt);
    outgoing_.pump(record->shown.peer);
}

void Transfers::handle(const command::ListOffer& wish, const std::string& ref) {
    if (const auto record = book_.find_open(wish.transfer, ref)) {
        book_.node().events.push(entries_of_offer(*record, wish.first, wish.count), ref);
    }
}

void Transfers::handle(const command::Pause& wish, const std::string& ref) {
    const RecordPtr record = find_answered(wish.transfer, ref);
    if (record) answer(record, ref, [&] { flow_.pause(record, true); });
}

/// What a wish causes directly carries its ref, and at least one event does; what happens to the
/// transfer later carries that of whoever has sent or accepted it.
void Transfers::answer(const RecordPtr& record, const std::string& ref,
                       const std::function<void()>& act) {
    if (ref.empty()) return act();
    std::string lasting = record->ref;
    record->answer_to(ref);
    act();
    if (!record->told) book_.publish(record);
    record->ref = std::move(lasting);
}

/// One that somebody has said yes to; else says why not.
RecordPtr Transfers::find_answered(const TransferId& id, const std::string& ref) {
    RecordPtr record = book_.find_open(id, ref);
    if (!record || record->is_accepted || record->is_being_accepted) return record;
    book_.node().events.fail({FaultCode::bad_request, "This offer has not been answered yet."},
                             ref);
    return nullptr;
}

void Transfers::handle(const command::Resume& wish, const std::string& ref) {
    const RecordPtr record = find_answered(wish.transfer, ref);
    if (!record) return;
    answer(record, ref, [&] {
        if (record->is_paused_by_us) {
            flow_.pause(record, false);
        } else if (!record->job) {
            flow_.try_now(record);
        }
    });
}

void Transfers::handle(const command::Move& wish, const std::string& ref) {
    const RecordPtr record = book_.find_open(wish.transfer, ref);
    if (!record) return;
    if (!record->is_incoming()) {
        book_.send(record->shown.peer, wire::TransferOrder{record->shown.id, false, wish.before});
    }
    answer(record, ref, [&] { move(record, wish.before); });
}

/// The places in the queue are given out anew, in the new order.
void Transfers::move(const RecordPtr& record, const std::optional<TransferId>& before) {
    auto records = book_.with(record->shown.peer);
    std::vector<std::uint64_t> places;
    places.reserve(records.size());
    for (const RecordPtr& one : records) places.push_back(one->order);
    std::erase(records, record);
    auto at = records.end();
    if (before) {
        at = std::ranges::find_if(records,
                                  [&](const RecordPtr& one) { return one->shown.id == *before; });
    }
    records.insert(at, record);
    for (std::size_t i = 0; i < records.size(); ++i) records[i]->order = places[i];
    flow_.pump(record->shown.peer);
    outgoing_.pump(record->shown.peer);
}

void Transfers::handle(const command::StartNow& wish, const std::string& ref) {
    const RecordPtr record = book_.find_open(wish.transfer, ref);
    if (!record) return;
    answer(record, ref, [&] {
        if (record->is_incoming()) return flow_.start_now(record);
        book_.send(record->shown.peer, wire::TransferOrder{record->shown.id, true, std::nullopt});
    });
}

void Transfers::handle(const command::Retry& wish, const std::string& ref) {
    const RecordPtr record = book_.find(wish.transfer);
    if (!record || record->is_incoming()) {
        return book_.node().events.fail(
            {FaultCode::unknown_transfer, "Only what was sent can be sent again."}, ref);
    }
    std::vector<RecordPtr> meant;
    if (!wish.is_whole_batch) meant.push_back(record);
    for (const RecordPtr& one : wish.is_whole_batch ? book_.all() : std::vector<RecordPtr>{}) {
        const bool is_meant = !one->is_incoming() && !record->shown.batch.is_zero() &&
                              one->shown.batch == record->shown.batch && one->shown.is_over() &&
                              one->shown.state != TransferState::done;
        if (is_meant) meant.push_back(one);
    }
    std::erase_if(meant, [&](const RecordPtr& one) { return !may_retry(one, ref); });
    if (!meant.empty()) outgoing_.offer_again(std::move(meant), ref);
}

/// Says why not. One that is being offered anew needs no second push.
bool Transfers::may_retry(const RecordPtr& record, const std::string& ref) {
    const bool has_failed = record->shown.is_over() && record->shown.state != TransferState::done;
    if (!has_failed) {
        book_.node().events.fail({FaultCode::bad_request, "This transfer has not failed."}, ref);
    } else if (!book_.is_present(record->shown.peer)) {
        book_.node().events.fail(
            {FaultCode::unknown_peer, record->shown.peer_name + " is not in the room now."}, ref);
    } else {
        return !record->is_being_retried;
    }
    return false;
}

void Transfers::handle(const command::SetRateLimits& wish, const std::string&) {
    flow_.set_limits(wish.up, wish.down);
}

void Transfers::handle(const command::ListTransfers&, const std::string& ref) {
    event::Transfers answer;
    for (const RecordPtr& record : book_.all()) answer.transfers.push_back(record->shown);
    book_.node().events.push(std::move(answer), ref);
}

// ---- What the others say ------------------------------------------------------------------------

void Transfers::on_message(const PeerId& from, wire::Message message) {
    using namespace wire;
    if (const auto* offer = std::get_if<Offer>(&message)) incoming_.on_offer(from, *offer);
    if (const auto* page = std::get_if<OfferPage>(&message)) incoming_.on_page(from, *page);
    if (const auto* request = std::get_if<OfferPageRequest>(&message)) {
        outgoing_.on_page_request(from, *request);
    }
    if (const auto* answer = std::get_if<OfferAnswer>(&message)) outgoing_.on_answer(from, *answer);
    if (const auto* cancel = std::get_if<TransferCancel>(&message)) on_cancel(from, *cancel);
    if (const auto* resume = std::get_if<TransferResume>(&message)) on_resume(from, *resume);
    if (const auto* done = std::get_if<TransferDone>(&message)) on_done(from, *done);
    if (const auto* order = std::get_if<TransferOrder>(&message)) on_order(from, *order);
    if (const auto* pause = std::get_if<TransferPause>(&message)) {
        const RecordPtr record = book_.find(from, pause->transfer);
        if (record && record->is_accepted && !record->shown.is_over()) {
            flow_.on_pause(record, *pause);
        }
    }
}

void Transfers::on_cancel(const PeerId& from, const wire::TransferCancel& cancel) {
    const RecordPtr record = book_.find(from, cancel.transfer);
    if (!record || record->shown.is_over()) return;
    const std::string reason = escape_for_display(cancel.reason);
    const bool was_left_behind = record->is_said_again && !record->is_accepted && record->sources &&
                                 record->replaced < limits::offer_renewals_max;
    if (reason.empty() && was_left_behind) {
        outgoing_.ask_anew(record);
    } else if (reason.empty()) {
        flow_.end(record, TransferState::cancelled, std::nullopt);
    } else {
        flow_.end(record, TransferState::failed, Fault{FaultCode::cancelled, reason});
    }
    outgoing_.pump(from);
}

void Transfers::on_resume(const PeerId& from, const wire::TransferResume& resume) {
    const RecordPtr record = book_.find(from, resume.transfer);
    if (!record || !record->is_incoming()) {
        if (record || book_.is_complete()) {
            book_.send(from, wire::TransferCancel{resume.transfer, {}});
        }
    } else if (record->shown.state == TransferState::done) {
        book_.send(from, wire::TransferDone{resume.transfer});
    } else if (record->shown.is_over() || record->ending) {
        book_.send(from, wire::TransferCancel{resume.transfer, {}});
    } else if (record->is_accepted) {
        if (record->is_paused_by_us) {
            flow_.tell_pause(record);
        } else if (!record->job) {
            flow_.go_on(record);
        }
    }
}

void Transfers::on_done(const PeerId& from, const wire::TransferDone& done) {
    const RecordPtr record = book_.find(from, done.transfer);
    const bool is_ours = record && !record->is_incoming() && record->is_accepted &&
                         !record->shown.is_over() && !record->ending;
    if (!is_ours) return;
    record->shown.bytes_done = record->shown.bytes_total;
    record->shown.files_done = record->shown.files_total;
    if (record->job) record->job->interrupt();
    book_.finish(record, TransferState::done, std::nullopt);
}

void Transfers::on_order(const PeerId& from, const wire::TransferOrder& order) {
    const RecordPtr record = book_.find(from, order.transfer);
    if (!record || !record->is_incoming() || record->shown.is_over()) return;
    if (order.is_now) {
        record->is_started_now = true;
        flow_.go_on(record);
    } else if (flow_.takes_wish(record)) {
        move(record, order.before);
    }
}

}  // namespace dropline
