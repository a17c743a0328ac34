// Everybody in the room, each a place to drop files on and the way to a private conversation.
// Thread: ui, inside a frame. Draws the rows in sight only.
#pragma once

#include "ui/model/model.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

Commands draw_people(const Model& model, UiState& state);

}  // namespace dropline::ui
