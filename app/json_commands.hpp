// One line of JSON in, one command out: the input half of the headless contract.
// Thread: any; pure. What a command means in the room is judged by the network, not here; the
// output half is json_events.hpp.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "net/api/command.hpp"
#include "net/api/fault.hpp"

namespace dropline::app {

inline constexpr std::size_t json_line_bytes_max = 1024 * 1024;

/// {"do":"quit"}
struct Quit {};

/// Answered by one `error` event and nothing else.
struct BadLine {
    Fault fault;
    std::string ref;  // when the line was good enough to have one
};

using ParsedLine = std::variant<Command, Quit, BadLine>;

/// `line` without its newline. Unknown fields are ignored, `null` counts as a missing field.
/// Thread: any.
ParsedLine parse_json_line(std::string_view line);

/// The answer to a line above `json_line_bytes_max`, which nobody has kept. Thread: any.
BadLine line_too_long();

}  // namespace dropline::app
