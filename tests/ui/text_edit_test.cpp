#include "ui/model/text_edit.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using dropline::ui::TextEdit;

namespace {

TextEdit with(std::string_view text) {
    TextEdit edit;
    edit.insert(text);
    return edit;
}

}  // namespace

TEST_CASE("the caret steps over what a person sees as one character") {
    TextEdit edit = with("a你👨‍👩‍👧e\u0301");
    edit.move_left(false, false);
    CHECK(edit.text().substr(edit.caret()) == "e\u0301");
    edit.move_left(false, false);
    edit.move_left(false, false);
    CHECK(edit.text().substr(edit.caret()) == "你👨‍👩‍👧e\u0301");
    edit.move_right(false, false);
    edit.erase_before(false);
    CHECK(edit.text() == "a👨‍👩‍👧e\u0301");
}

TEST_CASE("typing goes in place of the selection") {
    TextEdit edit = with("one two");
    edit.move_left(true, true);
    CHECK(edit.selected() == "two");
    edit.insert("three");
    CHECK(edit.text() == "one three");
    CHECK_FALSE(edit.has_selection());
}

TEST_CASE("words are erased with the spaces between") {
    TextEdit edit = with("one two  ");
    edit.erase_before(true);
    CHECK(edit.text() == "one ");
    edit.erase_before(true);
    CHECK(edit.text().empty());
    edit.erase_before(true);
    edit.erase_after(true);
    CHECK(edit.text().empty());
}

TEST_CASE("pasted text keeps its lines and loses what could not be seen") {
    CHECK(with("a\r\nb\rc\x1b[2Jd\te").text() == "a\nb\nc[2Jd\te");
}

TEST_CASE("undo takes back a word at a time, and redo brings it back") {
    TextEdit edit;
    for (const char* letter : {"o", "n", "e", " ", "t", "w", "o"}) edit.insert(letter);
    edit.undo();
    CHECK(edit.text() == "one ");
    edit.undo();
    edit.undo();
    CHECK(edit.text().empty());
    edit.redo();
    CHECK(edit.text() == "one");
    edit.undo();
    edit.undo();
    CHECK(edit.text().empty());
}

TEST_CASE("of a long text few steps can be taken back, of a short one two hundred") {
    const bool is_long = GENERATE(true, false);
    const std::size_t bytes = is_long ? 4 * 1024 * 1024 : 400;
    TextEdit edit;
    edit.insert(std::string(bytes, 'x'));
    for (int erased = 0; erased < 250; ++erased) edit.erase_before(false);
    REQUIRE(edit.text().size() == bytes - 250);
    for (int step = 0; step < 300; ++step) edit.undo();
    CHECK(edit.text().size() == bytes - 250 + (is_long ? 4 : 200));
}

TEST_CASE("what is longer than all steps together can be taken back once") {
    TextEdit edit;
    edit.insert(std::string(20 * 1024 * 1024, 'x'));
    edit.erase_before(false);
    edit.erase_before(false);
    edit.undo();
    edit.undo();
    CHECK(edit.text().size() == 20 * 1024 * 1024 - 1);
}

TEST_CASE("moving with a selection first ends it at its edge") {
    TextEdit edit = with("abc");
    edit.select_all();
    edit.move_left(false, false);
    CHECK(edit.caret() == 0);
    edit.select_all();
    edit.move_right(false, false);
    CHECK(edit.caret() == 3);
    edit.select_word_at(1);
    CHECK(edit.selected() == "abc");
}
