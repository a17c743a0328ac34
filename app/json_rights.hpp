// Rights in JSON: roles, rules and bans, in both directions.
// Thread: any.
#pragma once

#include <optional>
#include <string_view>

#include "app/json_line.hpp"
#include "net/api/event.hpp"

namespace dropline::app {

/// "host", "member" or "guest".
const char* role_text(Role role);
/// Of "all", "host" and "nobody"; empty for anything else.
std::optional<FileRule> file_rule_of(std::string_view text);

void add_banned(Json& object, const event::Banned& banned);
void add_bans(Json& object, const event::Bans& bans);
void add_rules(Json& object, const RoomRules& rules);

}  // namespace dropline::app
