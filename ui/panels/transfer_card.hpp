// A hand-over as a card: an offer with its files and answers, or a transfer with its bar.
// Thread: ui, inside a frame. The same card stands in the conversation and in the list.
#pragma once

#include "ui/model/model.hpp"
#include "ui/palette.hpp"
#include "ui/text/transfer_words.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

/// `width` of the card in pixels: what does not fit on a line makes it higher.
float transfer_card_height(const Model& model, const UiState& state, const TransferItem& item,
                           float width);
Commands draw_transfer_card(const Model& model, UiState& state, const TransferItem& item,
                            ImVec2 top_left, float width);

/// For the words about a transfer.
OtherSide other_side_of(const Model& model, const UiState& state, const Transfer& transfer);
double fraction_done(const Transfer& transfer);
Color bar_color(const Transfer& transfer);
/// The circle with the arrow at the left of a card.
void paint_direction(ImVec2 center, Direction direction);
/// How the bytes travel, to the left of `right_top`; returns the width it takes.
float paint_path(const Transfer& transfer, ImVec2 right_top);

}  // namespace dropline::ui
