// Where one writes: Enter sends, Shift+Enter begins a new line, a button hands over files.
// Thread: ui, inside a frame. An Enter of an input method never arrives here: see ui/enter_gate.
#pragma once

#include "ui/model/model.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

float composer_height(UiState& state, float width);
Commands draw_composer(const Model& model, UiState& state);

}  // namespace dropline::ui
