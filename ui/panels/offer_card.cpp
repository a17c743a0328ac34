#include "ui/panels/offer_card.hpp"

#include <algorithm>
#include <cctype>
#include <string>

#include "ui/draw/widgets.hpp"
#include "ui/text/quantity.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

constexpr std::size_t files_shown_max = 5;
constexpr float pad_points = 14;
constexpr float head_points = 74;
constexpr float file_points = 25;
constexpr float foot_points = 58;

std::size_t files_shown(const event::Offer& offer) {
    return std::min(offer.preview.size(), files_shown_max);
}

/// Other files than those shown, and names that were changed, take a line each.
std::size_t extra_lines(const event::Offer& offer) {
    std::size_t lines = offer.files > files_shown(offer) && !offer.preview.empty() ? 1 : 0;
    for (std::size_t i = 0; i < files_shown(offer); ++i) {
        if (!offer.preview[i].sent_name.empty()) ++lines;
    }
    return lines;
}

/// The ending is drawn apart from the name, so that no name can pass for another kind of file.
std::string ending_of(const std::string& name) {
    const std::size_t dot = name.find_last_of("./");
    const bool has_one = dot != std::string::npos && name[dot] == '.' && dot > 0 &&
                         dot + 1 < name.size() && name.size() - dot <= 8;
    if (!has_one) return {};
    std::string ending = name.substr(dot + 1);
    for (char& c : ending) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return ending;
}

float draw_file(const OfferedFile& file, ImVec2 where, float width) {
    const std::string size = size_text(file.bytes);
    const float size_width = width_of(size, Type::tiny);
    paint({where.x + width - size_width, where.y + pt(2)}, size, Type::tiny,
          ink(palette().ink_soft));
    float right = where.x + width - size_width - pt(10);
    const auto chip = [&](std::string_view text, Color color) {
        const float chip_w = chip_width(text);
        right -= chip_w;
        paint_chip({right, where.y}, text, color);
        right -= pt(6);
    };
    const std::string ending = ending_of(file.name);
    if (file.is_risky) chip(say(Text::risky), palette().warn);
    if (!ending.empty()) chip(ending, file.is_risky ? palette().warn : palette().ink_soft);
    const Icon icon = file.is_risky ? Icon::warning : Icon::file;
    const Color color = file.is_risky ? palette().warn : palette().ink_soft;
    draw_icon(*ImGui::GetWindowDrawList(), icon, {where.x + pt(7), where.y + pt(9)}, pt(13),
              ink(color));
    paint_cut({where.x + pt(22), where.y}, file.name, Type::small, palette().ink,
              right - where.x - pt(22));
    if (file.sent_name.empty()) return where.y + pt(file_points);
    paint_cut({where.x + pt(22), where.y + pt(21)}, say(Text::sent_as, {file.sent_name}),
              Type::tiny, palette().ink_soft, width - pt(22));
    return where.y + 2 * pt(file_points);
}

void draw_head(const Model& model, const TransferItem& item, ImVec2 where, float width) {
    const event::Offer& offer = *item.offer;
    const std::string name = model.name_of(item.transfer.peer);
    paint_avatar({where.x + pt(17), where.y + pt(20)}, pt(16), item.transfer.peer, name);
    const float x = where.x + pt(44);
    const float inner = width - pt(44);
    paint_cut({x, where.y}, say(Text::offers_you, {name}), Type::tiny, palette().ink_soft, inner);
    paint_cut({x, where.y + pt(17)}, offer.name, Type::strong, palette().ink, inner);
    const std::string count = offer.files == 1
                                  ? std::string(say(Text::files_count_one))
                                  : say(Text::files_count, {std::to_string(offer.files)});
    const bool is_tight = offer.free_bytes != 0 && offer.free_bytes < offer.bytes;
    std::string facts = count + " · " + size_text(offer.bytes);
    if (!offer.default_folder.empty()) {
        facts += " · " + say(is_tight ? Text::no_free_space : Text::free_space,
                             {size_text(offer.free_bytes), offer.default_folder});
    }
    paint_cut({x, where.y + pt(41)}, facts, Type::tiny,
              is_tight ? palette().bad : palette().ink_soft, inner);
}

Commands draw_answers(UiState& state, const TransferItem& item, ImVec2 where, float width) {
    const TransferId id = item.transfer.id;
    const float gap = pt(8);
    const float each = std::min(pt(140), (width - 2 * gap) / 3);
    ImGui::SetCursorScreenPos(where);
    if (button(1, say(Text::accept), ButtonLook::primary, each)) {
        state.answered.insert(id);
        return {{command::Accept{id, {}}, "accept"}};
    }
    ImGui::SameLine(0, gap);
    if (button(2, say(Text::save_to), ButtonLook::plain, each)) {
        state.requests.push_back(request::ChooseFolderToSave{id});
    }
    ImGui::SameLine(0, gap);
    if (button(3, say(Text::decline), ButtonLook::plain, each)) {
        state.answered.insert(id);
        return {{command::Decline{id}, "decline"}};
    }
    return {};
}

}  // namespace

bool is_offer_to_answer(const TransferItem& item, const UiState& state) {
    return item.offer && is_unanswered_offer(item.transfer) &&
           !state.answered.contains(item.transfer.id);
}

float offer_card_height(const TransferItem& item) {
    const std::size_t lines = files_shown(*item.offer) + extra_lines(*item.offer);
    return pt(head_points) + pt(file_points) * static_cast<float>(lines) + pt(foot_points);
}

Commands draw_offer_card(const Model& model, UiState& state, const TransferItem& item,
                         ImVec2 top_left, float width) {
    const event::Offer& offer = *item.offer;
    const float pad = pt(pad_points);
    const float inner = width - 2 * pad;
    const float x = top_left.x + pad;
    draw_head(model, item, {x, top_left.y + pt(11)}, inner);
    float y = top_left.y + pt(head_points);
    for (std::size_t i = 0; i < files_shown(offer); ++i) {
        y = draw_file(offer.preview[i], {x, y}, inner);
    }
    if (offer.files > files_shown(offer) && !offer.preview.empty()) {
        const std::string more = std::to_string(offer.files - files_shown(offer));
        paint({x + pt(22), y}, say(Text::and_more_files, {more}), Type::tiny,
              ink(palette().ink_soft));
        y += pt(file_points);
    }
    return draw_answers(state, item, {x, y + pt(6)}, inner);
}

}  // namespace dropline::ui
