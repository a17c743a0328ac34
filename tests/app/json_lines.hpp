// JSON Lines as the tests of app/ read and write them: one line is one command, one event one line.
// Thread: any.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/json_commands.hpp"
#include "app/json_events.hpp"
#include "tests/app/sample_events.hpp"

namespace dropline::app {

/// The command a line holds, which must be of that kind.
template <typename Body>
Body command_of(std::string_view line) {
    const ParsedLine parsed = parse_json_line(line);
    CAPTURE(line);
    REQUIRE(std::holds_alternative<Command>(parsed));
    const auto& body = std::get<Command>(parsed).body;
    REQUIRE(std::holds_alternative<Body>(body));
    return std::get<Body>(body);
}

inline std::vector<nlohmann::json> objects(const std::string& lines) {
    std::vector<nlohmann::json> all;
    std::istringstream stream(lines);
    for (std::string line; std::getline(stream, line);) all.push_back(nlohmann::json::parse(line));
    return all;
}

inline nlohmann::json only(const std::string& lines) {
    const auto all = objects(lines);
    REQUIRE(all.size() == 1);
    return all.front();
}

/// The one line an event is.
inline nlohmann::json written(EventBody body, std::string ref = {}) {
    JsonEvents events(self_id);
    return only(events.lines(event_of(std::move(body), std::move(ref))));
}

}  // namespace dropline::app
