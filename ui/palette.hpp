// The two colour schemes, and the arithmetic that proves them readable.
// Thread: any. Plain numbers: no ImGui, so a test can compute every contrast.
#pragma once

#include <cstdint>

#include "net/api/ids.hpp"
#include "ui/settings.hpp"

namespace dropline::ui {

struct Color {
    std::uint8_t r = 0;
    std::uint8_t g = 0;
    std::uint8_t b = 0;
    friend bool operator==(const Color&, const Color&) = default;
};

/// Each ground with the inks that are drawn on it. "Soft" is a tint for areas.
struct Palette {
    Color backdrop;  // behind the panels
    Color panel;
    Color raised;  // cards and other people's bubbles, on a panel
    Color field;   // where one types
    Color hover;
    Color pressed;
    Color border;
    Color focus;
    Color ink;
    Color ink_soft;  // second lines, times
    Color accent;    // grounds
    Color accent_hover;
    Color on_accent;
    Color accent_ink;  // accent as text on panel and raised
    Color own;         // own bubbles
    Color on_own;
    Color on_own_soft;
    Color good;
    Color warn;
    Color bad;
    Color bad_ground;
    Color on_bad_ground;
    Color track;  // of progress bars and scroll bars
};

const Palette& palette_of(ThemeChoice theme);

/// A ground for somebody's initial, always the same one; white is readable on it.
Color avatar_color(const PeerId& id);

/// WCAG 2.1 contrast ratio, 1 to 21. https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio
double contrast(Color a, Color b);

}  // namespace dropline::ui
