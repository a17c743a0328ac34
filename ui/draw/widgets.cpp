#include "ui/draw/widgets.hpp"

#include <imgui_internal.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <cfloat>

namespace dropline::ui {
namespace {

const char* begin_of(std::string_view text) { return text.data() ? text.data() : ""; }

const char* end_of(std::string_view text) { return begin_of(text) + text.size(); }

struct ButtonColors {
    Color ground;
    Color ground_hover;
    Color text;
};

ButtonColors colors_of(ButtonLook look) {
    const Palette& p = palette();
    switch (look) {
        case ButtonLook::primary: return {p.accent, p.accent_hover, p.on_accent};
        case ButtonLook::plain: return {p.raised, p.hover, p.ink};
        case ButtonLook::danger: return {p.raised, p.hover, p.bad};
        case ButtonLook::bare: return {p.panel, p.hover, p.accent_ink};
    }
    return {p.raised, p.hover, p.ink};
}

void paint_button(ImVec2 min, ImVec2 max, ButtonLook look, const Pressed& state) {
    const ButtonColors colors = colors_of(look);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const bool is_lit = state.is_hovered || state.is_held;
    // What is disabled is paler; ImGui does that to words alone.
    const float opacity = ImGui::GetStyle().Alpha;
    if (look != ButtonLook::bare || is_lit) {
        list.AddRectFilled(min, max, ink(is_lit ? colors.ground_hover : colors.ground, opacity),
                           pt(8));
    }
    if (look == ButtonLook::plain || look == ButtonLook::danger) {
        list.AddRect(min, max, ink(palette().border, opacity), pt(8));
    }
    paint_focus_of_last_item(pt(8));
}

/// The first letter or picture, with what is joined to it left out.
std::string_view initial_of(std::string_view name) {
    if (name.empty()) return "?";
    std::size_t length = 1;
    while (length < name.size() && (static_cast<unsigned char>(name[length]) & 0xC0U) == 0x80U) {
        ++length;
    }
    return name.substr(0, length);
}

/// Where the line that begins at `begin` has to end so that it is no wider than `width_px`.
const char* end_of_line(const char* begin, const char* end, Type type, float width_px) {
    // Drawn, a line is a little wider than measured here, and would be cut at its last word.
    const char* wrap =
        font_of(type)->CalcWordWrapPosition(font_pixels(type), begin, end, width_px - pt(4));
    return wrap == begin ? end : wrap;  // never an empty line, or there would be no end to them
}

const char* skip_spaces(const char* begin, const char* end) {
    while (begin != end && (*begin == ' ' || *begin == '\n')) ++begin;
    return begin;
}

}  // namespace

float width_of(std::string_view text, Type type) {
    return font_of(type)
        ->CalcTextSizeA(font_pixels(type), FLT_MAX, 0, begin_of(text), end_of(text))
        .x;
}

float paint(ImVec2 where, std::string_view text, Type type, ImU32 color) {
    ImGui::GetWindowDrawList()->AddText(font_of(type), font_pixels(type), where, color,
                                        begin_of(text), end_of(text));
    return width_of(text, type);
}

void paint_cut(ImVec2 where, std::string_view text, Type type, Color color, float width_px) {
    const TypeScope scope(type);
    ImGui::PushStyleColor(ImGuiCol_Text, ink(color));
    const ImVec2 max{where.x + width_px, where.y + font_pixels(type) + 2};
    ImGui::RenderTextEllipsis(ImGui::GetWindowDrawList(), where, max, max.x, begin_of(text),
                              end_of(text), nullptr);
    ImGui::PopStyleColor();
}

std::string end_that_fits(std::string_view path, Type type, float width_px) {
    std::string shown(path);
    for (auto slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/')) {
        if (width_of(shown, type) <= width_px) break;
        path.remove_prefix(slash + 1);
        shown = "…/" + std::string(path);
    }
    return shown;
}

int wrapped_lines(std::string_view text, Type type, float width_px, int lines_max) {
    const char* at = begin_of(text);
    const char* end = end_of(text);
    int lines = 0;
    while (at != end && lines < lines_max) {
        at = skip_spaces(end_of_line(at, end, type, width_px), end);
        ++lines;
    }
    return lines;
}

void paint_wrapped(ImVec2 where, std::string_view text, Type type, Color color, float width_px,
                   int lines_max) {
    const char* at = begin_of(text);
    const char* end = end_of(text);
    for (int line = 0; at != end && line < lines_max; ++line) {
        const char* wrap = line + 1 == lines_max ? end : end_of_line(at, end, type, width_px);
        paint_cut(where, {at, static_cast<std::size_t>(wrap - at)}, type, color, width_px);
        where.y += line_height(type);
        at = skip_spaces(wrap, end);
    }
}

float paint_centered(ImVec2 where, std::string_view text, Type type, Color color, float width_px) {
    const char* at = begin_of(text);
    const char* end = end_of(text);
    const float top = where.y;
    while (at != end) {
        const char* wrap = end_of_line(at, end, type, width_px);
        const std::string_view line(at, static_cast<std::size_t>(wrap - at));
        const float x = std::round(where.x + (width_px - width_of(line, type)) / 2);
        paint({x, where.y}, line, type, ink(color));
        where.y += line_height(type);
        at = skip_spaces(wrap, end);
    }
    return where.y - top;
}

void words(std::string_view text, Type type, Color color) {
    const TypeScope scope(type);
    ImGui::PushStyleColor(ImGuiCol_Text, ink(color));
    ImGui::TextUnformatted(begin_of(text), end_of(text));
    ImGui::PopStyleColor();
}

void label_above(std::string_view text) {
    words(text, Type::tiny, palette().ink_soft);
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() - pt(4));
}

void words_wrapped(std::string_view text, Type type, Color color) {
    ImGui::PushTextWrapPos(0);
    words(text, type, color);
    ImGui::PopTextWrapPos();
}

void words_cut(std::string_view text, Type type, Color color, float width_px) {
    paint_cut(ImGui::GetCursorScreenPos(), text, type, color, width_px);
    ImGui::Dummy({std::max(width_px, 1.0F), font_pixels(type)});
}

float control_height() { return pt(38); }

float button_width(std::string_view label) { return width_of(label, Type::small) + pt(28); }

Pressed area(const char* name, ImVec2 size) {
    Pressed result;
    const ImVec2 safe{std::max(size.x, 1.0F), std::max(size.y, 1.0F)};
    // Each look draws its own ring around what has the keyboard.
    ImGui::PushStyleColor(ImGuiCol_NavCursor, ImVec4(0, 0, 0, 0));
    result.is_pressed = ImGui::InvisibleButton(name, safe, ImGuiButtonFlags_EnableNav);
    ImGui::PopStyleColor();
    result.is_hovered = ImGui::IsItemHovered();
    result.is_held = ImGui::IsItemActive();
    return result;
}

bool button(int id, std::string_view label, ButtonLook look, float width_px) {
    ImGui::PushID(id);
    const float width = width_px > 0 ? width_px : button_width(label);
    const Pressed state = area("button", {width, control_height()});
    const ImVec2 min = ImGui::GetItemRectMin();
    const ImVec2 max = ImGui::GetItemRectMax();
    paint_button(min, max, look, state);
    const float text_width = std::min(width_of(label, Type::small), width - pt(10));
    const ImVec2 where{min.x + std::round((width - text_width) / 2),
                       min.y + std::round((max.y - min.y - font_pixels(Type::small)) / 2)};
    paint_cut(where, label, Type::small, colors_of(look).text, text_width + 1);
    ImGui::PopID();
    return state.is_pressed;
}

bool icon_button(int id, Icon icon, std::string_view tip_text) {
    ImGui::PushID(id);
    const float side = pt(34);
    const Pressed state = area("icon", {side, side});
    const ImVec2 min = ImGui::GetItemRectMin();
    const ImVec2 max = ImGui::GetItemRectMax();
    paint_button(min, max, ButtonLook::bare, state);
    draw_icon(*ImGui::GetWindowDrawList(), icon, {(min.x + max.x) / 2, (min.y + max.y) / 2}, pt(16),
              ink(state.is_hovered ? palette().ink : palette().ink_soft, ImGui::GetStyle().Alpha));
    tip(tip_text);
    ImGui::PopID();
    return state.is_pressed;
}

int segments(int id, const std::string_view* names, int count, int chosen, float width_px) {
    ImGui::PushID(id);
    const ImVec2 start = ImGui::GetCursorScreenPos();
    const float height = control_height();
    const float inset = pt(3);
    const float each = (width_px - 2 * inset) / static_cast<float>(count);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled(start, {start.x + width_px, start.y + height}, ink(palette().field), pt(9));
    list.AddRect(start, {start.x + width_px, start.y + height}, ink(palette().border), pt(9));
    int result = chosen;
    for (int i = 0; i < count; ++i) {
        ImGui::PushID(i);
        const ImVec2 min{start.x + inset + each * static_cast<float>(i), start.y + inset};
        ImGui::SetCursorScreenPos(min);
        const Pressed state = area("segment", {each, height - 2 * inset});
        const ImVec2 max = ImGui::GetItemRectMax();
        const bool is_chosen = i == chosen;
        if (is_chosen) list.AddRectFilled(min, max, ink(palette().accent), pt(7));
        if (!is_chosen && state.is_hovered) {
            list.AddRectFilled(min, max, ink(palette().hover), pt(7));
        }
        paint_focus_of_last_item(pt(7));
        const float text_width = std::min(width_of(names[i], Type::small), each - pt(8));
        paint_cut({min.x + std::round((each - text_width) / 2),
                   min.y + std::round((max.y - min.y - font_pixels(Type::small)) / 2)},
                  names[i], Type::small, is_chosen ? palette().on_accent : palette().ink,
                  text_width + 1);
        if (state.is_pressed) result = i;
        ImGui::PopID();
    }
    ImGui::SetCursorScreenPos({start.x, start.y});
    ImGui::Dummy({width_px, height});
    ImGui::PopID();
    return result;
}

bool field(int id, std::string_view hint, std::string& text, float width_px,
           ImGuiInputTextFlags flags) {
    ImGui::PushID(id);
    const TypeScope scope(Type::small);
    const float pad_y = std::round((control_height() - font_pixels(Type::small)) / 2);
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {pt(11), pad_y});
    ImGui::SetNextItemWidth(width_px > 0 ? width_px : -FLT_MIN);
    const std::string hint_text(hint);
    const bool is_entered = ImGui::InputTextWithHint("##field", hint_text.c_str(), &text,
                                                     flags | ImGuiInputTextFlags_EnterReturnsTrue);
    if (ImGui::IsItemActive()) {
        ImGui::GetWindowDrawList()->AddRect(ImGui::GetItemRectMin(), ImGui::GetItemRectMax(),
                                            ink(palette().focus), pt(8), 0, pt(1.5F));
    }
    ImGui::PopStyleVar();
    ImGui::PopID();
    return is_entered;
}

void paint_avatar(ImVec2 center, float radius, const PeerId& id, std::string_view name,
                  float opacity) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddCircleFilled(center, radius, ink(avatar_color(id), opacity));
    const std::string_view initial = initial_of(name);
    ImFont* font = font_of(Type::strong);
    const float size = std::round(radius * 1.15F);
    const ImVec2 extent = font->CalcTextSizeA(size, FLT_MAX, 0, begin_of(initial), end_of(initial));
    list.AddText(font, size,
                 {std::round(center.x - extent.x / 2), std::round(center.y - extent.y / 2)},
                 ink({255, 255, 255}, opacity), begin_of(initial), end_of(initial));
}

float paint_badge(ImVec2 right_center, std::size_t number) {
    const std::string text = number > 99 ? "99+" : std::to_string(number);
    const float height = font_pixels(Type::tiny) + pt(3);
    const float width = std::max(height, width_of(text, Type::tiny) + pt(10));
    const ImVec2 min{right_center.x - width, right_center.y - height / 2};
    ImGui::GetWindowDrawList()->AddRectFilled(min, {min.x + width, min.y + height},
                                              ink(palette().accent), height / 2);
    paint({min.x + std::round((width - width_of(text, Type::tiny)) / 2), min.y + pt(1.5F)}, text,
          Type::tiny, ink(palette().on_accent));
    return width;
}

void paint_bar(ImVec2 min, ImVec2 max, double fraction, Color color) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float rounding = (max.y - min.y) / 2;
    list.AddRectFilled(min, max, ink(palette().track), rounding);
    const float share = static_cast<float>(std::clamp(fraction, 0.0, 1.0));
    if (share <= 0) return;
    const float end = std::max(min.x + (max.y - min.y), min.x + (max.x - min.x) * share);
    list.AddRectFilled(min, {std::min(end, max.x), max.y}, ink(color), rounding);
}

float chip_width(std::string_view text) { return width_of(text, Type::tiny) + pt(12); }

float paint_chip(ImVec2 where, std::string_view text, Color color) {
    const float width = chip_width(text);
    const float height = font_pixels(Type::tiny) + pt(3);
    ImGui::GetWindowDrawList()->AddRect(where, {where.x + width, where.y + height},
                                        ink(color, 0.55F), pt(5));
    paint({where.x + pt(6), where.y + pt(1.5F)}, text, Type::tiny, ink(color));
    return width;
}

void paint_focus_of_last_item(float rounding) {
    if (!ImGui::IsItemFocused() || !GImGui->NavCursorVisible) return;
    const ImVec2 min = ImGui::GetItemRectMin();
    const ImVec2 max = ImGui::GetItemRectMax();
    ImGui::GetWindowDrawList()->AddRect(min, max, ink(palette().focus), rounding, 0, pt(2));
}

bool begin_menu_of_last_item(const char* name) {
    ImGui::OpenPopupOnItemClick(name, ImGuiPopupFlags_MouseButtonRight);
    return begin_menu(name);
}

bool begin_menu(const char* name) {
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, pt(6, 6));
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, pt(4, 2));
    const bool is_open = ImGui::BeginPopup(name);
    if (!is_open) ImGui::PopStyleVar(2);
    return is_open;
}

bool menu_entry(std::string_view label) {
    ImGui::PushID(begin_of(label), end_of(label));
    const float width = std::max(width_of(label, Type::small) + pt(24), pt(200));
    const Pressed state = area("entry", {width, pt(34)});
    const ImVec2 min = ImGui::GetItemRectMin();
    if (state.is_hovered) {
        ImGui::GetWindowDrawList()->AddRectFilled(min, ImGui::GetItemRectMax(),
                                                  ink(palette().hover), pt(8));
    }
    paint_focus_of_last_item(pt(8));
    paint({min.x + pt(12), min.y + pt(8)}, label, Type::small, ink(palette().ink));
    if (state.is_pressed) ImGui::CloseCurrentPopup();
    ImGui::PopID();
    return state.is_pressed;
}

void end_menu() {
    ImGui::EndPopup();
    ImGui::PopStyleVar(2);
}

void tip(std::string_view text) {
    if (ImGui::IsItemHovered(ImGuiHoveredFlags_ForTooltip)) tip_at_mouse(text);
}

void tip_at_mouse(std::string_view text) {
    if (text.empty()) return;
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, pt(10, 7));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, pt(8));
    if (ImGui::BeginTooltip()) {
        ImGui::PushTextWrapPos(pt(340));
        words(text, Type::small, palette().ink);
        ImGui::PopTextWrapPos();
        ImGui::EndTooltip();
    }
    ImGui::PopStyleVar(2);
}

}  // namespace dropline::ui
