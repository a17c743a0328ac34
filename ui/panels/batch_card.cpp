#include "ui/panels/batch_card.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "ui/draw/widgets.hpp"
#include "ui/panels/transfer_actions.hpp"
#include "ui/panels/transfer_card.hpp"
#include "ui/text/batch_words.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

constexpr float batch_pad_points = 12;
constexpr float text_left_points = 40;
constexpr float batch_bar_top_points = 46;
constexpr float person_points = 36;
constexpr float person_left_points = 30;
constexpr float batch_foot_points = 8;
constexpr std::size_t people_folded_max = 5;
constexpr int summary_lines_max = 2;
constexpr int details_lines_max = 3;

struct Counts {
    bool has_failed = false;
    bool is_over = true;
    std::vector<const TransferItem*> to_retry;
};

Counts counts_of(const Model& model, const TransferRow& row) {
    Counts counts;
    for (const TransferItem* item : row.items) {
        const Transfer& transfer = item->transfer;
        counts.is_over &= transfer.is_over();
        counts.has_failed |= transfer.is_over() && transfer.state != TransferState::done;
        if (can_be_retried(model.transfers(), *item)) counts.to_retry.push_back(item);
    }
    return counts;
}

/// The lines above the bar and below it.
struct HeadText {
    std::string summary;
    std::string progress;
    int summary_lines = 1;
};

HeadText head_text(const TransferRow& row, float inner) {
    std::vector<const Transfer*> transfers;
    transfers.reserve(row.items.size());
    for (const TransferItem* item : row.items) transfers.push_back(&item->transfer);
    HeadText text{batch_summary_words(transfers), batch_progress_words(transfers), 1};
    text.summary_lines =
        wrapped_lines(text.summary, Type::tiny, inner - pt(text_left_points), summary_lines_max);
    return text;
}

float bar_top(const HeadText& text) {
    return pt(batch_bar_top_points) +
           line_height(Type::tiny) * static_cast<float>(text.summary_lines - 1);
}

float head_height(const HeadText& text) {
    return bar_top(text) + pt(10) + line_height(Type::tiny) + pt(8);
}

float person_width(float inner) { return inner - pt(person_left_points); }

int details_lines(const std::string& details, float inner) {
    return wrapped_lines(details, Type::tiny, person_width(inner), details_lines_max);
}

float person_height(const std::string& details, float inner) {
    const auto lines = static_cast<float>(details_lines(details, inner));
    return pt(person_points) + (lines > 0 ? line_height(Type::tiny) * lines + pt(2) : 0);
}

std::string details_of(const Model& model, const UiState& state, const Transfer& transfer) {
    return batch_person_words(transfer, other_side_of(model, state, transfer));
}

double fraction_of(const TransferRow& row) {
    double sum = 0;
    for (const TransferItem* item : row.items) sum += fraction_done(item->transfer);
    return sum / static_cast<double>(row.items.size());
}

Color color_of(const Counts& counts) {
    if (!counts.is_over) return palette().accent;
    return counts.has_failed ? palette().warn : palette().good;
}

bool is_folded(const UiState& state, const TransferRow& row) {
    return row.items.size() > people_folded_max &&
           !state.unfolded.contains(row.items.front()->wish);
}

/// Folded, those with whom something is left to do come first.
std::vector<const TransferItem*> people_shown(const UiState& state, const TransferRow& row) {
    std::vector<const TransferItem*> people = row.items;
    if (!is_folded(state, row)) return people;
    std::stable_partition(people.begin(), people.end(), [](const TransferItem* item) {
        return item->transfer.state != TransferState::done;
    });
    people.resize(people_folded_max);
    return people;
}

float foot_height(const TransferRow& row, const Counts& counts) {
    const bool has_foot = !counts.to_retry.empty() || row.items.size() > people_folded_max;
    return has_foot ? control_height() + pt(8) : 0;
}

void draw_head(const TransferRow& row, const Counts& counts, const HeadText& text, ImVec2 at,
               float inner) {
    paint_direction({at.x + pt(15), at.y + pt(19)}, Direction::out);
    const float text_x = at.x + pt(text_left_points);
    const float text_width = inner - pt(text_left_points);
    paint_cut({text_x, at.y - pt(1)}, row.items.front()->transfer.name, Type::small, palette().ink,
              text_width);
    paint_wrapped({text_x, at.y + pt(22)}, text.summary, Type::tiny, palette().ink_soft, text_width,
                  summary_lines_max);
    const float bar_y = at.y + bar_top(text);
    paint_bar({at.x, bar_y}, {at.x + inner, bar_y + pt(6)}, fraction_of(row), color_of(counts));
    paint_cut({at.x, bar_y + pt(10)}, text.progress, Type::tiny, palette().ink_soft, inner);
}

Color word_color(const Transfer& transfer) {
    const Color color = bar_color(transfer);
    return color == palette().accent ? palette().ink_soft : color;
}

Commands draw_person(const Model& model, UiState& state, const Transfer& transfer, ImVec2 at,
                     float inner) {
    const std::string name = model.name_of(transfer.peer);
    const float middle = at.y + pt(person_points / 2);
    paint_avatar({at.x + pt(11), middle}, pt(11), transfer.peer, name);
    const float right = at.x + inner - icon_actions_width(model, transfer);
    const std::string word = short_state_words(transfer, name);
    const float text_x = at.x + pt(person_left_points);
    const float word_width = std::min(width_of(word, Type::tiny) + 1, (right - text_x) * 0.6F);
    paint_cut({right - word_width - pt(4), middle - pt(8)}, word, Type::tiny, word_color(transfer),
              word_width);
    paint_cut({text_x, middle - pt(9)}, name, Type::small, palette().ink,
              right - word_width - pt(14) - text_x);
    const OtherSide other = other_side_of(model, state, transfer);
    paint_wrapped({text_x, at.y + pt(person_points - 4)}, batch_person_words(transfer, other),
                  Type::tiny, palette().ink_soft, person_width(inner), details_lines_max);
    const ImVec2 word_max{right, at.y + pt(person_points)};
    if (ImGui::IsWindowHovered() && ImGui::IsMouseHoveringRect(at, word_max)) {
        std::string details = state_words(transfer, name);
        for (const std::string& more : {fact_words(transfer, other), limit_words(transfer, other),
                                        reason_words(transfer), detail_words(transfer)}) {
            if (!more.empty()) details += "\n" + more;
        }
        tip_at_mouse(details);
    }
    return draw_icon_actions(model, state, transfer, {at.x + inner + pt(4), at.y + pt(1)});
}

/// One wish for all that the network still counts to the batch, and one for each other.
Commands retry_all(const Counts& counts) {
    Commands commands;
    bool has_batch = false;
    for (const TransferItem* item : counts.to_retry) {
        const bool is_counted = !item->transfer.batch.is_zero();
        if (is_counted && has_batch) continue;
        has_batch |= is_counted;
        commands.push_back({command::Retry{item->transfer.id, is_counted}, "retry"});
    }
    return commands;
}

Commands draw_foot(UiState& state, const TransferRow& row, const Counts& counts, ImVec2 at,
                   float inner) {
    Commands commands;
    ImGui::SetCursorScreenPos(at);
    if (!counts.to_retry.empty()) {
        const std::string label = say(Text::retry_failed, {std::to_string(counts.to_retry.size())});
        if (button(1, label, ButtonLook::plain)) commands = retry_all(counts);
    }
    if (row.items.size() <= people_folded_max) return commands;
    const bool was_folded = is_folded(state, row);
    const std::string label = was_folded
                                  ? say(Text::show_all_people, {std::to_string(row.items.size())})
                                  : std::string(say(Text::show_fewer));
    const float button_w = button_width(label);
    ImGui::SetCursorScreenPos({at.x + inner - button_w, at.y});
    if (button(2, label, ButtonLook::bare, button_w)) {
        const TransferId batch = row.items.front()->wish;
        if (was_folded) {
            state.unfolded.insert(batch);
        } else {
            state.unfolded.erase(batch);
        }
    }
    return commands;
}

}  // namespace

float batch_card_height(const Model& model, const UiState& state, const TransferRow& row,
                        float width) {
    const float inner = width - 2 * pt(batch_pad_points);
    float height = pt(9) + head_height(head_text(row, inner));
    for (const TransferItem* item : people_shown(state, row)) {
        height += person_height(details_of(model, state, item->transfer), inner);
    }
    return height + foot_height(row, counts_of(model, row)) + pt(batch_foot_points);
}

Commands draw_batch_card(const Model& model, UiState& state, const TransferRow& row,
                         ImVec2 top_left, float width) {
    const Counts counts = counts_of(model, row);
    const float inner = width - 2 * pt(batch_pad_points);
    const HeadText text = head_text(row, inner);
    ImVec2 at{top_left.x + pt(batch_pad_points), top_left.y + pt(9)};
    ImGui::GetWindowDrawList()->AddRectFilled(
        top_left, {top_left.x + width, top_left.y + batch_card_height(model, state, row, width)},
        ink(palette().raised), pt(12));
    draw_head(row, counts, text, at, inner);
    at.y += head_height(text);
    Commands commands;
    for (const TransferItem* item : people_shown(state, row)) {
        ImGui::PushID(item->number);
        const Commands more = draw_person(model, state, item->transfer, at, inner);
        append(commands, more);
        ImGui::PopID();
        at.y += person_height(details_of(model, state, item->transfer), inner);
    }
    if (foot_height(row, counts) == 0) return commands;
    ImGui::PushID("foot");
    const Commands more = draw_foot(state, row, counts, {at.x, at.y + pt(4)}, inner);
    append(commands, more);
    ImGui::PopID();
    return commands;
}

}  // namespace dropline::ui
