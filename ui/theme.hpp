// How everything looks: colours, sizes and type, set once a frame and asked by the panels.
// Thread: ui. Sizes are given in "points": pixels of a 96-dpi screen at the default font size.
#pragma once

#include <imgui.h>

#include "ui/palette.hpp"
#include "ui/settings.hpp"

namespace dropline::ui {

enum class Type { body, small, tiny, strong, title };

/// The two weights; `strong` may be the same font as `regular`.
struct Fonts {
    ImFont* regular = nullptr;
    ImFont* strong = nullptr;
};

/// Sets ImGui's style. `monitor_scale` is the window's content scale.
void apply_theme(const Settings& settings, float monitor_scale, Fonts fonts);

/// The colours in force.
const Palette& palette();
ImU32 ink(Color color, float opacity = 1.0F);

/// Points to pixels.
float pt(float points);
ImVec2 pt(float x_points, float y_points);

ImFont* font_of(Type type);
/// In pixels.
float font_pixels(Type type);
float line_height(Type type);

/// While it lives, ImGui writes in this type.
class TypeScope {
  public:
    explicit TypeScope(Type type);
    ~TypeScope();
    TypeScope(const TypeScope&) = delete;
    TypeScope& operator=(const TypeScope&) = delete;
};

}  // namespace dropline::ui
