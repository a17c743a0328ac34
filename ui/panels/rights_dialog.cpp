#include "ui/panels/rights_dialog.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "net/api/limits.hpp"
#include "ui/draw/widgets.hpp"
#include "ui/panels/dialogs.hpp"
#include "ui/text/quantity.hpp"
#include "ui/text/rate.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

constexpr float ban_row_points = 52;
constexpr std::size_t ban_rows_in_sight = 4;

constexpr std::array file_rules{FileRule::all, FileRule::only_to_host, FileRule::nobody};

/// Nothing typed means any size; empty for what cannot be read.
std::optional<RoomRules> rules_of(const RightsDialog& dialog) {
    RoomRules rules{file_rules.at(static_cast<std::size_t>(dialog.files)), std::nullopt};
    if (dialog.size.empty()) return rules;
    const auto bytes = rate_from_text(dialog.size);
    if (!bytes) return std::nullopt;
    if (*bytes > 0) rules.file_bytes_max = *bytes;
    return rules;
}

/// In force at once, as settings are.
Commands take_rules(const Model& model, RightsDialog& dialog) {
    const auto rules = rules_of(dialog);
    dialog.is_bad = !rules;
    if (!rules || *rules == model.room().rules) return {};
    return {{command::SetRules{*rules}, "rules"}};
}

Commands draw_rules(const Model& model, RightsDialog& dialog, float width) {
    label_above(say(Text::rules_files));
    const std::array names{say(Text::rules_files_all), say(Text::rules_files_host),
                           say(Text::rules_files_nobody)};
    const int before = dialog.files;
    dialog.files = segments(1, names.data(), 3, before, width);
    label_above(say(Text::rules_size));
    const bool is_entered = field(2, say(Text::rules_any_size), dialog.size, width);
    const bool is_done =
        is_entered || ImGui::IsItemDeactivatedAfterEdit() || dialog.files != before;
    if (dialog.is_bad) words_wrapped(say(Text::rules_unreadable), Type::tiny, palette().bad);
    return is_done ? take_rules(model, dialog) : Commands{};
}

std::string ban_details(const Ban& ban, WallTime now) {
    std::string details(say(Text::banned_for_good));
    if (ban.until) {
        details =
            say(Text::banned_until, {day_text(*ban.until, now) + " " + clock_text(*ban.until)});
    }
    if (!ban.reason.empty()) details += " · " + ban.reason;
    return details;
}

/// True when it is to be undone.
bool draw_ban_row(const Ban& ban, int index, WallTime now) {
    ImGui::PushID(index);
    const ImVec2 start = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    const float side = button_width(say(Text::unban)) + pt(8);
    const float text_x = start.x + pt(46);
    paint_avatar({start.x + pt(20), start.y + pt(22)}, pt(15), ban.id, ban.name);
    const std::string tag = " " + key_tag(ban.id);
    const float tag_width = width_of(tag, Type::tiny) + pt(4);
    const float room = width - pt(46) - side;
    const float name_width = std::min(width_of(ban.name, Type::body), room - tag_width);
    paint_cut({text_x, start.y + pt(3)}, ban.name, Type::body, palette().ink, room - tag_width);
    paint({text_x + name_width, start.y + pt(7)}, tag, Type::tiny, ink(palette().ink_soft));
    paint_cut({text_x, start.y + pt(25)}, ban_details(ban, now), Type::tiny, palette().ink_soft,
              room);
    ImGui::SetCursorScreenPos({start.x + width - side + pt(8), start.y + pt(4)});
    const bool is_undone = button(1, say(Text::unban), ButtonLook::plain);
    ImGui::SetCursorScreenPos(start);
    ImGui::Dummy({width, pt(ban_row_points)});
    ImGui::PopID();
    return is_undone;
}

Commands draw_bans(const Model& model, const UiState& state) {
    Commands commands;
    const std::vector<Ban>& bans = model.room().bans;
    label_above(say(Text::bans));
    if (bans.empty()) {
        ImGui::Spacing();
        words_wrapped(say(Text::no_bans), Type::small, palette().ink_soft);
        return commands;
    }
    const float spacing = ImGui::GetStyle().ItemSpacing.y;
    const float rows = static_cast<float>(std::min(bans.size(), ban_rows_in_sight));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
    ImGui::BeginChild("bans", {0, rows * (pt(ban_row_points) + spacing)},
                      ImGuiChildFlags_NavFlattened);
    ImGui::PopStyleVar();
    ImGuiListClipper clipper;
    clipper.Begin(static_cast<int>(bans.size()), pt(ban_row_points) + spacing);
    while (clipper.Step()) {
        for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
            const Ban& ban = bans[static_cast<std::size_t>(i)];
            if (draw_ban_row(ban, i, state.now)) {
                commands.push_back({command::Unban{to_text(ban.id)}, "unban"});
            }
        }
    }
    ImGui::EndChild();
    return commands;
}

}  // namespace

Commands open_rights(const Model& model, UiState& state) {
    const RoomRules& rules = model.room().rules;
    const auto place = std::ranges::find(file_rules, rules.files) - file_rules.begin();
    state.rights = {static_cast<int>(place),
                    rules.file_bytes_max ? rate_setting_text(*rules.file_bytes_max) : std::string(),
                    false, true};
    return {{command::ListBans{}, "bans"}};
}

Commands draw_rights(const Model& model, UiState& state) {
    if (!begin_dialog("rights", state.rights.is_to_open, 460)) return {};
    const float width = ImGui::GetContentRegionAvail().x;
    words(say(Text::rights_title), Type::title, palette().ink);
    Commands commands = draw_rules(model, state.rights, width);
    words_wrapped(say(Text::rules_explained), Type::tiny, palette().ink_soft);
    ImGui::Spacing();
    for (Command& command : draw_bans(model, state)) commands.push_back(std::move(command));
    ImGui::Spacing();
    const bool is_closed = button(3, say(Text::close), ButtonLook::primary, width);
    if (is_closed || !model.is_host()) ImGui::CloseCurrentPopup();
    end_dialog();
    return commands;
}

}  // namespace dropline::ui
