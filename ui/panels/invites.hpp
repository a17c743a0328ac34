// Two dialogs of a host: the invite as a QR code, and the list of invites with a way to withdraw
// each. Thread: ui, inside a frame.
#pragma once

#include "ui/model/model.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

void draw_invite_qr(const Model& model, UiState& state);
Commands draw_invites(const Model& model, UiState& state);

/// "12 of 50 left, until 14:30" and the like.
std::string invite_words(const InviteState& invite, WallTime now);

}  // namespace dropline::ui
