// The two speed limits in the settings: typed, read, and told to the network at once.
// Thread: ui, inside a frame.
#pragma once

#include "ui/ui_state.hpp"

namespace dropline::ui {

/// Puts the limits in force into the fields; call it when the settings are opened.
void begin_rate_limits(UiState& state);
Commands draw_rate_limits(UiState& state, float width);

}  // namespace dropline::ui
