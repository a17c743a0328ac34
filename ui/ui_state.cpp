#include "ui/ui_state.hpp"

#include <algorithm>
#include <utility>

namespace dropline::ui {
namespace {

/// The version stands in it: a refusal of a yes to an earlier list says nothing about the newest.
std::string answer_ref(const OfferedList& list) {
    return "answer " + to_hex(list.transfer) + " " + std::to_string(list.version);
}

bool is_inside(const DropTarget& target, ImVec2 place) {
    return place.x >= target.min.x && place.x < target.max.x && place.y >= target.min.y &&
           place.y < target.max.y;
}

bool is_same_place(const DropTarget& a, const DropTarget& b) {
    return a.to == b.to && a.min.x == b.min.x && a.min.y == b.min.y && a.max.x == b.max.x &&
           a.max.y == b.max.y;
}

}  // namespace

void redraw_within(UiState& state, std::chrono::milliseconds delay) {
    state.redraw_in = state.redraw_in ? std::min(*state.redraw_in, delay) : delay;
}

void open_conversation(UiState& state, const Conversation& conversation) {
    state.open = conversation;
    state.is_composer_to_focus = true;
}

void copy_text(UiState& state, const std::string& text) {
    ImGui::SetClipboardText(text.c_str());
    state.copied = text;
}

bool add_drop_target(UiState& state, const DropTarget& target) {
    const ImVec2 shown_min = ImGui::GetWindowDrawList()->GetClipRectMin();
    const ImVec2 shown_max = ImGui::GetWindowDrawList()->GetClipRectMax();
    DropTarget shown{{std::max(target.min.x, shown_min.x), std::max(target.min.y, shown_min.y)},
                     {std::min(target.max.x, shown_max.x), std::min(target.max.y, shown_max.y)},
                     target.to,
                     ImGui::GetTime()};
    if (shown.min.x >= shown.max.x || shown.min.y >= shown.max.y) return false;
    for (const DropTarget& before : state.drop_targets_before) {
        if (is_same_place(before, shown)) shown.since_s = before.since_s;
    }
    state.drop_targets.push_back(shown);
    return state.dragged_files_at && is_inside(shown, *state.dragged_files_at);
}

std::optional<DropTarget> drop_target_at(const UiState& state, ImVec2 place) {
    for (const DropTarget& target : state.drop_targets) {
        if (is_inside(target, place)) return target;
    }
    return std::nullopt;
}

std::string peer_text(const Conversation& conversation) {
    return conversation.peer ? to_text(*conversation.peer) : std::string();
}

Command send_command(const Conversation& to, const Paths& paths) {
    const std::string whom = to.peer ? peer_text(to) : std::string("everyone");
    command::Send wish{whom, {}};
    wish.leaves_out = true;
    for (const std::filesystem::path& path : paths) wish.paths.push_back(without_slash(path));
    return Command{std::move(wish), {}};
}

Command answer_offer(UiState& state, const OfferedList& list, CommandBody answer) {
    state.answered.insert(list);
    return {std::move(answer), answer_ref(list)};
}

void take_refusal(UiState& state, const Event& event) {
    if (!std::holds_alternative<event::Error>(event.body)) return;
    std::erase_if(state.answered,
                  [&event](const OfferedList& list) { return answer_ref(list) == event.ref; });
}

}  // namespace dropline::ui
