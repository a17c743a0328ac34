// What one can do with a transfer: pause, continue, cancel, hurry, try again, find on the disk.
// Thread: ui, inside a frame. The caller's ImGui::PushID keeps the transfers apart.
#pragma once

#include "ui/model/model.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

/// The small buttons at the right of a card, drawn to the left of `right_top`.
float icon_actions_width(const Model& model, const Transfer& transfer);
Commands draw_icon_actions(const Model& model, UiState& state, const Transfer& transfer,
                           ImVec2 right_top);

/// The row of buttons with words below a card, for what a picture cannot say; 0: there is none.
float action_row_height(const Model& model, const TransferItem& item);
Commands draw_action_row(const Model& model, const TransferItem& item, ImVec2 where);

}  // namespace dropline::ui
