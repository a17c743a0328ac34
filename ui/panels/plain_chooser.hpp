// Chooses files or a folder inside the window, where the system has no dialog for it.
// Thread: ui, inside a frame. Reads one folder at a time, when it is entered.
#pragma once

#include <string>

#include "ui/model/model.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

/// What a dialog is headed with, this one or the desktop's: it says for whom the choice will be,
/// for more may be pressed before it is made.
std::string chooser_title(const Model& model, const WindowRequest& purpose);

void open_plain_chooser(UiState& state, const WindowRequest& purpose);
Commands draw_plain_chooser(const Model& model, UiState& state);

/// What follows from the paths chosen for a purpose, with this dialog or another.
Commands commands_for_chosen(UiState& state, const WindowRequest& purpose, const Paths& chosen);

}  // namespace dropline::ui
