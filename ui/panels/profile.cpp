#include "ui/panels/profile.hpp"

#include "net/api/limits.hpp"
#include "ui/draw/widgets.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

Commands draw_rename(const Model& model, UiState& state) {
    Commands commands;
    if (state.is_rename_to_focus) ImGui::SetKeyboardFocusHere();
    const bool is_entered =
        field(1, model.self().name, state.new_name, 0, ImGuiInputTextFlags_AutoSelectAll);
    const bool is_over = ImGui::IsItemDeactivated();
    tip(say(Text::rename_hint));
    if (state.is_rename_to_focus) {
        state.is_rename_to_focus = false;
        return commands;
    }
    // As everywhere else, going away keeps what was typed; Esc has put the old name back.
    if ((is_entered || is_over) && !state.new_name.empty() && state.new_name != model.self().name) {
        state.new_name.resize(std::min(state.new_name.size(), limits::name_bytes_max));
        commands.push_back({command::Rename{state.new_name}, "rename"});
    }
    if (is_entered || is_over) state.is_renaming = false;
    return commands;
}

void draw_name(const Model& model, UiState& state, float width) {
    const ImVec2 start = ImGui::GetCursorScreenPos();
    const float side = pt(34);
    const float text_width = width - pt(46) - 2 * side - pt(8);
    paint_cut({start.x + pt(46), start.y + pt(1)}, model.self().name, Type::strong, palette().ink,
              text_width);
    paint_cut({start.x + pt(46), start.y + pt(1) + line_height(Type::strong)}, say(Text::you),
              Type::tiny, palette().ink_soft, text_width);
    ImGui::SetCursorScreenPos({start.x + width - 2 * side - pt(2), start.y + pt(2)});
    if (icon_button(2, Icon::pencil, say(Text::rename))) {
        state.is_renaming = true;
        state.is_rename_to_focus = true;
        state.new_name = model.self().name;
    }
    ImGui::SameLine(0, pt(2));
    if (icon_button(3, Icon::gear, say(Text::settings))) state.is_settings_to_open = true;
    ImGui::SetCursorScreenPos(start);
    ImGui::Dummy({width, pt(40)});
}

}  // namespace

Commands draw_profile(const Model& model, UiState& state) {
    const ImVec2 start = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    paint_avatar({start.x + pt(19), start.y + pt(20)}, pt(18), model.self().id, model.self().name);
    if (!state.is_renaming) {
        draw_name(model, state, width);
        return {};
    }
    ImGui::SetCursorScreenPos({start.x + pt(46), start.y + pt(1)});
    Commands commands = draw_rename(model, state);
    ImGui::SetCursorScreenPos(start);
    ImGui::Dummy({width, pt(40)});
    return commands;
}

}  // namespace dropline::ui
