// The keys this profile remembers: hosts by address, which can be forgotten, and verified people,
// whose verification can be taken back.
// Thread: ui, inside a frame.
#pragma once

#include "ui/model/model.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

Commands draw_known_keys(const Model& model, UiState& state);

}  // namespace dropline::ui
