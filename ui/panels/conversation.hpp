// The open conversation: its head, its rows from top to bottom, and what to do when it is empty.
// Thread: ui, inside a frame. Measures and draws the rows in sight only.
#pragma once

#include "ui/model/model.hpp"
#include "ui/text/text.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

/// What stands beside the name of somebody one talks to alone. That nobody else reads it can be
/// promised only where the keys were compared: whoever stood in between when the two first met has
/// keys of their own.
Text private_note(const Model& model, const PeerId& with);

Commands draw_conversation(const Model& model, UiState& state, ImVec2 size);

}  // namespace dropline::ui
