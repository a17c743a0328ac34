#include "ui/panels/window_content.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <utility>

#include "ui/draw/widgets.hpp"
#include "ui/panels/about_room.hpp"
#include "ui/panels/ban_dialog.hpp"
#include "ui/panels/conversation.hpp"
#include "ui/panels/dialogs.hpp"
#include "ui/panels/invites.hpp"
#include "ui/panels/offer_list.hpp"
#include "ui/panels/people.hpp"
#include "ui/panels/plain_chooser.hpp"
#include "ui/panels/profile.hpp"
#include "ui/panels/rights_dialog.hpp"
#include "ui/panels/role.hpp"
#include "ui/panels/status.hpp"
#include "ui/panels/transfers.hpp"
#include "ui/panels/trust_dialogs.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

constexpr float margin_points = 10;
/// The head of a conversation and the field to write in.
constexpr float conversation_min_points = 138;
constexpr float wide_points = 1060;  // from here on the transfers stand at the right
/// As long as it takes to see who is there and not to let go.
constexpr double drop_rest_s = 0.5;

float left_width() { return std::clamp(ImGui::GetIO().DisplaySize.x * 0.27F, pt(230), pt(300)); }

void begin_panel(const char* name, ImVec2 size, ImGuiChildFlags flags = 0) {
    // Flattened, so that Tab and the arrows lead from one panel into the next.
    ImGui::BeginChild(
        name, size, ImGuiChildFlags_AlwaysUseWindowPadding | ImGuiChildFlags_NavFlattened | flags);
}

Commands draw_left(const Model& model, UiState& state, float height) {
    Commands commands;
    ImGui::BeginGroup();
    const float width = left_width();
    const float before = ImGui::GetCursorPosY();
    begin_panel("me", {width, 0}, ImGuiChildFlags_AutoResizeY);
    append(commands, draw_profile(model, state));
    ImGui::Dummy({1, pt(2)});
    append(commands, draw_role(model, state));
    ImGui::EndChild();
    const float used = ImGui::GetCursorPosY() - before;
    begin_panel("people", {width, std::max(height - used, pt(80))});
    append(commands, draw_people(model, state));
    ImGui::EndChild();
    ImGui::EndGroup();
    return commands;
}

/// How high the transfers are below the conversation: an offer that waits goes before what was
/// said.
float height_below(const Model& model, const UiState& state, ImVec2 size) {
    const float usual = std::min(pt(240), size.y * 0.4F);
    const float gap = ImGui::GetStyle().ItemSpacing.y;
    const float most = std::max(usual, size.y - pt(conversation_min_points) - gap);
    return std::clamp(answers_height(model, state, size.x), usual, most);
}

Commands draw_right(const Model& model, UiState& state, ImVec2 size) {
    Commands commands;
    const float gap = ImGui::GetStyle().ItemSpacing.x;
    const bool has_transfers = has_transfers_to_show(model, state);
    const bool is_wide = ImGui::GetIO().DisplaySize.x >= pt(wide_points);
    const float beside = has_transfers && is_wide ? pt(350) : 0;
    const float below = has_transfers && !is_wide ? height_below(model, state, size) : 0;
    ImGui::BeginGroup();
    append(commands, draw_conversation(model, state,
                                       {size.x - beside - (beside > 0 ? gap : 0),
                                        size.y - below - (below > 0 ? gap : 0)}));
    if (has_transfers) {
        if (is_wide) ImGui::SameLine();
        begin_panel("transfers", {is_wide ? beside : size.x, is_wide ? size.y : below});
        append(commands, draw_transfers(model, state));
        ImGui::EndChild();
    }
    ImGui::EndGroup();
    return commands;
}

Commands draw_dialogs(const Model& model, UiState& state) {
    Commands commands = draw_settings(model, state);
    append(commands, draw_kick(model, state));
    append(commands, draw_ban(model, state));
    append(commands, draw_rights(model, state));
    draw_about_room(model, state);
    append(commands, draw_to_whom(model, state));
    append(commands, draw_offer_list(model, state));
    draw_invite_qr(model, state);
    append(commands, draw_invites(model, state));
    append(commands, draw_plain_chooser(model, state));
    append(commands, draw_trust_dialogs(model, state));
    return commands;
}

/// ImGui shows a tip once the pointer has rested, and counts only while frames are drawn: a window
/// that sleeps has to wake for it, once for each rest.
void wake_for_tip(UiState& state) {
    constexpr double rest_s = 0.32;  // ImGui's two delays, of 0.15 s each, and a frame
    constexpr int frames_to_show = 3;
    const ImVec2 at = ImGui::GetIO().MousePos;
    PointerRest& rest = state.pointer_rest;
    if (at.x != rest.at.x || at.y != rest.at.y) {
        rest = {at, ImGui::GetTime() + rest_s, ImGui::IsMousePosValid(&at) ? frames_to_show : 0};
    }
    if (rest.frames_left == 0) return;
    const double left_s = rest.until_s - ImGui::GetTime();
    if (left_s <= 0) --rest.frames_left;
    if (rest.frames_left == 0) return;
    const auto left_ms = static_cast<std::int64_t>(std::ceil(std::max(left_s, 0.0) * 1000));
    redraw_within(state, std::chrono::milliseconds(left_ms));
}

/// Of another room's log nothing holds that was kept about the last one's rows, or about how far
/// they were read: only what is half written does.
void follow_room(const Model& model, UiState& state) {
    if (state.room_viewed == model.rooms_entered()) return;
    state.room_viewed = model.rooms_entered();
    ConversationView& view = state.views[Conversation{}];
    ConversationView fresh;
    fresh.draft = std::move(view.draft);
    view = std::move(fresh);
}

void ask_to_whom(UiState& state, const Paths& paths) {
    Paths& asked = state.to_whom.paths;
    for (const std::filesystem::path& path : paths) {
        if (std::ranges::find(asked, path) == asked.end()) asked.push_back(path);
    }
    state.to_whom.is_to_open = true;
}

}  // namespace

Commands draw_window_content(const Model& model, UiState& state) {
    wake_for_tip(state);
    follow_room(model, state);
    Commands commands;
    state.drop_targets_before = std::exchange(state.drop_targets, {});
    if (is_dialog_open()) state.dragged_files_at.reset();
    const float margin = pt(margin_points);
    const ImVec2 display = ImGui::GetIO().DisplaySize;
    ImGui::SetNextWindowPos({0, 0});
    ImGui::SetNextWindowSize(display);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {margin, margin});
    ImGui::Begin("dropline", nullptr,
                 ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                     ImGuiWindowFlags_NoBackground | ImGuiWindowFlags_NoBringToFrontOnFocus |
                     ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoScrollWithMouse);
    ImGui::PopStyleVar();
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {margin, margin});
    const float status = status_height(model, state, display.x - 2 * margin);
    const float height = display.y - 2 * margin - status - pt(2);
    const float top = ImGui::GetCursorPosY();
    append(commands, draw_left(model, state, height));
    ImGui::SameLine();
    append(commands, draw_right(model, state, {ImGui::GetContentRegionAvail().x, height}));
    ImGui::PopStyleVar();
    ImGui::SetCursorPos({margin, top + height + pt(6)});
    append(commands, draw_status(model, state));
    append(commands, draw_dialogs(model, state));
    // What a dialog covers is not there to be dropped on.
    if (is_dialog_open()) state.drop_targets.clear();
    ImGui::End();
    return commands;
}

Commands take_dropped(const Model& model, UiState& state, const Paths& paths, ImVec2 place,
                      double frame_age_s) {
    if (paths.empty()) return {};
    if (!model.is_in_room()) {
        state.notice = say(Text::drop_needs_room);
        return {};
    }
    const std::optional<DropTarget> target = drop_target_at(state, place);
    if (target && ImGui::GetTime() + frame_age_s - target->since_s >= drop_rest_s) {
        if (target->to.peer) open_conversation(state, target->to);
        return {send_command(target->to, paths)};
    }
    ask_to_whom(state, paths);
    return {};
}

}  // namespace dropline::ui
