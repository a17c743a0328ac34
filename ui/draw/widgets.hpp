// The few controls everything is made of, in our own look.
// Thread: ui, inside a frame. Words shown are never ids and never formats: what a peer wrote is
// drawn letter by letter, and a control is told apart by the ImGui::PushID around it or by `id`.
#pragma once

#include <imgui.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "ui/draw/icons.hpp"
#include "ui/theme.hpp"

namespace dropline::ui {

enum class ButtonLook { primary, plain, danger, bare };

/// Words as an item of the layout.
void words(std::string_view text, Type type, Color color);
/// Of the field that is drawn next, close above it.
void label_above(std::string_view text);
/// On one line, cut with an ellipsis at `width_px`.
void words_cut(std::string_view text, Type type, Color color, float width_px);
void words_wrapped(std::string_view text, Type type, Color color);

/// Words at a place, not part of the layout; the width drawn is returned.
float paint(ImVec2 where, std::string_view text, Type type, ImU32 color);
void paint_cut(ImVec2 where, std::string_view text, Type type, Color color, float width_px);
float width_of(std::string_view text, Type type);
/// A path without as many of its first folders as must go so that it fits; its name stays.
std::string end_that_fits(std::string_view path, Type type, float width_px);
/// Over at most `lines_max` lines, the last one cut with an ellipsis.
void paint_wrapped(ImVec2 where, std::string_view text, Type type, Color color, float width_px,
                   int lines_max);
/// Each line in the middle of `width_px`, as many as it takes; returns their height.
float paint_centered(ImVec2 where, std::string_view text, Type type, Color color, float width_px);
/// How many lines `paint_wrapped` takes, from 0.
int wrapped_lines(std::string_view text, Type type, float width_px, int lines_max);

/// `width_px` 0: as wide as the words. A tool tip is shown only when the words were cut.
bool button(int id, std::string_view label, ButtonLook look, float width_px = 0);
float button_width(std::string_view label);
float control_height();
bool icon_button(int id, Icon icon, std::string_view tip);

/// Two or more names of which one is chosen. Returns the chosen one.
int segments(int id, const std::string_view* names, int count, int chosen, float width_px);

/// One line to type in, as wide as there is room or `width_px`. True when Enter was pressed.
bool field(int id, std::string_view hint, std::string& text, float width_px = 0,
           ImGuiInputTextFlags flags = 0);

/// A coloured circle with the first letter of a name.
void paint_avatar(ImVec2 center, float radius, const PeerId& id, std::string_view name,
                  float opacity = 1.0F);
/// A number in a round accent-coloured ground; returns its width.
float paint_badge(ImVec2 right_center, std::size_t number);
void paint_bar(ImVec2 min, ImVec2 max, double fraction, Color color);
/// A short remark in a rounded frame; returns its width.
float paint_chip(ImVec2 where, std::string_view text, Color color);
float chip_width(std::string_view text);

/// The ring around what the keyboard is on.
void paint_focus_of_last_item(float rounding);

/// An item that is drawn by the caller: clickable, reachable by keyboard.
struct Pressed {
    bool is_pressed = false;
    bool is_hovered = false;
    bool is_held = false;
};
Pressed area(const char* name, ImVec2 size);

/// A menu that opens at the mouse: by the right button on the last item, or by ImGui::OpenPopup.
/// False while it is closed; when true, end_menu must follow.
bool begin_menu_of_last_item(const char* name);
bool begin_menu(const char* name);
bool menu_entry(std::string_view label);
void end_menu();

/// A tip for the last item, shown after resting on it.
void tip(std::string_view text);
/// A tip for something that is no item: the caller knows that the mouse is on it.
void tip_at_mouse(std::string_view text);

}  // namespace dropline::ui
