// One wish to send to several people as a card: how it stands with each of them.
// Thread: ui, inside a frame.
#pragma once

#include "ui/model/model.hpp"
#include "ui/model/transfer_list.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

/// `width` of the card in pixels: what does not fit on a line makes it higher.
float batch_card_height(const Model& model, const UiState& state, const TransferRow& row,
                        float width);
Commands draw_batch_card(const Model& model, UiState& state, const TransferRow& row,
                         ImVec2 top_left, float width);

}  // namespace dropline::ui
