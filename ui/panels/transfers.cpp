#include "ui/panels/transfers.hpp"

#include <algorithm>
#include <vector>

#include "ui/draw/widgets.hpp"
#include "ui/panels/offer_card.hpp"
#include "ui/panels/transfer_card.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

struct Listed {
    std::vector<const TransferItem*> offers;
    std::vector<const TransferItem*> others;
    bool has_finished = false;
};

Listed listed(const Model& model, const UiState& state) {
    Listed result;
    const std::vector<TransferItem>& all = model.transfers().all();
    for (auto item = all.rbegin(); item != all.rend(); ++item) {
        if (state.put_away.contains(item->transfer.id)) continue;
        result.has_finished |= item->transfer.is_over();
        (is_offer_to_answer(*item, state) ? result.offers : result.others).push_back(&*item);
    }
    return result;
}

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
    ImGui::Dummy({width, pt(34)});
}

Commands draw_one(const Model& model, UiState& state, const TransferItem& item, int index) {
    ImGui::PushID(index);
    const ImVec2 start = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    const float height = transfer_card_height(item, state);
    Commands commands = draw_transfer_card(model, state, item, start, width);
    ImGui::SetCursorScreenPos(start);
    ImGui::Dummy({width, height});
    ImGui::PopID();
    return commands;
}

void append(Commands& commands, const Commands& more) {
    commands.insert(commands.end(), more.begin(), more.end());
}

/// Those that are no question any more: they have one height, so only what is seen is drawn.
Commands draw_others(const Model& model, UiState& state,
                     const std::vector<const TransferItem*>& others, int first_index) {
    Commands commands;
    // A clipper without its list must not be stepped.
    if (others.empty()) return commands;
    const float height = transfer_card_height(*others.front(), state);
    ImGuiListClipper clipper;
    clipper.Begin(static_cast<int>(others.size()), height + ImGui::GetStyle().ItemSpacing.y);
    while (clipper.Step()) {
        for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
            const TransferItem& item = *others[static_cast<std::size_t>(i)];
            append(commands, draw_one(model, state, item, first_index + i));
        }
    }
    return commands;
}

}  // namespace

bool has_transfers_to_show(const Model& model, const UiState& state) {
    const std::vector<TransferItem>& all = model.transfers().all();
    return std::any_of(all.begin(), all.end(), [&](const TransferItem& item) {
        return !state.put_away.contains(item.transfer.id);
    });
}

Commands draw_transfers(const Model& model, UiState& state) {
    Commands commands;
    const Listed rows = listed(model, state);
    draw_head(model, state, rows.has_finished);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
    ImGui::BeginChild("cards", {0, 0}, ImGuiChildFlags_None, ImGuiWindowFlags_NoBackground);
    ImGui::PopStyleVar();
    int index = 0;
    for (const TransferItem* offer : rows.offers) {
        append(commands, draw_one(model, state, *offer, index++));
    }
    append(commands, draw_others(model, state, rows.others, index));
    ImGui::EndChild();
    return commands;
}

}  // namespace dropline::ui
