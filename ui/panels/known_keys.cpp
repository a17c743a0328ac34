#include "ui/panels/known_keys.hpp"

#include <string>

#include "ui/draw/widgets.hpp"
#include "ui/panels/dialogs.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

/// A name and its key, with a button at the right. True when that was pressed.
bool draw_row(int id, const std::string& name, const PeerId& key, std::string_view label,
              ButtonLook look) {
    ImGui::PushID(id);
    const ImVec2 start = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    const float side = button_width(label);
    const float text_width = width - side - pt(12);
    paint_cut(start, name, Type::small, palette().ink, text_width);
    paint_cut({start.x, start.y + line_height(Type::small)}, fingerprint_text(key), Type::tiny,
              palette().ink_soft, text_width);
    ImGui::SetCursorScreenPos({start.x + width - side, start.y});
    const bool is_pressed = button(1, label, look);
    ImGui::SetCursorScreenPos(start);
    ImGui::Dummy({width, line_height(Type::small) + line_height(Type::tiny) + pt(6)});
    ImGui::PopID();
    return is_pressed;
}

Commands draw_hosts(const std::vector<KnownHost>& hosts, UiState& state) {
    Commands commands;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        const KnownHost& host = hosts[i];
        // The second press forgets; the first one only says what that means.
        const bool is_asked = state.trust.forgetting == host.address;
        const auto look = is_asked ? ButtonLook::danger : ButtonLook::plain;
        const Text label = is_asked ? Text::forget_host_sure : Text::forget_host;
        const bool is_pressed = draw_row(static_cast<int>(i), host.address + "  " + host.name,
                                         host.id, say(label), look);
        if (is_asked) words_wrapped(say(Text::forget_host_tip), Type::tiny, palette().warn);
        if (!is_pressed) continue;
        if (is_asked) commands.push_back({command::ForgetHost{host.address}, "forget"});
        state.trust.forgetting = is_asked ? std::string() : host.address;
    }
    return commands;
}

Commands draw_people(const std::vector<Peer>& people) {
    Commands commands;
    for (std::size_t i = 0; i < people.size(); ++i) {
        const Peer& peer = people[i];
        const bool is_pressed = draw_row(-1 - static_cast<int>(i), peer.name, peer.id,
                                         say(Text::unverify), ButtonLook::plain);
        if (!is_pressed) continue;
        command::Trust wish;
        wish.peer = to_text(peer.id);
        wish.is_verified = false;
        commands.push_back({std::move(wish), "trust"});
        commands.push_back({command::ListKnown{}, "known"});
    }
    return commands;
}

void draw_heading(Text text, bool is_empty) {
    words(say(text), Type::tiny, palette().ink_soft);
    if (is_empty) words(say(Text::known_none), Type::small, palette().ink_soft);
}

}  // namespace

Commands draw_known_keys(const Model& model, UiState& state) {
    Commands commands;
    if (state.trust.is_known_to_open) {
        state.trust.forgetting.clear();
        commands.push_back({command::ListKnown{}, "known"});
    }
    if (!begin_dialog("known keys", state.trust.is_known_to_open, 560)) return commands;
    const auto add = [&](const Commands& more) { append(commands, more); };
    words(say(Text::known_keys_title), Type::title, palette().ink);
    if (const auto& known = model.known()) {
        draw_heading(Text::known_hosts, known->hosts.empty());
        add(draw_hosts(known->hosts, state));
        draw_heading(Text::known_people, known->people.empty());
        add(draw_people(known->people));
    }
    const float width = ImGui::GetContentRegionAvail().x;
    if (button(1, say(Text::close), ButtonLook::primary, width)) ImGui::CloseCurrentPopup();
    end_dialog();
    return commands;
}

}  // namespace dropline::ui
