// Events out as JSON lines, field for field as the contract lists them: the output half of the
// headless program. Every line is valid UTF-8; control and bidi characters are written as \uXXXX,
// so no peer's text can move a terminal's cursor or hide what it says.
// Thread: one owner. It writes to no file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "net/api/event.hpp"

namespace dropline::app {

class JsonEvents {
  public:
    explicit JsonEvents(PeerId self) : self_(self) {}

    /// None, one or two lines, each with its newline. An own message becomes a line when it is
    /// stored, not when it is typed: so the lines of a room stand in the room's order in every
    /// log, and each message once.
    std::string lines(const Event& event);

  private:
    struct Unstored {
        ChatMessage message;
        std::string ref;
    };

    std::string message_lines(const Event& event, const event::Message& body);
    /// The line of the own message `id`, once; empty when it was written already.
    std::string stored_line(const Event& event, const MessageId& id, std::uint64_t seq,
                            std::optional<WallTime> sent_at);

    const PeerId self_;
    std::unordered_map<MessageId, Unstored> unstored_;
};

}  // namespace dropline::app
