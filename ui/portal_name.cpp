#include "ui/portal_name.hpp"

// The macro must stand before GLFW's header, which declares the X11 functions only then.
#define GLFW_EXPOSE_NATIVE_X11
#include <GLFW/glfw3.h>
#include <GLFW/glfw3native.h>

#include <array>
#include <charconv>

namespace dropline::ui {

std::string portal_name_of(GLFWwindow* window) {
    if (glfwGetPlatform() != GLFW_PLATFORM_X11) return {};
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), glfwGetX11Window(window), 16).ptr;
    return "x11:" + std::string(digits.begin(), end);
}

}  // namespace dropline::ui
