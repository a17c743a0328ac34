// The question in front of a ban: for how long, and why. Only a host is ever asked.
// Thread: ui, inside a frame.
#pragma once

#include "ui/model/model.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

Commands draw_ban(const Model& model, UiState& state);

}  // namespace dropline::ui
