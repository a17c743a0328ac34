#include "app/json_commands.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "app/json_rights.hpp"
#include "net/api/limits.hpp"

namespace dropline::app {

namespace {

using nlohmann::json;

/// 5.0 is how some write 5; what is beyond 2^53 cannot be told apart there.
std::optional<std::uint64_t> whole_number(const json& value) {
    constexpr double whole_max = 9007199254740992;
    if (!value.is_number_float()) return std::nullopt;
    const auto number = value.get<double>();
    const bool is_whole = number >= 0 && number < whole_max && std::trunc(number) == number;
    return is_whole ? std::optional(static_cast<std::uint64_t>(number)) : std::nullopt;
}

/// Reads the fields of one command and remembers the first thing wrong with them, so that a
/// reader below is a plain list of its fields.
class Fields {
  public:
    explicit Fields(const json& object) : object_(object) {}

    std::string text(const char* key) {
        const json* value = find(key);
        if (value == nullptr) complain(FaultCode::bad_request, key, "is missing");
        return value == nullptr ? "" : as_text(*value, key);
    }

    std::string text_or_empty(const char* key) {
        const json* value = find(key);
        return value == nullptr ? "" : as_text(*value, key);
    }

    /// Whom something is for. A script's variable that turned out empty must not make of a private
    /// word one to everybody.
    std::string receiver(const char* key) { return not_empty(text(key), key); }

    /// As above; a field that is not there, or null, means everyone.
    std::string receiver_or_everyone(const char* key) {
        return find(key) == nullptr ? "" : receiver(key);
    }

    /// A NUL would cut the path short behind our back.
    std::filesystem::path path_or_empty(const char* key) {
        return as_path(text_or_empty(key), key);
    }

    /// Empty only when it is left out: an empty one is a mistake, as of a script's variable.
    std::filesystem::path path_unless_left_out(const char* key) {
        const auto path = path_or_none(key);
        if (path && path->empty()) complain(FaultCode::bad_request, key, "is empty");
        return path.value_or(std::filesystem::path());
    }

    std::optional<std::filesystem::path> path_or_none(const char* key) {
        if (find(key) == nullptr) return std::nullopt;
        return path_or_empty(key);
    }

    std::vector<std::filesystem::path> paths(const char* key) {
        const json* value = find(key);
        if (value == nullptr || !value->is_array() || value->empty()) {
            complain(FaultCode::bad_request, key, "must be a list of at least one path");
            return {};
        }
        std::vector<std::filesystem::path> all;
        for (const json& one : *value) all.push_back(as_path(as_text(one, key), key));
        return all;
    }

    /// Paths inside of an offer; a missing field is an empty list.
    std::vector<std::string> texts_or_none(const char* key) {
        const json* value = find(key);
        if (value == nullptr) return {};
        if (!value->is_array()) {
            complain(FaultCode::bad_request, key, "must be a list of paths");
            return {};
        }
        std::vector<std::string> all;
        for (const json& one : *value) all.push_back(as_text(one, key));
        return all;
    }

    TransferId transfer(const char* key) { return as_transfer(text(key), key); }

    std::optional<TransferId> transfer_or_none(const char* key) {
        const json* value = find(key);
        if (value == nullptr) return std::nullopt;
        return as_transfer(as_text(*value, key), key);
    }

    std::optional<bool> flag(const char* key) {
        const json* value = find(key);
        if (value == nullptr) return std::nullopt;
        if (value->is_boolean()) return value->get<bool>();
        complain(FaultCode::bad_request, key, "must be true or false");
        return std::nullopt;
    }

    bool flag_or_false(const char* key) { return flag(key).value_or(false); }

    bool needed_flag(const char* key) {
        if (find(key) == nullptr) complain(FaultCode::bad_request, key, "is missing");
        return flag_or_false(key);
    }

    /// Empty for null; a field that is not there is a mistake.
    std::optional<std::uint64_t> needed_number_or_null(const char* key) {
        if (!object_.contains(key)) complain(FaultCode::bad_request, key, "is missing");
        return number(key);
    }

    std::uint64_t needed_number(const char* key) {
        if (find(key) == nullptr) complain(FaultCode::bad_request, key, "is missing");
        return number(key).value_or(0);
    }

    std::uint32_t small_number(const char* key, std::uint32_t when_missing) {
        const auto given = number(key).value_or(when_missing);
        if (given <= std::numeric_limits<std::uint32_t>::max())
            return static_cast<std::uint32_t>(given);
        complain(FaultCode::bad_request, key, "is too large");
        return when_missing;
    }

    std::optional<std::uint32_t> small_number_or_none(const char* key) {
        if (find(key) == nullptr) return std::nullopt;
        return small_number(key, 0);
    }

    std::optional<std::uint64_t> number(const char* key) {
        const json* value = find(key);
        if (value == nullptr) return std::nullopt;
        if (value->is_number_unsigned()) return value->get<std::uint64_t>();
        if (const auto whole = whole_number(*value)) return whole;
        complain(FaultCode::bad_request, key, "must be a whole number from 0");
        return std::nullopt;
    }

    void complain(FaultCode code, const char* key, const char* what) {
        if (!problem_)
            problem_ = Fault{code, "The field \"" + std::string(key) + "\" " + what + "."};
    }

    const std::optional<Fault>& problem() const { return problem_; }

  private:
    const json* find(const char* key) const {
        const auto found = object_.find(key);
        return found == object_.end() || found->is_null() ? nullptr : &*found;
    }

    std::string as_text(const json& value, const char* key) {
        if (value.is_string()) return value.get<std::string>();
        complain(FaultCode::bad_request, key, "must be text");
        return "";
    }

    std::string not_empty(std::string person, const char* key) {
        if (person.empty()) {
            complain(FaultCode::bad_request, key,
                     R"(is empty. Name a person, or write "everyone")");
        }
        return person;
    }

    TransferId as_transfer(const std::string& hex, const char* key) {
        const auto raw = from_hex(hex);
        const auto id = raw ? TransferId::from_bytes(*raw) : std::nullopt;
        if (!id) complain(FaultCode::bad_request, key, "must be the id of a transfer");
        return id.value_or(TransferId{});
    }

    std::filesystem::path as_path(std::string path_text, const char* key) {
        if (path_text.find('\0') == std::string::npos) return path_text;
        complain(FaultCode::bad_request, key, "must not contain a zero byte");
        return {};
    }

    const json& object_;
    std::optional<Fault> problem_;
};

CommandBody read_say(Fields& fields) {
    return command::Say{
        fields.receiver_or_everyone("to"), fields.text("text"), {}, fields.flag_or_false("sure")};
}

CommandBody read_send(Fields& fields) {
    return command::Send{fields.receiver("to"), fields.paths("paths"),
                         fields.flag_or_false("sure")};
}

CommandBody read_accept(Fields& fields) {
    return command::Accept{fields.transfer("transfer"), fields.path_unless_left_out("into"),
                           fields.texts_or_none("only"), fields.texts_or_none("except"),
                           fields.small_number_or_none("version")};
}

CommandBody read_decline(Fields& fields) { return command::Decline{fields.transfer("transfer")}; }

CommandBody read_cancel(Fields& fields) { return command::Cancel{fields.transfer("transfer")}; }

CommandBody read_offer(Fields& fields) {
    const command::ListOffer usual;
    command::ListOffer page{fields.transfer("transfer"), fields.small_number("first", usual.first),
                            fields.small_number("count", usual.count)};
    if (page.count == 0) fields.complain(FaultCode::bad_request, "count", "must be at least 1");
    return page;
}

CommandBody read_pause(Fields& fields) { return command::Pause{fields.transfer("transfer")}; }

CommandBody read_resume(Fields& fields) { return command::Resume{fields.transfer("transfer")}; }

CommandBody read_move(Fields& fields) {
    return command::Move{fields.transfer("transfer"), fields.transfer_or_none("before")};
}

CommandBody read_start_now(Fields& fields) {
    return command::StartNow{fields.transfer("transfer")};
}

CommandBody read_retry(Fields& fields) {
    return command::Retry{fields.transfer("transfer"), fields.flag_or_false("batch")};
}

CommandBody read_limit(Fields& fields) {
    // Both at once: a side left out would silently lose the limit it has.
    return command::SetRateLimits{fields.needed_number("up"), fields.needed_number("down")};
}

CommandBody read_kick(Fields& fields) {
    return command::Kick{fields.text("peer"), fields.text_or_empty("reason")};
}

// ---- Rights
CommandBody read_ban(Fields& fields) {
    return command::Ban{fields.text("peer"), fields.number("minutes"),
                        fields.text_or_empty("reason")};
}

CommandBody read_unban(Fields& fields) { return command::Unban{fields.text("fingerprint")}; }

CommandBody read_bans(Fields&) { return command::ListBans{}; }

CommandBody read_mute(Fields& fields) {
    return command::Mute{fields.text("peer"), fields.needed_flag("muted")};
}

CommandBody read_role(Fields& fields) {
    const std::string role = fields.text("role");
    if (role != "guest" && role != "member") {
        fields.complain(FaultCode::bad_request, "role", "must be \"guest\" or \"member\"");
    }
    return command::SetRole{fields.text("peer"), role == "guest" ? Role::guest : Role::member};
}

CommandBody read_rules(Fields& fields) {
    // Both at once: a rule left out would silently be lifted.
    const std::string files = fields.text("files");
    const auto rule = file_rule_of(files);
    if (!rule) {
        fields.complain(FaultCode::bad_request, "files", "must be \"all\", \"host\" or \"nobody\"");
    }
    return command::SetRules{
        {rule.value_or(FileRule::all), fields.needed_number_or_null("file_bytes_max")}};
}
// ---- End of rights

CommandBody read_rename(Fields& fields) { return command::Rename{fields.text("name")}; }

CommandBody read_history(Fields& fields) {
    command::LoadHistory history{fields.text_or_empty("conversation"), fields.number("before"),
                                 limits::history_messages_max};
    const auto limit = fields.number("limit");
    if (limit == 0U) fields.complain(FaultCode::bad_request, "limit", "must be at least 1");
    if (limit.value_or(0) > limits::history_messages_max) {
        fields.complain(FaultCode::not_available, "limit",
                        "is above 200: ask for the ones before with \"before\"");
    }
    history.limit = static_cast<std::size_t>(limit.value_or(history.limit));
    return history;
}

CommandBody read_invite(Fields& fields) {
    const command::MakeInvite usual;
    return command::MakeInvite{fields.small_number("minutes", usual.minutes),
                               fields.small_number("uses", usual.uses)};
}

CommandBody read_code(Fields&) { return command::MakeCode{}; }

CommandBody read_revoke(Fields& fields) { return command::RevokeInvite{fields.text("invite")}; }

CommandBody read_invites(Fields&) { return command::ListInvites{}; }

// Trust

CommandBody read_trust(Fields& fields) {
    command::Trust trust{fields.text("peer"), fields.flag("verified"), fields.flag("auto_accept"),
                         fields.number("max_bytes"), fields.path_or_none("into")};
    if (!trust.is_verified && !trust.has_auto_accept && !trust.auto_accept_bytes_max &&
        !trust.auto_accept_into) {
        fields.complain(FaultCode::bad_request, "verified",
                        "is missing, and so are \"auto_accept\", \"max_bytes\" and \"into\": "
                        "there is nothing to change");
    }
    return trust;
}

CommandBody read_safety(Fields& fields) { return command::ShowSafety{fields.text("peer")}; }

CommandBody read_known(Fields&) { return command::ListKnown{}; }

CommandBody read_forget_host(Fields& fields) { return command::ForgetHost{fields.text("address")}; }

CommandBody read_peers(Fields&) { return command::ListPeers{}; }

CommandBody read_transfers(Fields&) { return command::ListTransfers{}; }

struct Reader {
    std::string_view verb;
    CommandBody (*read)(Fields&);
};

constexpr std::array<Reader, 31> readers{{{"trust", read_trust},
                                          {"safety", read_safety},
                                          {"known", read_known},
                                          {"forget_host", read_forget_host},
                                          {"say", read_say},
                                          {"send", read_send},
                                          {"accept", read_accept},
                                          {"decline", read_decline},
                                          {"cancel", read_cancel},
                                          {"offer", read_offer},
                                          {"pause", read_pause},
                                          {"resume", read_resume},
                                          {"move", read_move},
                                          {"start_now", read_start_now},
                                          {"retry", read_retry},
                                          {"limit", read_limit},
                                          {"kick", read_kick},
                                          {"ban", read_ban},
                                          {"unban", read_unban},
                                          {"bans", read_bans},
                                          {"mute", read_mute},
                                          {"role", read_role},
                                          {"rules", read_rules},
                                          {"rename", read_rename},
                                          {"history", read_history},
                                          {"peers", read_peers},
                                          {"transfers", read_transfers},
                                          {"invite", read_invite},
                                          {"code", read_code},
                                          {"revoke", read_revoke},
                                          {"invites", read_invites}}};

constexpr std::array<std::string_view, 2> later_verbs{"search", "rooms"};

ParsedLine read_command(const std::string& verb, const json& object, std::string ref) {
    if (verb == "quit") return Quit{};
    const auto is_named = [&verb](const Reader& reader) { return reader.verb == verb; };
    const auto* reader = std::find_if(readers.begin(), readers.end(), is_named);
    if (reader != readers.end()) {
        Fields fields(object);
        Command command{reader->read(fields), ref};
        if (fields.problem()) return BadLine{*fields.problem(), std::move(ref)};
        return command;
    }
    if (std::find(later_verbs.begin(), later_verbs.end(), verb) != later_verbs.end()) {
        return BadLine{{FaultCode::not_available, "\"" + verb + "\" is not available yet."},
                       std::move(ref)};
    }
    // The verb is not repeated: a line is somebody's input, and it may be a megabyte long.
    return BadLine{{FaultCode::bad_request, "The field \"do\" names no command."}, std::move(ref)};
}

BadLine bad_request(std::string sentence, std::string ref = {}) {
    return {{FaultCode::bad_request, std::move(sentence)}, std::move(ref)};
}

}  // namespace

ParsedLine parse_json_line(std::string_view line) {
    if (line.size() > json_line_bytes_max) return line_too_long();
    const json object = json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (object.is_discarded()) return bad_request("The line is not JSON in UTF-8.");
    if (!object.is_object()) return bad_request("The line is not a JSON object.");

    std::string ref;
    if (const auto given = object.find("ref"); given != object.end() && !given->is_null()) {
        if (!given->is_string()) return bad_request("The field \"ref\" must be text.");
        ref = given->get<std::string>();
    }
    const auto verb = object.find("do");
    if (verb == object.end()) return bad_request("The field \"do\" is missing.", ref);
    if (!verb->is_string()) return bad_request("The field \"do\" must be text.", ref);
    return read_command(verb->get<std::string>(), object, std::move(ref));
}

BadLine line_too_long() { return {{FaultCode::too_large, "The line is longer than 1 MiB."}, {}}; }

}  // namespace dropline::app
