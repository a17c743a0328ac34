// Finds the system's fonts and hands them to ImGui, which loads each letter when it first sees it.
// Thread: ui, before the first frame. A font that is missing costs its letters and nothing else.
#pragma once

#include "ui/theme.hpp"

namespace dropline::ui {

/// Files stay mapped, not read: only the pages of the letters that are drawn cost memory.
Fonts load_fonts();

}  // namespace dropline::ui
