#include "app/send.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "app/human_lines.hpp"
#include "app/one_shot.hpp"
#include "app/progress_display.hpp"
#include "net/api/safe_text.hpp"
#include "ui/model/sent_path.hpp"

namespace dropline::app {

namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;

/// Long enough for somebody who is just starting the program on the other machine.
constexpr auto wait_for_peer_max = 20s;

/// Only what was accepted gets there; an offer can be paused, too.
bool has_begun(TransferState state) {
    return state == TransferState::waiting || state == TransferState::active ||
           state == TransferState::verifying || state == TransferState::interrupted;
}

class Sending : public OneShot {
  public:
    Sending(SendRun run, Node& node, WaitPoint& wait_point)
        : OneShot(node, wait_point), run_(std::move(run)) {}

  private:
    struct Receiver {
        std::string name;
        std::optional<TransferState> outcome;
    };

    void on_event(const Event& event) override {
        if (const auto* changed = std::get_if<event::TransferChanged>(&event.body)) {
            take_progress(event.ref, changed->transfer);
        } else if (const auto* error = std::get_if<event::Error>(&event.body)) {
            take_error(event.ref, error->fault);
        } else if (const auto* offer = std::get_if<event::Offer>(&event.body)) {
            submit(command::Decline{offer->transfer});  // we are gone before it could arrive
        } else if (receivers_.empty()) {
            offer_when_there();
        }
    }

    bool is_under_way() const override { return !begun_.empty(); }

    void on_deadline() override {
        const auto whom = roster().resolve(run_.to);
        display_.say(whom ? "Nobody to hand it to." : escape_for_display(whom.fault().sentence));
        finish(ExitStatus::incomplete);
    }

    void on_interrupted() override {
        for (const auto& [transfer, peer] : ours_) submit(command::Cancel{transfer});
    }

    void offer_when_there() {
        const auto whom = roster().resolve(run_.to);
        if (!whom && whom.fault().code == FaultCode::ambiguous_peer) {
            display_.say(escape_for_display(whom.fault().sentence));
            return finish(ExitStatus::bad_usage);
        }
        if (whom && whom->is_everyone()) {
            for (const auto& [id, peer] : roster().present()) offer_to(peer);
        } else if (const Peer* peer = whom ? roster().find(*whom->peer) : nullptr) {
            offer_to(*peer);
        }
        if (receivers_.empty()) return wait_for_them();
        set_deadline(std::nullopt);
    }

    void wait_for_them() {
        if (is_waiting_) return;
        is_waiting_ = true;
        set_deadline(SteadyTime::clock::now() + wait_for_peer_max);
        std::string here;
        for (const auto& [id, peer] : roster().present()) {
            here += (here.empty() ? "" : ", ") + escape_for_display(peer.name);
        }
        display_.say("Waiting for '" + escape_for_display(run_.to) +
                     "'. Here now: " + (here.empty() ? "nobody else" : here) + ".");
    }

    void offer_to(const Peer& peer) {
        receivers_.emplace(peer.id, Receiver{peer.name, std::nullopt});
        submit(command::Send{to_text(peer.id), run_.paths, run_.is_sure}, to_text(peer.id));
    }

    /// What an earlier run left behind goes on as well, but this run is not about it.
    bool is_ours(const std::string& ref, const Transfer& transfer) {
        const bool is_answer = receivers_.contains(transfer.peer) && ref == to_text(transfer.peer);
        if (transfer.direction == Direction::out && is_answer) {
            ours_.emplace(transfer.id, transfer.peer);
        }
        return ours_.contains(transfer.id);
    }

    /// An interrupted or paused one is not over: it goes on by itself, and so do we.
    void take_progress(const std::string& ref, const Transfer& transfer) {
        if (!is_ours(ref, transfer)) return;
        Receiver& receiver = receivers_.at(transfer.peer);
        display_.show(transfer, receiver.name);
        if (has_begun(transfer.state)) begun_.insert(transfer.id);
        if (!transfer.is_over()) return;
        ours_.erase(transfer.id);
        begun_.erase(transfer.id);
        // Files that came meanwhile are another offer, which is here before the old one ends.
        const bool goes_on = std::ranges::any_of(
            ours_, [&](const auto& one) { return one.second == transfer.peer; });
        if (!goes_on) settle(receiver, transfer.state);
    }

    /// An offer that could not even be made; other errors belong to nothing of ours.
    void take_error(const std::string& ref, const Fault& fault) {
        for (auto& [id, receiver] : receivers_) {
            if (to_text(id) != ref) continue;
            display_.say(escape_for_display(receiver.name) + ": " +
                         escape_for_display(fault.sentence) +
                         (fault.code == FaultCode::looks_alike ? " Here that is --sure." : ""));
            return settle(receiver, fault.code == FaultCode::declined ? TransferState::declined
                                                                      : TransferState::failed);
        }
    }

    void settle(Receiver& receiver, TransferState outcome) {
        receiver.outcome = outcome;
        const auto has = [this](auto is_meant) {
            return std::any_of(receivers_.begin(), receivers_.end(),
                               [&](const auto& one) { return is_meant(one.second.outcome); });
        };
        if (has([](const auto& one) { return !one; })) return;
        const bool has_declined =
            has([](const auto& one) { return one == TransferState::declined; });
        const bool has_failed = has([](const auto& one) {
            return one == TransferState::failed || one == TransferState::cancelled;
        });
        if (has_failed) return finish(ExitStatus::incomplete);
        finish(has_declined ? ExitStatus::declined : ExitStatus::done);
    }

    const SendRun run_;
    ProgressDisplay display_;
    std::map<PeerId, Receiver> receivers_;  // everybody it was offered to
    std::map<TransferId, PeerId> ours_;     // and not over
    std::set<TransferId> begun_;            // of those, what its receiver has accepted
    bool is_waiting_ = false;
};

}  // namespace

ExitStatus run_send(const SendRun& run, Node& node, WaitPoint& wait_point) {
    SendRun absolute = run;
    for (fs::path& path : absolute.paths) {
        std::error_code error;
        if (!fs::exists(path, error)) {
            std::cerr << "dropline: there is no file or folder '"
                      << escape_for_display(path.string()) << "'.\n";
            return ExitStatus::bad_usage;
        }
        path = ui::without_slash(fs::absolute(path, error));
    }
    return Sending(std::move(absolute), node, wait_point).run({run.target, run.secret});
}

}  // namespace dropline::app
