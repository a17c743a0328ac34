#include "ui/rows_kept.hpp"

#include <utility>
#include <vector>

namespace dropline::ui {
namespace {

bool is_too_much(const Timeline& timeline, std::size_t factor) {
    return timeline.size() > rows_kept_max * factor ||
           timeline.text_bytes() > text_bytes_kept_max * factor;
}

bool is_waiting_for_earlier(const ConversationView& view, const Timeline& timeline) {
    return view.has_asked && view.asked_before && view.asked_before == timeline.oldest_seq() &&
           !timeline.has_all_earlier() && view.failed_loads_seen == timeline.failed_loads();
}

bool is_due(const UiState& state, const Conversation& conversation, const Timeline& timeline) {
    if (!is_too_much(timeline, 1)) return false;
    const auto found = state.views.find(conversation);
    if (found == state.views.end()) return true;
    const ConversationView& view = found->second;
    if (is_waiting_for_earlier(view, timeline)) return false;
    return view.is_at_bottom || is_too_much(timeline, kept_while_reading_factor);
}

/// So many that half of what may be kept is left.
std::size_t rows_to_forget(const Timeline& timeline) {
    std::size_t text_bytes = timeline.text_bytes();
    std::size_t row = 0;
    while (row < timeline.size() &&
           (timeline.size() - row > rows_kept_max / 2 || text_bytes > text_bytes_kept_max / 2)) {
        const auto* line = std::get_if<MessageLine>(&timeline.at(row).body);
        if (line) text_bytes -= line->message.text.size();
        ++row;
    }
    return row;
}

}  // namespace

void forget_rows_out_of_sight(Model& model, UiState& state) {
    std::vector<std::pair<Conversation, std::size_t>> due;
    for (const auto& [conversation, timeline] : model.timelines()) {
        if (!is_due(state, conversation, timeline)) continue;
        due.emplace_back(conversation, rows_to_forget(timeline));
    }
    for (const auto& [conversation, rows] : due) {
        model.forget_first(conversation, rows);
        const auto view = state.views.find(conversation);
        const bool has_number = model.timeline(conversation).oldest_seq().has_value();
        if (!has_number && view != state.views.end()) view->second.has_asked = false;
    }
}

}  // namespace dropline::ui
