#include "ui/panels/role.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <optional>
#include <utility>

#include "net/api/password.hpp"
#include "ui/draw/widgets.hpp"
#include "ui/panels/join_form.hpp"
#include "ui/panels/rights_dialog.hpp"
#include "ui/panels/ways_in.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

constexpr std::size_t addresses_shown_max = 3;

std::optional<std::uint16_t> parse_port(const std::string& text) {
    unsigned value = 0;
    const char* end = text.data() + text.size();
    const auto [rest, fault] = std::from_chars(text.data(), end, value);
    if (fault != std::errc() || rest != end || value > 65535) return std::nullopt;
    return static_cast<std::uint16_t>(value);
}

/// What was typed moves out of its field into a Secret. False when it is too short.
bool take_typed_password(UiState& state) {
    if (state.role.password.empty()) return true;
    const auto password = acceptable_password(Secret(state.role.password));
    if (!password) return false;
    wipe(state.role.password);
    state.role.password_given = *password;
    state.settings.has_password = true;
    return true;
}

Commands host_command(UiState& state) {
    const std::optional<std::uint16_t> port = parse_port(state.role.port);
    if (!port) {
        state.role.complaint = say(Text::port_must_be_number);
        return {};
    }
    if (!take_typed_password(state)) {
        state.role.complaint = say(Text::password_too_short);
        return {};
    }
    state.settings.port = *port;
    state.settings.room_name = state.role.room_name;
    state.is_settings_changed = true;
    command::Host wish{*port, state.settings.bind_address, state.role.room_name,
                       state.settings.is_invite_only};
    wish.password = state.role.password_given;
    wish.keeps_password = state.settings.has_password && !wish.password;
    // Settings that were lost do not tell of a password: that is no wish to forget it.
    wish.keeps_password_if_any = !state.role.is_password_taken_away;
    return {{std::move(wish), "host"}};
}

/// Only where a command line once asked for it: who did not ask need not know that it can be.
void draw_only_address(UiState& state) {
    if (state.settings.bind_address.empty()) return;
    const float icon = pt(34);
    const float top = ImGui::GetCursorPosY();
    ImGui::SetCursorPosY(top + pt(9));
    words_cut(say(Text::only_on_address, {state.settings.bind_address}), Type::tiny,
              palette().ink_soft, ImGui::GetContentRegionAvail().x - icon - pt(4));
    ImGui::SameLine(0, pt(4));
    ImGui::SetCursorPosY(top);
    if (icon_button(14, Icon::close, say(Text::every_address))) {
        state.settings.bind_address.clear();
        state.is_settings_changed = true;
    }
}

Commands draw_host_fields(UiState& state) {
    const float width = ImGui::GetContentRegionAvail().x;
    const float port_width = pt(84);
    const float name_width = width - port_width - pt(8);
    words_cut(say(Text::room_name), Type::tiny, palette().ink_soft, name_width);
    ImGui::SameLine(0, pt(8));
    words_cut(say(Text::port), Type::tiny, palette().ink_soft, port_width);
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() - pt(4));
    bool is_entered = field(1, say(Text::room_name_hint), state.role.room_name, name_width);
    ImGui::SameLine(0, pt(8));
    is_entered |= field(2, "7788", state.role.port, port_width, ImGuiInputTextFlags_CharsDecimal);
    draw_only_address(state);
    draw_who_may_come(state);
    const bool is_pressed = button(3, say(Text::open_room), ButtonLook::primary, width);
    return is_entered || is_pressed ? host_command(state) : Commands{};
}

Commands draw_switch(const Model& model, UiState& state) {
    const std::array names{say(Text::host), say(Text::join)};
    const int before = state.settings.role_tab == RoleTab::host ? 0 : 1;
    const int chosen = segments(6, names.data(), 2, before, ImGui::GetContentRegionAvail().x);
    if (chosen != before) {
        state.settings.role_tab = chosen == 0 ? RoleTab::host : RoleTab::join;
        state.is_settings_changed = true;
        state.role.complaint.clear();
    }
    Commands commands = chosen == 0 ? draw_host_fields(state) : draw_join_form(model, state);
    if (!commands.empty()) state.role.complaint.clear();
    if (!state.role.complaint.empty()) {
        words_wrapped(state.role.complaint, Type::tiny, palette().bad);
    }
    return commands;
}

void draw_address(UiState& state, int id, const std::string& address) {
    ImGui::PushID(id);
    const float width = ImGui::GetContentRegionAvail().x;
    const ImVec2 min = ImGui::GetCursorScreenPos();
    const Pressed row = area("address", {width, pt(34)});
    const ImVec2 max = ImGui::GetItemRectMax();
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled(min, max, ink(row.is_hovered ? palette().hover : palette().field), pt(8));
    list.AddRect(min, max, ink(palette().border), pt(8));
    paint_focus_of_last_item(pt(8));
    if (row.is_pressed) copy_text(state, address);
    const bool is_copied = state.copied == address;
    tip(say(is_copied ? Text::copied : Text::copy));
    paint_cut({min.x + pt(11), min.y + pt(8)}, address, Type::small, palette().ink, width - pt(44));
    draw_icon(list, is_copied ? Icon::check : Icon::copy, {max.x - pt(18), (min.y + max.y) / 2},
              pt(14), ink(is_copied ? palette().good : palette().ink_soft));
    ImGui::PopID();
}

bool is_loopback(const std::string& address) {
    return address.starts_with("127.") || address.starts_with("[::1]");
}

/// Those worth telling: this computer's own only when there is no other, and in a low window
/// only the best, because the people below need the room.
std::vector<std::string> addresses_to_tell(const std::vector<std::string>& all) {
    std::vector<std::string> told;
    std::copy_if(all.begin(), all.end(), std::back_inserter(told),
                 [](const std::string& address) { return !is_loopback(address); });
    if (told.empty()) told = all;
    const bool is_low = ImGui::GetIO().DisplaySize.y < pt(600);
    const std::size_t shown = is_low ? 1 : addresses_shown_max;
    if (told.size() > shown) told.resize(shown);
    return told;
}

void draw_addresses(const Model& model, UiState& state) {
    const std::vector<std::string> addresses = addresses_to_tell(model.room().addresses);
    const float width = ImGui::GetContentRegionAvail().x;
    words_cut(say(addresses.empty() ? Text::no_address : Text::tell_others), Type::tiny,
              palette().ink_soft, width);
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() - pt(4));
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        draw_address(state, static_cast<int>(i), addresses[i]);
        ImGui::SetCursorPosY(ImGui::GetCursorPosY() - pt(2));
    }
}

void draw_room_name(const Model& model) {
    const float width = ImGui::GetContentRegionAvail().x;
    words_cut(model.room().name, Type::strong, palette().ink, width);
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() - pt(5));
    const std::string host = model.room().host ? model.room().host->name : std::string();
    words_cut(
        model.is_host() ? std::string(say(Text::hosted_by_you)) : say(Text::hosted_by, {host}),
        Type::tiny, palette().ink_soft, width);
    if (model.room().is_first_contact) {
        words_wrapped(say(Text::first_contact), Type::tiny, palette().warn);
    }
}

Commands draw_connecting(const Model& model) {
    words_wrapped(say(Text::status_connecting, {model.link().target}), Type::small, palette().ink);
    if (!model.link().reason.empty()) {
        words_wrapped(model.link().reason, Type::tiny, palette().ink_soft);
    }
    const float width = ImGui::GetContentRegionAvail().x;
    if (button(7, say(Text::stop_trying), ButtonLook::plain, width)) {
        return {{command::Leave{}, "leave"}};
    }
    return {};
}

/// What there is to know of the room, and for its host to lay down.
Commands draw_room_actions(const Model& model, UiState& state) {
    const float width = ImGui::GetContentRegionAvail().x;
    const float half = model.is_host() ? (width - pt(8)) / 2 : width;
    const Text about = model.is_host() ? Text::about_room_short : Text::about_room;
    if (button(9, say(about), ButtonLook::plain, half)) {
        state.is_about_room_to_open = true;
    }
    if (!model.is_host()) return {};
    ImGui::SameLine(0, pt(8));
    return button(10, say(Text::rights_open), ButtonLook::plain, half) ? open_rights(model, state)
                                                                       : Commands{};
}

}  // namespace

Commands draw_role(const Model& model, UiState& state) {
    if (model.link().state == RoleState::connecting) return draw_connecting(model);
    if (!model.is_in_room()) return draw_switch(model, state);
    draw_room_name(model);
    // Of several addresses of an invite, the one that worked.
    if (!model.is_host()) state.settings.join_target = model.link().target;
    forget_typed_secrets(state);
    Commands commands;
    if (model.is_host()) {
        state.settings.has_password = model.room().has_password;
        state.role.is_password_taken_away = false;
        commands = draw_ways_in(model, state);
        draw_addresses(model, state);
    }
    Commands asked = draw_room_actions(model, state);
    append(commands, asked);
    const Text label = model.is_host() ? Text::close_room : Text::leave_room;
    if (button(8, say(label), ButtonLook::plain, ImGui::GetContentRegionAvail().x)) {
        commands.push_back({command::Leave{}, "leave"});
    }
    return commands;
}

}  // namespace dropline::ui
