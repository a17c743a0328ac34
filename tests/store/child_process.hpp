// Runs a hidden test case of this very program as another process, and hears what it says.
// Thread: the test's. Starting the program anew, instead of forking, is also allowed where the
// sanitizers have threads of their own.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "net/platform/file_descriptor.hpp"

namespace dropline::test {

class ChildProcess {
  public:
    using Variables = std::vector<std::pair<std::string, std::string>>;

    /// `tag` selects the hidden test case; `variables` are added to its environment.
    ChildProcess(const std::string& tag, const Variables& variables);
    /// Kills it if it still runs.
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// Without its end of line; empty when the child has closed its side.
    std::string read_line();
    std::string read_to_end();
    /// SIGKILL, and waits until it is gone.
    void kill();
    /// Exit status; -1 when a signal ended it.
    int wait_for_exit();

  private:
    pid_t pid_ = -1;
    FileDescriptor from_child_;
    std::string read_ahead_;
};

/// In the child: what the parent reads. Whole at once.
void tell_parent(const std::string& text);
/// In the child. Should the parent end first, it leaves too.
[[noreturn]] void wait_to_be_killed();

}  // namespace dropline::test
