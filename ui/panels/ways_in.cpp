#include "ui/panels/ways_in.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

#include "net/api/password.hpp"
#include "ui/draw/widgets.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

void draw_password(UiState& state) {
    const float width = ImGui::GetContentRegionAvail().x;
    const float icon = pt(34);
    const bool keeps = state.settings.has_password && state.role.password.empty();
    const Text hint = keeps ? Text::password_as_before : Text::password_optional;
    field(10, say(hint), state.role.password, width - icon - pt(4));
    tip(say(Text::password_tip));
    ImGui::SameLine(0, pt(4));
    if (keeps) {
        if (icon_button(11, Icon::close, say(Text::password_none))) {
            state.settings.has_password = false;
            state.role.is_password_taken_away = true;
            state.role.password_given.reset();
            state.is_settings_changed = true;
        }
    } else if (icon_button(12, Icon::again, say(Text::password_make))) {
        const Secret made = make_room_password();
        state.role.password.assign(made.view());
    }
}

std::string time_left(WallTime until, WallTime now) {
    const auto seconds =
        std::max<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(until - now).count(), 0);
    const std::string rest = std::to_string(seconds % 60);
    return std::to_string(seconds / 60) + ":" + (rest.size() < 2 ? "0" : "") + rest;
}

/// Large enough to be read across a room.
void draw_code(const event::Code& code, UiState& state) {
    const float width = ImGui::GetContentRegionAvail().x;
    const ImVec2 min = ImGui::GetCursorScreenPos();
    const float height = pt(62);
    const ImVec2 max{min.x + width, min.y + height};
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled(min, max, ink(palette().field), pt(8));
    list.AddRect(min, max, ink(palette().border), pt(8));
    paint_centered({min.x, min.y + pt(8)}, code.text, Type::title, palette().ink, width);
    paint_centered({min.x, min.y + pt(38)},
                   say(Text::code_left, {time_left(code.expires, state.now)}), Type::tiny,
                   palette().ink_soft, width);
    ImGui::Dummy({width, height});
    tip(say(Text::code_tip));
    redraw_within(state, std::chrono::milliseconds(1000));
}

bool is_alive(const event::Code& code, WallTime now) { return code.expires > now; }

}  // namespace

void draw_who_may_come(UiState& state) {
    const float width = ImGui::GetContentRegionAvail().x;
    words_cut(say(Text::who_may_come), Type::tiny, palette().ink_soft, width);
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() - pt(4));
    const std::array names{say(Text::anyone_here), say(Text::invited_only)};
    const int before = state.settings.is_invite_only ? 1 : 0;
    const int chosen = segments(13, names.data(), 2, before, width);
    if (chosen != before) {
        state.settings.is_invite_only = chosen == 1;
        state.is_settings_changed = true;
    }
    draw_password(state);
}

Commands draw_ways_in(const Model& model, UiState& state) {
    const Room& room = model.room();
    Commands commands;
    const float width = ImGui::GetContentRegionAvail().x;
    const bool is_copied = !room.invite.empty() && state.copied == room.invite;
    if (button(20, say(is_copied ? Text::invite_copied : Text::copy_invite), ButtonLook::primary,
               width)) {
        copy_text(state, room.invite);
    }
    tip(say(Text::invite_tip));
    const float third = (width - 2 * pt(6)) / 3;
    if (button(21, say(Text::show_qr), ButtonLook::plain, third)) state.is_qr_to_open = true;
    ImGui::SameLine(0, pt(6));
    if (button(22, say(Text::make_code), ButtonLook::plain, third)) {
        commands.push_back({command::MakeCode{}, "code"});
    }
    tip(say(Text::code_tip));
    ImGui::SameLine(0, pt(6));
    if (button(23, say(Text::invites), ButtonLook::plain, third)) {
        state.is_invites_to_open = true;
        commands.push_back({command::ListInvites{}, "invites"});
    }
    if (room.code && is_alive(*room.code, state.now)) draw_code(*room.code, state);
    return commands;
}

}  // namespace dropline::ui
