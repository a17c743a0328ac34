// The switch between hosting and joining with its few fields; in a room, the room instead.
// Thread: ui, inside a frame.
#pragma once

#include "ui/model/model.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

Commands draw_role(const Model& model, UiState& state);

}  // namespace dropline::ui
