// Events as lines for a person at a terminal or in a log: what people say, and what happens.
// Thread: one owner. Every peer's word is escaped; no line holds a control character.
#pragma once

#include <string>
#include <unordered_map>

#include "net/api/event.hpp"

namespace dropline::app {

class HumanLines {
  public:
    /// What is said goes to stdout, what happens to stderr; both may be empty. Each line has its
    /// newline.
    struct Lines {
        std::string said;
        std::string happened;
    };

    /// `is_for_terminal`: nobody keeps what happens, as a log would, so that it may hold an invite.
    explicit HumanLines(bool is_for_terminal) : is_for_terminal_(is_for_terminal) {}

    Lines lines(const Event& event);

  private:
    struct Teller;

    void remember(const Event& event);
    std::string name_of(const PeerId& id) const;

    /// True when the transfer is in another state than before.
    bool remember_state(const Transfer& transfer);

    const bool is_for_terminal_;
    std::unordered_map<PeerId, std::string> names_;
    std::unordered_map<TransferId, TransferState> states_;  // of those that are not over
    bool is_state_news_ = false;                            // of the event being told
};

/// The sentence of a fault with everything of others escaped and a newline. Thread: any.
std::string fault_line(const Fault& fault);

}  // namespace dropline::app
