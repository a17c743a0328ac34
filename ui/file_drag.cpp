#include "ui/file_drag.hpp"

// The macro must stand before GLFW's header, which declares the X11 functions only then.
#define GLFW_EXPOSE_NATIVE_X11
#include <GLFW/glfw3.h>
#include <GLFW/glfw3native.h>
#include <dlfcn.h>

namespace dropline::ui {
namespace {

/// The X functions used here, from the library GLFW has loaded itself: none is linked, so the
/// program starts where there is no X at all.
struct XFunctions {
    decltype(&XInternAtom) intern_atom = nullptr;
    decltype(&XGetSelectionOwner) selection_owner = nullptr;
    decltype(&XQueryPointer) query_pointer = nullptr;

    XFunctions() {
        void* library = dlopen("libX11.so.6", RTLD_LAZY | RTLD_NOLOAD);
        if (!library) return;
        intern_atom = reinterpret_cast<decltype(intern_atom)>(dlsym(library, "XInternAtom"));
        selection_owner =
            reinterpret_cast<decltype(selection_owner)>(dlsym(library, "XGetSelectionOwner"));
        query_pointer = reinterpret_cast<decltype(query_pointer)>(dlsym(library, "XQueryPointer"));
    }
    bool is_complete() const { return intern_atom && selection_owner && query_pointer; }
};

}  // namespace

std::optional<ImVec2> hovering_files_at(GLFWwindow* window) {
    if (glfwGetPlatform() != GLFW_PLATFORM_X11) return std::nullopt;
    static const XFunctions x;
    if (!x.is_complete()) return std::nullopt;
    if (glfwGetMouseButton(window, GLFW_MOUSE_BUTTON_LEFT) == GLFW_PRESS) return std::nullopt;
    Display* display = glfwGetX11Display();
    static const Atom selection = x.intern_atom(display, "XdndSelection", False);
    if (x.selection_owner(display, selection) == None) return std::nullopt;

    Window root = 0;
    Window child = 0;
    int root_x = 0;
    int root_y = 0;
    int window_x = 0;
    int window_y = 0;
    unsigned int mask = 0;
    if (!x.query_pointer(display, glfwGetX11Window(window), &root, &child, &root_x, &root_y,
                         &window_x, &window_y, &mask)) {
        return std::nullopt;
    }
    int width = 0;
    int height = 0;
    glfwGetWindowSize(window, &width, &height);
    const bool is_inside = window_x >= 0 && window_y >= 0 && window_x < width && window_y < height;
    if (!is_inside || !(mask & Button1Mask)) return std::nullopt;
    return ImVec2{static_cast<float>(window_x), static_cast<float>(window_y)};
}

}  // namespace dropline::ui
