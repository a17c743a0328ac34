#include "ui/panels/join_form.hpp"

#include <optional>
#include <utility>

#include "net/api/join_text.hpp"
#include "net/api/safe_text.hpp"
#include "ui/draw/widgets.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

/// Empty when a wish to join failed for another reason than its secret.
std::optional<Text> secret_question(const Model& model) {
    if (!model.join_fault()) return std::nullopt;
    switch (model.join_fault()->code) {
        case FaultCode::secret_needed: return Text::secret_needed;
        case FaultCode::secret_wrong: return Text::secret_wrong;
        case FaultCode::secret_expired: return Text::secret_expired;
        default: return std::nullopt;
    }
}

Commands join_command(UiState& state) {
    if (state.role.target.find_first_not_of(" \t") == std::string::npos) {
        state.role.complaint = say(Text::target_is_empty);
        return {};
    }
    auto target = understand_join_text(state.role.target);
    if (!target) {
        state.role.complaint = escape_for_display(target.fault().sentence);
        return {};
    }
    state.settings.join_target = target->text();
    state.is_settings_changed = true;
    command::Join wish{state.role.target};
    if (!state.role.secret.empty()) {
        // What is asked for now goes instead of what was given before.
        wish.target = Secret(target->text());
        wish.secret = Secret::take(state.role.secret);
    }
    return {{std::move(wish), "join"}};
}

/// True when Enter was pressed in it. A question that is new can be answered right away.
bool draw_secret_question(UiState& state, Text question, std::size_t number, float width) {
    words_wrapped(say(question), Type::tiny, palette().warn);
    if (std::exchange(state.joins_failed_seen, number) != number) ImGui::SetKeyboardFocusHere();
    return field(9, say(Text::secret_hint), state.role.secret, width, ImGuiInputTextFlags_Password);
}

}  // namespace

std::string understood_words(std::string_view typed) {
    const auto target = understand_join_text(typed);
    if (!target) return {};
    const std::string address = target->text();
    if (!target->secret) return say(Text::understood_address, {address});
    switch (target->secret->kind) {
        case SecretKind::invite:
            if (target->room.empty()) return say(Text::understood_invite, {address});
            return say(Text::understood_invite_to, {target->room, address});
        case SecretKind::code: return say(Text::understood_code, {address});
        case SecretKind::password: return say(Text::understood_password, {address});
        case SecretKind::code_or_password: return say(Text::understood_either, {address});
    }
    return {};
}

void forget_typed_secrets(UiState& state) {
    if (!state.role.secret.empty()) wipe(state.role.secret);
    if (!state.role.password.empty()) wipe(state.role.password);
    state.role.password_given.reset();
    if (state.role.target == state.settings.join_target) return;
    wipe(state.role.target);
    state.role.target = state.settings.join_target;
}

Commands draw_join_form(const Model& model, UiState& state) {
    const float width = ImGui::GetContentRegionAvail().x;
    words_cut(say(Text::join_target), Type::tiny, palette().ink_soft, width);
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() - pt(4));
    bool is_entered = field(4, say(Text::join_target_hint), state.role.target, width);
    const std::string understood = understood_words(state.role.target);
    if (!understood.empty()) {
        ImGui::SetCursorPosY(ImGui::GetCursorPosY() - pt(4));
        words_wrapped(understood, Type::tiny, palette().ink_soft);
    }
    if (const auto question = secret_question(model)) {
        is_entered |= draw_secret_question(state, *question, model.joins_failed(), width);
    }
    const bool is_pressed = button(5, say(Text::join_room), ButtonLook::primary, width);
    return is_entered || is_pressed ? join_command(state) : Commands{};
}

}  // namespace dropline::ui
