#include "ui/palette.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace dropline::ui {
namespace {

constexpr Color rgb(std::uint32_t hex) {
    return {static_cast<std::uint8_t>(hex >> 16), static_cast<std::uint8_t>(hex >> 8),
            static_cast<std::uint8_t>(hex)};
}

constexpr Palette dark{
    .backdrop = rgb(0x14161c),
    .panel = rgb(0x1c1f27),
    .raised = rgb(0x272b36),
    .field = rgb(0x14171d),
    .hover = rgb(0x2b303c),
    .pressed = rgb(0x343a48),
    .border = rgb(0x343946),
    .focus = rgb(0x8fb4ff),
    .ink = rgb(0xe9ebf0),
    .ink_soft = rgb(0xa2a9b8),
    .accent = rgb(0x3f6fe0),
    .accent_hover = rgb(0x3561c9),
    .on_accent = rgb(0xffffff),
    .accent_ink = rgb(0x8fb4ff),
    .own = rgb(0x2d4a8a),
    .on_own = rgb(0xf4f7ff),
    .on_own_soft = rgb(0xc3d2f5),
    .good = rgb(0x62cf93),
    .warn = rgb(0xf0bd62),
    .bad = rgb(0xff8f8a),
    .bad_ground = rgb(0xb53a3d),
    .on_bad_ground = rgb(0xffffff),
    .track = rgb(0x3a404e),
};

constexpr Palette light{
    .backdrop = rgb(0xe9ecf2),
    .panel = rgb(0xfbfcfe),
    .raised = rgb(0xeef1f6),
    .field = rgb(0xf3f5f9),
    .hover = rgb(0xe6eaf2),
    .pressed = rgb(0xd9dfeb),
    .border = rgb(0xd5dae4),
    .focus = rgb(0x2f62d9),
    .ink = rgb(0x1c2029),
    .ink_soft = rgb(0x565e6e),
    .accent = rgb(0x2f62d9),
    .accent_hover = rgb(0x2857c6),
    .on_accent = rgb(0xffffff),
    .accent_ink = rgb(0x2451b8),
    .own = rgb(0xd6e4ff),
    .on_own = rgb(0x14233f),
    .on_own_soft = rgb(0x465a80),
    .good = rgb(0x14713f),
    .warn = rgb(0x875400),
    .bad = rgb(0xb3261e),
    .bad_ground = rgb(0xb8322c),
    .on_bad_ground = rgb(0xffffff),
    .track = rgb(0xd3d9e4),
};

constexpr std::array avatar_colors{rgb(0x3e6ccf), rgb(0x8552c7), rgb(0xb8447f), rgb(0xbd4742),
                                   rgb(0xa65a14), rgb(0x7b6a12), rgb(0x3e7a34), rgb(0x157a68),
                                   rgb(0x1b7594), rgb(0x5a6478)};

double linear(std::uint8_t channel) {
    const double c = channel / 255.0;
    return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
}

double luminance(Color color) {
    return 0.2126 * linear(color.r) + 0.7152 * linear(color.g) + 0.0722 * linear(color.b);
}

}  // namespace

const Palette& palette_of(ThemeChoice theme) { return theme == ThemeChoice::light ? light : dark; }

Color avatar_color(const PeerId& id) { return avatar_colors[id.bytes[0] % avatar_colors.size()]; }

double contrast(Color a, Color b) {
    const double first = luminance(a) + 0.05;
    const double second = luminance(b) + 0.05;
    return std::max(first, second) / std::min(first, second);
}

}  // namespace dropline::ui
