#include "ui/theme.hpp"

#include <cmath>

namespace dropline::ui {
namespace {

constexpr float line_spacing = 1.12F;

/// The look in force. The panels run on one thread inside one frame, as ImGui itself does.
struct Look {
    const Palette* colors = &palette_of(ThemeChoice::dark);
    Fonts fonts;
    float scale = 1.0F;
};

Look look;

ImVec4 vec(Color color, float opacity = 1.0F) {
    return {static_cast<float>(color.r) / 255.0F, static_cast<float>(color.g) / 255.0F,
            static_cast<float>(color.b) / 255.0F, opacity};
}

/// ImGui counts a font's ascent and descent, about 1.36 em of most fonts: 20 is a 15-pixel type.
float type_points(Type type) {
    switch (type) {
        case Type::body: return 20;
        case Type::small: return 17.5F;
        case Type::tiny: return 15.5F;
        case Type::strong: return 20;
        case Type::title: return 25;
    }
    return 20;
}

void set_sizes(ImGuiStyle& style) {
    style = ImGuiStyle();
    style.WindowPadding = {14, 12};
    style.FramePadding = {11, 8};
    style.ItemSpacing = {8, 8};
    style.ItemInnerSpacing = {8, 6};
    style.WindowRounding = 0;
    style.ChildRounding = 12;
    style.FrameRounding = 8;
    style.PopupRounding = 12;
    style.GrabRounding = 6;
    style.ScrollbarRounding = 6;
    style.ScrollbarSize = 10;
    style.WindowBorderSize = 0;
    style.ChildBorderSize = 0;
    style.FrameBorderSize = 1;
    style.PopupBorderSize = 1;
    style.SeparatorTextBorderSize = 1;
}

void set_surface_colors(ImVec4* colors, const Palette& p) {
    colors[ImGuiCol_Text] = vec(p.ink);
    colors[ImGuiCol_TextDisabled] = vec(p.ink_soft);
    colors[ImGuiCol_WindowBg] = vec(p.backdrop);
    colors[ImGuiCol_ChildBg] = vec(p.panel);
    colors[ImGuiCol_PopupBg] = vec(p.panel);
    colors[ImGuiCol_Border] = vec(p.border);
    colors[ImGuiCol_BorderShadow] = {0, 0, 0, 0};
    colors[ImGuiCol_FrameBg] = vec(p.field);
    colors[ImGuiCol_FrameBgHovered] = vec(p.field);
    colors[ImGuiCol_FrameBgActive] = vec(p.field);
    colors[ImGuiCol_ModalWindowDimBg] = {0, 0, 0, 0.45F};
    colors[ImGuiCol_ScrollbarBg] = {0, 0, 0, 0};
    colors[ImGuiCol_ScrollbarGrab] = vec(p.track);
    colors[ImGuiCol_ScrollbarGrabHovered] = vec(p.ink_soft, 0.6F);
    colors[ImGuiCol_ScrollbarGrabActive] = vec(p.ink_soft, 0.8F);
}

void set_control_colors(ImVec4* colors, const Palette& p) {
    colors[ImGuiCol_Button] = vec(p.raised);
    colors[ImGuiCol_ButtonHovered] = vec(p.hover);
    colors[ImGuiCol_ButtonActive] = vec(p.pressed);
    colors[ImGuiCol_Header] = vec(p.raised);
    colors[ImGuiCol_HeaderHovered] = vec(p.hover);
    colors[ImGuiCol_HeaderActive] = vec(p.pressed);
    colors[ImGuiCol_CheckMark] = vec(p.accent_ink);
    colors[ImGuiCol_SliderGrab] = vec(p.accent);
    colors[ImGuiCol_SliderGrabActive] = vec(p.accent_hover);
    colors[ImGuiCol_Separator] = vec(p.border);
    colors[ImGuiCol_TextSelectedBg] = vec(p.accent, 0.45F);
    colors[ImGuiCol_InputTextCursor] = vec(p.ink);
    colors[ImGuiCol_NavCursor] = vec(p.focus);
}

}  // namespace

void apply_theme(const Settings& settings, float monitor_scale, Fonts fonts) {
    const float font_scale =
        static_cast<float>(settings.font_size) / static_cast<float>(font_size_default);
    look.colors = &palette_of(settings.theme);
    look.fonts = fonts;
    look.scale = monitor_scale * font_scale;

    ImGuiStyle& style = ImGui::GetStyle();
    set_sizes(style);
    style.ScaleAllSizes(look.scale);
    style.FontSizeBase = type_points(Type::body);
    style.FontScaleMain = look.scale;
    set_surface_colors(style.Colors, *look.colors);
    set_control_colors(style.Colors, *look.colors);
}

const Palette& palette() { return *look.colors; }

ImU32 ink(Color color, float opacity) {
    return ImGui::ColorConvertFloat4ToU32(vec(color, opacity));
}

float pt(float points) { return std::round(points * look.scale); }

ImVec2 pt(float x_points, float y_points) { return {pt(x_points), pt(y_points)}; }

ImFont* font_of(Type type) {
    const bool is_strong = type == Type::strong || type == Type::title;
    ImFont* font = is_strong ? look.fonts.strong : look.fonts.regular;
    return font ? font : ImGui::GetFont();
}

float font_pixels(Type type) {
    // ImGui draws whole sizes only; the same number must be used to measure and to draw.
    return std::round(type_points(type) * look.scale);
}

float line_height(Type type) { return std::round(font_pixels(type) * line_spacing); }

TypeScope::TypeScope(Type type) { ImGui::PushFont(font_of(type), type_points(type)); }

TypeScope::~TypeScope() { ImGui::PopFont(); }

}  // namespace dropline::ui
