#include "app/receive.hpp"

#include <algorithm>
#include <deque>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>

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

bool means_yes(const std::string& line) { return line == "y" || line == "Y" || line == "yes"; }

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
    }

    void on_line(const std::string& line) override {
        if (questions_.empty()) return;
        const event::Offer offer = std::move(questions_.front());
        questions_.pop_front();
        if (means_yes(line)) {
            accept(offer);
        } else {
            decline(offer, "");
        }
        ask_next();
    }

    void on_input_end() override {
        can_ask_ = false;
        for (const event::Offer& offer : std::exchange(questions_, {})) decline_unasked(offer);
    }

    void on_interrupted() override {
        for (const TransferId& transfer : accepted_) submit(command::Cancel{transfer});
    }

    void take_offer(const event::Offer& offer) {
        if (offer.is_accepted_by_rule) return follow(offer);
        if (!is_wanted(offer.from)) return decline(offer, "not from the person asked for");
        if (is_enough()) return decline(offer, "enough received");
        if (run_.says_yes) {
            if (ui::has_hidden_file(offer)) return decline_hidden(offer);
            if (ui::may_hide_something(offer)) return look_through(offer);
            return accept(offer);
        }
        if (!can_ask_) return decline_unasked(offer);
        questions_.push_back(offer);
        if (questions_.size() == 1) ask_next();
    }

    bool is_enough() const { return run_.count && accepted_count_ >= *run_.count; }

    void decline_hidden(const event::Offer& offer) { decline(offer, "it has hidden files"); }

    /// What is hidden may stand beyond the preview: the whole list is read before a yes.
    void look_through(const event::Offer& offer) {
        const bool is_new = looked_through_.emplace(offer.transfer, offer).second;
        if (is_new)
            submit(command::ListOffer{offer.transfer, 0, page_entries}, list_ref(offer.transfer));
    }

    void take_page(const event::OfferEntries& page) {
        const auto found = looked_through_.find(page.transfer);
        if (found == looked_through_.end()) return;
        const bool is_hidden =
            std::any_of(page.entries.begin(), page.entries.end(), ui::is_hidden_file);
        const auto next = page.first + static_cast<std::uint32_t>(page.entries.size());
        if (!is_hidden && !page.entries.empty() && next < page.total) {
            return submit(command::ListOffer{page.transfer, next, page_entries},
                          list_ref(page.transfer));
        }
        const event::Offer offer = looked_through_.extract(found).mapped();
        const bool is_whole = next >= page.total;
        if (is_hidden || !is_whole) return decline_hidden(offer);
        if (is_enough()) return decline(offer, "enough received");
        accept(offer);
    }

    /// A name is anybody's to take: with two of that name in the room, neither is meant.
    bool is_wanted(const Peer& from) const {
        const auto whom = roster().resolve(run_.from);
        return whom && (whom->is_everyone() || *whom->peer == from.id);
    }

    void ask_next() {
        want_lines(!questions_.empty());
        if (!questions_.empty()) std::cerr << question_of(questions_.front()) << std::flush;
    }

    void accept(const event::Offer& offer) {
        ++accepted_count_;
        accepted_.insert(offer.transfer);
        submit(command::Accept{offer.transfer, run_.into, {}, {}}, to_hex(offer.transfer));
    }

    /// A standing yes to a verified person took it already.
    void follow(const event::Offer& offer) {
        ++accepted_count_;
        accepted_.insert(offer.transfer);
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
        } else if (transfer.is_over()) {
            looked_through_.erase(transfer.id);
            forget_question(transfer.id);
        }
    }

    void take_error(const std::string& ref, const Fault& fault) {
        for (auto unread = looked_through_.begin(); unread != looked_through_.end(); ++unread) {
            if (ref != list_ref(unread->first)) continue;
            const event::Offer offer = looked_through_.extract(unread).mapped();
            return decline(offer, escape_for_display(fault.sentence));
        }
        for (const TransferId& id : accepted_) {
            if (to_hex(id) != ref) continue;
            display_.say(escape_for_display(fault.sentence));
            submit(command::Decline{id});  // otherwise the sender would wait for an answer
            Transfer failed;
            failed.id = id;
            failed.state = TransferState::failed;
            return settle(failed);
        }
    }

    /// The sender took the offer back before it was answered.
    void forget_question(const TransferId& transfer) {
        if (questions_.empty()) return;
        const bool was_asked = questions_.front().transfer == transfer;
        std::erase_if(questions_, [&](const auto& one) { return one.transfer == transfer; });
        if (!was_asked) return;
        display_.say("\nThe offer was taken back.");
        ask_next();
    }

    void settle(const Transfer& transfer) {
        accepted_.erase(transfer.id);
        for (const std::string& path : transfer.saved_as) std::cout << path << '\n';
        std::cout.flush();
        has_failed_ = has_failed_ || transfer.state != TransferState::done;
        ++settled_count_;
        if (run_.count && settled_count_ >= *run_.count) {
            finish(has_failed_ ? ExitStatus::incomplete : ExitStatus::done);
        }
    }

    const ReceiveRun run_;
    ProgressDisplay display_;
    std::deque<event::Offer> questions_;                 // the first is the one asked now
    std::map<TransferId, event::Offer> looked_through_;  // their lists are being read
    std::set<TransferId> accepted_;                      // and not over
    std::uint32_t accepted_count_ = 0;
    std::uint32_t settled_count_ = 0;
    bool has_failed_ = false;
    bool can_ask_ = true;
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
