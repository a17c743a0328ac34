// How often one member may speak, and in which order what was refused comes again.
// Thread: net. Each member has one of his own: who floods the room slows down nobody else.
#pragma once

#include <chrono>
#include <optional>

#include "net/api/ids.hpp"
#include "net/link/rate_limit.hpp"

namespace dropline {

class ChatTurn {
  public:
    explicit ChatTurn(TimePoint now);

    enum class Verdict {
        speak,
        wait,  // for `Answer::wait`, and then say the refused message again
        flood  // he has been told to wait far too often
    };
    struct Answer {
        Verdict verdict = Verdict::speak;
        std::chrono::milliseconds wait{0};
    };
    /// Whether the message of this id may be taken now. Counts as having been asked.
    Answer ask(const MessageId& id, TimePoint now);

    /// On a new connection everything that is unconfirmed comes again, from the beginning.
    void begin_session() { awaited_.reset(); }

    /// When nothing of it is used up any more.
    TimePoint full_at() const;

  private:
    RateLimit spoken_;
    RateLimit refused_;
    // After a refusal the refused message is awaited before later ones: his order is kept.
    std::optional<MessageId> awaited_;
    TimePoint awaited_until_{};
};

/// How fast to speak to somebody who counts by a ChatTurn: a little below what it allows.
RateLimit own_chat_pace(TimePoint now);

}  // namespace dropline
