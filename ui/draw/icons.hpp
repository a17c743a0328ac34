// Small pictures drawn with lines, so that no icon font has to be there.
// Thread: ui, inside a frame.
#pragma once

#include <imgui.h>

namespace dropline::ui {

enum class Icon {
    attach,
    check,
    close,
    copy,
    file,
    folder,
    gear,
    leave,
    pencil,
    people,
    send,
    warning,
    arrow_down,
    arrow_up,
    clock,
    back,
    pause,
    play,
    again
};

/// Centred on `center`, about `size` pixels high and wide.
void draw_icon(ImDrawList& list, Icon icon, ImVec2 center, float size, ImU32 color);

}  // namespace dropline::ui
