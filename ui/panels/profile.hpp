// Who I am: picture, name, the pencil that changes it, and the way to the settings.
// Thread: ui, inside a frame.
#pragma once

#include "ui/model/model.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

Commands draw_profile(const Model& model, UiState& state);

}  // namespace dropline::ui
