// About this room: who the host is and what he can see, the rules, and what guards this computer.
// Thread: ui, inside a frame.
#pragma once

#include "ui/model/model.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

void draw_about_room(const Model& model, UiState& state);

}  // namespace dropline::ui
