#include "ui/panels/transfer_actions.hpp"

#include "ui/draw/widgets.hpp"
#include "ui/model/transfer_list.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

constexpr float icon_points = 34;
constexpr float gap_points = 2;

bool can_be_paused(const Transfer& transfer) {
    return transfer.state == TransferState::active || transfer.state == TransferState::waiting;
}

bool can_be_continued(const Model& model, const Transfer& transfer) {
    const bool is_our_pause =
        transfer.state == TransferState::paused && transfer.paused_by == PausedBy::us;
    // With nobody there to try with, a button to try again would promise too much.
    const Person* person = model.people().find(transfer.peer);
    const bool can_be_tried = transfer.state == TransferState::interrupted && person != nullptr &&
                              person->is_here && !transfer.is_checking;
    return is_our_pause || can_be_tried;
}

bool can_be_cleaned(const Transfer& transfer) {
    return transfer.state == TransferState::interrupted && transfer.is_stale;
}

bool waits_for_turn(const Transfer& transfer) {
    return !transfer.is_over() && transfer.queue_place > 0;
}

int icon_count(const Model& model, const Transfer& transfer) {
    if (transfer.is_over()) return transfer.saved_as.empty() ? 0 : 1;
    return can_be_paused(transfer) || can_be_continued(model, transfer) ? 2 : 1;
}

Commands draw_pause_or_continue(const Transfer& transfer) {
    if (can_be_paused(transfer)) {
        if (!icon_button(1, Icon::pause, say(Text::pause_transfer))) return {};
        return {{command::Pause{transfer.id}, "pause"}};
    }
    const bool is_interrupted = transfer.state == TransferState::interrupted;
    const std::string_view tip_text = say(is_interrupted ? Text::try_now : Text::continue_transfer);
    if (!icon_button(1, is_interrupted ? Icon::again : Icon::play, tip_text)) return {};
    return {{command::Resume{transfer.id}, "resume"}};
}

Commands draw_queue_buttons(const Model& model, const Transfer& transfer) {
    const float gap = pt(6);
    if (button(4, say(Text::start_now), ButtonLook::plain)) {
        return {{command::StartNow{transfer.id}, "start now"}};
    }
    const auto forward = move_forward(model.transfers(), transfer);
    const auto back = move_back(model.transfers(), transfer);
    ImGui::SameLine(0, gap);
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() + (control_height() - pt(icon_points)) / 2);
    ImGui::BeginDisabled(!forward);
    const bool is_forward = icon_button(5, Icon::arrow_up, say(Text::move_forward));
    ImGui::EndDisabled();
    ImGui::SameLine(0, gap);
    ImGui::BeginDisabled(!back);
    const bool is_back = icon_button(6, Icon::arrow_down, say(Text::move_back));
    ImGui::EndDisabled();
    if (is_forward && forward) return {{*forward, "move"}};
    if (is_back && back) return {{*back, "move"}};
    return {};
}

}  // namespace

float icon_actions_width(const Model& model, const Transfer& transfer) {
    return pt(icon_points + gap_points) * static_cast<float>(icon_count(model, transfer));
}

Commands draw_icon_actions(const Model& model, UiState& state, const Transfer& transfer,
                           ImVec2 right_top) {
    if (icon_count(model, transfer) == 0) return {};
    ImGui::SetCursorScreenPos({right_top.x - icon_actions_width(model, transfer), right_top.y});
    if (transfer.is_over()) {
        if (icon_button(3, Icon::folder, say(Text::show_in_folder))) {
            state.requests.push_back(request::ShowInFolder{transfer.saved_as.front()});
        }
        return {};
    }
    Commands commands;
    if (icon_count(model, transfer) == 2) {
        commands = draw_pause_or_continue(transfer);
        ImGui::SameLine(0, pt(gap_points));
    }
    if (icon_button(2, Icon::close, say(Text::cancel_transfer))) {
        commands.push_back({command::Cancel{transfer.id}, "cancel"});
    }
    return commands;
}

float action_row_height(const Model& model, const TransferItem& item) {
    const Transfer& transfer = item.transfer;
    const bool has_row = waits_for_turn(transfer) || can_be_cleaned(transfer) ||
                         can_be_retried(model.transfers(), item);
    return has_row ? control_height() + pt(8) : 0;
}

Commands draw_action_row(const Model& model, const TransferItem& item, ImVec2 where) {
    const Transfer& transfer = item.transfer;
    ImGui::SetCursorScreenPos(where);
    if (waits_for_turn(transfer)) return draw_queue_buttons(model, transfer);
    if (can_be_cleaned(transfer)) {
        const bool is_pressed = button(7, say(Text::clean_up), ButtonLook::plain);
        tip(say(Text::clean_up_tip));
        if (is_pressed) return {{command::Cancel{transfer.id}, "clean up"}};
    } else if (can_be_retried(model.transfers(), item)) {
        if (button(8, say(Text::send_again), ButtonLook::plain)) {
            return {{command::Retry{transfer.id, false}, "retry"}};
        }
    }
    return {};
}

}  // namespace dropline::ui
