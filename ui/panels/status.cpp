#include "ui/panels/status.hpp"

#include <algorithm>
#include <string>

#include "ui/draw/widgets.hpp"
#include "ui/text/quantity.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

Color link_color(const Model& model) {
    switch (model.link().state) {
        case RoleState::none: return palette().ink_soft;
        case RoleState::connecting:
        case RoleState::reconnecting: return palette().warn;
        case RoleState::hosting:
        case RoleState::joined: return palette().good;
    }
    return palette().ink_soft;
}

std::int64_t seconds_until(WallTime then, WallTime now) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(then - now).count();
    return std::max<std::int64_t>(left, 0);
}

std::string banned_words(const event::Banned& banned) {
    const bool has_reason = !banned.reason.empty();
    if (!banned.until) {
        return has_reason ? say(Text::banned_by_host_because, {banned.reason})
                          : std::string(say(Text::banned_by_host));
    }
    // With its date, also when it is today: such a sentence is read later, too.
    const std::string until = day_text(*banned.until, WallTime{}) + " " + clock_text(*banned.until);
    return has_reason ? say(Text::banned_by_host_until_because, {until, banned.reason})
                      : say(Text::banned_by_host_until, {until});
}

std::string trouble_words(const Trouble& trouble) {
    if (trouble.banned) return banned_words(*trouble.banned);
    if (!trouble.kicked) return trouble.sentence;
    const event::Kicked& kicked = *trouble.kicked;
    if (kicked.reason.empty()) return say(Text::kicked_by, {kicked.by.name});
    return say(Text::kicked_by_because, {kicked.by.name, kicked.reason});
}

/// Empty when there is nothing to complain of.
std::string trouble_shown(const Model& model, const UiState& state) {
    if (!state.notice.empty()) return state.notice;
    const std::optional<Trouble>& trouble = model.trouble();
    if (!trouble || trouble->number == state.trouble_put_away) return {};
    return trouble_words(*trouble);
}

void put_trouble_away(const Model& model, UiState& state) {
    if (state.notice.empty() && model.trouble()) state.trouble_put_away = model.trouble()->number;
    state.notice.clear();
}

void draw_trouble(const Model& model, UiState& state, const std::string& sentence, ImVec2 min,
                  ImVec2 max) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled(min, max, ink(palette().bad_ground), pt(8));
    const float middle = (min.y + max.y) / 2;
    draw_icon(list, Icon::warning, {min.x + pt(17), middle}, pt(14), ink(palette().on_bad_ground));
    paint_cut({min.x + pt(34), middle - font_pixels(Type::small) / 2}, sentence, Type::small,
              palette().on_bad_ground, max.x - min.x - pt(70));
    ImGui::SetCursorScreenPos({max.x - pt(32), min.y + pt(1)});
    const Pressed press = area("put away", {pt(30), max.y - min.y - pt(2)});
    draw_icon(list, Icon::close, {max.x - pt(17), middle}, pt(12), ink(palette().on_bad_ground));
    paint_focus_of_last_item(pt(8));
    tip(say(Text::dismiss));
    if (press.is_pressed) put_trouble_away(model, state);
    if (ImGui::IsMouseHoveringRect(min, {max.x - pt(34), max.y}) && ImGui::IsWindowHovered()) {
        if (ImGui::BeginTooltip()) {
            ImGui::PushTextWrapPos(pt(480));
            words(sentence, Type::small, palette().ink);
            ImGui::PopTextWrapPos();
            ImGui::EndTooltip();
        }
    }
}

}  // namespace

float status_height() { return pt(32); }

std::string link_words(const Model& model, WallTime now) {
    const Link& link = model.link();
    switch (link.state) {
        case RoleState::none: return std::string(say(Text::status_none));
        case RoleState::connecting:
            if (link.attempt <= 1) return say(Text::status_connecting, {link.target});
            return say(Text::status_connecting_again, {link.target, std::to_string(link.attempt)});
        case RoleState::hosting:
            return say(Text::status_hosting,
                       {model.room().name, std::to_string(model.room().port)});
        case RoleState::joined: {
            const std::string host = model.room().host ? model.room().host->name : std::string();
            return say(Text::status_joined, {model.room().name, host});
        }
        case RoleState::reconnecting:
            if (!link.retry_at) return std::string(say(Text::status_reconnecting));
            return say(Text::status_retry_in, {std::to_string(seconds_until(*link.retry_at, now))});
    }
    return {};
}

Commands draw_status(const Model& model, UiState& state) {
    const ImVec2 min = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    const ImVec2 max{min.x + width, min.y + status_height()};
    const std::string link = link_words(model, state.now);
    const std::string trouble = trouble_shown(model, state);
    const float middle = (min.y + max.y) / 2;
    const float room = trouble.empty() ? width - pt(30) : width * 0.4F;
    ImGui::GetWindowDrawList()->AddCircleFilled({min.x + pt(12), middle}, pt(4.5F),
                                                ink(link_color(model)));
    paint_cut({min.x + pt(26), middle - font_pixels(Type::tiny) / 2}, link, Type::tiny,
              palette().ink_soft, room);
    if (!trouble.empty()) {
        const float x = min.x + pt(26) + std::min(room, width_of(link, Type::tiny)) + pt(16);
        const float wanted = width_of(trouble, Type::small) + pt(74);
        draw_trouble(model, state, trouble, {std::max(x, max.x - wanted), min.y + pt(1)},
                     {max.x, max.y - pt(1)});
    }
    if (model.link().retry_at && *model.link().retry_at > state.now) {
        redraw_within(state, std::chrono::milliseconds(1000));
    }
    ImGui::SetCursorScreenPos(min);
    ImGui::Dummy({width, status_height()});
    return {};
}

}  // namespace dropline::ui
