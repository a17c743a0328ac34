// How a host lets people in: who may come, a password, and while hosting the invite, its QR code
// and a code to read out. Thread: ui, inside a frame.
#pragma once

#include "ui/model/model.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

/// Of the room that is about to be opened.
void draw_who_may_come(UiState& state);

/// Of the room that is open: the first and most visible thing is the invite.
Commands draw_ways_in(const Model& model, UiState& state);

}  // namespace dropline::ui
