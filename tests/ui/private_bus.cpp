#include "tests/ui/private_bus.hpp"

#include <catch2/catch_test_macros.hpp>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <utility>
#include <vector>

#include "ui/desktop.hpp"

extern char** environ;

namespace dropline::test {
namespace {

void write_configuration(const ScratchFolder& folder, const std::string& address,
                         const std::optional<StartedByBus>& service) {
    const std::filesystem::path services = folder / "services";
    std::filesystem::create_directory(services);
    if (service) {
        write_file(services / (service->name + ".service"),
                   "[D-BUS Service]\nName=" + service->name + "\nExec=" + service->program + "\n");
    }
    write_file(folder / "bus.conf", "<busconfig><type>session</type><listen>" + address +
                                        "</listen><auth>EXTERNAL</auth><servicedir>" +
                                        services.string() +
                                        "</servicedir><policy context='default'>"
                                        "<allow send_destination='*' eavesdrop='true'/>"
                                        "<allow eavesdrop='true'/><allow own='*'/>"
                                        "</policy></busconfig>");
}

/// Starts a program whose standard output is a pipe, and returns when it has written to that.
pid_t start_and_hear(std::vector<std::string> arguments) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    pid_t pid = 0;
    const int refused = ::posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    char line[1024];
    ssize_t got = 0;
    while (refused == 0 && (got = ::read(ends[0], line, sizeof line)) < 0 && errno == EINTR) {
    }
    ::close(ends[0]);
    if (refused != 0 || got <= 0) throw std::runtime_error(arguments[0] + " does not start");
    return pid;
}

}  // namespace

Variable::Variable(std::string name, const std::string& value) : name_(std::move(name)) {
    if (const char* before = ::getenv(name_.c_str())) before_ = before;
    ::setenv(name_.c_str(), value.c_str(), 1);
}

Variable::~Variable() {
    if (before_) {
        ::setenv(name_.c_str(), before_->c_str(), 1);
    } else {
        ::unsetenv(name_.c_str());
    }
}

PrivateBus::PrivateBus(const std::optional<StartedByBus>& service)
    : address_("unix:path=" + (folder_ / "bus").string()),
      named_("DBUS_SESSION_BUS_ADDRESS", address_) {
    const std::string daemon = ui::find_program("dbus-daemon");
    const std::string in_company = ui::find_program("setpriv");
    if (daemon.empty() || in_company.empty()) SKIP("there is no dbus-daemon, or no setpriv");
    write_configuration(folder_, address_, service);
    // Should the test be killed, the kernel ends the bus with it.
    pid_ =
        start_and_hear({in_company, "--pdeathsig=KILL", daemon, "--nofork", "--nopidfile",
                        "--print-address=1", "--config-file=" + (folder_ / "bus.conf").string()});
}

PrivateBus::~PrivateBus() { kill(); }

void PrivateBus::kill() {
    if (pid_ == 0) return;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
}

}  // namespace dropline::test
