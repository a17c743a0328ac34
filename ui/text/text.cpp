#include "ui/text/text.hpp"

#include <array>
#include <cstdlib>

namespace dropline::ui {
namespace {

struct Row {
    std::string_view english;
    std::string_view chinese;
};

constexpr std::array table{
#define TEXT(name, english, chinese) Row{english, chinese},
#include "ui/text/text_table.inc"
#undef TEXT
};
static_assert(table.size() == static_cast<std::size_t>(Text::number_of_texts));

Language language_in_use = Language::english;

}  // namespace

Language language_of_locale() {
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
        const char* value = std::getenv(name);
        if (!value || !*value) continue;
        return std::string_view(value).starts_with("zh") ? Language::chinese : Language::english;
    }
    return Language::english;
}

Language resolve(LanguageChoice choice) {
    switch (choice) {
        case LanguageChoice::english: return Language::english;
        case LanguageChoice::chinese: return Language::chinese;
        case LanguageChoice::system: break;
    }
    return language_of_locale();
}

void use_language(Language language) { language_in_use = language; }

std::string_view say_in(Language language, Text text) {
    const Row& row = table[static_cast<std::size_t>(text)];
    return language == Language::chinese ? row.chinese : row.english;
}

std::string_view say(Text text) { return say_in(language_in_use, text); }

std::string say(Text text, std::initializer_list<std::string_view> parts) {
    const std::string_view pattern = say(text);
    std::string result;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const bool is_place = pattern[i] == '{' && i + 2 < pattern.size() && pattern[i + 2] == '}';
        const std::size_t which = is_place ? static_cast<std::size_t>(pattern[i + 1] - '0') : 0;
        if (!is_place || which >= parts.size()) {
            result += pattern[i];
            continue;
        }
        result += parts.begin()[which];
        i += 2;
    }
    return result;
}

}  // namespace dropline::ui
