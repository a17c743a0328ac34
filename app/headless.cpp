#include "app/headless.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "app/human_lines.hpp"
#include "app/json_commands.hpp"
#include "app/json_events.hpp"
#include "app/launch.hpp"
#include "app/line_splitter.hpp"
#include "app/output_buffer.hpp"
#include "app/wait_point.hpp"
#include "net/platform/file_fault.hpp"

namespace dropline::app {

namespace {

using namespace std::chrono_literals;

/// For the last lines, when the reader of stdout is slow.
constexpr auto last_output_max = 1s;

WallTime now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

class Headless {
  public:
    Headless(bool is_json, Node& node, WaitPoint& wait_point)
        : is_json_(is_json), node_(node), wait_point_(wait_point), json_(node.self().id) {}

    ExitStatus run(CommandBody start) {
        node_.submit({std::move(start), ""});
        while (!is_over_) turn();
        flush_the_rest();
        // Whoever closed the other end of a pipe wants no more. Anything else is news.
        const int error = output_.error();
        const bool is_failed = error != 0 && error != EPIPE;
        return is_failed ? report(file_fault("Cannot write to", "standard output", error))
                         : status_;
    }

  private:
    void turn() {
        take_events();
        const bool was_full = output_.is_full();
        if (!output_.flush()) return end_unread();
        // Events left behind for want of room wake nobody a second time.
        const bool has_room_again = was_full && !output_.is_full();
        if (is_over_ || has_room_again) return;
        const auto ready = wait_point_.wait(wanted());
        if (ready.is_reader_gone) return end_unread();
        if (ready.is_interrupted) interrupt();
        if (ready.can_read && input_fd_) read_input();
        if (leave_deadline_ && SteadyTime::clock::now() >= *leave_deadline_) is_over_ = true;
    }

    WaitPoint::Wanted wanted() const {
        // Who does not read our answers is not asked for more commands.
        const auto input = output_.is_overfull() ? std::optional<int>() : input_fd_;
        return {input, STDOUT_FILENO, output_.has_waiting(), leave_deadline_};
    }

    void take_events() {
        Event event;
        // A full output leaves the events in the queue, which holds back the network in turn.
        while (!is_over_ && !output_.is_full() && node_.poll(event)) take(event);
    }

    void take(const Event& event) {
        const bool is_told_already =
            is_removed_ && std::holds_alternative<event::RoleEnded>(event.body);
        if (!is_told_already) tell(event);
        const bool is_sent_away = std::holds_alternative<event::Kicked>(event.body) ||
                                  std::holds_alternative<event::Banned>(event.body);
        if (is_sent_away) {
            status_ = ExitStatus::refused;
            is_removed_ = true;
        } else if (const auto* ended = std::get_if<event::RoleEnded>(&event.body)) {
            is_over_ = true;
            const bool has_own_reason = is_removed_ || leave_deadline_;
            if (ended->fault && !has_own_reason) status_ = exit_status_of(*ended->fault);
        }
    }

    void tell(const Event& event) {
        if (is_json_) {
            output_.append(json_.lines(event));
            return;
        }
        const auto lines = human_.lines(event);
        output_.append(lines.said);
        std::cerr << lines.happened;
    }

    void read_input() {
        std::array<char, 64 * 1024> bytes;
        const auto count = ::read(*input_fd_, bytes.data(), bytes.size());
        if (count > 0) {
            input_.feed({bytes.data(), static_cast<std::size_t>(count)});
        } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
            input_.finish();
            input_fd_.reset();
        }
        while (auto line = input_.next()) {
            if (leave_deadline_) return;
            const bool is_blank = line->text.empty() && !line->is_too_long;
            if (is_blank && !is_json_) continue;
            obey(is_json_ ? read_json(*line) : read_typed(*line));
        }
    }

    static ParsedLine read_json(const InputLine& line) {
        return line.is_too_long ? ParsedLine(line_too_long()) : parse_json_line(line.text);
    }

    static ParsedLine read_typed(const InputLine& line) {
        if (line.is_too_long) return line_too_long();
        return Command{command::Say{"everyone", line.text, {}}, ""};
    }

    void obey(ParsedLine line) {
        if (auto* command = std::get_if<Command>(&line)) {
            node_.submit(std::move(*command));
        } else if (const auto* bad = std::get_if<BadLine>(&line)) {
            tell({event::Error{bad->fault}, bad->ref, now()});
        } else {
            leave(ExitStatus::done);
        }
    }

    void interrupt() {
        // Whoever asks twice does not want to wait for the farewell.
        if (status_ == ExitStatus::interrupted) is_over_ = true;
        leave(ExitStatus::interrupted);
    }

    void leave(ExitStatus status) {
        status_ = status;
        if (leave_deadline_) return;
        leave_deadline_ = SteadyTime::clock::now() + leaving_max;
        node_.submit({command::Leave{}, ""});
    }

    void end_unread() {
        status_ = ExitStatus::interrupted;
        is_over_ = true;
    }

    void flush_the_rest() {
        const auto deadline = SteadyTime::clock::now() + last_output_max;
        while (output_.flush() && output_.has_waiting() && SteadyTime::clock::now() < deadline) {
            wait_point_.wait({std::nullopt, STDOUT_FILENO, true, deadline});
        }
    }

    const bool is_json_;
    Node& node_;
    WaitPoint& wait_point_;
    JsonEvents json_;
    HumanLines human_{::isatty(STDERR_FILENO) == 1};
    OutputBuffer output_{STDOUT_FILENO};
    LineSplitter input_{json_line_bytes_max};
    std::optional<int> input_fd_{STDIN_FILENO};

    std::optional<SteadyTime> leave_deadline_;
    bool is_removed_ = false;
    bool is_over_ = false;
    ExitStatus status_ = ExitStatus::done;
};

}  // namespace

ExitStatus run_headless(const HeadlessRun& run, Node& node, WaitPoint& wait_point) {
    CommandBody start = std::visit([](const auto& role) -> CommandBody { return role; }, run.start);
    return Headless(run.is_json, node, wait_point).run(std::move(start));
}

}  // namespace dropline::app
