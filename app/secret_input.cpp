#include "app/secret_input.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "net/api/join_text.hpp"
#include "net/api/limits.hpp"
#include "net/platform/file_descriptor.hpp"

namespace dropline::app {

namespace {

/// Byte by byte: what follows the line on standard input is for somebody else.
Result<Secret> read_line(int descriptor, const std::string& where) {
    std::string line;
    line.reserve(limits::invite_bytes_max);
    while (line.size() < limits::invite_bytes_max) {
        char byte = 0;
        const auto count = ::read(descriptor, &byte, 1);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            return Fault{FaultCode::file_error,
                         where + " cannot be read: " + std::strerror(errno) + "."};
        }
        if (count == 0 || byte == '\n') break;
        line += byte;
    }
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) return Fault{FaultCode::bad_request, where + " begins with an empty line."};
    return Secret::take(line);
}

Result<Secret> read_file(const std::filesystem::path& path) {
    const std::string where = "The password file " + path.string();
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) {
        return Fault{FaultCode::bad_request,
                     where + " cannot be opened: " + std::strerror(errno) + "."};
    }
    return read_line(file.number(), where);
}

/// Where the command of a run, if it joins, says to whom and with what.
struct JoinFields {
    Secret* target = nullptr;
    std::optional<Secret>* secret = nullptr;
};

JoinFields join_fields(Invocation& invocation) {
    if (auto* send = std::get_if<SendRun>(&invocation.run)) return {&send->target, &send->secret};
    if (auto* receive = std::get_if<ReceiveRun>(&invocation.run)) {
        return {&receive->target, &receive->secret};
    }
    command::Join* join = nullptr;
    if (auto* headless = std::get_if<HeadlessRun>(&invocation.run)) {
        join = std::get_if<command::Join>(&headless->start);
    } else if (auto* window = std::get_if<WindowRun>(&invocation.run)) {
        join = std::get_if<command::Join>(&window->start);
    }
    return join == nullptr ? JoinFields{} : JoinFields{&join->target, &join->secret};
}

/// Null for a run that opens no room.
std::optional<Secret>* password_of(Invocation& invocation) {
    if (auto* headless = std::get_if<HeadlessRun>(&invocation.run)) {
        auto* host = std::get_if<command::Host>(&headless->start);
        return host == nullptr ? nullptr : &host->password;
    }
    auto* window = std::get_if<WindowRun>(&invocation.run);
    auto* wish = window == nullptr ? nullptr : std::get_if<HostWish>(&window->start);
    return wish == nullptr ? nullptr : &wish->password;
}

}  // namespace

Result<void> read_secrets(Invocation& invocation) {
    const JoinFields join = join_fields(invocation);
    if (join.target != nullptr && join.target->view() == target_from_stdin) {
        auto line = read_line(STDIN_FILENO, "Standard input");
        if (!line) return line.fault();
        if (const auto target = understand_join_text(line->view()); !target) return target.fault();
        *join.target = std::move(*line);
    }
    if (invocation.common.password_file.empty()) return {};
    auto password = read_file(invocation.common.password_file);
    if (!password) return password.fault();
    if (join.secret != nullptr) *join.secret = std::move(*password);
    if (auto* wished = password_of(invocation)) *wished = std::move(*password);
    return {};
}

}  // namespace dropline::app
