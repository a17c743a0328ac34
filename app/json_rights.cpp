#include "app/json_rights.hpp"

#include <utility>

namespace dropline::app {

namespace {

const char* file_rule_text(FileRule rule) {
    switch (rule) {
        case FileRule::all: return "all";
        case FileRule::only_to_host: return "host";
        case FileRule::nobody: return "nobody";
    }
    return "nobody";
}

/// null: for good.
Json time_or_null(const std::optional<WallTime>& time) {
    return time ? Json(rfc3339(*time)) : Json(nullptr);
}

}  // namespace

const char* role_text(Role role) {
    switch (role) {
        case Role::host: return "host";
        case Role::member: return "member";
        case Role::guest: return "guest";
    }
    return "member";
}

std::optional<FileRule> file_rule_of(std::string_view text) {
    for (const FileRule rule : {FileRule::all, FileRule::only_to_host, FileRule::nobody}) {
        if (text == file_rule_text(rule)) return rule;
    }
    return std::nullopt;
}

void add_banned(Json& object, const event::Banned& banned) {
    object["by"] = to_text(banned.by.id);
    object["by_name"] = banned.by.name;
    object["reason"] = banned.reason;
    object["until"] = time_or_null(banned.until);
}

void add_bans(Json& object, const event::Bans& bans) {
    object["bans"] = Json::array();
    for (const Ban& ban : bans.bans) {
        object["bans"].push_back({{"fingerprint", fingerprint_text(ban.id)},
                                  {"name", ban.name},
                                  {"since", rfc3339(ban.since)},
                                  {"until", time_or_null(ban.until)},
                                  {"reason", ban.reason}});
    }
    object["withdrawn_invites"] = bans.withdrawn_invites;
}

void add_rules(Json& object, const RoomRules& rules) {
    object["files"] = file_rule_text(rules.files);
    object["file_bytes_max"] = rules.file_bytes_max ? Json(*rules.file_bytes_max) : Json(nullptr);
}

}  // namespace dropline::app
