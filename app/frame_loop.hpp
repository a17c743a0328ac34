// The window's life: opens it, then wait, drain, apply, draw, submit, present until it is closed.
// Thread: ui (main), but for wake_window and close_window. It knows no Node: the caller hands in
// where events come from and where commands go.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "net/api/command.hpp"
#include "net/api/event.hpp"
#include "net/api/fault.hpp"
#include "net/api/node.hpp"
#include "ui/settings.hpp"

namespace dropline::app {

/// "1100x720+40+60" or "1100x720", in screen coordinates.
struct WindowGeometry {
    struct Position {
        int x = 0;
        int y = 0;
    };
    int width = 0;
    int height = 0;
    std::optional<Position> position;  // empty: the window manager chooses
};

/// Empty when `text` has another form, or a side is below 100 or above 32,000.
std::optional<WindowGeometry> parse_geometry(std::string_view text);

struct WindowOptions {
    SelfDescription self;
    /// Submitted as soon as the window is open; monostate: the person flips the switch.
    std::variant<std::monostate, command::Host, command::Join> start;
    ui::Settings settings;
    std::optional<WindowGeometry> geometry;  // goes before the size in the settings
    std::string title = "dropline";
    std::string notice;  // what the person should know first; empty: nothing
    /// Called after the person changed a setting, and once at the end with the last size.
    std::function<void(const ui::Settings&)> store_settings;
};

/// Where events come from and commands go; both are called on the ui thread and never block.
struct NodePorts {
    std::function<bool(Event&)> poll;
    std::function<void(Command)> submit;
};

/// Returns when the window is closed; a fault (not_available) when none could be opened.
Result<void> run_window(WindowOptions options, NodePorts ports);

/// Makes the frame loop look at its events once: hand it to `Node::start`. Before and after
/// `run_window` it does nothing. Takes a lock, so not from a signal handler. Thread: any.
void wake_window();

/// Asks the window to close as if the person had done it; before it has opened, not to open: then
/// `run_window` submits nothing. No signal handler. Thread: any.
void close_window();

}  // namespace dropline::app
