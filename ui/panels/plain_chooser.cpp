#include "ui/panels/plain_chooser.hpp"

#include <algorithm>
#include <string>
#include <system_error>

#include "net/api/safe_text.hpp"
#include "ui/draw/widgets.hpp"
#include "ui/panels/dialogs.hpp"
#include "ui/text/quantity.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t rows_max = 20'000;

bool chooses_files(const PlainChooser& chooser) {
    return chooser.purpose && std::holds_alternative<request::ChooseFiles>(*chooser.purpose);
}

PlainChooser::Row row_of(const fs::directory_entry& entry) {
    std::error_code ignored;
    PlainChooser::Row row{entry.path(), entry.is_directory(ignored), 0};
    if (!row.is_folder) row.bytes = entry.file_size(ignored);
    if (ignored) row.bytes = 0;
    return row;
}

void enter(PlainChooser& chooser, const fs::path& folder) {
    std::error_code fault;
    chooser.folder = folder;
    // What is no longer in sight is not sent.
    chooser.chosen.clear();
    chooser.rows.clear();
    fs::directory_iterator entry(folder, fault);
    chooser.is_readable = !fault;
    while (!fault && entry != fs::directory_iterator() && chooser.rows.size() < rows_max) {
        const bool is_hidden = entry->path().filename().string().starts_with('.');
        if (!is_hidden) chooser.rows.push_back(row_of(*entry));
        entry.increment(fault);
    }
    std::sort(chooser.rows.begin(), chooser.rows.end(), [](const auto& a, const auto& b) {
        if (a.is_folder != b.is_folder) return a.is_folder;
        return a.path < b.path;
    });
}

/// Pressed once a file is chosen, a folder entered.
void draw_row(PlainChooser& chooser, const PlainChooser::Row& row, int index,
              std::optional<fs::path>& entered) {
    ImGui::PushID(index);
    const ImVec2 min = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    const Pressed press = area("row", {width, pt(32)});
    const ImVec2 max = ImGui::GetItemRectMax();
    const bool is_chosen = chooser.chosen.contains(row.path);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const bool is_usable = row.is_folder || chooses_files(chooser);
    if (is_chosen || (press.is_hovered && is_usable)) {
        list.AddRectFilled(min, max, ink(is_chosen ? palette().pressed : palette().hover), pt(8));
    }
    paint_focus_of_last_item(pt(8));
    const Color color = is_usable ? palette().ink : palette().ink_soft;
    draw_icon(list, row.is_folder ? Icon::folder : Icon::file,
              {min.x + pt(16), (min.y + max.y) / 2}, pt(15), ink(palette().ink_soft));
    const std::string size = row.is_folder ? std::string() : size_text(row.bytes);
    const float size_width = width_of(size, Type::tiny);
    paint_cut({min.x + pt(34), min.y + pt(7)}, row.path.filename().string(), Type::small, color,
              width - pt(54) - size_width);
    paint({max.x - size_width - pt(10), min.y + pt(8)}, size, Type::tiny, ink(palette().ink_soft));
    ImGui::PopID();
    if (!press.is_pressed) return;
    if (row.is_folder) {
        entered = row.path;
    } else if (chooses_files(chooser) && chooser.chosen.erase(row.path) == 0) {
        chooser.chosen.insert(row.path);
    }
}

void draw_rows(PlainChooser& chooser) {
    std::optional<fs::path> entered;
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, pt(0, 1));
    ImGui::BeginChild("rows", {0, std::min(pt(340), ImGui::GetIO().DisplaySize.y - pt(240))},
                      ImGuiChildFlags_NavFlattened);
    if (!chooser.is_readable) words(say(Text::folder_unreadable), Type::small, palette().bad);
    ImGuiListClipper clipper;
    clipper.Begin(static_cast<int>(chooser.rows.size()), pt(33));
    while (clipper.Step()) {
        for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
            draw_row(chooser, chooser.rows[static_cast<std::size_t>(i)], i, entered);
        }
    }
    ImGui::EndChild();
    ImGui::PopStyleVar();
    if (entered) enter(chooser, *entered);
}

void draw_head(const Model& model, PlainChooser& chooser, float width) {
    if (chooser.purpose) {
        words_wrapped(chooser_title(model, *chooser.purpose), Type::strong, palette().ink);
    }
    if (icon_button(1, Icon::back, {})) enter(chooser, chooser.folder.parent_path());
    ImGui::SameLine(0, pt(6));
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() + pt(8));
    words_cut(chooser.folder.string(), Type::small, palette().ink_soft, width - pt(50));
}

std::string name_of(const Model& model, const Conversation& to) {
    return to.peer ? escape_for_display(model.name_of(*to.peer)) : std::string(say(Text::everyone));
}

}  // namespace

std::string chooser_title(const Model& model, const WindowRequest& purpose) {
    if (const auto* files = std::get_if<request::ChooseFiles>(&purpose)) {
        return say(Text::choose_files, {name_of(model, files->to)});
    }
    if (const auto* folder = std::get_if<request::ChooseFolderToSend>(&purpose)) {
        return say(Text::choose_folder_to_send, {name_of(model, folder->to)});
    }
    if (const auto* trust = std::get_if<request::ChooseFolderToTrust>(&purpose)) {
        return say(Text::choose_folder_for_person, {name_of(model, {trust->peer})});
    }
    const auto* save = std::get_if<request::ChooseFolderToSave>(&purpose);
    const TransferItem* item = save ? model.transfers().find(save->list.transfer) : nullptr;
    if (item == nullptr || !item->offer) return std::string(say(Text::choose_folder));
    return say(Text::choose_folder_for_offer,
               {escape_for_display(item->offer->name), name_of(model, {item->transfer.peer})});
}

void open_plain_chooser(UiState& state, const WindowRequest& purpose) {
    const char* home = std::getenv("HOME");
    state.chooser.purpose = purpose;
    state.chooser.is_to_open = true;
    if (state.chooser.folder.empty()) state.chooser.folder = home ? home : "/";
    enter(state.chooser, state.chooser.folder);
}

Commands draw_plain_chooser(const Model& model, UiState& state) {
    Commands commands;
    PlainChooser& chooser = state.chooser;
    if (!begin_dialog("chooser", chooser.is_to_open, 560)) return commands;
    const float width = ImGui::GetContentRegionAvail().x;
    draw_head(model, chooser, width);
    draw_rows(chooser);
    const float half = (width - pt(8)) / 2;
    if (button(2, say(Text::cancel), ButtonLook::plain, half)) ImGui::CloseCurrentPopup();
    ImGui::SameLine(0, pt(8));
    const bool is_ready = !chooses_files(chooser) || !chooser.chosen.empty();
    ImGui::BeginDisabled(!is_ready);
    const Text label = chooses_files(chooser) ? Text::choose : Text::choose_this_folder;
    if (button(3, say(label), ButtonLook::primary, half) && chooser.purpose) {
        Paths chosen(chooser.chosen.begin(), chooser.chosen.end());
        if (!chooses_files(chooser)) chosen = {chooser.folder};
        commands = commands_for_chosen(state, *chooser.purpose, chosen);
        ImGui::CloseCurrentPopup();
    }
    ImGui::EndDisabled();
    end_dialog();
    return commands;
}

Commands commands_for_chosen(UiState& state, const WindowRequest& purpose, const Paths& chosen) {
    if (chosen.empty()) return {};
    if (const auto* files = std::get_if<request::ChooseFiles>(&purpose)) {
        return {send_command(files->to, chosen)};
    }
    if (const auto* folder = std::get_if<request::ChooseFolderToSend>(&purpose)) {
        return {send_command(folder->to, chosen)};
    }
    if (const auto* save = std::get_if<request::ChooseFolderToSave>(&purpose)) {
        return {answer_offer(
            state, save->list,
            command::Accept{
                save->list.transfer, chosen.front(), {}, save->except, save->list.version})};
    }
    const auto* trust = std::get_if<request::ChooseFolderToTrust>(&purpose);
    // The question may have been put away since, and asked about somebody else.
    if (trust != nullptr && state.trust.auto_accept.peer == trust->peer) {
        // The chooser may have stood in the dialog's place.
        state.trust.auto_accept.into = chosen.front().string();
        state.trust.auto_accept.is_to_open = true;
    }
    return {};
}

}  // namespace dropline::ui
