// All hand-overs in one list: offers to answer first, then the others, the newest on top.
// Thread: ui, inside a frame. Draws the cards in sight only.
#pragma once

#include "ui/model/model.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

/// The height at which nothing that asks for an answer is out of sight; 0: nothing asks.
float answers_height(const Model& model, const UiState& state, float width);
bool has_transfers_to_show(const Model& model, const UiState& state);
Commands draw_transfers(const Model& model, UiState& state);

}  // namespace dropline::ui
