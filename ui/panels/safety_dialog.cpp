#include "ui/panels/safety_dialog.hpp"

#include <string>

#include "net/api/safety_symbols.hpp"
#include "ui/draw/widgets.hpp"
#include "ui/panels/dialogs.hpp"

namespace dropline::ui {
namespace {

constexpr std::size_t group_digits = 5;
constexpr std::size_t groups_per_line = 4;

Command trust_command(const PeerId& peer, bool is_verified) {
    command::Trust wish;
    wish.peer = to_text(peer);
    wish.is_verified = is_verified;
    return {std::move(wish), "trust"};
}

/// Twelve groups of five, in three lines.
void draw_digits(std::string_view digits, float width) {
    const ImVec2 start = ImGui::GetCursorScreenPos();
    const float column = width / groups_per_line;
    const std::size_t groups = digits.size() / group_digits;
    for (std::size_t i = 0; i < groups; ++i) {
        const std::string_view group = digits.substr(i * group_digits, group_digits);
        const std::size_t line = i / groups_per_line;
        const auto x = static_cast<float>(i % groups_per_line);
        const auto y = static_cast<float>(line);
        const float free = column - width_of(group, Type::title);
        paint({start.x + x * column + free / 2, start.y + y * line_height(Type::title)}, group,
              Type::title, ink(palette().ink));
    }
    const std::size_t lines = (groups + groups_per_line - 1) / groups_per_line;
    ImGui::Dummy({width, static_cast<float>(lines) * line_height(Type::title)});
}

/// Eight pictures with their words below; the words are there also where no emoji font is.
void draw_symbols(const std::vector<std::uint8_t>& symbols, float width) {
    constexpr std::size_t per_line = 4;
    const ImVec2 start = ImGui::GetCursorScreenPos();
    const float column = width / per_line;
    const float row = line_height(Type::title) + line_height(Type::tiny) + pt(8);
    for (std::size_t i = 0; i < symbols.size(); ++i) {
        const std::size_t line = i / per_line;
        const float x = start.x + static_cast<float>(i % per_line) * column;
        const float y = start.y + static_cast<float>(line) * row;
        const std::string_view picture = safety_symbol_list[symbols[i]].picture;
        const std::string_view word = say(text_of_symbol(symbols[i]));
        paint({x + (column - width_of(picture, Type::title)) / 2, y}, picture, Type::title,
              ink(palette().ink));
        paint({x + (column - width_of(word, Type::tiny)) / 2, y + line_height(Type::title)}, word,
              Type::tiny, ink(palette().ink_soft));
    }
    const std::size_t lines = (symbols.size() + per_line - 1) / per_line;
    ImGui::Dummy({width, static_cast<float>(lines) * row});
}

void draw_number(const SafetyNumber& number, float width) {
    draw_digits(number.digits, width);
    words_wrapped(say(Text::safety_symbols), Type::tiny, palette().ink_soft);
    draw_symbols(number.symbols, width);
}

Commands draw_comparison(SafetyDialog& dialog, const Model& model, float width) {
    Commands commands;
    const PeerId peer = *dialog.peer;
    const std::string name = model.name_of(peer);
    words_wrapped(say(Text::safety_title, {name}), Type::strong, palette().ink);
    words_wrapped(say(Text::safety_explained, {name}), Type::small, palette().ink_soft);
    ImGui::Spacing();
    const auto& safety = model.safety();
    const bool is_here = safety && safety->peer.id == peer;
    if (is_here) draw_number(safety->number, width);
    const float half = (width - pt(8)) / 2;
    ImGui::BeginDisabled(!is_here);
    if (button(1, say(Text::safety_differ), ButtonLook::danger, half)) {
        dialog.is_different = true;
        commands.push_back(trust_command(peer, false));
    }
    ImGui::SameLine(0, pt(8));
    if (button(2, say(Text::safety_match), ButtonLook::primary, half)) {
        commands.push_back(trust_command(peer, true));
        ImGui::CloseCurrentPopup();
    }
    ImGui::EndDisabled();
    if (button(3, say(Text::cancel), ButtonLook::plain, width)) ImGui::CloseCurrentPopup();
    return commands;
}

void draw_difference(const SafetyDialog& dialog, const Model& model, float width) {
    words_wrapped(say(Text::safety_differs_title), Type::strong, palette().bad);
    words_wrapped(say(Text::safety_differs_text, {model.name_of(*dialog.peer)}), Type::small,
                  palette().ink);
    if (button(4, say(Text::close), ButtonLook::primary, width)) ImGui::CloseCurrentPopup();
}

}  // namespace

Text text_of_symbol(std::uint8_t symbol) {
    return static_cast<Text>(static_cast<int>(Text::symbol_dog) + symbol);
}

Commands draw_safety_dialog(const Model& model, UiState& state) {
    SafetyDialog& dialog = state.trust.safety;
    Commands commands;
    if (dialog.is_to_open && dialog.peer) {
        dialog.is_different = false;
        commands.push_back({command::ShowSafety{to_text(*dialog.peer)}, "safety"});
    }
    if (!begin_dialog("safety", dialog.is_to_open, 480)) return commands;
    const Person* person = dialog.peer ? model.people().find(*dialog.peer) : nullptr;
    const float width = ImGui::GetContentRegionAvail().x;
    if (person == nullptr || !person->is_here) {
        // Whoever comes now under that name is somebody else until compared (C10).
        ImGui::CloseCurrentPopup();
    } else if (dialog.is_different) {
        draw_difference(dialog, model, width);
    } else {
        const Commands chosen = draw_comparison(dialog, model, width);
        append(commands, chosen);
    }
    end_dialog();
    return commands;
}

}  // namespace dropline::ui
