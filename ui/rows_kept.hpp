// How much of what was said a window holds in memory, however long it stays open.
// Thread: ui.
#pragma once

#include <cstddef>

#include "ui/model/model.hpp"
#include "ui/ui_state.hpp"

namespace dropline::ui {

// Far more than is read at a sitting; more comes from the log as one scrolls up.
inline constexpr std::size_t rows_kept_max = 10'000;
inline constexpr std::size_t text_bytes_kept_max = std::size_t{8} * 1024 * 1024;
/// So many times as much while somebody reads further up: then rows that go change what is seen.
inline constexpr std::size_t kept_while_reading_factor = 8;

/// Lets the older half of every conversation go that holds more. Not while earlier messages are on
/// their way: those would then be shown right before others than they were said before. Where
/// nothing is left that has a number, the newest are asked for anew: from them one gets further up.
void forget_rows_out_of_sight(Model& model, UiState& state);

}  // namespace dropline::ui
