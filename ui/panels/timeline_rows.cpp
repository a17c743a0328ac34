#include "ui/panels/timeline_rows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/draw/widgets.hpp"
#include "ui/panels/message_row.hpp"
#include "ui/panels/transfer_card.hpp"
#include "ui/text/quantity.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

constexpr auto group_gap_max = std::chrono::minutes(5);
constexpr float top_margin_points = 14;

RowPlace place_of(const Timeline& timeline, std::size_t row) {
    RowPlace place{row, true, true};
    if (row == 0) return place;
    const Entry& before = timeline.at(row - 1);
    const Entry& entry = timeline.at(row);
    place.begins_day = local_day(before.at) != local_day(entry.at);
    const auto* line = std::get_if<MessageLine>(&entry.body);
    const auto* line_before = std::get_if<MessageLine>(&before.body);
    place.begins_group = place.begins_day || !line || !line_before ||
                         line->message.from != line_before->message.from ||
                         entry.at - before.at > group_gap_max;
    return place;
}

float card_width(float width) { return std::min(pt(440), width - pt(44)); }

/// A guess from the number of letters, good enough for the length of the scroll bar.
float guessed_height(const Entry& entry, float width) {
    const auto* line = std::get_if<MessageLine>(&entry.body);
    if (!line) return pt(100);
    const float letters = static_cast<float>(line->message.text.size());
    const float per_line = std::max(10.0F, std::min(pt(536), width - pt(138)) / pt(8));
    return pt(17) + std::ceil(letters / per_line) * line_height(Type::body);
}

/// The host's usual reasons are put into the window's language; others are shown as they came.
std::string leave_words(const std::string& names, const std::string& reason) {
    constexpr std::string_view removed = "removed by the host";
    constexpr std::string_view banned = "banned by the host";
    if (reason.empty()) return say(Text::one_left, {names});
    if (reason.starts_with("lost: ")) return say(Text::one_lost, {names});
    if (reason == removed) return say(Text::one_removed, {names});
    if (reason.starts_with(removed) && reason.size() > removed.size() + 2) {
        return say(Text::one_removed_because, {names, reason.substr(removed.size() + 2)});
    }
    if (reason == banned) return say(Text::one_banned, {names});
    if (reason.starts_with(banned) && reason.size() > banned.size() + 2) {
        return say(Text::one_banned_because, {names, reason.substr(banned.size() + 2)});
    }
    return say(Text::one_left_because, {names, reason});
}

std::string notice_words(const Notice& notice) {
    std::string names;
    for (const std::string& name : notice.names) {
        if (!names.empty()) names += say(Text::names_joint);
        names += name;
    }
    if (notice.count > notice.names.size()) {
        names = say(Text::and_others, {names, std::to_string(notice.count - notice.names.size())});
    }
    switch (notice.kind) {
        case NoticeKind::joined: return say(Text::one_joined, {names});
        case NoticeKind::left: return leave_words(names, notice.reason);
        case NoticeKind::looks_alike: return say(Text::looks_alike_notice, {names});
        case NoticeKind::imitates: return say(Text::imitates_notice, {names});
    }
    return names;
}

float notice_height(const Notice& notice, const RowPlace& place, float width) {
    const int lines =
        wrapped_lines(notice_words(notice), Type::tiny, width, std::numeric_limits<int>::max());
    return static_cast<float>(lines) * line_height(Type::tiny) + pt(14) +
           (place.begins_day ? day_height() : 0);
}

float row_height(const Model& model, UiState& state, const Entry& entry, const RowPlace& place,
                 float width) {
    if (std::holds_alternative<MessageLine>(entry.body)) {
        return message_height(model, state.view(), entry, place, width);
    }
    if (const auto* card = std::get_if<TransferCard>(&entry.body)) {
        const TransferItem* item = model.transfers().find(card->transfer);
        const float day = place.begins_day ? day_height() : 0;
        if (!item) return day;
        return transfer_card_height(model, state, *item, card_width(width)) + pt(12) + day;
    }
    return notice_height(std::get<Notice>(entry.body), place, width);
}

Color notice_color(NoticeKind kind) {
    if (kind == NoticeKind::imitates) return palette().bad;
    return kind == NoticeKind::looks_alike ? palette().warn : palette().ink_soft;
}

void draw_notice(const UiState& state, const Entry& entry, const RowPlace& place, ImVec2 top_left,
                 float width) {
    if (place.begins_day) draw_day(state, entry.at, top_left, width);
    const Notice& notice = std::get<Notice>(entry.body);
    const float y = top_left.y + pt(9) + (place.begins_day ? day_height() : 0);
    paint_centered({top_left.x, y}, notice_words(notice), Type::tiny, notice_color(notice.kind),
                   width);
}

Commands draw_card(const Model& model, UiState& state, const Entry& entry, const RowPlace& place,
                   ImVec2 top_left, float width) {
    const TransferItem* item = model.transfers().find(std::get<TransferCard>(entry.body).transfer);
    if (!item) return {};
    if (place.begins_day) draw_day(state, entry.at, top_left, width);
    const bool is_mine = item->transfer.direction == Direction::out;
    const float card = card_width(width);
    const float x = is_mine ? top_left.x + width - card : top_left.x + pt(44);
    const float y = top_left.y + pt(12) + (place.begins_day ? day_height() : 0);
    return draw_transfer_card(model, state, *item, {x, y}, card);
}

Commands draw_row(const Model& model, UiState& state, const Entry& entry, const RowPlace& place,
                  ImVec2 top_left, float width) {
    ImGui::PushID(static_cast<int>(entry.serial));
    Commands commands;
    if (std::holds_alternative<MessageLine>(entry.body)) {
        draw_message(model, state, entry, place, top_left, width);
    } else if (std::holds_alternative<TransferCard>(entry.body)) {
        commands = draw_card(model, state, entry, place, top_left, width);
    } else {
        draw_notice(state, entry, place, top_left, width);
    }
    ImGui::PopID();
    return commands;
}

void forget_heights_of_no_row(ConversationView& view, const Timeline& timeline) {
    if (view.height_by_serial.size() == timeline.size()) return;
    std::unordered_map<std::uint32_t, float> kept;
    kept.reserve(timeline.size());
    for (std::size_t row = 0; row < timeline.size(); ++row) {
        kept[timeline.at(row).serial] = view.heights.at(row);
    }
    view.height_by_serial = std::move(kept);
}

/// Brings the kept heights in line with the rows: new ones are guessed, moved ones remembered.
bool follow_timeline(ConversationView& view, const Timeline& timeline, float width) {
    if (view.width != width) {
        view.height_by_serial.clear();
        view.layouts.clear();
    }
    const bool is_reordered = view.width != width ||
                              view.order_revision != timeline.order_revision() ||
                              view.heights.size() > timeline.size();
    const auto height_of = [&](std::size_t row) {
        float& height = view.height_by_serial[timeline.at(row).serial];
        if (height == 0) height = guessed_height(timeline.at(row), width);
        return height;
    };
    if (is_reordered) {
        std::vector<float> heights(timeline.size());
        for (std::size_t row = 0; row < heights.size(); ++row) heights[row] = height_of(row);
        view.heights.assign(std::move(heights));
        forget_heights_of_no_row(view, timeline);
        view.selection = {};
    }
    while (view.heights.size() < timeline.size()) {
        view.heights.append(height_of(view.heights.size()));
    }
    view.width = width;
    view.order_revision = timeline.order_revision();
    return is_reordered;
}

/// Where the row that was at the top edge is now.
double anchored_scroll(const ConversationView& view, const Timeline& timeline, double otherwise) {
    for (std::size_t row = 0; row < timeline.size(); ++row) {
        if (timeline.at(row).serial != view.anchor_serial) continue;
        return view.heights.top_of(row) + view.anchor_above;
    }
    return otherwise;
}

void keep_anchor(ConversationView& view, const Timeline& timeline, double scroll) {
    const std::size_t row = view.heights.row_at(scroll);
    view.anchor_serial = timeline.at(row).serial;
    view.anchor_above = scroll - view.heights.top_of(row);
}

/// Someone who scrolls up wants to stay there; back at the end, new rows are followed again.
void follow_hand(ConversationView& view) {
    const float scroll = ImGui::GetScrollY();
    if (scroll < view.last_scroll - 1) view.is_at_bottom = false;
    if (scroll >= ImGui::GetScrollMaxY() - 2) view.is_at_bottom = true;
    view.last_scroll = scroll;
}

/// Gives the rows in sight their true height; returns the scroll place that keeps them in place.
double settle(const Model& model, UiState& state, const Timeline& timeline, double scroll,
              float view_height, float width) {
    ConversationView& view = state.view();
    const double margin = static_cast<double>(pt(top_margin_points));
    const double space = static_cast<double>(view_height) - margin;
    if (view.is_at_bottom) scroll = std::max(-margin, view.heights.total() - space);
    std::size_t row = view.heights.row_at(std::max(scroll, 0.0));
    double top = view.heights.top_of(row);
    while (row < timeline.size() && top < scroll + static_cast<double>(view_height)) {
        const Entry& entry = timeline.at(row);
        const float height = row_height(model, state, entry, place_of(timeline, row), width);
        const float change = height - view.heights.at(row);
        view.heights.set(row, height);
        view.height_by_serial[entry.serial] = height;
        // What grows above the top edge must push itself up, not the text being read down.
        if (top < scroll && !view.is_at_bottom) scroll += static_cast<double>(change);
        top += static_cast<double>(height);
        ++row;
    }
    return scroll;
}

void handle_selection(UiState& state, const Timeline& timeline) {
    TextSelection& selection = state.view().selection;
    if (!ImGui::IsMouseDown(ImGuiMouseButton_Left)) selection.is_being_made = false;
    const ImGuiIO& io = ImGui::GetIO();
    if (ImGui::IsWindowHovered() && ImGui::IsMouseClicked(ImGuiMouseButton_Left)) selection = {};
    const bool is_copy = io.KeyCtrl && ImGui::IsKeyPressed(ImGuiKey_C, false);
    if (is_copy && !io.WantTextInput && !selection.is_empty()) {
        copy_text(state, selected_text(timeline, selection));
    }
}

Commands draw_rows_in_sight(const Model& model, UiState& state, const Timeline& timeline,
                            double scroll, float width) {
    Commands commands;
    const RowHeights& heights = state.view().heights;
    const ImVec2 window = ImGui::GetWindowPos();
    const float x = ImGui::GetCursorScreenPos().x;
    std::size_t row = heights.row_at(std::max(scroll, 0.0));
    double top = heights.top_of(row) - scroll;
    while (row < timeline.size() && top < static_cast<double>(ImGui::GetWindowHeight())) {
        const ImVec2 at{x, std::round(window.y + static_cast<float>(top))};
        Commands more =
            draw_row(model, state, timeline.at(row), place_of(timeline, row), at, width);
        append(commands, more);
        top += static_cast<double>(heights.at(row));
        ++row;
    }
    return commands;
}

}  // namespace

std::string selected_text(const Timeline& timeline, const TextSelection& selection) {
    const auto [first, last] = std::minmax(selection.anchor, selection.head);
    std::string text;
    for (std::size_t row = first.row; row <= last.row && row < timeline.size(); ++row) {
        const auto* line = std::get_if<MessageLine>(&timeline.at(row).body);
        if (!line) continue;
        const std::string& whole = line->message.text;
        const std::size_t begin = row == first.row ? std::min(first.byte, whole.size()) : 0;
        const std::size_t end = row == last.row ? std::min(last.byte, whole.size()) : whole.size();
        if (!text.empty()) text += '\n';
        text += whole.substr(begin, end - begin);
    }
    return text;
}

Commands draw_timeline_rows(const Model& model, UiState& state, const Timeline& timeline) {
    ConversationView& view = state.view();
    const float width = ImGui::GetContentRegionAvail().x - pt(4);
    const float view_height = ImGui::GetWindowHeight();
    const double margin = static_cast<double>(pt(top_margin_points));
    follow_hand(view);
    // The margins above the first and below the last row scroll with them.
    const double before = static_cast<double>(ImGui::GetScrollY()) - margin;
    double scroll = before;
    if (follow_timeline(view, timeline, width) && !view.is_at_bottom) {
        scroll = anchored_scroll(view, timeline, before);
    }
    // A second pass meets the rows that the first one's corrections brought into sight.
    for (int pass = 0; pass < 2; ++pass) {
        scroll = settle(model, state, timeline, scroll, view_height, width);
    }
    if (std::abs(scroll - before) >= 1.0) {
        view.last_scroll = static_cast<float>(scroll + margin);
        ImGui::SetScrollY(view.last_scroll);
        redraw_within(state, std::chrono::milliseconds(0));
    }
    keep_anchor(view, timeline, std::max(scroll, 0.0));
    handle_selection(state, timeline);
    const ImVec2 start = ImGui::GetCursorPos();
    Commands commands = draw_rows_in_sight(model, state, timeline, scroll, width);
    ImGui::SetCursorPos(start);
    ImGui::Dummy({1, static_cast<float>(view.heights.total() + 2 * margin)});
    return commands;
}

}  // namespace dropline::ui
