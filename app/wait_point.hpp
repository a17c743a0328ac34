// Where a program without a window sleeps: until events wait, somebody types, the output can take
// more, a signal asks it to end, or a time has come. Nothing here spins or polls.
// Thread: the one that waits, but for `wake`. Open it before other threads start: they inherit
// its signal mask.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "net/api/fault.hpp"
#include "net/platform/file_descriptor.hpp"

namespace dropline::app {

using SteadyTime = std::chrono::steady_clock::time_point;

/// The farewell takes at most limits::graceful_close_max; a little more and we leave without.
inline constexpr std::chrono::seconds leaving_max{3};

class WaitPoint {
  public:
    struct Wanted {
        std::optional<int> input_fd;   // wait until it can be read, or has ended
        std::optional<int> output_fd;  // notice when its reader is gone
        bool wants_to_write = false;   // and wait until it can be written
        std::optional<SteadyTime> deadline;
    };
    struct Ready {
        bool is_interrupted = false;  // SIGINT, SIGTERM or SIGHUP came
        bool can_read = false;
        bool can_write = false;
        bool is_reader_gone = false;
    };

    /// From here on SIGINT, SIGTERM and SIGHUP end nothing by themselves, and SIGPIPE is ignored.
    /// Faults: internal, when the system refuses a descriptor.
    static Result<std::unique_ptr<WaitPoint>> open();

    /// Ends a present or the next `wait`. Thread: any.
    void wake() const;

    Ready wait(const Wanted& wanted);

  private:
    WaitPoint(FileDescriptor wake, FileDescriptor signals);

    const FileDescriptor wake_;
    const FileDescriptor signals_;
};

}  // namespace dropline::app
