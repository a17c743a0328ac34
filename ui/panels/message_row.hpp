// One message of a conversation: its bubble, its author, its time, and the text one can select.
// Thread: ui, inside a frame.
#pragma once

#include "ui/model/model.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

/// What the row before decides about this one.
struct RowPlace {
    std::size_t row = 0;
    bool begins_day = false;
    bool begins_group = false;  // another author, or a while later
};

float message_height(const Model& model, ConversationView& view, const Entry& entry,
                     const RowPlace& place, float width);
void draw_message(const Model& model, UiState& state, const Entry& entry, const RowPlace& place,
                  ImVec2 top_left, float width);

/// The space a day's name takes above a row.
float day_height();
void draw_day(const UiState& state, WallTime at, ImVec2 top_left, float width);

}  // namespace dropline::ui
