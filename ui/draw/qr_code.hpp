// A QR code of a text, as large as there is room for, black on white whatever the theme.
// Thread: ui, inside a frame.
#pragma once

#include <string>

#include "ui/ui_state.hpp"

namespace dropline::ui {

/// Makes the code anew only when the text is another one.
void make_qr_code(QrCode& code, const std::string& text);

/// Draws it with its quiet margin as an item of the layout, `side_px` wide and high. Squares are
/// whole pixels, so that a camera sees sharp edges.
void draw_qr_code(const QrCode& code, float side_px);

}  // namespace dropline::ui
