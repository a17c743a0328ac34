#include "tests/store/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>

extern char** environ;

namespace dropline::test {
namespace {

/// Where the child finds its end of the pipe: standard output belongs to Catch2.
constexpr int parent_fd = 3;

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace

ChildProcess::ChildProcess(const std::string& tag, const Variables& variables) {
    // Both ways, so that the child sees its parent go.
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        throw std::runtime_error("no socket pair");
    }
    from_child_ = FileDescriptor(ends[0]);
    // Above parent_fd, for dup2 onto the same number would keep O_CLOEXEC.
    const FileDescriptor lower(ends[1]);
    const FileDescriptor to_parent(::fcntl(lower.number(), F_DUPFD_CLOEXEC, parent_fd + 1));

    std::vector<std::string> environment;
    for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
    for (const auto& [name, value] : variables) {
        environment.emplace_back(name).append("=").append(value);
    }
    std::vector<std::string> arguments = {"/proc/self/exe", tag};

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to_parent.number(), parent_fd);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    const int refused =
        ::posix_spawn(&pid_, "/proc/self/exe", &actions, nullptr, pointers_to(arguments).data(),
                      pointers_to(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    if (refused != 0) throw std::runtime_error("cannot start the other process");
}

ChildProcess::~ChildProcess() { kill(); }

std::string ChildProcess::read_line() {
    while (true) {
        const std::size_t end = read_ahead_.find('\n');
        if (end != std::string::npos) {
            std::string line = read_ahead_.substr(0, end);
            read_ahead_.erase(0, end + 1);
            return line;
        }
        char block[4096];
        const ssize_t got = ::read(from_child_.number(), block, sizeof block);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return {};
        read_ahead_.append(block, static_cast<std::size_t>(got));
    }
}

std::string ChildProcess::read_to_end() {
    std::string text;
    for (std::string line = read_line(); !line.empty(); line = read_line()) text += line + '\n';
    return text;
}

void ChildProcess::kill() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    wait_for_exit();
}

int ChildProcess::wait_for_exit() {
    if (pid_ < 0) return -1;
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void tell_parent(const std::string& text) {
    const ssize_t written = ::write(parent_fd, text.data(), text.size());
    if (written != static_cast<ssize_t>(text.size())) std::abort();
}

void wait_to_be_killed() {
    char nothing = 0;
    while (::read(parent_fd, &nothing, 1) < 0 && errno == EINTR) {
    }
    std::_Exit(1);
}

}  // namespace dropline::test
