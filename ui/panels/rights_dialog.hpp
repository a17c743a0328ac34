// What the host has laid down, to be changed: who may send files, how much, and who is banned.
// Thread: ui, inside a frame.
#pragma once

#include "ui/model/model.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

/// Puts the rules in force into the fields and asks for the bans; for hosts only.
Commands open_rights(const Model& model, UiState& state);
Commands draw_rights(const Model& model, UiState& state);

}  // namespace dropline::ui
