// The open conversation: its head, its rows from top to bottom, and what to do when it is empty.
// Thread: ui, inside a frame. Measures and draws the rows in sight only.
#pragma once

#include "ui/model/model.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

Commands draw_conversation(const Model& model, UiState& state, ImVec2 size);

}  // namespace dropline::ui
