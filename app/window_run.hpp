// The program with its window: settings in, role of last time, settings out.
// Thread: ui (main). It draws nothing itself: frame_loop.hpp does.
#pragma once

#include "app/exit_status.hpp"
#include "app/options.hpp"

namespace dropline::app {

ExitStatus run_with_window(const WindowRun& run, const CommonOptions& common);

}  // namespace dropline::app
