#include "ui/panels/invites.hpp"

#include <algorithm>
#include <string>

#include "ui/draw/qr_code.hpp"
#include "ui/draw/widgets.hpp"
#include "ui/panels/dialogs.hpp"
#include "ui/text/quantity.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

/// "Today 14:30".
std::string moment_text(WallTime at, WallTime now) {
    return day_text(at, now) + " " + clock_text(at);
}

bool is_over(const InviteState& invite, WallTime now) {
    return invite.is_revoked || invite.uses_left == 0 || invite.expires <= now;
}

/// True when it is to be withdrawn.
bool draw_invite(const InviteState& invite, WallTime now, int id) {
    ImGui::PushID(id);
    const float width = ImGui::GetContentRegionAvail().x;
    const std::string withdraw(say(Text::withdraw));
    const float button_px = button_width(withdraw);
    const ImVec2 min = ImGui::GetCursorScreenPos();
    const bool is_dead = is_over(invite, now);
    paint_cut({min.x, min.y + pt(2)}, say(Text::invite_of, {moment_text(invite.made, now)}),
              Type::small, is_dead ? palette().ink_soft : palette().ink, width - button_px - pt(8));
    paint_cut({min.x, min.y + pt(20)}, invite_words(invite, now), Type::tiny, palette().ink_soft,
              width - button_px - pt(8));
    bool is_pressed = false;
    if (!is_dead) {
        ImGui::SetCursorScreenPos({min.x + width - button_px, min.y + pt(2)});
        is_pressed = button(1, withdraw, ButtonLook::plain, button_px);
    }
    ImGui::SetCursorScreenPos(min);
    ImGui::Dummy({width, pt(40)});
    ImGui::PopID();
    return is_pressed;
}

}  // namespace

std::string invite_words(const InviteState& invite, WallTime now) {
    if (invite.is_revoked) return std::string(say(Text::invite_withdrawn));
    if (invite.expires <= now) return std::string(say(Text::invite_expired));
    if (invite.uses_left == 0) return std::string(say(Text::invite_used_up));
    return say(Text::invite_left,
               {std::to_string(invite.uses_left), std::to_string(invite.uses_max),
                moment_text(invite.expires, now)});
}

void draw_invite_qr(const Model& model, UiState& state) {
    if (!begin_dialog("invite qr", state.is_qr_to_open, 460)) return;
    const Room& room = model.room();
    const float width = ImGui::GetContentRegionAvail().x;
    make_qr_code(state.qr, room.invite);
    const float side = std::min(width, ImGui::GetIO().DisplaySize.y - pt(210));
    ImGui::SetCursorPosX(ImGui::GetCursorPosX() + (width - side) / 2);
    draw_qr_code(state.qr, side);
    words_cut(room.name, Type::strong, palette().ink, width);
    words_wrapped(say(Text::qr_explained, {moment_text(room.invite_expires, state.now)}),
                  Type::tiny, palette().ink_soft);
    if (button(1, say(Text::close), ButtonLook::primary, width) || !model.is_host()) {
        ImGui::CloseCurrentPopup();
    }
    end_dialog();
}

Commands draw_invites(const Model& model, UiState& state) {
    Commands commands;
    if (!begin_dialog("invites", state.is_invites_to_open, 440)) return commands;
    const float width = ImGui::GetContentRegionAvail().x;
    words(say(Text::invites_title), Type::title, palette().ink);
    words_wrapped(say(Text::invites_explained), Type::tiny, palette().ink_soft);
    const auto& invites = model.room().invites;
    const float rows = std::min(static_cast<float>(invites.size()), 6.0F);
    ImGui::BeginChild("list", {0, rows * (pt(40) + ImGui::GetStyle().ItemSpacing.y)},
                      ImGuiChildFlags_NavFlattened);
    for (std::size_t i = invites.size(); i > 0; --i) {
        if (draw_invite(invites[i - 1], state.now, static_cast<int>(i))) {
            commands.push_back({command::RevokeInvite{invites[i - 1].id}, "revoke"});
        }
    }
    ImGui::EndChild();
    const float half = (width - pt(8)) / 2;
    if (button(2, say(Text::new_invite), ButtonLook::plain, half)) {
        commands.push_back({command::MakeInvite{}, "invite"});
    }
    ImGui::SameLine(0, pt(8));
    if (button(3, say(Text::close), ButtonLook::primary, half) || !model.is_host()) {
        ImGui::CloseCurrentPopup();
    }
    end_dialog();
    return commands;
}

}  // namespace dropline::ui
