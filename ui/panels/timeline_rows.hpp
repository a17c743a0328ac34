// Brings a timeline of any length to the screen: finds the rows in sight, measures and draws them.
// Thread: ui, inside the scrolling child window they are drawn in.
#pragma once

#include "ui/model/model.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

/// Draws what is in sight and keeps the place of reading while rows above get their true height.
Commands draw_timeline_rows(const Model& model, UiState& state, const Timeline& timeline);

/// The selected text, lines joined by line ends.
std::string selected_text(const Timeline& timeline, const TextSelection& selection);

}  // namespace dropline::ui
