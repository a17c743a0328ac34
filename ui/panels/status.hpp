// The line at the bottom: where the connection stands, and the last trouble as a sentence.
// Thread: ui, inside a frame.
#pragma once

#include "ui/model/model.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

/// Higher while it holds a sentence that is too long for one line.
float status_height(const Model& model, const UiState& state, float width_px);
Commands draw_status(const Model& model, UiState& state);

/// The state of the connection in words; the title of the window shows it too.
std::string link_words(const Model& model, WallTime now);

}  // namespace dropline::ui
