// Comparing safety numbers, a host whose key has changed, a name that looks like a verified one's,
// and what a verified person may send unasked.
// Thread: ui, inside a frame. Nothing here makes anybody trusted but the buttons that say so.
#pragma once

#include "ui/model/model.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

/// All of them; each is nothing while it is closed.
Commands draw_trust_dialogs(const Model& model, UiState& state);

/// The entries about trust in a person's menu.
Commands draw_trust_entries(const Model& model, UiState& state, const Person& person);

/// What is left to send at once. What is meant for somebody alone whose name looks like a verified
/// person's is kept, and asked about.
Commands hold_back_for_look_alikes(const Model& model, UiState& state, const Commands& commands);

}  // namespace dropline::ui
