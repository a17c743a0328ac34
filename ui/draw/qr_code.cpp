#include "ui/draw/qr_code.hpp"

#include <qrencode.h>

#include <algorithm>
#include <cmath>
#include <memory>

namespace dropline::ui {

void make_qr_code(QrCode& code, const std::string& text) {
    if (code.text == text) return;
    code = QrCode{text, 0, {}};
    const std::unique_ptr<QRcode, decltype(&QRcode_free)> made(
        QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_L), &QRcode_free);
    if (!made) return;
    code.side = made->width;
    const auto squares =
        static_cast<std::size_t>(made->width) * static_cast<std::size_t>(made->width);
    // The lowest bit of each byte is the colour; the others tell how it was made.
    for (std::size_t i = 0; i < squares; ++i) code.dark.push_back((made->data[i] & 1U) != 0);
}

void draw_qr_code(const QrCode& code, float side_px) {
    constexpr int margin_squares = 4;  // what the standard asks for
    const ImVec2 min = ImGui::GetCursorScreenPos();
    ImGui::Dummy({side_px, side_px});
    if (code.side == 0) return;
    const auto squares = static_cast<float>(code.side + 2 * margin_squares);
    const float square = std::max(1.0F, std::floor(side_px / squares));
    const float left = std::floor(min.x + (side_px - square * squares) / 2);
    const float top = std::floor(min.y + (side_px - square * squares) / 2);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled({left, top}, {left + square * squares, top + square * squares},
                       IM_COL32_WHITE);
    for (int y = 0; y < code.side; ++y) {
        for (int x = 0; x < code.side; ++x) {
            if (!code.is_dark(x, y)) continue;
            const ImVec2 at{left + square * static_cast<float>(x + margin_squares),
                            top + square * static_cast<float>(y + margin_squares)};
            list.AddRectFilled(at, {at.x + square, at.y + square}, IM_COL32_BLACK);
        }
    }
}

}  // namespace dropline::ui
