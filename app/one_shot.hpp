// What `send` and `receive` have in common: join, do one thing, leave.
// Thread: main. It keeps the list of who is there; what the visit is for is its derived class.
#pragma once

#include <optional>
#include <string>

#include "app/exit_status.hpp"
#include "app/line_splitter.hpp"
#include "app/lost_room.hpp"
#include "app/wait_point.hpp"
#include "net/api/event.hpp"
#include "net/api/node.hpp"
#include "net/room/roster.hpp"

namespace dropline::app {

class OneShot {
  public:
    OneShot(Node& node, WaitPoint& wait_point);
    virtual ~OneShot() = default;
    OneShot(const OneShot&) = delete;
    OneShot& operator=(const OneShot&) = delete;

    /// Returns when `finish` was called, a signal came, or the room was lost for good: also when
    /// the host stays out of reach (LostRoom) while nothing is under way.
    ExitStatus run(command::Join join);

  protected:
    /// Everything after the host let us in, `Joined` included; the roster knows it already.
    virtual void on_event(const Event& event) = 0;
    /// Something was agreed to that goes on by itself when the host is back.
    virtual bool is_under_way() const = 0;
    virtual void on_line(const std::string& line);
    /// stdin has ended while a line was wanted.
    virtual void on_input_end();
    virtual void on_deadline();
    /// Before leaving on a signal: the last chance to submit something.
    virtual void on_interrupted();

    void submit(CommandBody body, std::string ref = {});
    /// Leaves, then `run` returns `status`. The first call counts.
    void finish(ExitStatus status);
    /// `on_deadline` once at that time; empty: never.
    void set_deadline(std::optional<SteadyTime> deadline) { deadline_ = deadline; }
    /// To be called before a question is asked: nobody can have answered it yet.
    void forget_typed_ahead();
    /// While true, lines typed on stdin come to `on_line`, one by one; otherwise they wait.
    void want_lines(bool wants_lines) { wants_lines_ = wants_lines; }
    const Roster& roster() const { return roster_; }

  private:
    void turn();
    void take_events();
    void take(const Event& event);
    void keep_roster(const Event& event);
    void end_role(const event::RoleEnded& ended);
    std::optional<SteadyTime> gives_up_at() const;
    std::optional<SteadyTime> next_deadline() const;
    void on_time(SteadyTime now);
    void read_input();
    void deliver_lines();
    void interrupt();

    Node& node_;
    WaitPoint& wait_point_;
    Roster roster_;
    LostRoom lost_room_;
    LineSplitter input_;
    bool wants_lines_ = false;
    bool has_input_ended_ = false;
    std::optional<SteadyTime> deadline_;
    std::optional<SteadyTime> leave_deadline_;
    std::optional<ExitStatus> status_;
    bool has_joined_ = false;
    bool is_over_ = false;
};

}  // namespace dropline::app
