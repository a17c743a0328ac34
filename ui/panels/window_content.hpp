// The whole window: begin here to find the panel a thing on the screen comes from.
// Thread: ui, between ImGui::NewFrame and ImGui::Render.
#pragma once

#include "ui/model/model.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

/// Draws everything into one frame; what the person asked of the network comes back.
Commands draw_window_content(const Model& model, UiState& state);

/// Files that were dropped at a place of the window, `frame_age_s` seconds after its last frame.
/// Who has come to stand there only a moment ago is not who was meant: then it is asked to whom.
Commands take_dropped(const Model& model, UiState& state, const Paths& paths, ImVec2 place,
                      double frame_age_s);

}  // namespace dropline::ui
