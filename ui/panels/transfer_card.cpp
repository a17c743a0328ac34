#include "ui/panels/transfer_card.hpp"

#include <algorithm>
#include <string>

#include "ui/draw/widgets.hpp"
#include "ui/panels/offer_card.hpp"
#include "ui/text/quantity.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

constexpr float pad_points = 12;

std::string progress_words(const Transfer& transfer) {
    const std::string done = size_text(transfer.bytes_done);
    return done + " / " + size_text(transfer.bytes_total);
}

std::string active_words(const Transfer& transfer) {
    std::string text = progress_words(transfer);
    if (transfer.rate_bytes_per_s > 0) {
        text += " · " + say(Text::rate, {size_text(transfer.rate_bytes_per_s)});
    }
    if (transfer.eta_s) text += " · " + say(Text::time_left, {duration_text(*transfer.eta_s)});
    return text;
}

std::string state_words(const Transfer& transfer) {
    const auto with_size = [&](Text text) {
        return size_text(transfer.bytes_total) + " · " + std::string(say(text));
    };
    switch (transfer.state) {
        case TransferState::offered: return with_size(Text::waits_for_answer);
        case TransferState::waiting: return with_size(Text::state_waiting);
        case TransferState::active: return active_words(transfer);
        case TransferState::verifying: return with_size(Text::state_verifying);
        case TransferState::done:
            return with_size(transfer.direction == Direction::in ? Text::state_done_in
                                                                 : Text::state_done_out);
        case TransferState::declined: return with_size(Text::state_declined);
        case TransferState::cancelled: return with_size(Text::state_cancelled);
        case TransferState::failed:
            return transfer.fault ? transfer.fault->sentence : std::string(say(Text::state_failed));
    }
    return {};
}

Color state_color(const Transfer& transfer) {
    switch (transfer.state) {
        case TransferState::done: return palette().good;
        case TransferState::failed: return palette().bad;
        case TransferState::declined:
        case TransferState::cancelled: return palette().ink_soft;
        default: return palette().ink_soft;
    }
}

Color bar_color(const Transfer& transfer) {
    if (transfer.state == TransferState::done) return palette().good;
    if (transfer.state == TransferState::failed) return palette().bad;
    if (transfer.is_over()) return palette().ink_soft;
    return palette().accent;
}

double fraction_done(const Transfer& transfer) {
    if (transfer.state == TransferState::done) return 1;
    if (transfer.bytes_total == 0) return 0;
    return static_cast<double>(transfer.bytes_done) / static_cast<double>(transfer.bytes_total);
}

/// The one thing to do with it: stop it while it runs, find it when it is there.
Commands draw_action(UiState& state, const Transfer& transfer, ImVec2 where) {
    ImGui::SetCursorScreenPos(where);
    if (!transfer.is_over()) {
        if (icon_button(1, Icon::close, say(Text::cancel_transfer))) {
            return {{command::Cancel{transfer.id}, "cancel"}};
        }
        return {};
    }
    if (transfer.saved_as.empty()) return {};
    if (icon_button(2, Icon::folder, say(Text::show_in_folder))) {
        state.requests.push_back(request::ShowInFolder{transfer.saved_as.front()});
    }
    return {};
}

/// How the bytes travel, at the right of the person's line.
float paint_path(const Transfer& transfer, ImVec2 right_top) {
    if (transfer.path == Path::unknown || transfer.is_over()) return 0;
    const bool is_direct = transfer.path == Path::direct;
    const std::string_view text = say(is_direct ? Text::path_direct : Text::path_relayed);
    const float width = chip_width(text);
    const ImVec2 min{right_top.x - width, right_top.y};
    paint_chip(min, text, is_direct ? palette().good : palette().warn);
    if (ImGui::IsWindowHovered() &&
        ImGui::IsMouseHoveringRect(min, {right_top.x, min.y + pt(20)})) {
        ImGui::SetTooltip(
            "%s",
            std::string(say(is_direct ? Text::path_direct_tip : Text::path_relayed_tip)).c_str());
    }
    return width + pt(8);
}

Commands draw_running(const Model& model, UiState& state, const Transfer& transfer, ImVec2 top_left,
                      float width) {
    const float pad = pt(pad_points);
    const ImVec2 at{top_left.x + pad, top_left.y + pt(9)};
    const float inner = width - 2 * pad;
    const bool is_in = transfer.direction == Direction::in;
    const ImVec2 sign{at.x + pt(15), at.y + pt(19)};
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddCircleFilled(sign, pt(15), ink(palette().track));
    draw_icon(list, is_in ? Icon::arrow_down : Icon::arrow_up, sign, pt(13), ink(palette().ink));
    const float text_x = at.x + pt(40);
    const float text_width = inner - pt(40) - pt(36);
    paint_cut({text_x, at.y - pt(1)}, transfer.name, Type::small, palette().ink, text_width);
    const std::string who =
        say(is_in ? Text::from_person : Text::to_person, {model.name_of(transfer.peer)});
    const float chip = paint_path(transfer, {text_x + text_width, at.y + pt(21)});
    paint_cut({text_x, at.y + pt(22)}, who, Type::tiny, palette().ink_soft, text_width - chip);
    Commands commands = draw_action(state, transfer, {at.x + inner - pt(30), at.y + pt(2)});
    const float bar_y = at.y + pt(46);
    paint_bar({at.x, bar_y}, {at.x + inner, bar_y + pt(6)}, fraction_done(transfer),
              bar_color(transfer));
    paint_cut({at.x, bar_y + pt(11)}, state_words(transfer), Type::tiny, state_color(transfer),
              inner);
    return commands;
}

}  // namespace

float transfer_card_height(const TransferItem& item, const UiState& state) {
    if (is_offer_to_answer(item, state)) return offer_card_height(item);
    return pt(92);
}

Commands draw_transfer_card(const Model& model, UiState& state, const TransferItem& item,
                            ImVec2 top_left, float width) {
    const float height = transfer_card_height(item, state);
    const ImVec2 max{top_left.x + width, top_left.y + height};
    if (!ImGui::IsRectVisible(top_left, max)) return {};
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled(top_left, max, ink(palette().raised), pt(12));
    if (is_offer_to_answer(item, state)) {
        list.AddRect(top_left, max, ink(palette().accent), pt(12), 0, pt(1.5F));
        return draw_offer_card(model, state, item, top_left, width);
    }
    return draw_running(model, state, item.transfer, top_left, width);
}

}  // namespace dropline::ui
