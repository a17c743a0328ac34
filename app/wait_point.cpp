#include "app/wait_point.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

namespace dropline::app {

namespace {

/// SIGINT is taken even where a shell started us in the background with it ignored: a script that
/// sends it means it. An ignored SIGHUP is what nohup asks for, and stays so.
sigset_t ending_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    struct sigaction present {};
    if (sigaction(SIGHUP, nullptr, &present) == 0 && present.sa_handler != SIG_IGN) {
        sigaddset(&signals, SIGHUP);
    }
    return signals;
}

int timeout_ms(const std::optional<SteadyTime>& deadline) {
    if (!deadline) return -1;
    using std::chrono::milliseconds;
    const auto left = std::chrono::ceil<milliseconds>(*deadline - SteadyTime::clock::now());
    return static_cast<int>(
        std::clamp<milliseconds::rep>(left.count(), 0, std::numeric_limits<int>::max()));
}

void drain(int fd) {
    std::array<char, 4 * sizeof(signalfd_siginfo)> content;
    while (::read(fd, content.data(), content.size()) > 0) {
    }
}

Fault system_fault(const char* what) {
    return {FaultCode::internal, std::string(what) + " failed: " + std::strerror(errno) + "."};
}

}  // namespace

WaitPoint::WaitPoint(FileDescriptor wake, FileDescriptor signals)
    : wake_(std::move(wake)), signals_(std::move(signals)) {}

Result<std::unique_ptr<WaitPoint>> WaitPoint::open() {
    const sigset_t signals = ending_signals();
    if (pthread_sigmask(SIG_BLOCK, &signals, nullptr) != 0) return system_fault("pthread_sigmask");
    std::signal(SIGPIPE, SIG_IGN);
    FileDescriptor wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!wake.is_open()) return system_fault("eventfd");
    FileDescriptor signal_fd(::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!signal_fd.is_open()) return system_fault("signalfd");
    return std::unique_ptr<WaitPoint>(new WaitPoint(std::move(wake), std::move(signal_fd)));
}

void WaitPoint::wake() const {
    const std::uint64_t one = 1;
    // It can only fail when it is already signalled beyond counting, which is as good.
    [[maybe_unused]] const auto written = ::write(wake_.number(), &one, sizeof one);
}

WaitPoint::Ready WaitPoint::wait(const Wanted& wanted) {
    const auto output_events = static_cast<short>(wanted.wants_to_write ? POLLOUT : 0);
    // poll ignores a negative descriptor.
    std::array<pollfd, 4> fds{{{wake_.number(), POLLIN, 0},
                               {signals_.number(), POLLIN, 0},
                               {wanted.input_fd.value_or(-1), POLLIN, 0},
                               {wanted.output_fd.value_or(-1), output_events, 0}}};
    if (::poll(fds.data(), fds.size(), timeout_ms(wanted.deadline)) <= 0) return {};
    if (fds[0].revents != 0) drain(wake_.number());
    if (fds[1].revents != 0) drain(signals_.number());
    Ready ready;
    ready.is_interrupted = fds[1].revents != 0;
    ready.can_read = fds[2].revents != 0;  // the end and a bad descriptor show at the read
    ready.can_write = (fds[3].revents & POLLOUT) != 0;
    ready.is_reader_gone = (fds[3].revents & (POLLERR | POLLNVAL)) != 0;
    return ready;
}

}  // namespace dropline::app
