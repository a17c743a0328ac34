#include "ui/window.hpp"

#include <GLFW/glfw3.h>
#include <glad/gl.h>
#include <imgui_impl_glfw.h>
#include <imgui_impl_opengl3.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "ui/app_icon.hpp"
#include "ui/file_drag.hpp"
#include "ui/fonts.hpp"
#include "ui/portal_name.hpp"

namespace dropline::ui {
namespace {

constexpr int min_width = 560;
constexpr int min_height = 480;  // the answers to an offer fit below a conversation
/// How often a hovering drag is looked at: it may leave without saying so.
constexpr auto drag_look_every = std::chrono::milliseconds(80);

DesktopWindow& self_of(GLFWwindow* window) {
    return *static_cast<DesktopWindow*>(glfwGetWindowUserPointer(window));
}

ModifierGate::Input::Kind kind_of(int key, int action) {
    using Kind = ModifierGate::Input::Kind;
    const bool is_modifier = key >= GLFW_KEY_LEFT_SHIFT && key <= GLFW_KEY_RIGHT_SUPER;
    if (action == GLFW_RELEASE) return is_modifier ? Kind::modifier_up : Kind::key_up;
    return is_modifier ? Kind::modifier_down : Kind::key_down;
}

Fault no_window() {
    const char* why = nullptr;
    glfwGetError(&why);
    return {FaultCode::not_available, "The window could not be opened: " +
                                          std::string(why ? why : "the display gives no reason") +
                                          ". Run with --headless where there is no display."};
}

void set_icon(GLFWwindow* window) {
    std::vector<std::uint8_t> small = app_icon(32);
    std::vector<std::uint8_t> large = app_icon(128);
    const GLFWimage images[] = {{32, 32, small.data()}, {128, 128, large.data()}};
    glfwSetWindowIcon(window, 2, images);
}

void set_hints(const WindowPlace& place) {
    glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
    glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 2);
    glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
    glfwWindowHint(GLFW_SCALE_TO_MONITOR, GLFW_TRUE);
    // Shown only when the first frame is drawn, so that nobody sees an empty one.
    glfwWindowHint(GLFW_VISIBLE, GLFW_FALSE);
    glfwWindowHintString(GLFW_X11_CLASS_NAME, "dropline");
    glfwWindowHintString(GLFW_X11_INSTANCE_NAME, "dropline");
    glfwWindowHintString(GLFW_WAYLAND_APP_ID, "dropline");
    if (!place.corner) return;
    glfwWindowHint(GLFW_POSITION_X, place.corner->first);
    glfwWindowHint(GLFW_POSITION_Y, place.corner->second);
    glfwWindowHint(GLFW_SCALE_TO_MONITOR, GLFW_FALSE);
}

void start_imgui(GLFWwindow* window) {
    IMGUI_CHECKVERSION();
    ImGui::CreateContext();
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.ConfigFlags |= ImGuiConfigFlags_NavEnableKeyboard;
    // A blinking caret would cost two frames a second for ever.
    io.ConfigInputTextCursorBlink = false;
    io.ConfigWindowsMoveFromTitleBarOnly = true;
    ImGui_ImplGlfw_InitForOpenGL(window, false);
    ImGui_ImplOpenGL3_Init("#version 150");
}

}  // namespace

Result<std::unique_ptr<DesktopWindow>> DesktopWindow::open(const WindowPlace& place,
                                                           const std::string& title,
                                                           const Settings& settings) {
    if (!glfwInit()) return no_window();
    set_hints(place);
    GLFWwindow* window =
        glfwCreateWindow(place.width, place.height, title.c_str(), nullptr, nullptr);
    if (!window) {
        Fault fault = no_window();
        glfwTerminate();
        return fault;
    }
    glfwMakeContextCurrent(window);
    if (!gladLoadGL(glfwGetProcAddress)) {
        glfwDestroyWindow(window);
        glfwTerminate();
        return Fault{FaultCode::not_available, "The display offers no OpenGL 3 to draw with."};
    }
    // The loop itself keeps to 60 frames a second; waiting for the screen here would also make
    // a window wait that another one covers.
    glfwSwapInterval(0);
    glfwSetWindowSizeLimits(window, min_width, min_height, GLFW_DONT_CARE, GLFW_DONT_CARE);
    set_icon(window);
    std::unique_ptr<DesktopWindow> result(new DesktopWindow(window));
    result->use_settings(settings);
    return result;
}

DesktopWindow::DesktopWindow(GLFWwindow* window) : window_(window) {
    start_imgui(window);
    fonts_ = load_fonts();
    glfwSetWindowUserPointer(window, this);
    install_callbacks();
}

DesktopWindow::~DesktopWindow() {
    ImGui_ImplOpenGL3_Shutdown();
    ImGui_ImplGlfw_Shutdown();
    ImGui::DestroyContext();
    glfwDestroyWindow(window_);
    glfwTerminate();
}

void DesktopWindow::install_callbacks() {
    glfwSetKeyCallback(window_, [](GLFWwindow* w, int key, int scancode, int action, int mods) {
        self_of(w).handle_key(key, scancode, action, mods);
    });
    glfwSetCharCallback(window_,
                        [](GLFWwindow* w, unsigned int c) { self_of(w).handle_character(c); });
    glfwSetCursorPosCallback(
        window_, [](GLFWwindow* w, double x, double y) { self_of(w).handle_cursor(x, y); });
    glfwSetDropCallback(window_, [](GLFWwindow* w, int count, const char** paths) {
        self_of(w).handle_drop(count, paths);
    });
    glfwSetMouseButtonCallback(window_, [](GLFWwindow* w, int button, int action, int mods) {
        self_of(w).is_input_seen_ = true;
        ImGui_ImplGlfw_MouseButtonCallback(w, button, action, mods);
    });
    glfwSetScrollCallback(window_, [](GLFWwindow* w, double x, double y) {
        self_of(w).is_input_seen_ = true;
        ImGui_ImplGlfw_ScrollCallback(w, x, y);
    });
    glfwSetCursorEnterCallback(window_, [](GLFWwindow* w, int is_in) {
        self_of(w).is_input_seen_ = true;
        ImGui_ImplGlfw_CursorEnterCallback(w, is_in);
        if (!is_in) return;
        // A pointer that comes back to the very place it left, as a finger does, is not said to
        // have moved, and ImGui would take the click for one outside of everything.
        double x = 0;
        double y = 0;
        glfwGetCursorPos(w, &x, &y);
        ImGui_ImplGlfw_CursorPosCallback(w, x, y);
    });
    glfwSetWindowFocusCallback(window_, [](GLFWwindow* w, int is_focused) {
        self_of(w).is_input_seen_ = true;
        ImGui_ImplGlfw_WindowFocusCallback(w, is_focused);
    });
    const auto note = [](GLFWwindow* w) { self_of(w).is_input_seen_ = true; };
    glfwSetWindowRefreshCallback(window_, note);
    glfwSetFramebufferSizeCallback(
        window_, [](GLFWwindow* w, int, int) { self_of(w).is_input_seen_ = true; });
    glfwSetWindowIconifyCallback(window_,
                                 [](GLFWwindow* w, int) { self_of(w).is_input_seen_ = true; });
    glfwSetWindowContentScaleCallback(
        window_, [](GLFWwindow* w, float, float) { self_of(w).apply_scale(); });
}

void DesktopWindow::handle_key(int key, int scancode, int action, int mods) {
    is_input_seen_ = true;
    const bool is_enter = key == GLFW_KEY_ENTER || key == GLFW_KEY_KP_ENTER;
    if (action == GLFW_PRESS) release_enter(Clock::now(), true);
    const bool may_be_composing = ImGui::GetIO().WantTextInput && (mods & GLFW_MOD_SHIFT) == 0;
    if (is_enter && action == GLFW_PRESS && may_be_composing) {
        enter_key_ = key;
        enter_.hold(Clock::now());
        return;
    }
    // While an Enter is held, its repetitions and its end have nothing to repeat or end.
    if (is_enter && enter_.is_holding()) return;
    pass_on_key(key, scancode, action, mods);
}

void DesktopWindow::pass_on_key(int key, int scancode, int action, int mods) {
    modifiers_.see({kind_of(key, action), [this, key, scancode, action, mods] {
                        ImGui_ImplGlfw_KeyCallback(window_, key, scancode, action, mods);
                    }});
}

void DesktopWindow::handle_character(unsigned int character) {
    is_input_seen_ = true;
    enter_.see_character();
    modifiers_.see({ModifierGate::Input::Kind::character,
                    [this, character] { ImGui_ImplGlfw_CharCallback(window_, character); }});
}

void DesktopWindow::release_enter(Clock::time_point now, bool is_forced) {
    if (!enter_.take(now, is_forced)) return;
    is_input_seen_ = true;
    const int scancode = glfwGetKeyScancode(enter_key_);
    pass_on_key(enter_key_, scancode, GLFW_PRESS, 0);
    pass_on_key(enter_key_, scancode, GLFW_RELEASE, 0);
}

void DesktopWindow::handle_cursor(double x, double y) {
    is_input_seen_ = true;
    ImGui_ImplGlfw_CursorPosCallback(window_, x, y);
    if (!hovering_at_) hovering_at_ = hovering_files_at(window_);
}

void DesktopWindow::handle_drop(int count, const char** paths) {
    is_input_seen_ = true;
    hovering_at_.reset();
    double x = 0;
    double y = 0;
    glfwGetCursorPos(window_, &x, &y);
    // Wayland gives no place that can be trusted: outside of everything then, and it is asked.
    const bool has_place = glfwGetPlatform() != GLFW_PLATFORM_WAYLAND;
    drop_ = Drop{};
    drop_->place =
        has_place ? ImVec2{static_cast<float>(x), static_cast<float>(y)} : ImVec2{-1.0F, -1.0F};
    for (int i = 0; i < count; ++i) drop_->paths.emplace_back(paths[i]);
}

void DesktopWindow::watch_drag() {
    if (!hovering_at_) return;
    const std::optional<ImVec2> now_at = hovering_files_at(window_);
    const bool has_moved = !now_at || now_at->x != hovering_at_->x || now_at->y != hovering_at_->y;
    hovering_at_ = now_at;
    is_input_seen_ |= has_moved;
}

void DesktopWindow::wait(std::optional<Clock::time_point> deadline) {
    const auto earlier = [&](Clock::time_point other) {
        deadline = deadline ? std::min(*deadline, other) : other;
    };
    if (hovering_at_) earlier(Clock::now() + drag_look_every);
    if (enter_.release_at()) earlier(*enter_.release_at());
    if (!deadline) {
        glfwWaitEvents();
    } else {
        const double left = std::chrono::duration<double>(*deadline - Clock::now()).count();
        if (left > 0) {
            glfwWaitEventsTimeout(left);
        } else {
            glfwPollEvents();
        }
    }
    watch_drag();
    release_enter(Clock::now(), false);
}

bool DesktopWindow::take_input_seen() { return std::exchange(is_input_seen_, false); }

bool DesktopWindow::has_input_left() const {
    return modifiers_.is_holding() || !ImGui::GetCurrentContext()->InputEventsQueue.empty();
}

std::optional<Drop> DesktopWindow::take_drop() { return std::exchange(drop_, std::nullopt); }

void DesktopWindow::wake() { glfwPostEmptyEvent(); }

bool DesktopWindow::is_closing() const { return glfwWindowShouldClose(window_) != 0; }

void DesktopWindow::close() { glfwSetWindowShouldClose(window_, GLFW_TRUE); }

bool DesktopWindow::is_visible() const { return glfwGetWindowAttrib(window_, GLFW_ICONIFIED) == 0; }

bool DesktopWindow::is_focused() const { return glfwGetWindowAttrib(window_, GLFW_FOCUSED) != 0; }

void DesktopWindow::begin_frame() {
    ImGui_ImplOpenGL3_NewFrame();
    ImGui_ImplGlfw_NewFrame();
    ImGui::NewFrame();
    // What it left for the next frame it has not seen yet.
    if (ImGui::GetCurrentContext()->InputEventsQueue.empty()) modifiers_.note_frame();
}

void DesktopWindow::end_frame_and_present() {
    ImGui::Render();
    int width = 0;
    int height = 0;
    glfwGetFramebufferSize(window_, &width, &height);
    glViewport(0, 0, width, height);
    // The backdrop is cleared, not drawn: blending a whole window is what software OpenGL is
    // slowest at.
    const ImVec4 ground = ImGui::ColorConvertU32ToFloat4(ink(palette().backdrop));
    glClearColor(ground.x, ground.y, ground.z, 1);
    glClear(GL_COLOR_BUFFER_BIT);
    ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
    glfwSwapBuffers(window_);
    if (!glfwGetWindowAttrib(window_, GLFW_VISIBLE)) glfwShowWindow(window_);
}

void DesktopWindow::use_settings(const Settings& settings) {
    settings_ = settings;
    apply_scale();
}

void DesktopWindow::apply_scale() {
    float x = 1;
    float y = 1;
    glfwGetWindowContentScale(window_, &x, &y);
    // Where the framebuffer has more pixels than the window, ImGui counts in window units.
    int width = 0;
    int pixels = 0;
    int unused = 0;
    glfwGetWindowSize(window_, &width, &unused);
    glfwGetFramebufferSize(window_, &pixels, &unused);
    const float density = width > 0 ? static_cast<float>(pixels) / static_cast<float>(width) : 1.0F;
    scale_ = std::max(1.0F, x / std::max(density, 1.0F));
    apply_theme(settings_, scale_, fonts_);
    is_input_seen_ = true;
}

void DesktopWindow::set_title(const std::string& title) {
    if (title == title_) return;
    title_ = title;
    glfwSetWindowTitle(window_, title.c_str());
}

void DesktopWindow::ask_for_attention() { glfwRequestWindowAttention(window_); }

std::pair<int, int> DesktopWindow::size() const {
    int width = 0;
    int height = 0;
    glfwGetWindowSize(window_, &width, &height);
    return {width, height};
}

std::string DesktopWindow::portal_name() const { return portal_name_of(window_); }

}  // namespace dropline::ui
