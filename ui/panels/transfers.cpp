#include "ui/panels/transfers.hpp"

#include <algorithm>

#include "ui/draw/widgets.hpp"
#include "ui/model/transfer_list.hpp"
#include "ui/panels/batch_card.hpp"
#include "ui/panels/transfer_card.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

constexpr float head_points = 34;

void put_finished_away(const Model& model, UiState& state) {
    for (const TransferItem& item : model.transfers().all()) {
        if (item.transfer.is_over()) state.put_away.insert(item.transfer.id);
    }
}

void draw_head(const Model& model, UiState& state, bool has_finished) {
    const float width = ImGui::GetContentRegionAvail().x;
    const ImVec2 start = ImGui::GetCursorScreenPos();
    paint({start.x, start.y + pt(6)}, say(Text::transfers), Type::strong, ink(palette().ink));
    if (has_finished) {
        const float button_w = button_width(say(Text::clear_finished));
        ImGui::SetCursorScreenPos({start.x + width - button_w, start.y - pt(4)});
        if (button(1, say(Text::clear_finished), ButtonLook::bare, button_w)) {
            put_finished_away(model, state);
        }
    }
    ImGui::SetCursorScreenPos(start);
    ImGui::Dummy({width, pt(head_points)});
}

/// Keeps the place of a card in the list; `draw` draws it there when it is in sight. `number` is
/// that of what it shows: a press that has begun is not another card's when a new one comes above.
template <typename Draw>
void place_card(int number, float height, Draw draw) {
    ImGui::PushID(number);
    const ImVec2 start = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    if (ImGui::IsRectVisible(start, {start.x + width, start.y + height})) draw(start, width);
    ImGui::SetCursorScreenPos(start);
    ImGui::Dummy({width, height});
    ImGui::PopID();
}

Commands draw_one(const Model& model, UiState& state, const TransferItem& item) {
    Commands commands;
    const float width = ImGui::GetContentRegionAvail().x;
    place_card(item.number, transfer_card_height(model, state, item, width),
               [&](ImVec2 start, float card_width) {
                   commands = draw_transfer_card(model, state, item, start, card_width);
               });
    return commands;
}

Commands draw_row(const Model& model, UiState& state, const TransferRow& row) {
    if (!row.is_batch()) return draw_one(model, state, *row.items.front());
    Commands commands;
    const float width = ImGui::GetContentRegionAvail().x;
    place_card(row.items.front()->number, batch_card_height(model, state, row, width),
               [&](ImVec2 start, float card_width) {
                   commands = draw_batch_card(model, state, row, start, card_width);
               });
    return commands;
}

}  // namespace

bool has_transfers_to_show(const Model& model, const UiState& state) {
    const std::vector<TransferItem>& all = model.transfers().all();
    return std::any_of(all.begin(), all.end(), [&](const TransferItem& item) {
        return !state.put_away.contains(item.transfer.id);
    });
}

float answers_height(const Model& model, const UiState& state, float width) {
    const TransferList list = list_transfers(model.transfers(), state.answered, state.put_away);
    if (list.offers.empty()) return 0;
    const ImVec2 padding = ImGui::GetStyle().WindowPadding;
    const float card =
        transfer_card_height(model, state, *list.offers.front(), width - 2 * padding.x);
    return 2 * padding.y + pt(head_points) + ImGui::GetStyle().ItemSpacing.y + card;
}

Commands draw_transfers(const Model& model, UiState& state) {
    Commands commands;
    const TransferList list = list_transfers(model.transfers(), state.answered, state.put_away);
    draw_head(model, state, list.has_finished);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
    ImGui::BeginChild("cards", {0, 0}, ImGuiChildFlags_NavFlattened, ImGuiWindowFlags_NoBackground);
    ImGui::PopStyleVar();
    state.offer_height_max = ImGui::GetContentRegionAvail().y;
    for (const TransferItem* offer : list.offers) append(commands, draw_one(model, state, *offer));
    state.offer_height_max = 0;
    for (const TransferRow& row : list.rows) append(commands, draw_row(model, state, row));
    ImGui::EndChild();
    return commands;
}

}  // namespace dropline::ui
