// Several lines to write in that wrap at the edge, which ImGui's own input does not do.
// Thread: ui, inside a frame. Enter is answered to the caller; Shift+Enter is a new line.
#pragma once

#include <imgui.h>

#include <string_view>

#include "ui/model/text_edit.hpp"

namespace dropline::ui {

struct TextAreaAnswer {
    bool is_entered = false;
    bool is_active = false;
};

/// The height for all of the text, between one line and `lines_max`.
float text_area_height(const TextEdit& edit, float width_px, int lines_max);

/// `takes_focus`: the caret goes there now.
TextAreaAnswer text_area(int id, TextEdit& edit, std::string_view hint, ImVec2 size,
                         bool takes_focus);

}  // namespace dropline::ui
