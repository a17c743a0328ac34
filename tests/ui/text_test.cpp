#include "ui/text/text.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>

#include "ui/text/quantity.hpp"
#include "ui/text/text_layout.hpp"

using namespace dropline::ui;

namespace {

/// Every letter ten wide, Chinese ones twenty.
float letter_width(char32_t c) { return c >= 0x2E80 ? 20.0F : 10.0F; }

std::vector<std::string> lines_of(std::string_view text, float width) {
    std::vector<std::string> lines;
    for (const TextLine& line : lay_out(text, width, letter_width).lines) {
        lines.emplace_back(text.substr(line.begin, line.end - line.begin));
    }
    return lines;
}

using Lines = std::vector<std::string>;

int places_in(std::string_view text) {
    int count = 0;
    for (std::size_t i = 0; i + 2 < text.size(); ++i) {
        if (text[i] == '{' && text[i + 2] == '}') ++count;
    }
    return count;
}

}  // namespace

TEST_CASE("every sentence exists in both languages with the same places to fill in") {
    for (int i = 0; i < static_cast<int>(Text::number_of_texts); ++i) {
        const auto text = static_cast<Text>(i);
        const std::string_view english = say_in(Language::english, text);
        const std::string_view chinese = say_in(Language::chinese, text);
        INFO(english);
        CHECK_FALSE(english.empty());
        CHECK_FALSE(chinese.empty());
        CHECK(places_in(english) == places_in(chinese));
    }
}

TEST_CASE("what is filled in is not filled in again") {
    use_language(Language::english);
    CHECK(say(Text::and_others, {"{1}", "7"}) == "{1} and 7 others");
}

TEST_CASE("the locale's variables are asked in the order of POSIX") {
    setenv("LANG", "en_US.UTF-8", 1);
    setenv("LC_MESSAGES", "zh_CN.UTF-8", 1);
    unsetenv("LC_ALL");
    CHECK(language_of_locale() == Language::chinese);
    setenv("LC_ALL", "de_DE.UTF-8", 1);
    CHECK(language_of_locale() == Language::english);
    setenv("LC_ALL", "", 1);
    CHECK(language_of_locale() == Language::chinese);
}

TEST_CASE("sizes and durations read as people say them") {
    CHECK(size_text(0) == "0 B");
    CHECK(size_text(999) == "999 B");
    CHECK(size_text(1'000) == "1.0 kB");
    CHECK(size_text(999'999) == "1.0 MB");
    CHECK(size_text(2'147'483'648) == "2.1 GB");
    CHECK(duration_text(59) == "59 s");
    CHECK(duration_text(61) == "1 min");
    CHECK(duration_text(7'500) == "2 h 5 min");
}

TEST_CASE("lines break after spaces, and the space at the end takes no room") {
    CHECK(lines_of("one two three", 80) == Lines{"one two", "three"});
    CHECK(lines_of("one two", 70) == Lines{"one two"});
}

TEST_CASE("line ends of the text are kept, empty lines too") {
    CHECK(lines_of("a\n\nb", 100) == Lines{"a", "", "b"});
    CHECK(lines_of("", 100) == Lines{""});
}

TEST_CASE("Chinese breaks between characters but never before a full stop") {
    CHECK(lines_of("你好世界", 40) == Lines{"你好", "世界"});
    CHECK(lines_of("你好。世", 40) == Lines{"你", "好。", "世"});
}

TEST_CASE("a word wider than a line is cut inside") {
    CHECK(lines_of("abcdefgh", 30) == Lines{"abc", "def", "gh"});
}

TEST_CASE("a hostile message is laid out whole and in time") {
    const std::string wide(8192, 'W');
    const TextLayout layout = lay_out(wide, 500, letter_width);
    CHECK(layout.lines.size() == 164);
    CHECK(layout.lines.back().end == wide.size());
    std::string marks = "a";
    for (int i = 0; i < 200; ++i) marks += "\xCC\x81";
    CHECK(lay_out(marks, 100, letter_width).lines.back().end == marks.size());
    const std::string broken = "ok \xFF\xC3 \xE4\xBD end";
    CHECK(lay_out(broken, 1000, letter_width).lines.back().end == broken.size());
}

TEST_CASE("Hebrew is turned for the eye and Latin stays as it is") {
    CHECK(visual_order("hello").empty());
    CHECK(visual_order("שלום") == "םולש");
}

TEST_CASE("Arabic letters are joined") {
    // lam, alef, meem as written become one ligature and a final meem, read from the right.
    const std::string shown = visual_order("سلام");
    CHECK_FALSE(shown.empty());
    CHECK(shown.find("ا") == std::string::npos);
}
