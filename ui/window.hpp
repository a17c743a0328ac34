// The window of the desktop: GLFW and OpenGL around ImGui. Knows no model and draws no panel.
// Thread: ui (main). Counts what happened to it, so that the frame loop can sleep otherwise.
#pragma once

#include <imgui.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "net/api/fault.hpp"
#include "ui/enter_gate.hpp"
#include "ui/modifier_gate.hpp"
#include "ui/theme.hpp"
#include "ui/ui_state.hpp"

struct GLFWwindow;

namespace dropline::ui {

struct WindowPlace {
    int width = 0;
    int height = 0;
    std::optional<std::pair<int, int>> corner;  // empty: the window manager chooses
};

/// Files let go over the window.
struct Drop {
    Paths paths;
    ImVec2 place;
};

class DesktopWindow {
  public:
    using Clock = std::chrono::steady_clock;

    /// Fails with not_available when there is no display, or no OpenGL 3 on it.
    static Result<std::unique_ptr<DesktopWindow>> open(const WindowPlace& place,
                                                       const std::string& title,
                                                       const Settings& settings);
    ~DesktopWindow();
    DesktopWindow(const DesktopWindow&) = delete;
    DesktopWindow& operator=(const DesktopWindow&) = delete;

    /// Ends a `wait` early. Thread: any, while a window is open.
    static void wake();

    bool is_closing() const;
    void close();
    /// False while it is iconified: then nothing drawn would be seen.
    bool is_visible() const;
    bool is_focused() const;

    /// Sleeps until something happens, but no longer than until `deadline`.
    void wait(std::optional<Clock::time_point> deadline);
    /// True once after the person or the desktop did something a frame may have to show.
    bool take_input_seen();
    /// ImGui takes keys that could hide each other one a frame: some are still to come.
    bool has_input_left() const;
    std::optional<Drop> take_drop();
    /// Where dragged files hover; watched only while a drag may be going on.
    std::optional<ImVec2> hovering_at() const { return hovering_at_; }

    void begin_frame();
    void end_frame_and_present();

    void use_settings(const Settings& settings);
    void set_title(const std::string& title);
    void ask_for_attention();
    std::pair<int, int> size() const;
    /// See ui/portal_name.hpp.
    std::string portal_name() const;

  private:
    explicit DesktopWindow(GLFWwindow* window);

    void install_callbacks();
    void handle_key(int key, int scancode, int action, int mods);
    void pass_on_key(int key, int scancode, int action, int mods);
    void handle_character(unsigned int character);
    void handle_cursor(double x, double y);
    void handle_drop(int count, const char** paths);
    void release_enter(Clock::time_point now, bool is_forced);
    void watch_drag();
    void apply_scale();

    GLFWwindow* window_;
    Fonts fonts_;
    Settings settings_;
    float scale_ = 0;
    EnterGate enter_;
    ModifierGate modifiers_;
    int enter_key_ = 0;
    bool is_input_seen_ = true;
    std::optional<Drop> drop_;
    std::optional<ImVec2> hovering_at_;
    std::string title_;
};

}  // namespace dropline::ui
