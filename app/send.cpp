#include "app/send.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "app/human_lines.hpp"
#include "app/one_shot.hpp"
#include "app/progress_display.hpp"
#include "net/api/safe_text.hpp"

namespace dropline::app {

namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;

/// Long enough for somebody who is just starting the program on the other machine.
constexpr auto wait_for_peer_max = 20s;

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
            take_progress(changed->transfer);
        } else if (const auto* error = std::get_if<event::Error>(&event.body)) {
            take_error(event.ref, error->fault);
        } else if (const auto* offer = std::get_if<event::Offer>(&event.body)) {
            submit(command::Decline{offer->transfer});  // we are gone before it could arrive
        } else if (receivers_.empty()) {
            offer_when_there();
        }
    }

    void on_deadline() override {
        const auto whom = roster().resolve(run_.to);
        display_.say(whom ? "Nobody to hand it to." : escape_for_display(whom.fault().sentence));
        finish(ExitStatus::incomplete);
    }

    void on_interrupted() override {
        for (const TransferId& transfer : under_way_) submit(command::Cancel{transfer});
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
        submit(command::Send{to_text(peer.id), run_.paths}, to_text(peer.id));
    }

    void take_progress(const Transfer& transfer) {
        const auto receiver = receivers_.find(transfer.peer);
        if (transfer.direction != Direction::out || receiver == receivers_.end()) return;
        display_.show(transfer, receiver->second.name);
        std::erase(under_way_, transfer.id);
        if (transfer.is_over()) {
            settle(receiver->second, transfer.state);
        } else {
            under_way_.push_back(transfer.id);
        }
    }

    /// An offer that could not even be made; other errors belong to nothing of ours.
    void take_error(const std::string& ref, const Fault& fault) {
        for (auto& [id, receiver] : receivers_) {
            if (to_text(id) != ref) continue;
            display_.say(escape_for_display(receiver.name) + ": " +
                         escape_for_display(fault.sentence));
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
    std::vector<TransferId> under_way_;
    bool is_waiting_ = false;
};

}  // namespace

ExitStatus run_send(const SendRun& run, Node& node, WaitPoint& wait_point) {
    SendRun absolute = run;
    for (fs::path& path : absolute.paths) {
        std::error_code error;
        if (!fs::exists(path, error)) {
            std::cerr << "dropline: there is no file '" << escape_for_display(path.string())
                      << "'.\n";
            return ExitStatus::bad_usage;
        }
        path = fs::absolute(path, error);
    }
    return Sending(std::move(absolute), node, wait_point).run(run.target);
}

}  // namespace dropline::app
