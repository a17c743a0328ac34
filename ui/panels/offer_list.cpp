#include "ui/panels/offer_list.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "net/api/limits.hpp"
#include "ui/draw/widgets.hpp"
#include "ui/panels/dialogs.hpp"
#include "ui/panels/offer_card.hpp"
#include "ui/text/quantity.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

constexpr float row_points = 32;
constexpr float indent_points = 18;
constexpr std::uint32_t indents_max = 8;  // deeper folders would push the names out of sight
constexpr auto page_entries = static_cast<std::uint32_t>(limits::offer_entries_per_answer_max);

/// One page until the length is known, then all the others at once.
Commands ask_for_list(OfferListDialog& dialog, const TransferItem& item) {
    Commands commands;
    const auto ask = [&] {
        const command::ListOffer page{item.transfer.id, dialog.asked_for, page_entries};
        commands.push_back({page, "offer list"});
        dialog.asked_for += page_entries;
    };
    const auto known = static_cast<std::uint32_t>(item.entries.size());
    dialog.asked_for = std::max(dialog.asked_for, known);
    if (item.entries_total == 0 && dialog.asked_for == 0) ask();
    while (dialog.asked_for < item.entries_total) ask();
    return commands;
}

bool is_list_complete(const TransferItem& item) {
    return item.entries_total > 0 && item.entries.size() >= item.entries_total;
}

void paint_tick(ImVec2 min, Ticked ticked) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float side = pt(16);
    const ImVec2 max{min.x + side, min.y + side};
    const ImVec2 center{min.x + side / 2, min.y + side / 2};
    if (ticked == Ticked::none) {
        list.AddRect(min, max, ink(palette().ink_soft), pt(4), 0, pt(1.2F));
        return;
    }
    list.AddRectFilled(min, max, ink(palette().accent), pt(4));
    if (ticked == Ticked::all) {
        draw_icon(list, Icon::check, center, pt(10), ink(palette().on_accent));
    } else {
        list.AddRectFilled({min.x + pt(4), center.y - pt(1)}, {max.x - pt(4), center.y + pt(1)},
                           ink(palette().on_accent));
    }
}

/// The size, the mark of a risky one; returns where the room for the name ends.
float paint_right(const OfferedFile& file, ImVec2 min, ImVec2 max) {
    float right = max.x - pt(10);
    if (!file.is_folder) {
        const std::string size = size_text(file.bytes);
        right -= width_of(size, Type::tiny);
        paint({right, min.y + pt(8)}, size, Type::tiny, ink(palette().ink_soft));
        right -= pt(10);
    }
    if (file.is_risky) {
        const std::string_view mark = say(risk_mark(file));
        right -= chip_width(mark);
        paint_chip({right, min.y + pt(6)}, mark, palette().warn);
        right -= pt(8);
    }
    return right;
}

void draw_row(OfferChoice& choice, const OfferChoice::Row& row, const OfferedFile& file,
              int index) {
    ImGui::PushID(index);
    const ImVec2 min = ImGui::GetCursorScreenPos();
    const Pressed press = area("entry", {ImGui::GetContentRegionAvail().x, pt(row_points)});
    const ImVec2 max = ImGui::GetItemRectMax();
    ImDrawList& list = *ImGui::GetWindowDrawList();
    if (press.is_hovered) list.AddRectFilled(min, max, ink(palette().hover), pt(8));
    paint_focus_of_last_item(pt(8));
    if (!file.sent_name.empty()) tip(say(Text::sent_as, {file.sent_name}));
    if (file.is_risky) tip(say(Text::risky_tip));
    paint_tick({min.x + pt(10), min.y + pt(8)}, choice.ticked(row.entry));
    const float indent = pt(indent_points) * static_cast<float>(std::min(row.depth, indents_max));
    const float x = min.x + pt(36) + indent;
    const Icon plain = file.is_folder ? Icon::folder : Icon::file;
    draw_icon(list, file.is_risky ? Icon::warning : plain, {x + pt(7), min.y + pt(16)}, pt(14),
              ink(file.is_risky ? palette().warn : palette().ink_soft));
    const float right = paint_right(file, min, max);
    const float room = right - x - pt(22);
    const std::string name =
        end_that_fits(std::string_view(file.name).substr(row.name_from), Type::small, room);
    paint_cut({x + pt(22), min.y + pt(7)}, name, Type::small,
              choice.ticked(row.entry) == Ticked::none ? palette().ink_soft : palette().ink, room);
    ImGui::PopID();
    if (press.is_pressed) choice.toggle(row.entry);
}

void draw_rows(OfferChoice& choice, const TransferItem& item) {
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, pt(0, 1));
    ImGui::BeginChild("entries", {0, std::min(pt(420), ImGui::GetIO().DisplaySize.y - pt(260))},
                      ImGuiChildFlags_NavFlattened);
    ImGuiListClipper clipper;
    clipper.Begin(static_cast<int>(choice.rows().size()), pt(row_points + 1));
    while (clipper.Step()) {
        for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
            const OfferChoice::Row row = choice.rows()[static_cast<std::size_t>(i)];
            draw_row(choice, row, item.entries[row.entry], i);
        }
    }
    ImGui::EndChild();
    ImGui::PopStyleVar();
}

void draw_summary(OfferChoice& choice, const TransferItem& item, float width) {
    const ImVec2 start = ImGui::GetCursorScreenPos();
    const std::string text =
        say(Text::taken_of, {count_text(choice.files_taken()), count_text(item.offer->files),
                             size_text(choice.bytes_taken())});
    const float all_w = button_width(say(Text::take_all));
    const float none_w = button_width(say(Text::take_none));
    paint_cut({start.x, start.y + pt(10)}, text, Type::small, palette().ink_soft,
              width - all_w - none_w);
    ImGui::SetCursorScreenPos({start.x + width - all_w - none_w, start.y});
    if (button(1, say(Text::take_all), ButtonLook::bare, all_w)) choice.tick_all(true);
    ImGui::SameLine(0, 0);
    if (button(2, say(Text::take_none), ButtonLook::bare, none_w)) choice.tick_all(false);
}

Commands draw_answers(UiState& state, const TransferItem& item, float width) {
    const float gap = pt(8);
    const float each = (width - 2 * gap) / 3;
    const OfferListDialog& dialog = state.offer_list;
    const OfferedList list = offered_list(item);
    Commands commands;
    ImGui::BeginDisabled(!dialog.is_choice_made || dialog.choice.takes_nothing());
    if (button(3, say(Text::accept), ButtonLook::primary, each)) {
        commands.push_back(answer_offer(
            state, list,
            command::Accept{
                list.transfer, {}, {}, dialog.choice.left_out(item.entries), list.version}));
        ImGui::CloseCurrentPopup();
    }
    ImGui::SameLine(0, gap);
    if (button(4, say(Text::save_to), ButtonLook::plain, each)) {
        state.requests.push_back(
            request::ChooseFolderToSave{list, dialog.choice.left_out(item.entries)});
        ImGui::CloseCurrentPopup();
    }
    ImGui::EndDisabled();
    ImGui::SameLine(0, gap);
    if (button(5, say(Text::cancel), ButtonLook::plain, each)) ImGui::CloseCurrentPopup();
    return commands;
}

void draw_reading(const TransferItem& item, float width) {
    words(
        say(Text::reading_list, {count_text(item.entries.size()), count_text(item.entries_total)}),
        Type::small, palette().ink_soft);
    const ImVec2 start = ImGui::GetCursorScreenPos();
    const double part = item.entries_total == 0 ? 0
                                                : static_cast<double>(item.entries.size()) /
                                                      static_cast<double>(item.entries_total);
    paint_bar(start, {start.x + width, start.y + pt(6)}, part, palette().accent);
    ImGui::Dummy({width, pt(14)});
}

}  // namespace

void open_offer_list(UiState& state, const OfferedList& list) {
    state.offer_list = {};
    state.offer_list.list = list;
    state.offer_list.is_to_open = true;
}

Commands draw_offer_list(const Model& model, UiState& state) {
    OfferListDialog& dialog = state.offer_list;
    if (!begin_dialog("offer list", dialog.is_to_open, 620)) return {};
    const TransferItem* item =
        dialog.list ? model.transfers().find(dialog.list->transfer) : nullptr;
    // Taken back, or answered elsewhere: there is nothing left to choose from.
    if (item == nullptr || !is_offer_to_answer(*item, state)) {
        ImGui::CloseCurrentPopup();
        end_dialog();
        return {};
    }
    // Ticks were made in the list that was there before: begin anew with the one there is now.
    if (dialog.list != offered_list(*item)) {
        dialog = {};
        dialog.list = offered_list(*item);
    }
    Commands commands = ask_for_list(dialog, *item);
    if (is_list_complete(*item) && !dialog.is_choice_made) {
        dialog.choice = OfferChoice(item->entries);
        dialog.is_choice_made = true;
    }
    const float width = ImGui::GetContentRegionAvail().x;
    words_wrapped(say(Text::choose_title, {item->offer->name}), Type::strong, palette().ink);
    if (item->is_list_changed) {
        words_wrapped(say(Text::list_changed_tip), Type::small, palette().warn);
    }
    if (dialog.is_choice_made) {
        draw_summary(dialog.choice, *item, width);
        draw_rows(dialog.choice, *item);
    } else {
        draw_reading(*item, width);
    }
    ImGui::Dummy({width, pt(4)});
    const Commands answers = draw_answers(state, *item, width);
    append(commands, answers);
    end_dialog();
    return commands;
}

}  // namespace dropline::ui
