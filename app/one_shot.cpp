#include "app/one_shot.hpp"

#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <iostream>
#include <utility>
#include <variant>

#include "app/human_lines.hpp"
#include "net/api/safe_text.hpp"

namespace dropline::app {

namespace {

using namespace std::chrono_literals;

/// Answers to a question are short.
constexpr std::size_t typed_line_bytes_max = 1024;

void say(const std::string& line) { std::cerr << line << std::flush; }

Peer self_of(const SelfDescription& self) {
    Peer peer;
    peer.id = self.id;
    peer.name = self.name;
    return peer;
}

}  // namespace

OneShot::OneShot(Node& node, WaitPoint& wait_point)
    : node_(node),
      wait_point_(wait_point),
      roster_(self_of(node.self())),
      input_(typed_line_bytes_max) {}

ExitStatus OneShot::run(command::Join join) {
    submit(std::move(join));
    while (!is_over_) turn();
    return status_.value_or(ExitStatus::incomplete);
}

void OneShot::on_line(const std::string&) {}
void OneShot::on_input_end() {}
void OneShot::on_deadline() {}
void OneShot::on_interrupted() {}

void OneShot::submit(CommandBody body, std::string ref) {
    node_.submit({std::move(body), std::move(ref)});
}

void OneShot::finish(ExitStatus status) {
    if (status_) return;
    status_ = status;
    leave_deadline_ = SteadyTime::clock::now() + leaving_max;
    submit(command::Leave{});
}

void OneShot::turn() {
    take_events();
    deliver_lines();
    if (is_over_) return;
    const bool reads = wants_lines_ && !has_input_ended_;
    const auto input = reads ? std::optional<int>(STDIN_FILENO) : std::nullopt;
    const auto ready = wait_point_.wait({input, std::nullopt, false, next_deadline()});
    if (ready.is_interrupted) interrupt();
    if (ready.can_read) read_input();
    on_time(SteadyTime::clock::now());
}

std::optional<SteadyTime> OneShot::gives_up_at() const {
    return is_under_way() ? std::nullopt : lost_room_.gives_up_at();
}

std::optional<SteadyTime> OneShot::next_deadline() const {
    if (leave_deadline_) return leave_deadline_;
    const auto gives_up = gives_up_at();
    if (!deadline_ || !gives_up) return deadline_ ? deadline_ : gives_up;
    return std::min(*deadline_, *gives_up);
}

void OneShot::on_time(SteadyTime now) {
    const auto is_due = [now](const auto& deadline) { return deadline && *deadline <= now; };
    if (leave_deadline_) {
        is_over_ = is_over_ || is_due(leave_deadline_);
    } else if (is_due(gives_up_at())) {
        say("The host has been out of reach for a minute and nothing is under way. Begin again "
            "when the room is open.\n");
        finish(ExitStatus::cannot_connect);
    } else if (is_due(deadline_)) {
        deadline_.reset();
        on_deadline();
    }
}

void OneShot::take_events() {
    Event event;
    while (!is_over_ && node_.poll(event)) take(event);
}

void OneShot::take(const Event& event) {
    keep_roster(event);
    lost_room_.notice(event, SteadyTime::clock::now());
    if (const auto* ended = std::get_if<event::RoleEnded>(&event.body)) return end_role(*ended);
    if (status_) return;
    if (const auto* kicked = std::get_if<event::Kicked>(&event.body)) {
        say(escape_for_display(kicked->by.name) +
            " removed you from the room: " + escape_for_display(kicked->reason) + "\n");
        finish(ExitStatus::refused);
    } else if (const auto* lost = std::get_if<event::Disconnected>(&event.body)) {
        say("The host cannot be reached: " + escape_for_display(lost->reason) + "\n");
    }
    if (has_joined_) on_event(event);
}

void OneShot::keep_roster(const Event& event) {
    if (const auto* joined = std::get_if<event::Joined>(&event.body)) {
        has_joined_ = true;
        roster_.clear();
        for (const Peer& peer : joined->peers) roster_.put(peer);
    } else if (const auto* here = std::get_if<event::PeerJoined>(&event.body)) {
        roster_.put(here->peer);
    } else if (const auto* changed = std::get_if<event::PeerChanged>(&event.body)) {
        if (changed->peer.id != roster_.self().id) roster_.put(changed->peer);
    } else if (const auto* left = std::get_if<event::PeerLeft>(&event.body)) {
        roster_.remove(left->peer.id);
    }
}

void OneShot::end_role(const event::RoleEnded& ended) {
    is_over_ = true;
    if (status_) return;
    if (ended.fault) say(fault_line(*ended.fault));
    status_ = ended.fault ? exit_status_of(*ended.fault) : ExitStatus::incomplete;
}

void OneShot::read_input() {
    std::array<char, typed_line_bytes_max> bytes;
    const auto count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (count > 0) {
        input_.feed({bytes.data(), static_cast<std::size_t>(count)});
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
        input_.finish();
        has_input_ended_ = true;
    }
    deliver_lines();
}

/// Of what a person types; a pipe holds the answers to all questions from the beginning.
void OneShot::forget_typed_ahead() {
    // In the background the terminal is another's, and touching it would stop us.
    if (::isatty(STDIN_FILENO) == 0 || ::tcgetpgrp(STDIN_FILENO) != ::getpgrp()) return;
    ::tcflush(STDIN_FILENO, TCIFLUSH);
    input_.forget();
}

void OneShot::deliver_lines() {
    while (wants_lines_ && !status_) {
        const auto line = input_.next();
        if (!line && !has_input_ended_) return;
        if (line) {
            on_line(line->text);
        } else {
            wants_lines_ = false;
            on_input_end();
        }
    }
}

void OneShot::interrupt() {
    // What has happened already may be just what is to be called off.
    take_events();
    if (is_over_) return;
    // Whoever asks twice does not want to wait for the farewell.
    if (leave_deadline_) is_over_ = true;
    if (!status_) on_interrupted();
    finish(ExitStatus::interrupted);
}

}  // namespace dropline::app
