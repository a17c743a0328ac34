#include "ui/draw/text_area.hpp"

#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include "net/api/limits.hpp"
#include "ui/draw/widgets.hpp"
#include "ui/text/text_layout.hpp"

namespace dropline::ui {
namespace {

constexpr Type draft_type = Type::body;

float area_pad_x() { return pt(12); }
float area_pad_y() { return std::round((control_height() - line_height(draft_type)) / 2); }

float letter_width(char32_t c) {
    ImFontBaked* baked = font_of(draft_type)->GetFontBaked(font_pixels(draft_type));
    return baked->GetCharAdvance(static_cast<ImWchar>(c == '\t' ? ' ' : c));
}

using LayoutPtr = std::shared_ptr<const TextLayout>;

/// The text as it stands in the box: where each line is, and where the caret.
struct Page {
    const std::string& text;
    LayoutPtr layout;
    ImVec2 origin;  // of the first line, scrolled

    std::size_t line_of(std::size_t place) const {
        std::size_t line = 0;
        while (line + 1 < layout->lines.size() && layout->lines[line + 1].begin <= place) ++line;
        return line;
    }
    float x_of(std::size_t line, std::size_t place) const {
        float x = 0;
        for (std::size_t at = layout->lines[line].begin; at < place && at < text.size();) {
            const DecodedChar c = decode_at(text, at);
            x += c.value == '\n' ? 0 : letter_width(c.value);
            at += c.bytes;
        }
        return x;
    }
    std::size_t place_at(std::size_t line, float x) const {
        const TextLine& row = layout->lines[line];
        std::size_t at = row.begin;
        float left = 0;
        while (at < row.end) {
            const DecodedChar c = decode_at(text, at);
            const float width = letter_width(c.value);
            if (x < left + width / 2) break;
            left += width;
            at += c.bytes;
        }
        return at;
    }
    std::size_t place_at(ImVec2 mouse) const {
        const float below = std::max(0.0F, (mouse.y - origin.y) / line_height(draft_type));
        const std::size_t line =
            std::min(static_cast<std::size_t>(below), layout->lines.size() - 1);
        return place_at(line, mouse.x - origin.x);
    }
};

struct LineRange {
    std::size_t first;
    std::size_t end;
};

/// Those of which something can be seen: a pasted book has ten thousand others.
LineRange lines_in_sight(const Page& page) {
    const ImDrawList& list = *ImGui::GetWindowDrawList();
    const auto line_at = [&](float y) {
        const float line = std::max(0.0F, (y - page.origin.y) / line_height(draft_type));
        return std::min(static_cast<std::size_t>(line), page.layout->lines.size());
    };
    const std::size_t last = line_at(list.GetClipRectMax().y);
    return {line_at(list.GetClipRectMin().y), std::min(last + 1, page.layout->lines.size())};
}

LayoutPtr lay_out_draft(const std::string& text, float width_px) {
    TextLayout layout = lay_out(text, std::max(width_px - 2 * area_pad_x(), pt(20)), letter_width);
    // After a line end at the very end the caret stands on a line that holds nothing yet.
    if (!text.empty() && text.back() == '\n') {
        layout.lines.push_back({text.size(), text.size(), 0, {}});
    }
    return std::make_shared<const TextLayout>(std::move(layout));
}

/// What is too long to be said has been pasted, and is laid out once, not in every frame.
LayoutPtr layout_for(const std::string& text, float width_px) {
    struct Kept {
        std::string text;
        float width_px = 0;
        float font_px = 0;
        LayoutPtr layout;
    };
    static Kept kept;
    if (text.size() <= limits::chat_text_bytes_max) {
        kept = {};
        return lay_out_draft(text, width_px);
    }
    const bool is_kept = kept.layout && kept.width_px == width_px &&
                         kept.font_px == font_pixels(draft_type) && kept.text == text;
    if (!is_kept) kept = {text, width_px, font_pixels(draft_type), lay_out_draft(text, width_px)};
    return kept.layout;
}

bool is_pressed(ImGuiKey key, ImGuiID owner) {
    return ImGui::IsKeyPressed(key, ImGuiInputFlags_Repeat, owner);
}

void move_by_line(TextEdit& edit, const Page& page, int step, bool keeps_anchor) {
    const std::size_t line = page.line_of(edit.caret());
    const float x = page.x_of(line, edit.caret());
    const bool is_beyond = step < 0 ? line == 0 : line + 1 >= page.layout->lines.size();
    if (is_beyond) return edit.move_to(step < 0 ? 0 : page.text.size(), keeps_anchor);
    edit.move_to(page.place_at(step < 0 ? line - 1 : line + 1, x), keeps_anchor);
}

void handle_moves(TextEdit& edit, const Page& page, ImGuiID id) {
    const ImGuiIO& io = ImGui::GetIO();
    const bool keeps = io.KeyShift;
    const bool is_far = io.KeyCtrl;
    if (is_pressed(ImGuiKey_LeftArrow, id)) edit.move_left(is_far, keeps);
    if (is_pressed(ImGuiKey_RightArrow, id)) edit.move_right(is_far, keeps);
    if (is_pressed(ImGuiKey_UpArrow, id)) move_by_line(edit, page, -1, keeps);
    if (is_pressed(ImGuiKey_DownArrow, id)) move_by_line(edit, page, 1, keeps);
    const TextLine& line = page.layout->lines[page.line_of(edit.caret())];
    if (is_pressed(ImGuiKey_Home, id)) edit.move_to(is_far ? 0 : line.begin, keeps);
    if (is_pressed(ImGuiKey_End, id)) edit.move_to(is_far ? page.text.size() : line.end, keeps);
}

void handle_clipboard(TextEdit& edit, ImGuiID id) {
    if (!ImGui::GetIO().KeyCtrl) return;
    if (is_pressed(ImGuiKey_A, id)) edit.select_all();
    if (is_pressed(ImGuiKey_Z, id) && !ImGui::GetIO().KeyShift) edit.undo();
    if (is_pressed(ImGuiKey_Y, id)) edit.redo();
    if (is_pressed(ImGuiKey_Z, id) && ImGui::GetIO().KeyShift) edit.redo();
    const bool is_cut = is_pressed(ImGuiKey_X, id);
    if ((is_cut || is_pressed(ImGuiKey_C, id)) && edit.has_selection()) {
        ImGui::SetClipboardText(std::string(edit.selected()).c_str());
        if (is_cut) edit.erase_before(false);
    }
    if (is_pressed(ImGuiKey_V, id)) {
        const char* pasted = ImGui::GetClipboardText();
        if (pasted) edit.insert(pasted);
    }
}

void handle_characters(TextEdit& edit) {
    ImGuiIO& io = ImGui::GetIO();
    // With Ctrl a letter is a command; with Ctrl and Alt it is what AltGr types.
    const bool is_command = io.KeyCtrl && !io.KeyAlt;
    for (const ImWchar c : io.InputQueueCharacters) {
        char utf8[5] = {};
        ImTextCharToUtf8(utf8, c);
        if (!is_command) edit.insert(utf8);
    }
    io.InputQueueCharacters.resize(0);
}

/// True when the text is to be sent.
bool handle_keys(TextEdit& edit, const Page& page, ImGuiID id) {
    const ImGuiIO& io = ImGui::GetIO();
    handle_moves(edit, page, id);
    if (is_pressed(ImGuiKey_Backspace, id)) edit.erase_before(io.KeyCtrl);
    if (is_pressed(ImGuiKey_Delete, id)) edit.erase_after(io.KeyCtrl);
    handle_clipboard(edit, id);
    handle_characters(edit);
    const bool is_enter = is_pressed(ImGuiKey_Enter, id) || is_pressed(ImGuiKey_KeypadEnter, id);
    if (!is_enter) return false;
    if (io.KeyShift || io.KeyCtrl || io.KeyAlt) {
        edit.insert("\n");
        return false;
    }
    return true;
}

void handle_mouse(TextEdit& edit, const Page& page, bool is_hovered) {
    const ImGuiIO& io = ImGui::GetIO();
    const std::size_t place = page.place_at(io.MousePos);
    if (is_hovered && io.MouseClickedCount[0] == 2) return edit.select_word_at(place);
    if (is_hovered && io.MouseClickedCount[0] >= 3) return edit.select_all();
    if (is_hovered && io.MouseClicked[0]) return edit.move_to(place, io.KeyShift);
    if (ImGui::IsMouseDragging(0) && io.MouseClickedLastCount[0] == 1) edit.move_to(place, true);
}

/// Keys that would move the focus or press a button belong to the text while it has the caret.
void own_keys(ImGuiID id) {
    for (const ImGuiKey key :
         {ImGuiKey_LeftArrow, ImGuiKey_RightArrow, ImGuiKey_UpArrow, ImGuiKey_DownArrow,
          ImGuiKey_Home, ImGuiKey_End, ImGuiKey_PageUp, ImGuiKey_PageDown, ImGuiKey_Enter,
          ImGuiKey_KeypadEnter, ImGuiKey_Space, ImGuiKey_Backspace, ImGuiKey_Delete}) {
        ImGui::SetKeyOwner(key, id);
    }
    GImGui->ActiveIdUsingNavDirMask |= 0xF;
}

struct Focus {
    ImGuiID id = 0;
    bool is_active = false;
    bool is_hovered = false;
};

Focus take_focus(const ImRect& box, bool takes_focus) {
    ImGuiContext& context = *GImGui;
    ImGuiWindow* window = ImGui::GetCurrentWindow();
    Focus focus;
    focus.id = window->GetID("text");
    ImGui::ItemSize(box);
    if (!ImGui::ItemAdd(box, focus.id, nullptr, ImGuiItemFlags_Inputable)) return focus;
    focus.is_hovered = ImGui::ItemHoverable(box, focus.id, ImGuiItemFlags_Inputable);
    const bool is_clicked = focus.is_hovered && ImGui::IsMouseClicked(0);
    const bool is_disabled = (context.LastItemData.ItemFlags & ImGuiItemFlags_Disabled) != 0;
    const bool is_wanted = takes_focus || is_clicked || context.NavActivateId == focus.id;
    if (is_wanted && !is_disabled && context.ActiveId != focus.id) {
        ImGui::SetActiveID(focus.id, window);
        ImGui::SetFocusID(focus.id, window);
        ImGui::FocusWindow(window);
    }
    focus.is_active = context.ActiveId == focus.id;
    const bool is_left = ImGui::IsMouseClicked(0) && !focus.is_hovered;
    if (focus.is_active &&
        (is_left || is_disabled || ImGui::IsKeyPressed(ImGuiKey_Escape, ImGuiInputFlags_None))) {
        ImGui::ClearActiveID();
        focus.is_active = false;
    }
    return focus;
}

void paint_selection(const TextEdit& edit, const Page& page) {
    if (!edit.has_selection()) return;
    const LineRange sight = lines_in_sight(page);
    for (std::size_t line = sight.first; line < sight.end; ++line) {
        const TextLine& row = page.layout->lines[line];
        const std::size_t from = std::max(edit.selection_begin(), row.begin);
        const std::size_t to = std::min(edit.selection_end(), row.end);
        if (from >= to) continue;
        const float y = page.origin.y + static_cast<float>(line) * line_height(draft_type);
        ImGui::GetWindowDrawList()->AddRectFilled(
            {page.origin.x + page.x_of(line, from), y},
            {page.origin.x + page.x_of(line, to), y + line_height(draft_type)},
            ink(palette().accent, 0.4F));
    }
}

void paint_lines(const Page& page) {
    const float lead = std::round((line_height(draft_type) - font_pixels(draft_type)) / 2);
    const LineRange sight = lines_in_sight(page);
    for (std::size_t line = sight.first; line < sight.end; ++line) {
        const TextLine& row = page.layout->lines[line];
        const std::string_view written =
            std::string_view(page.text).substr(row.begin, row.end - row.begin);
        const float y = page.origin.y + lead + static_cast<float>(line) * line_height(draft_type);
        paint({page.origin.x, y}, written, draft_type, ink(palette().ink));
    }
}

void paint_caret(const TextEdit& edit, const Page& page) {
    const std::size_t line = page.line_of(edit.caret());
    const ImVec2 at{page.origin.x + page.x_of(line, edit.caret()),
                    page.origin.y + static_cast<float>(line) * line_height(draft_type)};
    ImGui::GetWindowDrawList()->AddRectFilled(
        {at.x, at.y + pt(2)}, {at.x + pt(1.5F), at.y + line_height(draft_type) - pt(2)},
        ink(palette().ink));
    ImGuiPlatformImeData& ime = GImGui->PlatformImeData;
    ime.WantVisible = ime.WantTextInput = true;
    ime.InputPos = at;
    ime.InputLineHeight = line_height(draft_type);
    ime.ViewportId = ImGui::GetMainViewport()->ID;
}

void paint_box(const TextEdit& edit, const Page& page, std::string_view hint, const ImRect& box,
               bool is_active) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled(box.Min, box.Max, ink(palette().field), pt(10));
    list.AddRect(box.Min, box.Max, ink(is_active ? palette().focus : palette().border), pt(10), 0,
                 is_active ? pt(1.5F) : 1.0F);
    list.PushClipRect({box.Min.x + pt(4), box.Min.y + pt(3)},
                      {box.Max.x - pt(4), box.Max.y - pt(3)}, true);
    if (edit.is_empty()) {
        const float lead = std::round((line_height(draft_type) - font_pixels(draft_type)) / 2);
        paint_cut({page.origin.x, page.origin.y + lead}, hint, draft_type, palette().ink_soft,
                  box.GetWidth() - 2 * area_pad_x());
    }
    if (is_active) paint_selection(edit, page);
    paint_lines(page);
    if (is_active) paint_caret(edit, page);
    list.PopClipRect();
}

/// How far the text must be moved up for the caret to be in sight.
float scroll_for_caret(const TextEdit& edit, const LayoutPtr& layout, float height) {
    const Page page{edit.text(), layout, {}};
    const float bottom =
        static_cast<float>(page.line_of(edit.caret()) + 1) * line_height(draft_type);
    return std::max(0.0F, bottom - (height - 2 * area_pad_y()));
}

}  // namespace

float text_area_height(const TextEdit& edit, float width_px, int lines_max) {
    const std::size_t lines = layout_for(edit.text(), width_px)->lines.size();
    const std::size_t shown = std::min(lines, static_cast<std::size_t>(lines_max));
    return 2 * area_pad_y() + static_cast<float>(shown) * line_height(draft_type);
}

TextAreaAnswer text_area(int id, TextEdit& edit, std::string_view hint, ImVec2 size,
                         bool takes_focus) {
    ImGui::PushID(id);
    const ImVec2 min = ImGui::GetCursorScreenPos();
    const ImRect box(min, {min.x + size.x, min.y + size.y});
    const Focus focus = take_focus(box, takes_focus);
    if (focus.is_hovered) ImGui::SetMouseCursor(ImGuiMouseCursor_TextInput);
    TextAreaAnswer answer{false, focus.is_active};
    const auto page_now = [&] {
        LayoutPtr layout = layout_for(edit.text(), size.x);
        const float scroll = scroll_for_caret(edit, layout, size.y);
        return Page{
            edit.text(), std::move(layout), {min.x + area_pad_x(), min.y + area_pad_y() - scroll}};
    };
    if (focus.is_active) {
        own_keys(focus.id);
        // Having the caret must not keep the mouse from everything else.
        GImGui->ActiveIdAllowOverlap = !ImGui::GetIO().MouseDown[0];
        const Page before = page_now();
        handle_mouse(edit, before, focus.is_hovered);
        answer.is_entered = handle_keys(edit, before, focus.id);
    }
    paint_box(edit, page_now(), hint, box, focus.is_active);
    ImGui::PopID();
    return answer;
}

}  // namespace dropline::ui
