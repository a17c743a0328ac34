#include "app/receive.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "app/offer_question.hpp"
#include "app/one_shot.hpp"
#include "app/progress_display.hpp"
#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "ui/model/offer_risk.hpp"

namespace dropline::app {

namespace fs = std::filesystem;

namespace {

constexpr auto page_entries = static_cast<std::uint32_t>(limits::offer_entries_per_answer_max);

/// Of our wish to read an offer's list, so that a refusal finds back to the offer.
std::string list_ref(const TransferId& transfer) { return "list " + to_hex(transfer); }

/// The version stands in it: a refusal of a yes to an earlier list says nothing about the newest.
std::string accept_ref(const TransferId& transfer, std::uint32_t version) {
    return "accept " + to_hex(transfer) + " " + std::to_string(version);
}

/// Long enough for an offer that was said before its forerunner was taken back.
constexpr auto wait_for_successor_max = std::chrono::seconds(5);

/// What is asked on the terminal now or next.
struct Question {
    event::Offer offer;
    bool is_changed = false;  // it took the place of another one that was on the screen
};

/// A `y` may have been typed for the list that was there before, so a changed one wants a word that
/// nobody types by accident.
bool means_yes(const Question& question, const std::string& line) {
    if (question.is_changed) return line == word_for_changed_list;
    return line == "y" || line == "Y" || line == "yes";
}

class Receiving : public OneShot {
  public:
    Receiving(ReceiveRun run, Node& node, WaitPoint& wait_point)
        : OneShot(node, wait_point), run_(std::move(run)) {}

  private:
    void on_event(const Event& event) override {
        if (const auto* offer = std::get_if<event::Offer>(&event.body)) {
            take_offer(*offer);
        } else if (const auto* page = std::get_if<event::OfferEntries>(&event.body)) {
            take_page(*page);
        } else if (const auto* changed = std::get_if<event::TransferChanged>(&event.body)) {
            take_progress(changed->transfer);
        } else if (const auto* error = std::get_if<event::Error>(&event.body)) {
            take_error(event.ref, error->fault);
        } else if (const auto* joined = std::get_if<event::Joined>(&event.body)) {
            display_.say("Waiting for files in '" + escape_for_display(joined->room) + "'.");
        }
        leave_when_done();
    }

    bool is_under_way() const override { return !accepted_.empty() || !left_behind_.empty(); }

    void on_line(const std::string& line) override {
        if (questions_.empty()) return;
        const Question question = std::move(questions_.front());
        questions_.pop_front();
        if (means_yes(question, line)) {
            accept(question.offer);
        } else {
            decline(question.offer, "");
        }
        ask_next();
    }

    void on_input_end() override {
        can_ask_ = false;
        for (const Question& one : std::exchange(questions_, {})) decline_unasked(one.offer);
    }

    void on_interrupted() override {
        for (const auto& [transfer, version] : accepted_) submit(command::Cancel{transfer});
    }

    /// What was taken back has failed, unless one that may take its place is still looked at.
    void on_deadline() override {
        if (taken_back_.empty()) return;
        const bool is_one_open = !questions_.empty() || !looked_through_.empty();
        if (is_one_open) return wait_for_successor();
        for (const Transfer& failed : std::exchange(taken_back_, {})) count_settled(failed);
        leave_when_done();
    }

    void wait_for_successor() { set_deadline(SteadyTime::clock::now() + wait_for_successor_max); }

    void take_offer(const event::Offer& offer) {
        take_back_yes(offer.transfer);
        const bool is_after_yes = changed_after_yes_.erase(offer.transfer) > 0;
        looked_through_.erase(offer.transfer);
        if (replace_question(offer)) return;
        if (offer.is_accepted_by_rule) return follow_if_wanted(offer);
        if (!is_wanted(offer.from)) return decline(offer, "not from the person asked for");
        if (is_enough()) return hold_or_decline(offer);
        if (run_.says_yes) {
            if (ui::has_hidden_file(offer)) return decline_hidden(offer);
            if (ui::may_hide_something(offer)) return look_through(offer);
            return accept(offer);
        }
        if (!can_ask_) return decline_unasked(offer);
        if (is_after_yes) display_.say("The list of this offer has changed before it was taken.");
        questions_.push_back({offer, is_after_yes || std::exchange(has_vanished_, false)});
        if (questions_.size() == 1) ask_next();
    }

    /// An offer that is told again has another list, and our yes to the earlier one does not hold.
    void take_back_yes(const TransferId& transfer) {
        if (accepted_.erase(transfer) == 0) return;
        --accepted_count_;
        changed_after_yes_.insert(transfer);
    }

    /// Its sender has put another list in the place of one that waits for an answer. False when
    /// none waits, or when the new one needs none.
    bool replace_question(const event::Offer& offer) {
        const auto waiting = std::ranges::find(
            questions_, offer.transfer, [](const Question& one) { return one.offer.transfer; });
        if (waiting == questions_.end()) return false;
        const bool is_on_screen = waiting == questions_.begin();
        if (is_on_screen) display_.say("\nThe list of this offer has changed.");
        if (!offer.is_accepted_by_rule) {
            *waiting = {offer, is_on_screen || waiting->is_changed};
        } else {
            questions_.erase(waiting);
            if (is_on_screen) expect_late_answer();
        }
        if (is_on_screen) ask_next();
        return !offer.is_accepted_by_rule;
    }

    /// The question on the screen is gone, and an answer to it may still come: not for the next.
    void expect_late_answer() {
        if (questions_.empty()) {
            has_vanished_ = true;
        } else {
            questions_.front().is_changed = true;
        }
    }

    /// Files that have come make an offer anew of one that is under way: it may be about to
    /// take the place of what its sender is taking back.
    void hold_or_decline(const event::Offer& offer) {
        if (accepted_.empty()) return decline(offer, "enough received");
        held_.push_back(offer);
    }

    bool is_enough() const { return run_.count && accepted_count_ >= *run_.count; }

    void decline_hidden(const event::Offer& offer) { decline(offer, "it has hidden files"); }

    /// What is hidden may stand beyond the preview: the whole list is read before a yes.
    void look_through(const event::Offer& offer) {
        looked_through_.insert_or_assign(offer.transfer, LookThrough{offer});
        submit(command::ListOffer{offer.transfer, 0, page_entries}, list_ref(offer.transfer));
    }

    void take_page(const event::OfferEntries& page) {
        const auto found = looked_through_.find(page.transfer);
        if (found == looked_through_.end()) return;
        LookThrough& reading = found->second;
        // A page of the list that was there before, or will be next, says nothing about this one.
        const bool is_next =
            page.version == reading.offer.version && page.first == reading.entries_seen;
        if (!is_next) return;
        const bool is_hidden =
            std::any_of(page.entries.begin(), page.entries.end(), ui::is_hidden_file);
        reading.entries_seen += static_cast<std::uint32_t>(page.entries.size());
        const bool is_whole = reading.entries_seen >= page.total;
        if (!is_hidden && !page.entries.empty() && !is_whole) {
            return submit(command::ListOffer{page.transfer, reading.entries_seen, page_entries},
                          list_ref(page.transfer));
        }
        const event::Offer offer = looked_through_.extract(found).mapped().offer;
        if (is_hidden || !is_whole) return decline_hidden(offer);
        if (is_enough()) return decline(offer, "enough received");
        accept(offer);
    }

    /// A name is anybody's to take: with two of that name in the room, neither is meant, nor is one
    /// whose name looks like that of somebody verified. A key is one person's.
    bool is_wanted(const Peer& from) const {
        const auto whom = roster().resolve(run_.from);
        if (!whom || whom->is_everyone()) return whom && whom->is_everyone();
        // As much of a key as a key tag shows; less is anybody's to make.
        const bool is_named_by_key = run_.from.size() >= key_tag(from.id).size() &&
                                     run_.from != from.name &&
                                     matches_fingerprint_prefix(from.id, run_.from);
        return *whom->peer == from.id && (is_named_by_key || !from.imitates);
    }

    bool is_wanted_key(const PeerId& id) const {
        const Peer* from = roster().find(id);
        return from != nullptr && is_wanted(*from);
    }

    void ask_next() {
        want_lines(!questions_.empty());
        if (questions_.empty()) return;
        const Question& next = questions_.front();
        forget_typed_ahead();
        std::cerr << question_of(next.offer, next.is_changed) << std::flush;
    }

    void accept(const event::Offer& offer) {
        follow(offer);
        submit(command::Accept{offer.transfer, run_.into, {}, {}, offer.version},
               accept_ref(offer.transfer, offer.version));
    }

    /// A standing yes holds for everybody who has one; this run is for those it was asked to be
    /// for.
    void follow_if_wanted(const event::Offer& offer) {
        if (is_wanted(offer.from)) {
            // Whoever has a standing yes could hold us here for ever.
            if (is_enough()) not_awaited_.insert(offer.transfer);
            return follow(offer);
        }
        display_.say(
            escape_for_display(offer.name) + " from " + escape_for_display(offer.from.name) +
            " is taken unasked, as you have set for this person, and does not count here.");
    }

    /// As it is accepted, here or already by a standing yes to a verified person.
    void follow(const event::Offer& offer) {
        if (!taken_back_.empty()) taken_back_.pop_back();
        ++accepted_count_;
        accepted_.insert_or_assign(offer.transfer, offer.version);
    }

    void decline(const event::Offer& offer, const std::string& why) {
        if (!why.empty()) {
            display_.say("Declined " + escape_for_display(offer.name) + " from " +
                         escape_for_display(offer.from.name) + ": " + why + ".");
        }
        submit(command::Decline{offer.transfer});
    }

    void decline_unasked(const event::Offer& offer) {
        decline(offer, "nobody is here to be asked; --yes accepts without asking");
    }

    void take_progress(const Transfer& transfer) {
        if (transfer.direction != Direction::in) return;
        // An interrupted or paused one is not over: it goes on by itself, and so do we.
        if (accepted_.contains(transfer.id)) {
            display_.show(transfer, "");
            if (transfer.is_over()) settle(transfer);
        } else if (is_left_behind(transfer)) {
            take_left_behind(transfer);
        } else if (transfer.is_over()) {
            looked_through_.erase(transfer.id);
            changed_after_yes_.erase(transfer.id);
            forget_question(transfer.id);
            std::erase_if(held_, [&](const auto& one) { return one.transfer == transfer.id; });
        }
    }

    /// An earlier run of the program, perhaps killed, has said yes to it.
    bool is_left_behind(const Transfer& transfer) {
        const bool is_new = transfer.state != TransferState::offered && !transfer.is_over();
        if (is_new && is_wanted_key(transfer.peer)) left_behind_.insert(transfer.id);
        return left_behind_.contains(transfer.id);
    }

    /// It goes on by itself. Only at its end it tells where it was received into, and so whether it
    /// is what this run is for.
    void take_left_behind(const Transfer& transfer) {
        display_.show(transfer, "");
        if (!transfer.is_over()) return;
        left_behind_.erase(transfer.id);
        std::error_code ignored;
        const bool is_ours = std::ranges::any_of(transfer.saved_as, [&](const fs::path& path) {
            return fs::equivalent(path.parent_path(), run_.into, ignored);
        });
        if (!is_ours) return;
        ++accepted_count_;
        settle(transfer);
    }

    void take_error(const std::string& ref, const Fault& fault) {
        for (auto unread = looked_through_.begin(); unread != looked_through_.end(); ++unread) {
            if (ref != list_ref(unread->first)) continue;
            const event::Offer offer = looked_through_.extract(unread).mapped().offer;
            return decline(offer, escape_for_display(fault.sentence));
        }
        for (const auto& [id, version] : accepted_) {
            if (accept_ref(id, version) == ref) return give_up_accepting(id, fault);
        }
    }

    void give_up_accepting(TransferId id, const Fault& fault) {
        // The list that has taken its place is a question of its own, which is about to come.
        if (fault.code == FaultCode::offer_changed) return take_back_yes(id);
        display_.say(escape_for_display(fault.sentence));
        submit(command::Decline{id});  // otherwise the sender would wait for an answer
        Transfer failed;
        failed.id = id;
        failed.state = TransferState::failed;
        settle(failed);
    }

    /// The sender took the offer back before it was answered.
    void forget_question(const TransferId& transfer) {
        if (questions_.empty()) return;
        const bool was_asked = questions_.front().offer.transfer == transfer;
        std::erase_if(questions_, [&](const auto& one) { return one.offer.transfer == transfer; });
        if (!was_asked) return;
        display_.say("\nThe offer was taken back.");
        expect_late_answer();
        ask_next();
    }

    /// With a reason, and not by its person's wish: another offer may follow in its place.
    static bool was_taken_back(const Transfer& transfer) {
        return transfer.state == TransferState::failed && transfer.fault &&
               transfer.fault->code == FaultCode::cancelled;
    }

    void settle(const Transfer& transfer) {
        const bool was_accepted = accepted_.erase(transfer.id) > 0;
        if (was_accepted && run_.count && was_taken_back(transfer)) {
            --accepted_count_;
            taken_back_.push_back(transfer);
            wait_for_successor();
        } else {
            count_settled(transfer);
        }
        for (const event::Offer& offer : std::exchange(held_, {})) take_offer(offer);
    }

    void count_settled(const Transfer& transfer) {
        for (const std::string& path : transfer.saved_as) std::cout << path << '\n';
        std::cout.flush();
        has_failed_ = has_failed_ || transfer.state != TransferState::done;
        ++settled_count_;
    }

    /// What an earlier run has begun counts as well, but only at its end is it known to: what was
    /// accepted meanwhile may be one too many, and is not cut for that.
    void leave_when_done() {
        const bool is_one_awaited = std::ranges::any_of(
            accepted_, [&](const auto& one) { return !not_awaited_.contains(one.first); });
        if (!run_.count || settled_count_ < *run_.count || is_one_awaited) return;
        finish(has_failed_ ? ExitStatus::incomplete : ExitStatus::done);
    }

    /// An offer whose list is being read.
    struct LookThrough {
        event::Offer offer;
        std::uint32_t entries_seen = 0;
    };

    const ReceiveRun run_;
    ProgressDisplay display_;
    std::deque<Question> questions_;  // the first is the one asked now
    std::map<TransferId, LookThrough> looked_through_;
    std::map<TransferId, std::uint32_t> accepted_;  // and not over; which version of each
    std::set<TransferId> not_awaited_;  // of these, taken unasked when there were enough already
    std::set<TransferId> changed_after_yes_;  // their next list is not asked about yet
    std::vector<event::Offer> held_;          // until it is known whether there is enough
    std::vector<Transfer> taken_back_;        // accepted once; another may take their place
    std::set<TransferId> left_behind_;        // by an earlier run, and not over
    std::uint32_t accepted_count_ = 0;
    std::uint32_t settled_count_ = 0;
    bool has_failed_ = false;
    bool can_ask_ = true;
    bool has_vanished_ = false;  // a question that nobody answered, and none has come since
};

}  // namespace

ExitStatus run_receive(const ReceiveRun& run, Node& node, WaitPoint& wait_point) {
    ReceiveRun absolute = run;
    std::error_code error;
    absolute.into = fs::absolute(run.into, error);
    fs::create_directories(absolute.into, error);
    if (!fs::is_directory(absolute.into, error)) {
        std::cerr << "dropline: '" << escape_for_display(run.into.string())
                  << "' is no folder and cannot be made one.\n";
        return ExitStatus::bad_usage;
    }
    return Receiving(std::move(absolute), node, wait_point).run({run.target, run.secret});
}

}  // namespace dropline::app
