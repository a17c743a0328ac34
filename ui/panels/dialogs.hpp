// The few questions that stand in front of everything: settings, why someone is removed, and to
// whom dropped files go.
// Thread: ui, inside a frame.
#pragma once

#include "ui/model/model.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

Commands draw_settings(const Model& model, UiState& state);
Commands draw_kick(const Model& model, UiState& state);
Commands draw_to_whom(const Model& model, UiState& state);

/// A dialog in the middle of the window; false while it is not open. Ended by end_dialog.
bool begin_dialog(const char* name, bool& is_to_open, float width_points);
void end_dialog();
/// Any dialog or menu: it covers what is behind it.
bool is_dialog_open();

}  // namespace dropline::ui
