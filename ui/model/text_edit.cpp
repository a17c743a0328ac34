#include "ui/model/text_edit.hpp"

#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include <algorithm>
#include <iterator>
#include <memory>

#include "ui/text/break_iterator.hpp"

namespace dropline::ui {
namespace {

constexpr std::size_t undo_steps_max = 200;
// Each step holds a whole text: of a pasted book only the last few, but always one.
constexpr std::size_t undo_bytes_max = 16 * 1024 * 1024;

enum class Unit { character, word };

struct CloseText {
    void operator()(UText* text) const { utext_close(text); }
};

UBreakIterator* breaker(Unit unit) {
    thread_local const BreakIteratorPtr characters = open_break_iterator(UBRK_CHARACTER);
    thread_local const BreakIteratorPtr words = open_break_iterator(UBRK_WORD);
    return (unit == Unit::word ? words : characters).get();
}

/// The border next to `place` in a direction; either end of the text when there is none.
std::size_t border(const std::string& text, std::size_t place, Unit unit, bool is_forward) {
    UErrorCode status = U_ZERO_ERROR;
    const auto size = static_cast<std::int64_t>(text.size());
    const std::unique_ptr<UText, CloseText> utext(
        utext_openUTF8(nullptr, text.data(), size, &status));
    UBreakIterator* iterator = breaker(unit);
    if (!utext || !iterator) return is_forward ? text.size() : 0;
    ubrk_setUText(iterator, utext.get(), &status);
    const auto from = static_cast<std::int32_t>(place);
    const std::int32_t found =
        is_forward ? ubrk_following(iterator, from) : ubrk_preceding(iterator, from);
    if (found == UBRK_DONE) return is_forward ? text.size() : 0;
    return static_cast<std::size_t>(found);
}

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t'; }

std::size_t step_left(const std::string& text, std::size_t place, bool is_by_word) {
    if (!is_by_word) return border(text, place, Unit::character, false);
    while (place > 0 && is_space(text[place - 1])) --place;
    return place == 0 ? 0 : border(text, place, Unit::word, false);
}

std::size_t step_right(const std::string& text, std::size_t place, bool is_by_word) {
    if (!is_by_word) return border(text, place, Unit::character, true);
    while (place < text.size() && is_space(text[place])) ++place;
    return place == text.size() ? place : border(text, place, Unit::word, true);
}

std::string cleaned(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool is_line_end = byte == '\r' && !(i + 1 < text.size() && text[i + 1] == '\n');
        if (is_line_end) {
            result += '\n';
        } else if (byte == '\n' || byte == '\t' || (byte >= 0x20 && byte != 0x7F)) {
            result += text[i];
        }
    }
    return result;
}

}  // namespace

std::string_view TextEdit::selected() const {
    return std::string_view(text_).substr(selection_begin(), selection_end() - selection_begin());
}

void TextEdit::remember(bool is_typing) {
    redo_.clear();
    const bool is_same_run =
        is_typing && !undo_.empty() && undo_.back().is_typing && !has_selection();
    if (is_same_run) return;
    undo_.push_back({text_, caret_, is_typing});
    forget_oldest_steps();
}

void TextEdit::forget_oldest_steps() {
    std::size_t bytes = 0;
    auto first_kept = undo_.end();
    while (first_kept != undo_.begin()) {
        const auto step = std::prev(first_kept);
        bytes += step->text.size();
        const auto steps = static_cast<std::size_t>(undo_.end() - step);
        if (steps > undo_steps_max || (steps > 1 && bytes > undo_bytes_max)) break;
        first_kept = step;
    }
    undo_.erase(undo_.begin(), first_kept);
}

void TextEdit::insert(std::string_view text) {
    const std::string clean = cleaned(text);
    if (clean.empty()) return;
    // A space ends a run, so that undo takes words back and not the whole message.
    const bool is_typing = clean.size() <= 4 && !is_space(clean[0]);
    remember(is_typing);
    const std::size_t begin = selection_begin();
    text_.replace(begin, selection_end() - begin, clean);
    caret_ = anchor_ = begin + clean.size();
}

void TextEdit::clear() { *this = TextEdit(); }

void TextEdit::erase(std::size_t begin, std::size_t end) {
    if (begin == end) return;
    remember(false);
    text_.erase(begin, end - begin);
    caret_ = anchor_ = begin;
}

void TextEdit::erase_before(bool is_by_word) {
    if (has_selection()) return erase(selection_begin(), selection_end());
    erase(step_left(text_, caret_, is_by_word), caret_);
}

void TextEdit::erase_after(bool is_by_word) {
    if (has_selection()) return erase(selection_begin(), selection_end());
    erase(caret_, step_right(text_, caret_, is_by_word));
}

void TextEdit::move_to(std::size_t place, bool keeps_anchor) {
    caret_ = std::min(place, text_.size());
    if (!keeps_anchor) anchor_ = caret_;
    if (!undo_.empty()) undo_.back().is_typing = false;
}

void TextEdit::move_left(bool is_by_word, bool keeps_anchor) {
    const bool only_ends_selection = has_selection() && !keeps_anchor && !is_by_word;
    move_to(only_ends_selection ? selection_begin() : step_left(text_, caret_, is_by_word),
            keeps_anchor);
}

void TextEdit::move_right(bool is_by_word, bool keeps_anchor) {
    const bool only_ends_selection = has_selection() && !keeps_anchor && !is_by_word;
    move_to(only_ends_selection ? selection_end() : step_right(text_, caret_, is_by_word),
            keeps_anchor);
}

void TextEdit::select_all() {
    anchor_ = 0;
    move_to(text_.size(), true);
}

void TextEdit::select_word_at(std::size_t place) {
    const std::size_t end = border(text_, std::min(place, text_.size()), Unit::word, true);
    anchor_ = border(text_, end, Unit::word, false);
    move_to(end, true);
}

void TextEdit::go_to(std::vector<State>& from, std::vector<State>& onto) {
    if (from.empty()) return;
    onto.push_back({text_, caret_, false});
    text_ = std::move(from.back().text);
    caret_ = anchor_ = from.back().caret;
    from.pop_back();
}

void TextEdit::undo() { go_to(undo_, redo_); }

void TextEdit::redo() { go_to(redo_, undo_); }

}  // namespace dropline::ui
