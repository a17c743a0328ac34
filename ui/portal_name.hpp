// How a portal calls our window, so that its dialog stands above it.
// Thread: ui.
#pragma once

#include <string>

struct GLFWwindow;

namespace dropline::ui {

/// "x11:1c00007" (the portal documentation, "Window Identifiers"); empty on Wayland, where GLFW has
/// no way to export a window: the dialog then stands by itself.
std::string portal_name_of(GLFWwindow* window);

}  // namespace dropline::ui
