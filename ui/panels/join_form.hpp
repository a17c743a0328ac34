// One field that takes an address, an invite, a code, a password; what was understood of it; and
// the question for a password when the host asks for one. Thread: ui, inside a frame.
#pragma once

#include <string>
#include <string_view>

#include "ui/model/model.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

Commands draw_join_form(const Model& model, UiState& state);

/// "Invite to Physics at 10.0.0.5:7788"; empty while nothing can be understood.
std::string understood_words(std::string_view typed);

/// Leaves the bare address in the fields, once a room has been joined.
void forget_typed_secrets(UiState& state);

}  // namespace dropline::ui
