#include "ui/panels/about_room.hpp"

#include <string>

#include "ui/draw/widgets.hpp"
#include "ui/panels/dialogs.hpp"
#include "ui/text/quantity.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

void section(Text title, std::string_view text) {
    words(say(title), Type::tiny, palette().ink_soft);
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() - pt(4));
    words_wrapped(text, Type::small, palette().ink);
}

std::string rules_words(const RoomRules& rules) {
    std::string text(say(Text::rule_files_all));
    if (rules.files == FileRule::only_to_host) text = say(Text::rule_files_host);
    if (rules.files == FileRule::nobody) text = say(Text::rule_files_nobody);
    if (rules.files != FileRule::nobody && rules.file_bytes_max) {
        text += "\n" + say(Text::rule_size, {size_text(*rules.file_bytes_max)});
    }
    return text + "\n" + std::string(say(Text::rule_guests));
}

/// What the host has decided about us; empty while there is nothing to say.
std::string own_words(const Peer& self) {
    std::string text;
    if (self.role == Role::guest) text = say(Text::you_are_guest);
    if (!self.is_muted) return text;
    return text + (text.empty() ? "" : "\n") + std::string(say(Text::you_are_muted));
}

void draw_host(const Model& model, UiState& state) {
    const PeerId host = model.room().host ? model.room().host->id : model.self().id;
    section(Text::about_host_key, fingerprint_text(host));
    if (button(1, say(Text::copy_fingerprint), ButtonLook::plain)) {
        copy_text(state, fingerprint_text(host));
    }
}

}  // namespace

void draw_about_room(const Model& model, UiState& state) {
    if (!begin_dialog("about room", state.is_about_room_to_open, 460)) return;
    const float width = ImGui::GetContentRegionAvail().x;
    words(say(Text::about_room), Type::title, palette().ink);
    words_cut(model.room().name, Type::strong, palette().ink, width);
    section(Text::about_sees, say(Text::about_sees_text));
    section(Text::about_rules, rules_words(model.room().rules));
    if (const std::string own = own_words(model.self()); !own.empty()) {
        section(Text::about_you, own);
    }
    section(Text::about_guard,
            say(state.self.is_receiving_confined ? Text::about_guarded : Text::about_not_guarded));
    draw_host(model, state);
    ImGui::Spacing();
    const bool is_closed = button(2, say(Text::close), ButtonLook::primary, width);
    if (is_closed || !model.is_in_room()) ImGui::CloseCurrentPopup();
    end_dialog();
}

}  // namespace dropline::ui
