// The command line as values: verbs, options, and one helpful sentence for what is wrong with it.
// Thread: any; pure: it looks at no file, no terminal and no environment.
// What later versions bring (`rooms`) is refused here, never ignored. Secrets are not read here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "net/api/command.hpp"
#include "net/api/node.hpp"

namespace dropline::app {

enum class LogLevel { trace, debug, info, warn, error, off };

/// What every verb takes.
struct CommonOptions {
    std::string name;
    std::filesystem::path profile;
    std::optional<LogLevel> log_level;  // empty: what suits the verb
    PathPolicy path_policy = PathPolicy::automatic;
    // Bytes per second, 0: none; empty: as in the settings. Of host, join, send and receive.
    std::optional<std::uint64_t> limit_up;
    std::optional<std::uint64_t> limit_down;
    std::optional<std::uint32_t> members_max;  // of host; empty: the usual number
    std::filesystem::path password_file;       // of host, join, send and receive; empty: none
};

/// A target that stands on the first line of standard input.
inline constexpr std::string_view target_from_stdin = "-";

/// What a command line says of a room to open in a window; what is empty is as the window kept it.
struct HostWish {
    std::optional<std::uint16_t> port;
    std::optional<std::string> bind_address;
    std::optional<std::string> room_name;
    bool is_invite_only = false;  // asked for; nobody can ask for the opposite here
    std::optional<Secret> password = std::nullopt;  // read from a file before it starts
};

struct WindowRun {
    /// monostate: the role and the room of last time.
    std::variant<std::monostate, HostWish, command::Join> start;
    std::string geometry;  // "WIDTHxHEIGHT+X+Y"; empty: as last time
};

struct HeadlessRun {
    std::variant<command::Host, command::Join> start;
    bool is_json = false;
};

struct SendRun {
    Secret target;
    std::optional<Secret> secret = std::nullopt;  // read from a file before it starts
    PeerText to;
    std::vector<std::filesystem::path> paths;
    bool is_sure = false;  // also to somebody whose name looks like that of a verified person
};

struct ReceiveRun {
    Secret target;
    std::optional<Secret> secret = std::nullopt;  // read from a file before it starts
    std::filesystem::path into;
    PeerText from;                       // empty: anybody
    std::optional<std::uint32_t> count;  // empty: until interrupted
    bool says_yes = false;
};

struct IdentityRun {};

/// --help and --version.
struct PrintRun {
    std::string text;
};

struct UsageError {
    std::string sentence;
    FaultCode code = FaultCode::bad_request;
    bool is_json = false;  // for a program that reads JSON lines
};

struct Invocation {
    CommonOptions common;
    std::variant<WindowRun, HeadlessRun, SendRun, ReceiveRun, IdentityRun, PrintRun, UsageError>
        run;
};

/// `arguments` without the program's name. Never throws. Thread: any.
Invocation parse_arguments(const std::vector<std::string>& arguments);

/// Empty when `target` has the form of an address that this version can join and that may stand on
/// a command line; else the sentence that says what is wrong or not there yet. Thread: any.
std::optional<std::string> problem_with_target(std::string_view target);

}  // namespace dropline::app
