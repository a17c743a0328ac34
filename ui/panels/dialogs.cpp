#include "ui/panels/dialogs.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

#include "ui/draw/widgets.hpp"
#include "ui/panels/rate_limits.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

void draw_appearance(UiState& state, float width) {
    label_above(say(Text::appearance));
    const std::array names{say(Text::dark), say(Text::light)};
    const int before = state.settings.theme == ThemeChoice::dark ? 0 : 1;
    const int chosen = segments(1, names.data(), 2, before, width);
    if (chosen == before) return;
    state.settings.theme = chosen == 0 ? ThemeChoice::dark : ThemeChoice::light;
    state.is_settings_changed = true;
}

void draw_language(UiState& state, float width) {
    label_above(say(Text::language));
    const std::array<std::string_view, 3> names{say(Text::language_system), "English", "简体中文"};
    const int before = static_cast<int>(state.settings.language);
    const int chosen = segments(2, names.data(), 3, before, width);
    if (chosen == before) return;
    state.settings.language = static_cast<LanguageChoice>(chosen);
    state.is_settings_changed = true;
}

void draw_font_size(UiState& state, float width) {
    label_above(say(Text::font_size));
    constexpr std::array sizes{14, 16, 18, 21, 24};
    const std::array<std::string_view, 5> names{"14", "16", "18", "21", "24"};
    int before = -1;
    for (int i = 0; i < 5; ++i) {
        if (sizes[static_cast<std::size_t>(i)] == state.settings.font_size) before = i;
    }
    const int chosen = segments(3, names.data(), 5, before, width);
    if (chosen == before) return;
    state.settings.font_size = sizes[static_cast<std::size_t>(chosen)];
    state.is_settings_changed = true;
}

void draw_fingerprint(UiState& state) {
    label_above(say(Text::your_fingerprint));
    words_wrapped(fingerprint_text(state.self.id), Type::tiny, palette().ink);
}

bool draw_receiver(const Conversation& to, const std::string& name, int number) {
    ImGui::PushID(number);
    const ImVec2 min = ImGui::GetCursorScreenPos();
    const Pressed row = area("receiver", {ImGui::GetContentRegionAvail().x, pt(44)});
    const ImVec2 max = ImGui::GetItemRectMax();
    ImDrawList& list = *ImGui::GetWindowDrawList();
    if (row.is_hovered) list.AddRectFilled(min, max, ink(palette().hover), pt(10));
    paint_focus_of_last_item(pt(10));
    const ImVec2 center{min.x + pt(23), (min.y + max.y) / 2};
    if (to.peer) {
        paint_avatar(center, pt(15), *to.peer, name);
    } else {
        list.AddCircleFilled(center, pt(15), ink(palette().accent));
        draw_icon(list, Icon::people, center, pt(16), ink(palette().on_accent));
    }
    paint_cut({min.x + pt(48), min.y + pt(12)}, name, Type::body, palette().ink,
              max.x - min.x - pt(56));
    ImGui::PopID();
    return row.is_pressed;
}

/// The one chosen, when one was.
std::optional<Conversation> draw_receivers(const Model& model) {
    std::optional<Conversation> chosen;
    const std::size_t here = model.people().here_count();
    const float rows = static_cast<float>(std::min<std::size_t>(here + 1, 6));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
    ImGui::BeginChild("receivers", {0, rows * (pt(44) + ImGui::GetStyle().ItemSpacing.y)},
                      ImGuiChildFlags_NavFlattened);
    ImGui::PopStyleVar();
    if (draw_receiver({}, std::string(say(Text::everyone)), -1)) chosen = Conversation{};
    ImGuiListClipper clipper;
    clipper.Begin(static_cast<int>(here), pt(44) + ImGui::GetStyle().ItemSpacing.y);
    while (clipper.Step()) {
        for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
            const Person& person = model.people().all()[static_cast<std::size_t>(i)];
            const PeerId& id = person.peer.id;
            if (draw_receiver({id}, model.name_of(id), person.number)) chosen = Conversation{id};
        }
    }
    ImGui::EndChild();
    return chosen;
}

std::string names_of(const Paths& paths) {
    if (paths.size() == 1) return paths.front().filename().string();
    return say(Text::items_count, {std::to_string(paths.size())});
}

constexpr const char* to_whom_name = "to whom";

/// The question waits for the end of any other dialog, and what is dropped while it is asked joins
/// what it asks about.
bool begin_to_whom(UiState& state) {
    bool& is_to_open = state.to_whom.is_to_open;
    if (ImGui::IsPopupOpen(to_whom_name)) is_to_open = false;
    if (is_to_open && is_dialog_open()) return false;
    if (is_to_open) redraw_within(state, std::chrono::milliseconds(0));
    return begin_dialog(to_whom_name, is_to_open, 400);
}

Commands draw_to_whom_question(const Model& model, UiState& state) {
    Commands commands;
    const bool is_nobody = model.people().here_count() == 0;
    words(say(Text::to_whom), Type::title, palette().ink);
    words_wrapped(is_nobody ? std::string(say(Text::to_whom_nobody))
                            : say(Text::to_whom_text, {names_of(state.to_whom.paths)}),
                  Type::small, palette().ink_soft);
    const std::optional<Conversation> chosen = is_nobody ? std::nullopt : draw_receivers(model);
    if (chosen) {
        commands.push_back(send_command(*chosen, state.to_whom.paths));
        if (chosen->peer) open_conversation(state, *chosen);
        ImGui::CloseCurrentPopup();
    }
    if (button(1, say(Text::cancel), ButtonLook::plain, ImGui::GetContentRegionAvail().x)) {
        ImGui::CloseCurrentPopup();
    }
    return commands;
}

}  // namespace

bool begin_dialog(const char* name, bool& is_to_open, float width_points) {
    if (is_to_open) ImGui::OpenPopup(name);
    is_to_open = false;
    const ImVec2 display = ImGui::GetIO().DisplaySize;
    const float width = std::min(pt(width_points), display.x - pt(24));
    ImGui::SetNextWindowPos({display.x / 2, display.y / 2}, ImGuiCond_Always, {0.5F, 0.5F});
    ImGui::SetNextWindowSize({width, 0}, ImGuiCond_Always);
    ImGui::SetNextWindowSizeConstraints({width, 0}, {width, display.y - pt(24)});
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, pt(20, 18));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, pt(14));
    const bool is_open = ImGui::BeginPopupModal(
        name, nullptr,
        ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoResize |
            ImGuiWindowFlags_AlwaysAutoResize | ImGuiWindowFlags_NoSavedSettings);
    ImGui::PopStyleVar(2);
    if (!is_open) return false;
    // The key that closed another dialog is not meant for the one that comes after it.
    const bool is_escaped = ImGui::IsKeyPressed(ImGuiKey_Escape, false);
    if (is_escaped && !ImGui::IsWindowAppearing()) ImGui::CloseCurrentPopup();
    return true;
}

bool is_dialog_open() { return ImGui::IsPopupOpen(nullptr, ImGuiPopupFlags_AnyPopup); }

void end_dialog() { ImGui::EndPopup(); }

Commands draw_settings(const Model&, UiState& state) {
    if (state.is_settings_to_open) begin_rate_limits(state);
    if (!begin_dialog("settings", state.is_settings_to_open, 420)) return {};
    const float width = ImGui::GetContentRegionAvail().x;
    words(say(Text::settings), Type::title, palette().ink);
    draw_appearance(state, width);
    draw_language(state, width);
    draw_font_size(state, width);
    Commands commands = draw_rate_limits(state, width);
    draw_fingerprint(state);
    if (button(5, say(Text::known_keys), ButtonLook::plain, width)) {
        state.trust.is_known_to_open = true;
        ImGui::CloseCurrentPopup();
    }
    ImGui::Spacing();
    if (button(4, say(Text::close), ButtonLook::primary, width)) ImGui::CloseCurrentPopup();
    end_dialog();
    return commands;
}

Commands draw_kick(const Model& model, UiState& state) {
    Commands commands;
    const bool is_just_opened = state.kick.is_to_open;
    if (!begin_dialog("kick", state.kick.is_to_open, 420)) return commands;
    const PeerId peer = state.kick.peer.value_or(PeerId{});
    const float width = ImGui::GetContentRegionAvail().x;
    words_wrapped(say(Text::kick_title, {model.name_of(peer)}), Type::strong, palette().ink);
    words_wrapped(say(Text::kick_explained), Type::small, palette().ink_soft);
    if (is_just_opened) ImGui::SetKeyboardFocusHere();
    const bool is_entered = field(1, say(Text::kick_reason_hint), state.kick.reason, width);
    const float half = (width - pt(8)) / 2;
    if (button(2, say(Text::cancel), ButtonLook::plain, half)) ImGui::CloseCurrentPopup();
    ImGui::SameLine(0, pt(8));
    if (button(3, say(Text::kick_now), ButtonLook::danger, half) || is_entered) {
        commands.push_back({command::Kick{to_text(peer), state.kick.reason}, "kick"});
        ImGui::CloseCurrentPopup();
    }
    end_dialog();
    return commands;
}

Commands draw_to_whom(const Model& model, UiState& state) {
    Commands commands;
    if (begin_to_whom(state)) {
        commands = draw_to_whom_question(model, state);
        end_dialog();
    }
    const bool is_asked = state.to_whom.is_to_open || ImGui::IsPopupOpen(to_whom_name);
    if (!is_asked) state.to_whom.paths.clear();
    return commands;
}

}  // namespace dropline::ui
