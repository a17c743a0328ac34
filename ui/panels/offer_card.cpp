#include "ui/panels/offer_card.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "net/api/ascii.hpp"
#include "ui/draw/widgets.hpp"
#include "ui/model/offer_risk.hpp"
#include "ui/panels/offer_list.hpp"
#include "ui/text/quantity.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

constexpr std::size_t files_shown_max = 5;
constexpr float offer_pad_points = 14;
constexpr float offer_head_points = 70;
constexpr float free_space_points = 21;
constexpr float file_points = 25;
constexpr float offer_foot_points = 58;
/// What has come under the pointer later than this before it was pressed was not what the hand went
/// for: an offer may come at any moment, and move the others.
constexpr double answers_rest_s = 0.5;

float head_height(const event::Offer& offer) {
    return pt(offer_head_points) + (offer.default_folder.empty() ? 0 : pt(free_space_points));
}

std::size_t entry_count(const event::Offer& offer) {
    return std::size_t{offer.files} + offer.folders;
}

bool has_remarks(const TransferItem& item) {
    return item.is_list_changed || item.offer->existing > 0 || item.offer->left_out > 0;
}

/// The line that says how many more there are, and lets one choose among them.
bool has_more_line(const event::Offer& offer) { return entry_count(offer) > 1; }

/// With the first `shown` files; those that were renamed take two lines.
float height_with(const TransferItem& item, std::size_t shown) {
    const event::Offer& offer = *item.offer;
    std::size_t lines = shown + (has_remarks(item) ? 1 : 0) + (has_more_line(offer) ? 1 : 0);
    for (std::size_t i = 0; i < shown; ++i) {
        if (!offer.preview[i].sent_name.empty()) ++lines;
    }
    return head_height(offer) + pt(file_points) * static_cast<float>(lines) + pt(offer_foot_points);
}

std::size_t files_shown(const UiState& state, const TransferItem& item) {
    std::size_t shown = std::min(item.offer->preview.size(), files_shown_max);
    if (state.offer_height_max <= 0) return shown;
    while (shown > 1 && height_with(item, shown) > state.offer_height_max) --shown;
    return shown;
}

/// How many are not shown. A folder with a size stands for all that is in it, and then rows are
/// counted, else files.
std::string more_words(const event::Offer& offer, std::size_t shown) {
    const auto shown_end = offer.preview.begin() + static_cast<std::ptrdiff_t>(shown);
    const auto is_whole_folder = [](const OfferedFile& file) {
        return file.is_folder && file.bytes > 0;
    };
    if (std::any_of(offer.preview.begin(), offer.preview.end(), is_whole_folder)) {
        const std::size_t rest = offer.preview.size() - shown;
        return rest == 0 ? std::string() : say(Text::and_more, {count_text(rest)});
    }
    const auto files = static_cast<std::size_t>(std::count_if(
        offer.preview.begin(), shown_end, [](const OfferedFile& file) { return !file.is_folder; }));
    if (offer.files <= files) return {};
    if (offer.files == files + 1) return std::string(say(Text::and_one_more_file));
    return say(Text::and_more_files, {count_text(offer.files - files)});
}

/// The ending is drawn apart from the name, so that no name can pass for another kind of file.
std::string ending_of(const std::string& name) {
    const std::size_t dot = name.find_last_of("./");
    const bool has_one = dot != std::string::npos && name[dot] == '.' && dot > 0 &&
                         dot + 1 < name.size() && name.size() - dot <= 8;
    if (!has_one) return {};
    std::string ending = name.substr(dot + 1);
    for (char& c : ending) c = upper_case(c);
    return ending;
}

float draw_file(const OfferedFile& file, ImVec2 where, float width) {
    const bool has_size = !file.is_folder || file.bytes > 0;
    const std::string size = has_size ? size_text(file.bytes) : std::string();
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
    const std::string ending = file.is_folder ? std::string() : ending_of(file.name);
    if (file.is_risky) chip(say(risk_mark(file)), palette().warn);
    if (!ending.empty()) chip(ending, file.is_risky ? palette().warn : palette().ink_soft);
    const Icon plain = file.is_folder ? Icon::folder : Icon::file;
    const Icon icon = file.is_risky ? Icon::warning : plain;
    const Color color = file.is_risky ? palette().warn : palette().ink_soft;
    draw_icon(*ImGui::GetWindowDrawList(), icon, {where.x + pt(7), where.y + pt(9)}, pt(13),
              ink(color));
    const float room = right - where.x - pt(22);
    paint_cut({where.x + pt(22), where.y}, end_that_fits(file.name, Type::small, room), Type::small,
              palette().ink, room);
    if (file.sent_name.empty()) return where.y + pt(file_points);
    paint_cut({where.x + pt(22), where.y + pt(21)}, say(Text::sent_as, {file.sent_name}),
              Type::tiny, palette().ink_soft, width - pt(22));
    return where.y + 2 * pt(file_points);
}

std::string count_words(const event::Offer& offer) {
    std::string count = offer.files == 1 ? std::string(say(Text::files_count_one))
                                         : say(Text::files_count, {count_text(offer.files)});
    if (offer.folders == 1) count += " · " + std::string(say(Text::folders_count_one));
    if (offer.folders > 1) {
        count += " · " + say(Text::folders_count, {count_text(offer.folders)});
    }
    return count;
}

/// What the person should know before saying yes; why it is so comes as a tip.
void draw_remarks(const TransferItem& item, ImVec2 where, float width) {
    const event::Offer& offer = *item.offer;
    std::string text;
    std::string tip_text;
    const auto remark = [&](std::string_view words, std::string_view tip) {
        text.append(text.empty() ? "" : " · ").append(words);
        tip_text.append(tip_text.empty() ? "" : "\n").append(tip);
    };
    if (item.is_list_changed) remark(say(Text::list_changed), say(Text::list_changed_tip));
    if (offer.existing == 1) remark(say(Text::existing_one), say(Text::existing_tip));
    if (offer.existing > 1) {
        remark(say(Text::existing_many, {count_text(offer.existing)}), say(Text::existing_tip));
    }
    if (offer.left_out > 0) {
        remark(say(Text::left_out, {count_text(offer.left_out)}),
               say(Text::left_out_tip, {count_text(offer.left_out)}));
        for (const std::string& path : offer.left_out_preview) tip_text += "\n  " + path;
    }
    paint_cut({where.x + pt(22), where.y}, text, Type::tiny, palette().warn, width - pt(22));
    draw_icon(*ImGui::GetWindowDrawList(), Icon::copy, {where.x + pt(7), where.y + pt(8)}, pt(13),
              ink(palette().warn));
    const ImVec2 max{where.x + width, where.y + pt(file_points)};
    if (ImGui::IsWindowHovered() && ImGui::IsMouseHoveringRect(where, max)) tip_at_mouse(tip_text);
}

void draw_more_line(UiState& state, const TransferItem& item, std::size_t shown, ImVec2 where,
                    float width) {
    paint({where.x + pt(22), where.y}, more_words(*item.offer, shown), Type::tiny,
          ink(palette().ink_soft));
    const float button_w = button_width(say(Text::choose_some));
    ImGui::SetCursorScreenPos({where.x + width - button_w + pt(8), where.y - pt(10)});
    if (button(4, say(Text::choose_some), ButtonLook::bare, button_w)) {
        open_offer_list(state, offered_list(item));
    }
}

void draw_head(const Model& model, const TransferItem& item, ImVec2 where, float width) {
    const event::Offer& offer = *item.offer;
    const std::string name = model.name_of(item.transfer.peer);
    paint_avatar({where.x + pt(17), where.y + pt(20)}, pt(16), item.transfer.peer, name);
    const float x = where.x + pt(44);
    const float inner = width - pt(44);
    paint_cut({x, where.y}, say(Text::offers_you, {name}), Type::tiny, palette().ink_soft, inner);
    paint_cut({x, where.y + pt(17)}, offer.name, Type::strong, palette().ink, inner);
    const std::string count = count_words(offer);
    paint_cut({x, where.y + pt(41)}, count + " · " + size_text(offer.bytes), Type::tiny,
              palette().ink_soft, inner);
    if (offer.default_folder.empty()) return;
    const bool is_tight = offer.free_bytes != 0 && offer.free_bytes < offer.bytes;
    const std::string room = say(is_tight ? Text::no_free_space : Text::free_space,
                                 {size_text(offer.free_bytes), offer.default_folder});
    paint_cut({x, where.y + pt(58)}, room, Type::tiny,
              is_tight ? palette().bad : palette().ink_soft, inner);
}

/// What a second click is asked for, and why.
struct Doubt {
    Text again;
    Text why;
};

/// A click may have been meant for the list that was on the screen a moment ago.
std::optional<Doubt> doubt_about(const TransferItem& item) {
    if (has_hidden_file(*item.offer)) return Doubt{Text::accept_hidden, Text::accept_hidden_tip};
    if (may_hide_something(*item.offer)) {
        return Doubt{Text::accept_unseen, Text::accept_unseen_tip};
    }
    if (item.is_list_changed) return Doubt{Text::accept_changed, Text::list_changed_tip};
    return std::nullopt;
}

/// True when a second click is wanted and this was the first.
bool asks_again(UiState& state, const TransferItem& item) {
    if (!doubt_about(item)) return false;
    const bool is_first = state.asked_twice.insert(offered_list(item)).second;
    if (is_first) redraw_within(state, std::chrono::milliseconds(0));
    return is_first;
}

/// Notes where the answers to an offer stand. True when a press of now is meant for them: they
/// stood there, and said the same, for a while before. A key is on one offer wherever that stands.
bool note_answers(UiState& state, const OfferedList& list, ImVec2 where) {
    const int frame = ImGui::GetFrameCount();
    auto& shown = state.answers_shown;
    std::erase_if(shown, [frame](const auto& one) { return one.second.frame < frame - 1; });
    const bool is_asked_again = state.asked_twice.contains(list);
    AnswersShown& now = shown[{ImGui::GetID("answers"), list}];
    const bool has_changed = now.frame == 0 || now.at.x != where.x || now.at.y != where.y ||
                             now.is_asked_again != is_asked_again;
    now = {where, is_asked_again, has_changed ? ImGui::GetTime() : now.since_s, frame};
    const double pressed_s = ImGui::GetIO().MouseClickedTime[ImGuiMouseButton_Left];
    return !ImGui::IsMouseReleased(ImGuiMouseButton_Left) ||
           pressed_s - now.since_s >= answers_rest_s;
}

Commands draw_answers(UiState& state, const TransferItem& item, ImVec2 where, float width) {
    const OfferedList list = offered_list(item);
    const bool is_meant = note_answers(state, list, where);
    const float gap = pt(8);
    const float each = std::min(pt(140), (width - 2 * gap) / 3);
    const auto doubt = state.asked_twice.contains(list) ? doubt_about(item) : std::nullopt;
    ImGui::SetCursorScreenPos(where);
    const Text yes = doubt ? doubt->again : Text::accept;
    const bool is_accepted = button(1, say(yes), ButtonLook::primary, each);
    if (doubt) tip(say(doubt->why));
    if (is_accepted && is_meant && !asks_again(state, item)) {
        return {
            answer_offer(state, list, command::Accept{list.transfer, {}, {}, {}, list.version})};
    }
    ImGui::SameLine(0, gap);
    const bool is_save_to = button(2, say(Text::save_to), ButtonLook::plain, each);
    if (is_save_to && is_meant && !asks_again(state, item)) {
        state.requests.push_back(request::ChooseFolderToSave{list, {}});
    }
    ImGui::SameLine(0, gap);
    if (button(3, say(Text::decline), ButtonLook::plain, each) && is_meant) {
        return {answer_offer(state, list, command::Decline{list.transfer})};
    }
    return {};
}

}  // namespace

Text risk_mark(const OfferedFile& file) {
    return is_hidden_file(file) ? Text::hidden : Text::risky;
}

bool is_offer_to_answer(const TransferItem& item, const UiState& state) {
    return item.offer && is_unanswered_offer(item.transfer) &&
           !state.answered.contains(offered_list(item));
}

float offer_card_height(const UiState& state, const TransferItem& item) {
    return height_with(item, files_shown(state, item));
}

Commands draw_offer_card(const Model& model, UiState& state, const TransferItem& item,
                         ImVec2 top_left, float width) {
    const event::Offer& offer = *item.offer;
    const float pad = pt(offer_pad_points);
    const float inner = width - 2 * pad;
    const float x = top_left.x + pad;
    draw_head(model, item, {x, top_left.y + pt(11)}, inner);
    float y = top_left.y + head_height(offer);
    const std::size_t shown = files_shown(state, item);
    for (std::size_t i = 0; i < shown; ++i) {
        y = draw_file(offer.preview[i], {x, y}, inner);
    }
    if (has_remarks(item)) {
        draw_remarks(item, {x, y}, inner);
        y += pt(file_points);
    }
    if (has_more_line(offer)) {
        draw_more_line(state, item, shown, {x, y}, inner);
        y += pt(file_points);
    }
    return draw_answers(state, item, {x, y + pt(6)}, inner);
}

}  // namespace dropline::ui
