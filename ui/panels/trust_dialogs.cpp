#include "ui/panels/trust_dialogs.hpp"

#include <array>
#include <string>
#include <utility>

#include "ui/draw/widgets.hpp"
#include "ui/panels/dialogs.hpp"
#include "ui/panels/known_keys.hpp"
#include "ui/panels/link_dialog.hpp"
#include "ui/panels/safety_dialog.hpp"
#include "ui/text/quantity.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

// ---- A host whose key has changed ---------------------------------------------------------------

void draw_key(Text label, const std::string& fingerprint, Color color) {
    words(say(label), Type::tiny, palette().ink_soft);
    words_wrapped(fingerprint, Type::small, color);
}

/// A full stop: there is no way on from here. Who wants to forget the old key does so elsewhere.
void draw_key_change(const Model& model, UiState& state) {
    const auto& change = model.key_change();
    bool is_to_open = change && !change->address.empty() && change != state.trust.key_change_seen;
    if (is_to_open) state.trust.key_change_seen = change;
    if (!begin_dialog("key changed", is_to_open, 560)) return;
    const float width = ImGui::GetContentRegionAvail().x;
    if (change) {
        words_wrapped(say(Text::key_changed_title), Type::title, palette().bad);
        words_wrapped(say(Text::key_changed_text, {change->address, change->name}), Type::small,
                      palette().ink);
        draw_key(Text::key_changed_old, change->known_fingerprint, palette().ink);
        draw_key(Text::key_changed_new, change->shown_fingerprint, palette().bad);
        ImGui::Spacing();
        words_wrapped(say(Text::key_changed_means), Type::small, palette().ink);
        words_wrapped(say(Text::key_changed_do, {change->address}), Type::small, palette().ink);
    }
    if (!change || button(1, say(Text::close), ButtonLook::primary, width)) {
        ImGui::CloseCurrentPopup();
    }
    end_dialog();
}

// ---- A name like a verified person's ------------------------------------------------------------

/// Somebody alone for whom this is meant, whose name looks like a verified person's.
const Person* look_alike_for(const Model& model, const Command& command) {
    PeerText to;
    if (const auto* say_wish = std::get_if<command::Say>(&command.body)) {
        if (!say_wish->is_sure) to = say_wish->to;
    } else if (const auto* send_wish = std::get_if<command::Send>(&command.body)) {
        if (!send_wish->is_sure) to = send_wish->to;
    }
    const auto id = peer_id_from_text(to);
    const Person* person = id ? model.people().find(*id) : nullptr;
    return person != nullptr && person->peer.imitates ? person : nullptr;
}

Commands sure(Commands commands) {
    for (Command& command : commands) {
        if (auto* wish = std::get_if<command::Say>(&command.body)) wish->is_sure = true;
        if (auto* wish = std::get_if<command::Send>(&command.body)) wish->is_sure = true;
    }
    return commands;
}

/// What was written is not lost by thinking twice.
void give_back(UiState& state, const Commands& held) {
    for (const Command& command : held) {
        const auto* wish = std::get_if<command::Say>(&command.body);
        const auto id = wish != nullptr ? peer_id_from_text(wish->to) : std::nullopt;
        if (id) state.views[Conversation{*id}].draft.insert(wish->text);
    }
}

Commands draw_look_alike(const Model& model, UiState& state) {
    LookAlikeDialog& dialog = state.trust.look_alike;
    if (!begin_dialog("look alike", dialog.is_to_open, 480)) {
        // Put away by Esc: nothing is sent.
        give_back(state, std::exchange(dialog.held, {}));
        return {};
    }
    Commands commands;
    const Person* person = dialog.peer ? model.people().find(*dialog.peer) : nullptr;
    const float width = ImGui::GetContentRegionAvail().x;
    const float half = (width - pt(8)) / 2;
    words_wrapped(say(Text::alike_title), Type::strong, palette().bad);
    if (person != nullptr && person->peer.imitates) {
        words_wrapped(say(Text::alike_text, {person->peer.name, key_tag(person->peer.id),
                                             key_tag(*person->peer.imitates)}),
                      Type::small, palette().ink);
    }
    words_wrapped(say(Text::alike_advice), Type::small, palette().ink);
    if (button(1, say(Text::alike_send), ButtonLook::danger, half)) {
        commands = sure(std::exchange(dialog.held, {}));
        ImGui::CloseCurrentPopup();
    }
    ImGui::SameLine(0, pt(8));
    if (button(2, say(Text::alike_dont), ButtonLook::primary, half)) {
        give_back(state, std::exchange(dialog.held, {}));
        ImGui::CloseCurrentPopup();
    }
    end_dialog();
    return commands;
}

// ---- Files unasked ------------------------------------------------------------------------------

constexpr std::array<std::uint64_t, 4> sizes{10'000'000, 100'000'000, auto_accept_bytes_usual,
                                             10'000'000'000};
constexpr int size_usual = 2;

void begin_auto_accept(UiState& state, const Peer& peer) {
    const AutoAccept rule =
        peer.auto_accept.value_or(AutoAccept{sizes[size_usual], state.self.receive_folder});
    state.trust.auto_accept = {peer.id, rule.bytes_max, rule.into, true};
}

void draw_size(AutoAcceptDialog& dialog, float width) {
    std::array<std::string, sizes.size()> texts;
    std::array<std::string_view, sizes.size()> names;
    int before = -1;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        texts[i] = size_text(sizes[i]);
        names[i] = texts[i];
        if (sizes[i] == dialog.bytes_max) before = static_cast<int>(i);
    }
    words(say(Text::auto_accept_size), Type::tiny, palette().ink_soft);
    const int chosen = segments(1, names.data(), static_cast<int>(names.size()), before, width);
    if (chosen >= 0) dialog.bytes_max = sizes[static_cast<std::size_t>(chosen)];
}

void draw_folder(AutoAcceptDialog& dialog, UiState& state, float width) {
    words(say(Text::auto_accept_into), Type::tiny, palette().ink_soft);
    words_cut(end_that_fits(dialog.into, Type::small, width), Type::small, palette().ink, width);
    if (button(2, say(Text::auto_accept_choose), ButtonLook::plain, width)) {
        state.requests.push_back(request::ChooseFolderToTrust{*dialog.peer});
    }
}

Command auto_accept_command(const AutoAcceptDialog& dialog, bool is_on) {
    command::Trust wish;
    wish.peer = to_text(*dialog.peer);
    wish.has_auto_accept = is_on;
    wish.auto_accept_bytes_max = dialog.bytes_max;
    wish.auto_accept_into = dialog.into;
    return {std::move(wish), "trust"};
}

Commands draw_auto_accept(const Model& model, UiState& state) {
    AutoAcceptDialog& dialog = state.trust.auto_accept;
    if (!begin_dialog("auto accept", dialog.is_to_open, 460)) return {};
    Commands commands;
    const float width = ImGui::GetContentRegionAvail().x;
    const float half = (width - pt(8)) / 2;
    words_wrapped(say(Text::auto_accept_title, {model.name_of(*dialog.peer)}), Type::strong,
                  palette().ink);
    words_wrapped(say(Text::auto_accept_text), Type::small, palette().ink_soft);
    draw_size(dialog, width);
    draw_folder(dialog, state, width);
    ImGui::Spacing();
    std::optional<bool> is_on;
    if (button(3, say(Text::auto_accept_off), ButtonLook::plain, half)) is_on = false;
    ImGui::SameLine(0, pt(8));
    if (button(4, say(Text::auto_accept_on), ButtonLook::primary, half)) is_on = true;
    if (is_on) {
        commands.push_back(auto_accept_command(dialog, *is_on));
        ImGui::CloseCurrentPopup();
    }
    end_dialog();
    return commands;
}

}  // namespace

Commands draw_trust_dialogs(const Model& model, UiState& state) {
    Commands commands = draw_safety_dialog(model, state);
    const auto add = [&](const Commands& more) { append(commands, more); };
    draw_key_change(model, state);
    add(draw_look_alike(model, state));
    add(draw_auto_accept(model, state));
    add(draw_known_keys(model, state));
    draw_link_dialog(state);
    return commands;
}

Commands draw_trust_entries(const Model& model, UiState& state, const Person& person) {
    const Peer& peer = person.peer;
    if (person.is_here && model.is_in_room() && menu_entry(say(Text::compare_safety))) {
        state.trust.safety = {peer.id, false, true};
    }
    if (!peer.is_verified) return {};
    if (menu_entry(say(Text::auto_accept_entry))) begin_auto_accept(state, peer);
    if (!menu_entry(say(Text::unverify))) return {};
    command::Trust wish;
    wish.peer = to_text(peer.id);
    wish.is_verified = false;
    return {{std::move(wish), "trust"}};
}

Commands hold_back_for_look_alikes(const Model& model, UiState& state, const Commands& commands) {
    Commands now;
    LookAlikeDialog& dialog = state.trust.look_alike;
    for (const Command& command : commands) {
        const Person* person = look_alike_for(model, command);
        if (person == nullptr) {
            now.push_back(command);
            continue;
        }
        dialog.peer = person->peer.id;
        dialog.held.push_back(command);
        dialog.is_to_open = true;
    }
    return now;
}

}  // namespace dropline::ui
