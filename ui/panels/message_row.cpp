#include "ui/panels/message_row.hpp"

#include <algorithm>
#include <cmath>

#include "ui/draw/widgets.hpp"
#include "ui/panels/link_dialog.hpp"
#include "ui/text/quantity.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

constexpr std::size_t layouts_kept_max = 400;

/// Sizes of a bubble in pixels, from its text.
struct Bubble {
    float width = 0;
    float height = 0;
    bool has_time_below = false;  // no room for it beside the last line
};

float pad_x() { return pt(12); }
float pad_y() { return pt(7); }

float text_width_max(float width) {
    return std::max(pt(80), std::min(pt(560), width - pt(44) - pt(70)) - 2 * pad_x());
}

const TextLayout& layout_of(ConversationView& view, const Entry& entry, float width) {
    const std::string& text = std::get<MessageLine>(entry.body).message.text;
    if (view.layouts.size() > layouts_kept_max) view.layouts.clear();
    MessageLayout& kept = view.layouts[entry.serial];
    if (kept.width == width && kept.text_bytes == text.size() && !kept.text.lines.empty()) {
        return kept.text;
    }
    ImFontBaked* baked = font_of(Type::body)->GetFontBaked(font_pixels(Type::body));
    const auto char_width = [baked](char32_t c) {
        return baked->GetCharAdvance(static_cast<ImWchar>(c == '\t' ? ' ' : c));
    };
    kept = {width, text.size(), lay_out(text, text_width_max(width), char_width), find_links(text)};
    return kept.text;
}

/// Found when the text was laid out.
const std::vector<LinkSpan>& links_of(const ConversationView& view, const Entry& entry) {
    static const std::vector<LinkSpan> none;
    const auto kept = view.layouts.find(entry.serial);
    return kept == view.layouts.end() ? none : kept->second.links;
}

bool is_own(const Model& model, const Entry& entry) {
    return model.is_self(std::get<MessageLine>(entry.body).message.from);
}

float time_width(bool is_mine) { return width_of("00:00", Type::tiny) + pt(is_mine ? 20 : 0); }

Bubble bubble_of(const TextLayout& layout, bool is_mine) {
    const float time = time_width(is_mine) + pt(10);
    const float beside = layout.lines.back().width + time;
    Bubble bubble;
    const bool fits = beside <= std::max(layout.width, pt(300));
    bubble.has_time_below = !fits;
    const float inner = std::max(layout.width, fits ? beside : time);
    bubble.width = std::round(inner + 2 * pad_x());
    bubble.height = static_cast<float>(layout.lines.size()) * line_height(Type::body) +
                    2 * pad_y() + (fits ? 0 : font_pixels(Type::tiny));
    return bubble;
}

float name_height(bool is_mine, const RowPlace& place) {
    return place.begins_group && !is_mine ? line_height(Type::tiny) + pt(3) : 0;
}

float gap_above(const RowPlace& place) {
    return pt(place.begins_group ? 12 : 3) + (place.begins_day ? day_height() : 0);
}

float note_height(const Entry& entry) {
    const MessageLine& line = std::get<MessageLine>(entry.body);
    return line.is_waiting || line.is_refused ? line_height(Type::tiny) + pt(2) : 0;
}

/// Where the text of a bubble stands, and how it is broken.
struct TextBox {
    const TextLayout& layout;
    std::string_view text;
    ImVec2 top_left;
};

std::size_t byte_at(const TextBox& box, ImVec2 mouse) {
    const float height = line_height(Type::body);
    const float below = std::max(0.0F, (mouse.y - box.top_left.y) / height);
    const std::size_t line_number =
        std::min(static_cast<std::size_t>(below), box.layout.lines.size() - 1);
    const TextLine& line = box.layout.lines[line_number];
    ImFontBaked* baked = font_of(Type::body)->GetFontBaked(font_pixels(Type::body));
    float x = box.top_left.x;
    std::size_t at = line.begin;
    while (at < line.end) {
        const DecodedChar c = decode_at(box.text, at);
        const float width = baked->GetCharAdvance(static_cast<ImWchar>(c.value));
        if (mouse.x < x + width / 2) break;
        x += width;
        at += c.bytes;
    }
    return at;
}

/// Where `begin` to `end` of a line stands, from the left edge of its text.
std::pair<float, float> stretch_of(const TextBox& box, const TextLine& line, std::size_t begin,
                                   std::size_t end) {
    // A reordered line has no simple places inside it: it is marked as a whole.
    if (!line.visual.empty()) return {0.0F, line.width};
    const auto upto = [&](std::size_t at) {
        return width_of(box.text.substr(line.begin, at - line.begin), Type::body);
    };
    return {upto(begin), upto(end)};
}

/// The link under this place; null when there is none.
const LinkSpan* link_at(const TextBox& box, const std::vector<LinkSpan>& links, ImVec2 mouse) {
    float y = box.top_left.y;
    for (const TextLine& line : box.layout.lines) {
        const bool is_line = mouse.y >= y && mouse.y < y + line_height(Type::body);
        y += line_height(Type::body);
        if (!is_line) continue;
        for (const LinkSpan& link : links) {
            const std::size_t from = std::max(link.begin, line.begin);
            const std::size_t to = std::min(link.end, line.end);
            if (from >= to) continue;
            const auto [x0, x1] = stretch_of(box, line, from, to);
            if (mouse.x >= box.top_left.x + x0 && mouse.x < box.top_left.x + x1) return &link;
        }
    }
    return nullptr;
}

/// A click that selects nothing asks about the link under it; nothing opens without an answer.
void handle_links(UiState& state, const TextBox& box, const std::vector<LinkSpan>& links) {
    if (links.empty() || !ImGui::IsWindowHovered()) return;
    const LinkSpan* link = link_at(box, links, ImGui::GetMousePos());
    if (link == nullptr) return;
    ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
    const ImGuiIO& io = ImGui::GetIO();
    const bool is_drag = io.MouseDragMaxDistanceSqr[ImGuiMouseButton_Left] >=
                         io.MouseDragThreshold * io.MouseDragThreshold;
    const bool is_click = ImGui::IsMouseReleased(ImGuiMouseButton_Left) && !is_drag &&
                          link_at(box, links, io.MouseClickedPos[ImGuiMouseButton_Left]) == link;
    if (is_click && state.view().selection.is_empty()) {
        ask_about_link(state, box.text.substr(link->begin, link->end - link->begin));
    }
}

void underline_links(const TextBox& box, const std::vector<LinkSpan>& links, Color color) {
    float y = box.top_left.y;
    const float below = (line_height(Type::body) + font_pixels(Type::body)) / 2;
    for (const TextLine& line : box.layout.lines) {
        for (const LinkSpan& link : links) {
            const std::size_t from = std::max(link.begin, line.begin);
            const std::size_t to = std::min(link.end, line.end);
            if (from >= to) continue;
            const auto [x0, x1] = stretch_of(box, line, from, to);
            ImGui::GetWindowDrawList()->AddLine({box.top_left.x + x0, y + below},
                                                {box.top_left.x + x1, y + below}, ink(color));
        }
        y += line_height(Type::body);
    }
}

/// The mouse over the text: begins a selection, and carries one that is being made.
void handle_mouse(UiState& state, const TextBox& box, const RowPlace& place, ImVec2 min,
                  ImVec2 max) {
    TextSelection& selection = state.view().selection;
    const ImVec2 mouse = ImGui::GetMousePos();
    const bool is_inside = ImGui::IsWindowHovered() && ImGui::IsMouseHoveringRect(min, max);
    if (is_inside) ImGui::SetMouseCursor(ImGuiMouseCursor_TextInput);
    if (is_inside && ImGui::IsMouseClicked(ImGuiMouseButton_Left)) {
        const TextPlace here{place.row, byte_at(box, mouse)};
        selection.anchor = selection.head = here;
        selection.is_being_made = true;
        if (ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) {
            selection.anchor = {place.row, 0};
            selection.head = {place.row, box.text.size()};
            selection.is_being_made = false;
        }
    } else if (selection.is_being_made && mouse.y >= min.y - pt(3) && mouse.y < max.y) {
        selection.head = {place.row, byte_at(box, mouse)};
    }
}

void paint_selection(const UiState& state, const TextBox& box, const RowPlace& place,
                     bool is_mine) {
    const auto view = state.views.find(state.open);
    if (view == state.views.end() || view->second.selection.is_empty()) return;
    const TextSelection& selection = view->second.selection;
    const auto [first, last] = std::minmax(selection.anchor, selection.head);
    if (place.row < first.row || place.row > last.row) return;
    const std::size_t begin = place.row == first.row ? first.byte : 0;
    const std::size_t end = place.row == last.row ? last.byte : box.text.size();
    float y = box.top_left.y;
    for (const TextLine& line : box.layout.lines) {
        const std::size_t from = std::max(begin, line.begin);
        const std::size_t to = std::min(end, line.end);
        if (from < to) {
            const auto [x0, x1] = stretch_of(box, line, from, to);
            ImGui::GetWindowDrawList()->AddRectFilled(
                {box.top_left.x + x0, y}, {box.top_left.x + x1, y + line_height(Type::body)},
                ink(is_mine ? palette().accent_ink : palette().accent, 0.4F));
        }
        y += line_height(Type::body);
    }
}

void paint_text(const TextBox& box, Color color) {
    float y = box.top_left.y;
    const float clip_top = ImGui::GetWindowDrawList()->GetClipRectMin().y;
    const float clip_bottom = ImGui::GetWindowDrawList()->GetClipRectMax().y;
    const float lead = (line_height(Type::body) - font_pixels(Type::body)) / 2;
    for (const TextLine& line : box.layout.lines) {
        const bool is_in_sight = y + line_height(Type::body) > clip_top && y < clip_bottom;
        if (is_in_sight && line.end > line.begin) {
            const std::string_view shown = line.visual.empty()
                                               ? box.text.substr(line.begin, line.end - line.begin)
                                               : std::string_view(line.visual);
            paint({box.top_left.x, y + lead}, shown, Type::body, ink(color));
        }
        y += line_height(Type::body);
    }
}

Icon icon_of_state(const MessageLine& line) {
    if (line.message.state == MessageState::stored) return Icon::check;
    return line.is_refused ? Icon::warning : Icon::clock;
}

void paint_time(const MessageLine& line, ImVec2 bubble_max, bool is_mine) {
    const Color color = is_mine ? palette().on_own_soft : palette().ink_soft;
    const float right = bubble_max.x - pad_x();
    const float y = bubble_max.y - pad_y() - font_pixels(Type::tiny) + pt(2);
    paint({right - time_width(is_mine), y}, clock_text(line.message.sent_at), Type::tiny,
          ink(color));
    if (!is_mine) return;
    const ImVec2 center{right - pt(5), y + font_pixels(Type::tiny) / 2};
    draw_icon(*ImGui::GetWindowDrawList(), icon_of_state(line), center, pt(11), ink(color));
}

/// What has become of an own message, where that is more than a sign beside the time; else empty.
std::string note_of(const Model& model, const MessageLine& line) {
    const Conversation& to = line.message.conversation;
    if (line.is_refused) return std::string(say(Text::not_sent));
    if (line.is_waiting && to.peer) {
        return say(Text::waits_for_return, {model.name_of(*to.peer)});
    }
    return {};
}

/// Says in words what the small sign beside the time means.
void tip_of_state(const Model& model, const MessageLine& line, ImVec2 max) {
    const ImVec2 min{max.x - pt(30), max.y - pt(22)};
    if (!ImGui::IsWindowHovered() || !ImGui::IsMouseHoveringRect(min, max)) return;
    const Conversation& to = line.message.conversation;
    const bool is_stored = line.message.state == MessageState::stored;
    std::string meaning(say(Text::on_its_way));
    if (is_stored) meaning = say(to.peer ? Text::delivered : Text::stored_by_host);
    if (const std::string note = note_of(model, line); !note.empty()) meaning = note;
    ImGui::SetNextWindowPos({max.x, max.y + pt(6)}, 0, {1, 0});
    if (ImGui::BeginTooltip()) {
        words(meaning, Type::small, palette().ink);
        ImGui::EndTooltip();
    }
}

void draw_author(const Model& model, const MessageLine& line, ImVec2 top_left, float width) {
    const std::string name = model.name_of(line.message.from);
    paint_avatar({top_left.x + pt(17), top_left.y + pt(17)}, pt(16), line.message.from, name);
    const ImVec2 at{top_left.x + pt(44) + pt(2), top_left.y};
    const float name_width = std::min(width_of(name, Type::tiny), width - pt(160));
    paint_cut(at, name, Type::tiny, palette().ink_soft, name_width + 1);
}

void draw_menu(UiState& state, const MessageLine& line, ImVec2 min, ImVec2 max) {
    const bool is_asked = ImGui::IsWindowHovered() && ImGui::IsMouseHoveringRect(min, max) &&
                          ImGui::IsMouseReleased(ImGuiMouseButton_Right);
    if (is_asked) ImGui::OpenPopup("message menu");
    if (!begin_menu("message menu")) return;
    if (menu_entry(say(Text::copy_message))) copy_text(state, line.message.text);
    end_menu();
}

}  // namespace

float day_height() { return line_height(Type::tiny) + pt(26); }

void draw_day(const UiState& state, WallTime at, ImVec2 top_left, float width) {
    const std::string text = day_text(at, state.now);
    const float text_width = width_of(text, Type::tiny);
    const float y = top_left.y + pt(16);
    const float x = std::round(top_left.x + (width - text_width) / 2);
    const float middle = y + font_pixels(Type::tiny) / 2;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddLine({top_left.x, middle}, {x - pt(12), middle}, ink(palette().border));
    list.AddLine({x + text_width + pt(12), middle}, {top_left.x + width, middle},
                 ink(palette().border));
    paint({x, y}, text, Type::tiny, ink(palette().ink_soft));
}

float message_height(const Model& model, ConversationView& view, const Entry& entry,
                     const RowPlace& place, float width) {
    const bool is_mine = is_own(model, entry);
    const Bubble bubble = bubble_of(layout_of(view, entry, width), is_mine);
    return gap_above(place) + name_height(is_mine, place) + bubble.height + note_height(entry);
}

void draw_message(const Model& model, UiState& state, const Entry& entry, const RowPlace& place,
                  ImVec2 top_left, float width) {
    const MessageLine& line = std::get<MessageLine>(entry.body);
    const bool is_mine = is_own(model, entry);
    const TextLayout& layout = layout_of(state.view(), entry, width);
    const Bubble bubble = bubble_of(layout, is_mine);
    if (place.begins_day) draw_day(state, entry.at, top_left, width);
    const float y = top_left.y + gap_above(place);
    if (place.begins_group && !is_mine) draw_author(model, line, {top_left.x, y}, width);
    const float x = is_mine ? top_left.x + width - bubble.width : top_left.x + pt(44);
    const ImVec2 min{x, y + name_height(is_mine, place)};
    const ImVec2 max{min.x + bubble.width, min.y + bubble.height};
    ImGui::GetWindowDrawList()->AddRectFilled(
        min, max, ink(is_mine ? palette().own : palette().raised), pt(13));
    const TextBox box{layout, line.message.text, {min.x + pad_x(), min.y + pad_y()}};
    handle_mouse(state, box, place, min, max);
    paint_selection(state, box, place, is_mine);
    const std::vector<LinkSpan>& links = links_of(state.view(), entry);
    handle_links(state, box, links);
    const Color text_color = is_mine ? palette().on_own : palette().ink;
    paint_text(box, text_color);
    underline_links(box, links, text_color);
    paint_time(line, max, is_mine);
    if (is_mine) tip_of_state(model, line, max);
    if (const std::string note = note_of(model, line); !note.empty()) {
        paint({max.x - width_of(note, Type::tiny), max.y + pt(2)}, note, Type::tiny,
              ink(palette().warn));
    }
    draw_menu(state, line, min, max);
}

}  // namespace dropline::ui
