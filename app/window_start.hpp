// With which room and which fields the window begins: what the command line says, and for the rest
// what the window kept.
// Thread: any; pure. Nothing is opened or joined here.
#pragma once

#include <variant>

#include "app/options.hpp"
#include "app/settings.hpp"
#include "net/api/command.hpp"
#include "ui/settings.hpp"

namespace dropline::app {

/// monostate: the person flips the switch.
using Start = std::variant<std::monostate, command::Host, command::Join>;

/// What to submit first. A room is never wider open than it was kept, nor without its password,
/// unless the command line says so.
Start start_of(const WindowRun& run, const Settings& settings);

/// The fields to show, which are there the next time, too. Of a target only the address.
ui::Settings fields_of(ui::Settings fields, const Start& start);

}  // namespace dropline::app
