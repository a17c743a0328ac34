// The safety number of two people, to be compared out loud, and the words for its pictures.
// Thread: ui, inside a frame.
#pragma once

#include <cstdint>
#include <string_view>

#include "ui/model/model.hpp"
#include "ui/text/text.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

Commands draw_safety_dialog(const Model& model, UiState& state);

/// The word for a symbol of safety_symbol_list, in the language of the window.
Text text_of_symbol(std::uint8_t symbol);

}  // namespace dropline::ui
