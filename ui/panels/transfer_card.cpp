#include "ui/panels/transfer_card.hpp"

#include <algorithm>
#include <string>

#include "ui/draw/widgets.hpp"
#include "ui/panels/offer_card.hpp"
#include "ui/panels/transfer_actions.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

constexpr float card_pad_points = 12;
constexpr float card_bar_top_points = 55;
constexpr float state_top_points = 66;
constexpr float card_foot_points = 9;
/// A full disk needs three in English with a short name; a longer name one more.
constexpr int reason_lines_max = 4;

/// What the state calls for; `usual` when it calls for nothing.
Color state_color(const Transfer& transfer, Color usual) {
    if (is_without_answer(transfer)) return palette().warn;
    switch (transfer.state) {
        case TransferState::done: return palette().good;
        case TransferState::failed: return palette().bad;
        case TransferState::paused:
        case TransferState::interrupted: return palette().warn;
        default: return usual;
    }
}

/// The lines under the bar, from which the height follows.
struct CardText {
    std::string state;
    std::string facts;
    std::string limit;
    std::string reason;
    int reason_lines = 0;
};

CardText text_of(const Model& model, const UiState& state, const Transfer& transfer, float inner) {
    const OtherSide other = other_side_of(model, state, transfer);
    CardText text{state_words(transfer, other.name), fact_words(transfer, other),
                  limit_words(transfer, other), reason_words(transfer), 0};
    text.reason_lines = wrapped_lines(text.reason, Type::tiny, inner, reason_lines_max);
    return text;
}

float text_height(const CardText& text) {
    const int lines =
        1 + (text.facts.empty() ? 0 : 1) + (text.limit.empty() ? 0 : 1) + text.reason_lines;
    return line_height(Type::tiny) * static_cast<float>(lines);
}

/// What the lines leave out, for whoever rests on them.
void offer_details(const Transfer& transfer, const CardText& text, ImVec2 min, ImVec2 max) {
    if (!ImGui::IsWindowHovered() || !ImGui::IsMouseHoveringRect(min, max)) return;
    std::string details = text.reason;
    const std::string more = detail_words(transfer);
    if (!details.empty() && !more.empty()) details += '\n';
    details += more;
    tip_at_mouse(details);
}

void draw_text(const Transfer& transfer, const CardText& text, ImVec2 where, float inner) {
    const ImVec2 start = where;
    paint_cut(where, text.state, Type::tiny, state_color(transfer, palette().ink_soft), inner);
    where.y += line_height(Type::tiny);
    for (const std::string& line : {text.facts, text.limit}) {
        if (line.empty()) continue;
        paint_cut(where, line, Type::tiny, palette().ink_soft, inner);
        where.y += line_height(Type::tiny);
    }
    const bool is_bad = transfer.state == TransferState::failed;
    paint_wrapped(where, text.reason, Type::tiny, is_bad ? palette().bad : palette().ink_soft,
                  inner, reason_lines_max);
    offer_details(transfer, text, start, {start.x + inner, start.y + text_height(text)});
}

Commands draw_running(const Model& model, UiState& state, const TransferItem& item, ImVec2 top_left,
                      float width) {
    const Transfer& transfer = item.transfer;
    const float pad = pt(card_pad_points);
    const ImVec2 at{top_left.x + pad, top_left.y + pt(9)};
    const float inner = width - 2 * pad;
    const bool is_in = transfer.direction == Direction::in;
    paint_direction({at.x + pt(15), at.y + pt(19)}, transfer.direction);
    const float text_x = at.x + pt(40);
    const float text_width = inner - pt(40) - icon_actions_width(model, transfer);
    paint_cut({text_x, at.y - pt(1)}, transfer.name, Type::small, palette().ink, text_width);
    const CardText text = text_of(model, state, transfer, inner);
    const std::string who =
        say(is_in ? Text::from_person : Text::to_person, {model.name_of(transfer.peer)});
    const float chip = paint_path(transfer, {text_x + text_width, at.y + pt(21)});
    paint_cut({text_x, at.y + pt(22)}, who, Type::tiny, palette().ink_soft, text_width - chip);
    Commands commands =
        draw_icon_actions(model, state, transfer, {at.x + inner + pt(4), at.y + pt(2)});
    const float bar_y = top_left.y + pt(card_bar_top_points);
    paint_bar({at.x, bar_y}, {at.x + inner, bar_y + pt(6)}, fraction_done(transfer),
              bar_color(transfer));
    const float text_y = top_left.y + pt(state_top_points);
    draw_text(transfer, text, {at.x, text_y}, inner);
    const float row_y = text_y + text_height(text) + pt(6);
    const Commands more = draw_action_row(model, item, {at.x, row_y});
    append(commands, more);
    return commands;
}

}  // namespace

OtherSide other_side_of(const Model& model, const UiState& state, const Transfer& transfer) {
    const Person* person = model.people().find(transfer.peer);
    const std::uint64_t limit = transfer.direction == Direction::out
                                    ? state.settings.rate_limit_up
                                    : state.settings.rate_limit_down;
    return {model.name_of(transfer.peer), person != nullptr && person->is_here, model.is_in_room(),
            is_used_up(model.transfers(), transfer.direction, limit)};
}

double fraction_done(const Transfer& transfer) {
    if (transfer.state == TransferState::done) return 1;
    if (transfer.bytes_total == 0) return 0;
    return static_cast<double>(transfer.bytes_done) / static_cast<double>(transfer.bytes_total);
}

Color bar_color(const Transfer& transfer) {
    const bool is_given_up =
        transfer.state == TransferState::declined || transfer.state == TransferState::cancelled;
    return state_color(transfer, is_given_up ? palette().ink_soft : palette().accent);
}

void paint_direction(ImVec2 center, Direction direction) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddCircleFilled(center, pt(15), ink(palette().track));
    const Icon icon = direction == Direction::in ? Icon::arrow_down : Icon::arrow_up;
    draw_icon(list, icon, center, pt(13), ink(palette().ink));
}

float paint_path(const Transfer& transfer, ImVec2 right_top) {
    const bool flows =
        transfer.state == TransferState::active || transfer.state == TransferState::verifying;
    if (transfer.path == Path::unknown || !flows) return 0;
    const bool is_direct = transfer.path == Path::direct;
    const std::string_view text = say(is_direct ? Text::path_direct : Text::path_relayed);
    const float width = chip_width(text);
    const ImVec2 min{right_top.x - width, right_top.y};
    paint_chip(min, text, is_direct ? palette().good : palette().warn);
    if (ImGui::IsWindowHovered() &&
        ImGui::IsMouseHoveringRect(min, {right_top.x, min.y + pt(20)})) {
        tip_at_mouse(say(is_direct ? Text::path_direct_tip : Text::path_relayed_tip));
    }
    return width + pt(8);
}

float transfer_card_height(const Model& model, const UiState& state, const TransferItem& item,
                           float width) {
    if (is_offer_to_answer(item, state)) return offer_card_height(state, item);
    const CardText text = text_of(model, state, item.transfer, width - 2 * pt(card_pad_points));
    return pt(state_top_points) + text_height(text) + action_row_height(model, item) +
           pt(card_foot_points);
}

Commands draw_transfer_card(const Model& model, UiState& state, const TransferItem& item,
                            ImVec2 top_left, float width) {
    const float height = transfer_card_height(model, state, item, width);
    const ImVec2 max{top_left.x + width, top_left.y + height};
    if (!ImGui::IsRectVisible(top_left, max)) return {};
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled(top_left, max, ink(palette().raised), pt(12));
    if (is_offer_to_answer(item, state)) {
        list.AddRect(top_left, max, ink(palette().accent), pt(12), 0, pt(1.5F));
        return draw_offer_card(model, state, item, top_left, width);
    }
    return draw_running(model, state, item, top_left, width);
}

}  // namespace dropline::ui
