#include "ui/panels/ban_dialog.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "ui/draw/widgets.hpp"
#include "ui/panels/dialogs.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

/// In minutes, in the order of the choices; empty: for good.
constexpr std::array<std::optional<std::uint64_t>, 3> lengths{60, 24 * 60, std::nullopt};

void draw_length(BanDialog& dialog, float width) {
    const std::array names{say(Text::ban_for_hour), say(Text::ban_for_day),
                           say(Text::ban_for_good)};
    dialog.length = segments(4, names.data(), 3, dialog.length, width);
}

Command ban_command(const BanDialog& dialog, const PeerId& peer) {
    const auto minutes = lengths.at(static_cast<std::size_t>(dialog.length));
    return {command::Ban{to_text(peer), minutes, dialog.reason}, "ban"};
}

}  // namespace

Commands draw_ban(const Model& model, UiState& state) {
    Commands commands;
    const bool is_just_opened = state.ban.is_to_open;
    if (!begin_dialog("ban", state.ban.is_to_open, 420)) return commands;
    const PeerId peer = state.ban.peer.value_or(PeerId{});
    const float width = ImGui::GetContentRegionAvail().x;
    words_wrapped(say(Text::ban_title, {model.name_of(peer)}), Type::strong, palette().ink);
    words_wrapped(say(Text::ban_explained), Type::small, palette().ink_soft);
    words_wrapped(say(Text::ban_withdraws_invite), Type::small, palette().ink_soft);
    draw_length(state.ban, width);
    if (is_just_opened) ImGui::SetKeyboardFocusHere();
    const bool is_entered = field(1, say(Text::kick_reason_hint), state.ban.reason, width);
    const float half = (width - pt(8)) / 2;
    if (button(2, say(Text::cancel), ButtonLook::plain, half)) ImGui::CloseCurrentPopup();
    ImGui::SameLine(0, pt(8));
    if (button(3, say(Text::ban_now), ButtonLook::danger, half) || is_entered) {
        commands.push_back(ban_command(state.ban, peer));
        ImGui::CloseCurrentPopup();
    }
    end_dialog();
    return commands;
}

}  // namespace dropline::ui
