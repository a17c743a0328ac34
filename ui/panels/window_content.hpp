// The whole window: begin here to find the panel a thing on the screen comes from.
// Thread: ui, between ImGui::NewFrame and ImGui::Render.
#pragma once

#include "ui/model/model.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

/// Draws everything into one frame; what the person asked of the network comes back.
Commands draw_window_content(const Model& model, UiState& state);

/// Files that were dropped at a place of the window.
Commands take_dropped(const Model& model, UiState& state, const Paths& paths, ImVec2 place);

}  // namespace dropline::ui
