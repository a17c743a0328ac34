#include "ui/panels/conversation.hpp"

#include <algorithm>
#include <string>

#include "ui/draw/widgets.hpp"
#include "ui/panels/composer.hpp"
#include "ui/panels/timeline_rows.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

bool is_away(const Model& model, const Conversation& conversation) {
    if (!conversation.peer) return false;
    const Person* person = model.people().find(*conversation.peer);
    return !person || !person->is_here;
}

bool is_verified(const Model& model, const PeerId& id) {
    const Person* person = model.people().find(id);
    return person != nullptr && person->peer.is_verified;
}

void draw_head(const Model& model, const UiState& state, float width) {
    const ImVec2 start = ImGui::GetCursorScreenPos();
    const ImVec2 center{start.x + pt(18), start.y + pt(21)};
    std::string title(say(Text::everyone));
    std::string_view note = say(model.is_in_room() ? Text::room_chat_note : Text::status_none);
    if (state.open.peer) {
        title = model.name_of(*state.open.peer);
        paint_avatar(center, pt(17), *state.open.peer, title);
        note = say(private_note(model, *state.open.peer));
    } else {
        ImDrawList& list = *ImGui::GetWindowDrawList();
        list.AddCircleFilled(center, pt(17), ink(palette().accent));
        draw_icon(list, Icon::people, center, pt(18), ink(palette().on_accent));
        if (!model.room().name.empty()) title = say(Text::everyone_in, {model.room().name});
    }
    paint_cut({start.x + pt(48), start.y + pt(1)}, title, Type::strong, palette().ink,
              width - pt(48));
    const bool is_muted_here = !state.open.peer && model.is_in_room() && model.self().is_muted;
    if (is_muted_here) note = say(Text::muted_note);
    paint_cut({start.x + pt(48), start.y + pt(25)}, note, Type::tiny,
              is_muted_here ? palette().warn : palette().ink_soft, width - pt(48));
    ImGui::Dummy({width, pt(44)});
}

void words_centered(std::string_view text, Type type, Color color, float& y, float width) {
    const float wrap = std::min(width - pt(40), pt(440));
    const float x = ImGui::GetWindowPos().x + (ImGui::GetWindowWidth() - wrap) / 2;
    y += paint_centered({x, y}, text, type, color, wrap) + pt(8);
}

void draw_welcome(const Model& model, float y, float width) {
    words_centered(say(Text::welcome_title), Type::title, palette().ink, y, width);
    y += pt(6);
    words_centered(say(Text::welcome_name, {model.self().name}), Type::small, palette().ink_soft, y,
                   width);
    for (const Text text : {Text::welcome_host, Text::welcome_join, Text::welcome_drop}) {
        words_centered(say(text), Type::small, palette().ink_soft, y, width);
    }
}

void draw_alone(const Model& model, float y, float width) {
    words_centered(say(Text::alone_title), Type::title, palette().ink, y, width);
    words_centered(say(Text::alone_text), Type::small, palette().ink_soft, y, width);
    y += pt(6);
    if (!model.room().addresses.empty()) {
        words_centered(model.room().addresses.front(), Type::title, palette().accent_ink, y, width);
    }
}

/// What to do next, where there is nothing to read yet.
void draw_empty(const Model& model, const UiState& state) {
    const float width = ImGui::GetContentRegionAvail().x;
    const float y = ImGui::GetWindowPos().y + ImGui::GetWindowHeight() * 0.3F;
    const bool is_alone = model.is_host() && model.people().here_count() == 0;
    if (state.open.peer) {
        float place = y;
        const std::string name = model.name_of(*state.open.peer);
        words_centered(say(Text::empty_private_title, {name}), Type::title, palette().ink, place,
                       width);
        const std::string text = is_verified(model, *state.open.peer)
                                     ? std::string(say(Text::empty_private_text))
                                     : say(Text::empty_private_unchecked, {name});
        words_centered(text, Type::small, palette().ink_soft, place, width);
    } else if (!model.is_in_room()) {
        draw_welcome(model, y, width);
    } else if (is_alone) {
        draw_alone(model, y, width);
    } else {
        float place = y;
        words_centered(say(Text::empty_room_title), Type::title, palette().ink, place, width);
        words_centered(say(Text::empty_room_text), Type::small, palette().ink_soft, place, width);
    }
}

/// Asks for what was said before: once on opening, and again at the top of what is there. What
/// could not be had is asked for again when one comes back to the top, and when the host is back.
void ask_for_history(const Model& model, UiState& state, const Timeline& timeline,
                     Commands& commands) {
    if (!model.is_in_room()) return;
    ConversationView& view = state.view();
    const bool is_at_top =
        !timeline.is_empty() && ImGui::GetScrollY() < pt(200) && ImGui::GetScrollMaxY() > 0;
    const bool is_host_back = view.joins_seen != model.joins();
    const bool has_failed = view.failed_loads_seen != timeline.failed_loads();
    if (has_failed && !is_at_top) view.asked_before.reset();
    if (has_failed && is_host_back) {
        view.failed_loads_seen = timeline.failed_loads();
        view.has_asked = false;
    }
    const bool is_first = !view.has_asked;
    if (!is_first && (!is_at_top || timeline.has_all_earlier())) return;
    const std::optional<std::uint64_t> before = is_first ? std::nullopt : timeline.oldest_seq();
    if (!is_first && (!before || before == view.asked_before)) return;
    view.has_asked = true;
    view.asked_before = before;
    view.joins_seen = model.joins();
    commands.push_back(
        {command::LoadHistory{peer_text(state.open), before}, history_ref(state.open)});
}

/// A way back to the end, while one reads further up.
void draw_jump(UiState& state, ImVec2 right_bottom) {
    ConversationView& view = state.view();
    if (view.is_at_bottom) return;
    ImGui::SetCursorScreenPos({right_bottom.x - pt(52), right_bottom.y - pt(50)});
    const Pressed press = area("jump", {pt(38), pt(38)});
    const ImVec2 center{(ImGui::GetItemRectMin().x + ImGui::GetItemRectMax().x) / 2,
                        (ImGui::GetItemRectMin().y + ImGui::GetItemRectMax().y) / 2};
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddCircleFilled(center, pt(18), ink(press.is_hovered ? palette().hover : palette().panel));
    list.AddCircle(center, pt(18), ink(palette().border));
    draw_icon(list, Icon::arrow_down, center, pt(15), ink(palette().ink));
    paint_focus_of_last_item(pt(19));
    tip(say(Text::jump_to_newest));
    if (press.is_pressed) view.is_at_bottom = true;
}

void mark_read(UiState& state, const Timeline& timeline) {
    ConversationView& view = state.view();
    if (view.is_at_bottom) view.seen_news = timeline.news_count();
}

Commands draw_rows(const Model& model, UiState& state, ImVec2 size) {
    Commands commands;
    const Timeline& timeline = model.timeline(state.open);
    // A conversation keeps its own place of reading, so each has its own child window.
    const std::string name = history_ref(state.open);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
    ImGui::BeginChild(name.c_str(), size, ImGuiChildFlags_NavFlattened,
                      ImGuiWindowFlags_NoBackground);
    ImGui::PopStyleVar();
    ask_for_history(model, state, timeline, commands);
    if (timeline.is_empty()) {
        draw_empty(model, state);
    } else {
        Commands more = draw_timeline_rows(model, state, timeline);
        append(commands, more);
    }
    mark_read(state, timeline);
    ImGui::EndChild();
    return commands;
}

}  // namespace

Text private_note(const Model& model, const PeerId& with) {
    if (is_away(model, Conversation{with})) return Text::private_note_away;
    return is_verified(model, with) ? Text::private_note : Text::private_note_unchecked;
}

Commands draw_conversation(const Model& model, UiState& state, ImVec2 size) {
    Commands commands;
    const ImVec2 min = ImGui::GetCursorScreenPos();
    const ImVec2 max{min.x + size.x, min.y + size.y};
    const bool can_receive = state.open.peer && !is_away(model, state.open);
    const bool is_dropping = can_receive && add_drop_target(state, {min, max, state.open});
    ImGui::BeginChild("conversation", size,
                      ImGuiChildFlags_AlwaysUseWindowPadding | ImGuiChildFlags_NavFlattened,
                      ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
    const float width = ImGui::GetContentRegionAvail().x;
    draw_head(model, state, width);
    const float composer = composer_height(state, width);
    const ImVec2 rows{
        width,
        // ImGui would take a height of nothing for all there is, and push the composer out.
        std::max(ImGui::GetContentRegionAvail().y - composer - ImGui::GetStyle().ItemSpacing.y,
                 1.0F)};
    const ImVec2 start = ImGui::GetCursorScreenPos();
    ImGui::GetWindowDrawList()->AddLine({min.x, start.y - pt(4)}, {max.x, start.y - pt(4)},
                                        ink(palette().border));
    Commands more = draw_rows(model, state, rows);
    append(commands, more);
    const ImVec2 after = ImGui::GetCursorScreenPos();
    draw_jump(state, {start.x + rows.x, start.y + rows.y});
    ImGui::SetCursorScreenPos(after);
    more = draw_composer(model, state);
    append(commands, more);
    if (is_dropping) {
        ImGui::GetWindowDrawList()->AddRect(min, max, ink(palette().accent), pt(12), 0, pt(2));
    }
    ImGui::EndChild();
    return commands;
}

}  // namespace dropline::ui
