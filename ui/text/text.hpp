// Every sentence of the window in English and 简体中文, by a name.
// Thread: ui. What people wrote, and the sentences of faults, come from elsewhere as they are.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "ui/settings.hpp"

namespace dropline::ui {

enum class Text {
#define TEXT(name, english, chinese) name,
#include "ui/text/text_table.inc"
#undef TEXT
    number_of_texts
};

enum class Language { english, chinese };

/// From LC_ALL, LC_MESSAGES and LANG, in this order: Chinese when it begins with "zh".
Language language_of_locale();
Language resolve(LanguageChoice choice);

/// The language in which `say` answers from now on.
void use_language(Language language);
std::string_view say(Text text);
std::string_view say_in(Language language, Text text);

/// `say` with {0}, {1}, … replaced; what is filled in is not looked at again.
std::string say(Text text, std::initializer_list<std::string_view> parts);

}  // namespace dropline::ui
