// A hand-over as a card: an offer with its files and answers, or a transfer with its bar.
// Thread: ui, inside a frame. The same card stands in the conversation and in the list.
#pragma once

#include "ui/model/model.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

float transfer_card_height(const TransferItem& item, const UiState& state);
Commands draw_transfer_card(const Model& model, UiState& state, const TransferItem& item,
                            ImVec2 top_left, float width);

}  // namespace dropline::ui
