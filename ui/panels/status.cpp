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

/// What of the model is not put away: lost keys and bans before all else.
const Trouble* trouble_to_show(const Model& model, const UiState& state) {
    for (const std::optional<Trouble>* trouble : {&model.damage(), &model.trouble()}) {
        if (*trouble && !state.troubles_put_away.contains((*trouble)->number)) return &**trouble;
    }
    return nullptr;
}

/// Empty when there is nothing to complain of.
std::string trouble_shown(const Model& model, const UiState& state) {
    if (!state.notice.empty()) return state.notice;
    const Trouble* trouble = trouble_to_show(model, state);
    return trouble == nullptr ? std::string() : trouble_words(*trouble);
}

void put_trouble_away(const Model& model, UiState& state) {
    const Trouble* trouble = trouble_to_show(model, state);
    if (state.notice.empty() && trouble != nullptr) {
        state.troubles_put_away.insert(trouble->number);
    }
    state.notice.clear();
}

/// Where the trouble stands: beside the state of the connection when it fits, else below it.
struct TroublePlace {
    float width = 0;
    int lines = 0;  // 0: beside
    float height() const {
        return lines == 0 ? pt(30) : static_cast<float>(lines) * line_height(Type::small) + pt(14);
    }
};

constexpr int trouble_lines_max = 8;

TroublePlace place_of(const std::string& trouble, const std::string& link, float width) {
    const float beside = width - pt(42) - width_of(link, Type::tiny);
    const float wanted = width_of(trouble, Type::small) + pt(74);
    if (wanted <= beside) return {wanted, 0};
    return {width, wrapped_lines(trouble, Type::small, width - pt(70), trouble_lines_max)};
}

void draw_trouble(const Model& model, UiState& state, const std::string& sentence, ImVec2 min,
                  ImVec2 max) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled(min, max, ink(palette().bad_ground), pt(8));
    const float middle = (min.y + max.y) / 2;
    draw_icon(list, Icon::warning, {min.x + pt(17), middle}, pt(14), ink(palette().on_bad_ground));
    const float width = max.x - min.x - pt(70);
    const int lines = wrapped_lines(sentence, Type::small, width, trouble_lines_max);
    const float words_height =
        static_cast<float>(lines - 1) * line_height(Type::small) + font_pixels(Type::small);
    paint_wrapped({min.x + pt(34), middle - words_height / 2}, sentence, Type::small,
                  palette().on_bad_ground, width, trouble_lines_max);
    ImGui::SetCursorScreenPos({max.x - pt(32), min.y + pt(1)});
    const Pressed press = area("put away", {pt(30), max.y - min.y - pt(2)});
    draw_icon(list, Icon::close, {max.x - pt(17), middle}, pt(12), ink(palette().on_bad_ground));
    paint_focus_of_last_item(pt(8));
    tip(say(Text::dismiss));
    if (press.is_pressed) put_trouble_away(model, state);
}

}  // namespace

float status_height(const Model& model, const UiState& state, float width_px) {
    const std::string trouble = trouble_shown(model, state);
    if (trouble.empty()) return pt(32);
    const TroublePlace place = place_of(trouble, link_words(model, state.now), width_px);
    return place.lines == 0 ? pt(32) : pt(32) + place.height();
}

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
    const float height = status_height(model, state, width);
    const std::string link = link_words(model, state.now);
    const std::string trouble = trouble_shown(model, state);
    const float middle = min.y + pt(16);
    ImGui::GetWindowDrawList()->AddCircleFilled({min.x + pt(12), middle}, pt(4.5F),
                                                ink(link_color(model)));
    paint_cut({min.x + pt(26), middle - font_pixels(Type::tiny) / 2}, link, Type::tiny,
              palette().ink_soft, width - pt(30));
    if (!trouble.empty()) {
        const TroublePlace place = place_of(trouble, link, width);
        const float bottom = min.y + height - pt(1);
        draw_trouble(model, state, trouble, {min.x + width - place.width, bottom - place.height()},
                     {min.x + width, bottom});
    }
    if (model.link().retry_at && *model.link().retry_at > state.now) {
        redraw_within(state, std::chrono::milliseconds(1000));
    }
    ImGui::SetCursorScreenPos(min);
    ImGui::Dummy({width, height});
    return {};
}

}  // namespace dropline::ui
