#include "ui/panels/rate_limits.hpp"

#include "ui/draw/widgets.hpp"
#include "ui/text/rate.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

/// Nothing typed means no limit, and is shown for it.
std::string typed_of(std::uint64_t limit) { return limit == 0 ? "" : rate_setting_text(limit); }

std::optional<std::uint64_t> limit_of(const std::string& typed) {
    return typed.empty() ? 0 : rate_from_text(typed);
}

/// True when the person is done with it: by Enter or by going on to something else.
bool draw_field(int id, Text name, std::string& typed, float width) {
    const ImVec2 start = ImGui::GetCursorScreenPos();
    const float label = pt(56);
    paint({start.x, start.y + pt(10)}, say(name), Type::small, ink(palette().ink_soft));
    ImGui::SetCursorScreenPos({start.x + label, start.y});
    const bool is_entered = field(id, say(Text::no_limit), typed, width - label);
    const bool is_done = is_entered || ImGui::IsItemDeactivatedAfterEdit();
    // What cannot be read is corrected on the spot.
    if (is_entered && !limit_of(typed)) ImGui::SetKeyboardFocusHere(-1);
    return is_done;
}

Commands take_limits(UiState& state) {
    const auto up = limit_of(state.rates.up);
    const auto down = limit_of(state.rates.down);
    state.rates.is_bad = !up || !down;
    if (state.rates.is_bad) return {};
    Settings& settings = state.settings;
    if (settings.rate_limit_up == *up && settings.rate_limit_down == *down) return {};
    settings.rate_limit_up = *up;
    settings.rate_limit_down = *down;
    state.is_settings_changed = true;
    return {{command::SetRateLimits{*up, *down}, "limit"}};
}

}  // namespace

void begin_rate_limits(UiState& state) {
    state.rates = {typed_of(state.settings.rate_limit_up), typed_of(state.settings.rate_limit_down),
                   false};
}

Commands draw_rate_limits(UiState& state, float width) {
    words(say(Text::rate_limits), Type::tiny, palette().ink_soft);
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() - pt(4));
    const float gap = pt(14);
    const float half = (width - gap) / 2;
    const ImVec2 start = ImGui::GetCursorScreenPos();
    bool is_done = draw_field(11, Text::limit_up, state.rates.up, half);
    ImGui::SetCursorScreenPos({start.x + half + gap, start.y});
    is_done |= draw_field(12, Text::limit_down, state.rates.down, half);
    if (state.rates.is_bad) {
        words_wrapped(say(Text::rate_unreadable), Type::tiny, palette().bad);
    }
    return is_done ? take_limits(state) : Commands{};
}

}  // namespace dropline::ui
