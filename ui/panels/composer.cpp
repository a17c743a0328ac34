#include "ui/panels/composer.hpp"

#include <algorithm>

#include "net/api/ascii.hpp"
#include "net/api/limits.hpp"
#include "ui/draw/text_area.hpp"
#include "ui/draw/widgets.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

constexpr int lines_max = 7;
constexpr float side_points = 38;  // for the button on either side

std::string hint(const Model& model, const UiState& state) {
    if (!model.is_in_room() && !state.open.peer)
        return std::string(say(Text::compose_no_room_hint));
    if (!state.open.peer) {
        return std::string(say(model.self().is_muted ? Text::muted_note : Text::compose_room_hint));
    }
    return say(Text::compose_private_hint, {model.name_of(*state.open.peer)});
}

Commands say_draft(UiState& state) {
    ConversationView& view = state.view();
    const std::string text(trimmed(view.draft.text()));
    if (text.empty() || text.size() > limits::chat_text_bytes_max) return {};
    view.draft.clear();
    view.is_at_bottom = true;
    return {{command::Say{peer_text(state.open), text, {}}, {}}};
}

/// Typing anywhere goes into the composer: nobody should have to aim for it.
bool is_typing_elsewhere() {
    const ImGuiIO& io = ImGui::GetIO();
    return !ImGui::IsAnyItemActive() && !io.InputQueueCharacters.empty() && !io.KeyCtrl &&
           io.InputQueueCharacters[0] > ' ' && !ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopup);
}

bool draw_input(UiState& state, const std::string& hint_text, ImVec2 size, bool is_usable) {
    const bool takes_focus = is_usable && (state.is_composer_to_focus || is_typing_elsewhere());
    // The wish waits until there is a room to write to.
    if (is_usable) state.is_composer_to_focus = false;
    return text_area(3, state.view().draft, hint_text, size, takes_focus).is_entered;
}

bool can_send(const Model& model, const UiState& state) {
    if (!model.is_in_room()) return false;
    if (!state.open.peer) return !model.self().is_muted;
    return model.people().find(*state.open.peer) != nullptr;
}

bool can_send_files(const Model& model, const UiState& state) {
    if (!model.is_in_room()) return false;
    if (!state.open.peer) return model.people().here_count() > 0;
    const Person* person = model.people().find(*state.open.peer);
    return person && person->is_here;
}

void draw_too_long(const UiState& state, ImVec2 above) {
    const auto view = state.views.find(state.open);
    const std::size_t bytes = view == state.views.end() ? 0 : view->second.draft.text().size();
    if (bytes <= limits::chat_text_bytes_max) return;
    const std::string over = std::to_string(bytes - limits::chat_text_bytes_max);
    paint({above.x, above.y - line_height(Type::tiny)}, say(Text::too_long, {over}), Type::tiny,
          ink(palette().bad));
}

}  // namespace

float composer_height(UiState& state, float width) {
    return text_area_height(state.view().draft, width - 2 * pt(side_points), lines_max);
}

Commands draw_composer(const Model& model, UiState& state) {
    Commands commands;
    const float width = ImGui::GetContentRegionAvail().x;
    const float height = composer_height(state, width);
    const float side = pt(side_points);
    const ImVec2 start = ImGui::GetCursorScreenPos();
    const float button_y = start.y + height - pt(36);
    draw_too_long(state, start);
    ImGui::BeginDisabled(!can_send_files(model, state));
    ImGui::SetCursorScreenPos({start.x, button_y});
    if (icon_button(1, Icon::attach, say(Text::send_files))) {
        state.requests.push_back(request::ChooseFiles{state.open});
    }
    ImGui::EndDisabled();
    ImGui::BeginDisabled(!can_send(model, state));
    ImGui::SetCursorScreenPos({start.x + side, start.y});
    const bool is_entered =
        draw_input(state, hint(model, state), {width - 2 * side, height}, can_send(model, state));
    ImGui::SetCursorScreenPos({start.x + width - side + pt(4), button_y});
    const bool is_pressed = icon_button(2, Icon::send, say(Text::send_tip));
    ImGui::EndDisabled();
    if (is_entered || is_pressed) {
        commands = say_draft(state);
        state.is_composer_to_focus = true;
    }
    return commands;
}

}  // namespace dropline::ui
