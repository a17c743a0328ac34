#include "app/options.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <limits>
#include <utility>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/trust/invite.hpp"
#include "ui/text/rate.hpp"

namespace dropline::app {

namespace {

/// What CLI11 writes into while it parses; turned into an Invocation afterwards.
struct RawOptions {
    CommonOptions common;
    LogLevel log_level = LogLevel::info;
    std::string geometry;
    bool is_headless = false;
    bool is_json = false;
    HostWish host;
    std::string target;
    SendRun send;
    ReceiveRun receive;
    std::uint32_t count = 0;
    double seconds = 0;
};

struct Verbs {
    CLI::App* host = nullptr;
    CLI::App* join = nullptr;
    CLI::App* send = nullptr;
    CLI::App* receive = nullptr;
    CLI::App* rooms = nullptr;
    CLI::App* identity = nullptr;
};

/// In the order the help shows them.
template <typename Choice>
using Words = std::vector<std::pair<std::string, Choice>>;

const Words<LogLevel>& log_levels() {
    static const Words<LogLevel> levels{{"trace", LogLevel::trace}, {"debug", LogLevel::debug},
                                        {"info", LogLevel::info},   {"warn", LogLevel::warn},
                                        {"error", LogLevel::error}, {"off", LogLevel::off}};
    return levels;
}

const Words<PathPolicy>& path_policies() {
    static const Words<PathPolicy> policies{{"auto", PathPolicy::automatic},
                                            {"direct", PathPolicy::direct_only},
                                            {"relayed", PathPolicy::relayed_only}};
    return policies;
}

/// A choice of words; CLI11's own transformer would show its numbers in the help.
template <typename Choice>
CLI::Option* add_choice(CLI::App& app, const char* flag, Choice& choice, const Words<Choice>& words,
                        const char* what) {
    std::string all;
    for (const auto& [word, value] : words) all += (all.empty() ? "" : "|") + word;
    const auto take = [&choice, &words, all, flag](const std::string& text) {
        const auto is_it = [&text](const auto& word) { return word.first == text; };
        const auto found = std::find_if(words.begin(), words.end(), is_it);
        if (found == words.end()) {
            throw CLI::ValidationError(flag, "'" + text + "' is not one of " + all);
        }
        choice = found->second;
    };
    return app.add_option_function<std::string>(flag, take, what)->type_name(all);
}

void add_common(CLI::App& app, RawOptions& raw) {
    app.add_option("--name", raw.common.name, "What the others see you as")->type_name("NAME");
    app.add_option("--profile", raw.common.profile, "Keep identity, history and settings in DIR")
        ->type_name("DIR");
    add_choice(app, "--log-level", raw.log_level, log_levels(), "How much the log says");
    add_choice(app, "--path", raw.common.path_policy, path_policies(),
               "How files travel: straight to the other, or through the host");
    app.add_option("--geometry", raw.geometry, "Size and place of the window")
        ->type_name("WxH[+X+Y]");
}

/// CLI11's own words for a number that is none are not a sentence.
template <typename Number, typename Into>
CLI::Option* add_number(CLI::App& app, const char* flag, Into& number, const char* what) {
    const auto check = [](const std::string& text) -> std::string {
        Number parsed = 0;
        const char* end = text.data() + text.size();
        const auto [stopped, error] = std::from_chars(text.data(), end, parsed);
        // CLI11 would read 010 as eight.
        const bool seems_octal = text.size() > 1 && text.front() == '0';
        if (error == std::errc{} && stopped == end && !seems_octal) return "";
        return "needs a number up to " + std::to_string(std::numeric_limits<Number>::max()) +
               ", not '" + text + "'";
    };
    return app.add_option(flag, number, what)->check(check);
}

/// Takes "5M" for both ways, or "up:5M", "down:1M", or both of these with a comma.
bool take_limits(std::string_view text, CommonOptions& common) {
    const bool names_a_way = text.starts_with("up:") || text.starts_with("down:");
    if (!names_a_way) {
        const auto both = ui::rate_from_text(text);
        common.limit_up = common.limit_down = both;
        return both.has_value();
    }
    while (true) {
        const auto comma = text.find(',');
        const std::string_view part = text.substr(0, comma);
        const bool is_up = part.starts_with("up:");
        if (!is_up && !part.starts_with("down:")) return false;
        auto& limit = is_up ? common.limit_up : common.limit_down;
        if (limit) return false;
        limit = ui::rate_from_text(part.substr(part.find(':') + 1));
        if (!limit) return false;
        if (comma == std::string_view::npos) return true;
        text.remove_prefix(comma + 1);
    }
}

void add_limit(CLI::App& verb, RawOptions& raw) {
    const auto take = [&raw](const std::string& text) {
        if (take_limits(text, raw.common)) return;
        throw CLI::ValidationError("--limit",
                                   "needs bytes per second such as 5M, 800k, 0 for no limit, or "
                                   "up:5M,down:1M, not '" +
                                       text + "'");
    };
    verb.add_option_function<std::string>("--limit", take,
                                          "Bytes per second: 5M, 800k, up:5M,down:1M")
        ->type_name("RATE");
}

void add_role_options(CLI::App& verb, RawOptions& raw) {
    verb.add_flag("--headless", raw.is_headless, "Without a window");
    verb.add_flag("--json", raw.is_json, "With --headless: commands and events as JSON lines");
    add_limit(verb, raw);
}

void add_password_file(CLI::App& verb, RawOptions& raw, const char* what) {
    verb.add_option("--password-file", raw.common.password_file, what)->type_name("FILE");
}

void add_target(CLI::App& verb, RawOptions& raw) {
    verb.add_option(
            "TARGET", raw.target,
            "host[:port], [ipv6]:port, or an invite. - reads it from the first line of "
            "standard input, where an address may have a code or password behind it. Other "
            "people on this machine can see the command line: an invite is taken from there "
            "only when it is for one use")
        ->required()
        ->type_name("");
    add_password_file(verb, raw, "The room's password, or a code: the first line of FILE");
}

Verbs add_verbs(CLI::App& app, RawOptions& raw) {
    Verbs verbs;
    verbs.host = app.add_subcommand("host", "Open a room");
    add_number<std::uint16_t>(*verbs.host, "--port", raw.host.port,
                              "0 lets the system choose (7788)")
        ->type_name("PORT");
    verbs.host
        ->add_option("--bind", raw.host.bind_address,
                     "Only this address of ours; a window keeps to it the next time")
        ->type_name("ADDR");
    verbs.host->add_option("--room", raw.host.room_name, "What the room is called")
        ->type_name("NAME");
    verbs.host->add_flag("--invite-only", raw.host.is_invite_only,
                         "Nobody comes in without an invite, a code or the password");
    add_number<std::uint32_t>(*verbs.host, "--members", raw.common.members_max,
                              ("At most so many people in the room, you among them (" +
                               std::to_string(limits::members_default_max) + ")")
                                  .c_str())
        ->type_name("N");
    add_password_file(*verbs.host, raw,
                      "Ask for this password, the first line of FILE, at least 10 characters");
    add_role_options(*verbs.host, raw);

    verbs.join = app.add_subcommand("join", "Join a room");
    add_target(*verbs.join, raw);
    add_role_options(*verbs.join, raw);

    verbs.send = app.add_subcommand(
        "send", "Hand over files and folders and leave; 0 only when verified there");
    add_target(*verbs.send, raw);
    verbs.send->add_option("--to", raw.send.to, "A name, a fingerprint prefix, or 'everyone'")
        ->required()
        ->type_name("PEER");
    verbs.send->add_option("PATH", raw.send.paths, "What to hand over")->required()->type_name("");
    verbs.send->add_flag("--sure", raw.send.is_sure,
                         "Also to somebody who is named like a person you verified");
    add_limit(*verbs.send, raw);

    verbs.receive = app.add_subcommand("receive", "Take files that are offered");
    add_target(*verbs.receive, raw);
    verbs.receive->add_option("--into", raw.receive.into, "The folder for them")
        ->required()
        ->type_name("DIR");
    verbs.receive->add_option("--from", raw.receive.from, "Only from this person")
        ->type_name("PEER");
    add_number<std::uint32_t>(*verbs.receive, "--count", raw.count, "Leave after so many")
        ->type_name("N");
    verbs.receive->add_flag("--yes", raw.receive.says_yes, "Accept without asking");
    add_limit(*verbs.receive, raw);

    verbs.rooms = app.add_subcommand("rooms", "Rooms seen on this network (not available yet)");
    verbs.rooms->add_flag("--json", raw.is_json, "As JSON lines");
    verbs.rooms->add_option("--seconds", raw.seconds, "How long to look")->type_name("N");

    verbs.identity = app.add_subcommand("identity", "Your name, fingerprint, and its words");
    const std::string common =
        "Every verb takes --name, --profile, --log-level and --path: see dropline --help.";
    for (CLI::App* verb : app.get_subcommands({})) verb->group("Verbs")->footer(common);
    verbs.host->footer(
        "What is not said is in a window as it was last; with --headless it is port 7788, every "
        "address and a room open to all. A password of last time stays in both.\n" +
        common);
    return verbs;
}

std::string try_help(const CLI::App& app) {
    const auto chosen = app.get_subcommands();
    const std::string verb = chosen.empty() ? "" : chosen.front()->get_name() + " ";
    return " Try: dropline " + verb + "--help";
}

UsageError usage_error(const CLI::App& app, std::string what, bool is_json) {
    // CLI11 writes some of its messages over several lines.
    std::replace(what.begin(), what.end(), '\n', ' ');
    while (!what.empty() && (what.back() == ' ' || what.back() == '.')) what.pop_back();
    return {what + "." + try_help(app), FaultCode::bad_request, is_json};
}

/// Also of a command line that could not be understood: who reads the lines learns why there are
/// none.
bool wants_json(const std::vector<std::string>& arguments) {
    const auto has = [&arguments](const char* word) {
        return std::find(arguments.begin(), arguments.end(), word) != arguments.end();
    };
    return has("--json") && (has("--headless") || has("rooms"));
}

/// `--room=` with nothing behind it takes the next word for its value.
std::optional<std::string> problem_with_open_ends(const std::vector<std::string>& arguments) {
    for (const std::string& argument : arguments) {
        if (argument == "--") return std::nullopt;
        const bool is_open = argument.starts_with("--") && argument.ends_with('=');
        if (is_open) return argument + " is empty: write a value behind it, or leave it out";
    }
    return std::nullopt;
}

/// A script's variable that turned out empty must not open a room to all, or to every address. No
/// option of ours means anything when it is empty; unquoted it takes the next option for its value.
std::optional<std::string> problem_with_empty_values(const CLI::App& app) {
    for (const CLI::Option* option : app.get_options()) {
        const bool takes_value = option->nonpositional() && option->get_items_expected_max() > 0;
        const bool is_empty =
            takes_value && std::ranges::any_of(option->results(), [](const std::string& value) {
                return value.empty() || value.starts_with("--");
            });
        if (!is_empty) continue;
        return option->get_name() + " is empty: write its " + option->get_type_name() +
               " behind it, or leave it out";
    }
    for (const CLI::App* verb : app.get_subcommands()) {
        if (auto problem = problem_with_empty_values(*verb)) return problem;
    }
    return std::nullopt;
}

/// What no single option's form can tell.
std::optional<std::string> problem_with_values(const Verbs& verbs, const RawOptions& raw) {
    const bool has_window = !raw.is_headless && !verbs.send->parsed() && !verbs.receive->parsed() &&
                            !verbs.identity->parsed();
    if (raw.is_json && !raw.is_headless) return "--json needs --headless";
    if (!raw.geometry.empty() && !has_window) return "--geometry is for the window only";
    if (verbs.receive->count("--count") > 0 && raw.count == 0) return "--count begins at 1";
    const std::uint32_t members = raw.common.members_max.value_or(limits::members_max);
    if (members < 2 || members > limits::members_max) {
        return "--members needs a number from 2 to " + std::to_string(limits::members_max);
    }
    if (verbs.receive->parsed() && raw.receive.into.empty()) return "--into needs a folder";
    if (verbs.receive->count("--from") > 0 && raw.receive.from.empty()) {
        return "--from needs a person; leave it out to receive from anybody";
    }
    if (verbs.send->parsed() && raw.send.to.empty()) return "--to needs a person, or 'everyone'";
    for (const auto& [option, text] : {std::pair{"--name", raw.common.name},
                                       std::pair{"--room", raw.host.room_name.value_or("")}}) {
        const auto name = make_safe_person_name(text.empty() ? "somebody" : text);
        if (!name) return std::string(option) + ": " + name.fault().sentence;
    }
    return std::nullopt;
}

/// A wish that belongs to a later version.
std::optional<std::string> problem_with_wishes(const Verbs& verbs, const RawOptions& raw) {
    if (verbs.rooms->parsed()) {
        return "Looking for rooms on the network is not available yet; join one by its address, "
               "as the host's window shows it";
    }
    const bool takes_target =
        verbs.join->parsed() || verbs.send->parsed() || verbs.receive->parsed();
    if (takes_target) {
        if (auto problem = problem_with_target(raw.target)) return problem;
    }
    return problem_with_values(verbs, raw);
}

/// Without a window nobody is there to whom the fields of last time are shown: only the password,
/// which the profile knows, stays.
command::Host headless_host(const HostWish& wish) {
    command::Host host;
    host.port = wish.port.value_or(host.port);
    host.bind_address = wish.bind_address.value_or("");
    host.room_name = wish.room_name.value_or("");
    host.is_invite_only = wish.is_invite_only;
    host.keeps_password_if_any = true;
    return host;
}

decltype(Invocation::run) host_run(const RawOptions& raw) {
    if (raw.is_headless) return HeadlessRun{headless_host(raw.host), raw.is_json};
    return WindowRun{raw.host, raw.geometry};
}

decltype(Invocation::run) join_run(const RawOptions& raw) {
    command::Join join{raw.target};
    if (raw.is_headless) return HeadlessRun{std::move(join), raw.is_json};
    return WindowRun{std::move(join), raw.geometry};
}

decltype(Invocation::run) chosen_run(const Verbs& verbs, RawOptions& raw) {
    if (verbs.host->parsed()) return host_run(raw);
    if (verbs.join->parsed()) return join_run(raw);
    if (verbs.send->parsed()) {
        raw.send.target = Secret(raw.target);
        return raw.send;
    }
    if (verbs.receive->parsed()) {
        raw.receive.target = Secret(raw.target);
        if (verbs.receive->count("--count") > 0) raw.receive.count = raw.count;
        return raw.receive;
    }
    if (verbs.identity->parsed()) return IdentityRun{};
    return WindowRun{{}, raw.geometry};
}

bool is_host_character(char character) {
    const auto byte = static_cast<unsigned char>(character);
    return std::isalnum(byte) != 0 || character == '.' || character == '-' || character == '_';
}

std::optional<std::string> problem_with_port(std::string_view digits) {
    std::uint16_t port = 0;
    const auto* end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, port);
    if (error == std::errc{} && stopped == end && port > 0) return std::nullopt;
    return "The port after the colon must be a number from 1 to 65535";
}

std::optional<std::string> problem_with_bracketed(std::string_view target) {
    const auto closing = target.find(']');
    if (closing == std::string_view::npos || closing < 3) {
        return "An IPv6 address is written in brackets, such as [fe80::1%eth0]:7788";
    }
    const std::string_view rest = target.substr(closing + 1);
    if (rest.empty()) return std::nullopt;
    if (rest.front() != ':')
        return "After the bracket comes a colon and the port, as in [::1]:7788";
    return problem_with_port(rest.substr(1));
}

/// Everybody on the machine can read a command line: one use is over before they can take it.
std::optional<std::string> problem_with_invite(std::string_view link) {
    const auto invite = parse_invite(link);
    if (!invite) return invite.fault().sentence;
    if (invite->is_single_use) return std::nullopt;
    return "This invite lets in more than one person, and others can read a command line: write - "
           "in its place and give the invite on the first line of standard input, or ask for one "
           "for a single use";
}

}  // namespace

std::optional<std::string> problem_with_target(std::string_view target) {
    if (target.empty()) return "The address to join is empty";
    if (target == target_from_stdin) return std::nullopt;
    if (looks_like_invite(target)) return problem_with_invite(target);
    if (target.front() == '[') return problem_with_bracketed(target);

    const auto colon = target.find(':');
    if (colon != target.rfind(':')) {
        return "An IPv6 address is written in brackets, such as [fe80::1%eth0]:7788";
    }
    const std::string_view host = target.substr(0, colon);
    if (host.empty() || !std::all_of(host.begin(), host.end(), is_host_character)) {
        return "Finding a room by its name is not available yet; join by the host's address, such "
               "as 192.168.1.5:7788";
    }
    if (colon == std::string_view::npos) return std::nullopt;
    return problem_with_port(target.substr(colon + 1));
}

Invocation parse_arguments(const std::vector<std::string>& arguments) {
    CLI::App app{
        "Drop me a line, drop me a file: people on one network talk and hand each other "
        "files.\nWithout a verb it opens the window."};
    app.name("dropline");
    app.fallthrough();  // the common options may stand on either side of the verb
    app.require_subcommand(0, 1);
    app.get_formatter()->label("SUBCOMMAND", "VERB");
    app.set_version_flag("--version", "dropline " DROPLINE_VERSION);

    RawOptions raw;
    add_common(app, raw);
    const Verbs verbs = add_verbs(app, raw);

    if (const auto problem = problem_with_open_ends(arguments)) {
        return {{}, usage_error(app, *problem, wants_json(arguments))};
    }
    try {
        app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::CallForVersion& version) {
        return {{}, PrintRun{std::string(version.what()) + "\n"}};
    } catch (const CLI::CallForHelp&) {
        return {{}, PrintRun{app.help()}};
    } catch (const CLI::ParseError& error) {
        return {{}, usage_error(app, error.what(), wants_json(arguments))};
    }
    if (app.count("--log-level") > 0) raw.common.log_level = raw.log_level;
    auto problem = problem_with_wishes(verbs, raw);
    if (!problem) problem = problem_with_empty_values(app);
    if (problem) {
        UsageError error = usage_error(app, *problem, wants_json(arguments));
        if (verbs.rooms->parsed()) error.code = FaultCode::not_available;
        return {raw.common, std::move(error)};
    }
    return {raw.common, chosen_run(verbs, raw)};
}

}  // namespace dropline::app
