// Knows whether files hover over the window before they are dropped, which GLFW does not tell.
// Thread: ui. X11 only; elsewhere the answer is always "no", and a drop asks to whom.
#pragma once

#include <imgui.h>

#include <optional>

struct GLFWwindow;

namespace dropline::ui {

/// Where dragged files hover now, in window coordinates. Cheap: two round trips to the X server.
/// GLFW reports a drag's position as the cursor's; a drag is on when somebody owns the drag's
/// selection and holds the left button although this window never saw it go down.
std::optional<ImVec2> hovering_files_at(GLFWwindow* window);

}  // namespace dropline::ui
