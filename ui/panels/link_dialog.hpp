// Before a link is opened: where it really leads.
// Thread: ui, inside a frame.
#pragma once

#include "ui/ui_state.hpp"

namespace dropline::ui {

/// Asks about a link of a message; one that cannot be opened is never asked about.
void ask_about_link(UiState& state, std::string_view url);

void draw_link_dialog(UiState& state);

}  // namespace dropline::ui
