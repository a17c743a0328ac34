// A text being written: what is there, where the caret is, what is selected, what can be undone.
// Thread: ui. Knows no keys and no lines: those belong to who draws it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dropline::ui {

class TextEdit {
  public:
    const std::string& text() const { return text_; }
    bool is_empty() const { return text_.empty(); }
    std::size_t caret() const { return caret_; }
    std::size_t selection_begin() const { return caret_ < anchor_ ? caret_ : anchor_; }
    std::size_t selection_end() const { return caret_ < anchor_ ? anchor_ : caret_; }
    bool has_selection() const { return caret_ != anchor_; }
    std::string_view selected() const;

    /// Instead of the selection; the caret stands after it. Line ends become '\n', other control
    /// characters vanish.
    void insert(std::string_view text);
    void clear();

    /// The selection when there is one, else one character or word as a person sees it.
    void erase_before(bool is_by_word);
    void erase_after(bool is_by_word);

    /// `keeps_anchor`: the selection grows to the new place instead of ending.
    void move_to(std::size_t place, bool keeps_anchor);
    void move_left(bool is_by_word, bool keeps_anchor);
    void move_right(bool is_by_word, bool keeps_anchor);
    void select_all();
    void select_word_at(std::size_t place);

    void undo();
    void redo();

  private:
    struct State {
        std::string text;
        std::size_t caret = 0;
        bool is_typing = false;  // single characters are undone together
    };

    void remember(bool is_typing);
    void forget_oldest_steps();
    void go_to(std::vector<State>& from, std::vector<State>& onto);
    void erase(std::size_t begin, std::size_t end);

    std::string text_;
    std::size_t caret_ = 0;
    std::size_t anchor_ = 0;
    std::vector<State> undo_;
    std::vector<State> redo_;
};

}  // namespace dropline::ui
