// The whole list of an offer in a dialog, to take some of it and leave the rest.
// Thread: ui, inside a frame. The list is asked for in pages and shown when it is complete.
#pragma once

#include "ui/model/model.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

void open_offer_list(UiState& state, const OfferedList& list);
Commands draw_offer_list(const Model& model, UiState& state);

}  // namespace dropline::ui
