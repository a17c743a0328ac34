// What somebody wants to hand us: from whom, how much, which files, and the three answers.
// Thread: ui, inside a frame. Names are those the files would get, made safe by the network.
#pragma once

#include "ui/model/model.hpp"
#include "ui/text/text.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

/// True for an offer to us that was not answered, here or elsewhere.
bool is_offer_to_answer(const TransferItem& item, const UiState& state);

/// The word for what is risky about a risky one.
Text risk_mark(const OfferedFile& file);

/// It shows fewer of the files where it may not be as high as it likes.
float offer_card_height(const UiState& state, const TransferItem& item);
Commands draw_offer_card(const Model& model, UiState& state, const TransferItem& item,
                         ImVec2 top_left, float width);

}  // namespace dropline::ui
