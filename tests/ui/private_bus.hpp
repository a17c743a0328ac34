// A session bus of one test's own: a real dbus-daemon that knows no service of the machine.
// Thread: the test's.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "tests/store/scratch_folder.hpp"

namespace dropline::test {

/// An environment variable, until the end of the test.
class Variable {
  public:
    Variable(std::string name, const std::string& value);
    ~Variable();
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

  private:
    const std::string name_;
    std::optional<std::string> before_;
};

/// A service that the bus starts when somebody calls it.
struct StartedByBus {
    std::string name;
    std::string program;
};

/// While it lives, DBUS_SESSION_BUS_ADDRESS names it. It ends with the test, however that ends.
class PrivateBus {
  public:
    /// Skips the test where the machine has no dbus-daemon.
    explicit PrivateBus(const std::optional<StartedByBus>& service = std::nullopt);
    ~PrivateBus();
    PrivateBus(const PrivateBus&) = delete;
    PrivateBus& operator=(const PrivateBus&) = delete;

    /// Returns when it is gone.
    void kill();

  private:
    ScratchFolder folder_;
    const std::string address_;
    Variable named_;
    pid_t pid_ = 0;
};

}  // namespace dropline::test
