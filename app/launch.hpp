// From a parsed command line to an exit status.
// Thread: main. Everything that starts a Node for a verb goes through here.
#pragma once

#include "app/exit_status.hpp"
#include "app/options.hpp"
#include "app/settings.hpp"
#include "net/api/node.hpp"

namespace dropline::app {

ExitStatus run(Invocation invocation);

/// What the command line says goes before what the settings say. Thread: any.
NodeOptions node_options(const CommonOptions& common, const Settings& settings);

/// What the command line says of each way goes before what the settings say. Thread: any.
command::SetRateLimits rate_limits(const CommonOptions& common, const Settings& settings);

/// Before anything moves; nothing is submitted where there is no limit.
void submit_rate_limits(Node& node, const command::SetRateLimits& limits);

/// The settings of this profile; a notice about them goes to stderr, too.
LoadedSettings load_settings_aloud(const CommonOptions& common);

/// Says why on stderr. The status is the fault's.
ExitStatus report(const Fault& fault);

}  // namespace dropline::app
