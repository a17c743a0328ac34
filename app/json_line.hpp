// How one JSON object becomes one line of output that no peer's text can break.
// Thread: any; pure.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

#include "net/api/values.hpp"

namespace dropline::app {

/// Fields stand in the order in which they were added, as the contract lists them.
using Json = nlohmann::ordered_json;

/// One line with its newline: valid UTF-8, control and bidi characters written as \uXXXX.
/// Thread: any.
std::string line_of(const Json& object);

/// "2026-01-31T23:59:59.042Z"; a time that four digits cannot say the year of is the nearest that
/// they can. Thread: any.
std::string rfc3339(WallTime time);

}  // namespace dropline::app
