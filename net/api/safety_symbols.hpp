// The 64 pictures that stand for a safety number, each with a word that can be said on the phone.
// Thread: any. Constant data of our own choice: things that look, and sound, unlike each other,
// each a single character that emoji fonts draw in colour. The order is part of what people
// compare.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace dropline {

struct SafetySymbol {
    std::string_view picture;
    std::string_view word;  // English; the window has its own words for both languages
};

inline constexpr std::size_t safety_symbols_shown = 8;

inline constexpr std::array<SafetySymbol, 64> safety_symbol_list{{
    {"🐶", "dog"},        {"🐱", "cat"},          {"🦁", "lion"},    {"🐴", "horse"},
    {"🐷", "pig"},        {"🐘", "elephant"},     {"🐰", "rabbit"},     {"🐼", "panda"},
    {"🐔", "chicken"},    {"🐧", "penguin"},      {"🐢", "turtle"},     {"🐟", "fish"},
    {"🐙", "octopus"},    {"🦋", "butterfly"}, {"🐝", "bee"},        {"🐌", "snail"},
    {"🌷", "tulip"},      {"🌳", "tree"},         {"🌵", "cactus"},     {"🍄", "mushroom"},
    {"🌍", "globe"},      {"🌙", "moon"},         {"🔥", "fire"},       {"🌈", "rainbow"},
    {"🍌", "banana"},     {"🍎", "apple"},        {"🍓", "strawberry"}, {"🌽", "corn"},
    {"🥕", "carrot"},  {"🍕", "pizza"},        {"🎂", "cake"},       {"🍦", "ice cream"},
    {"🤖", "robot"},   {"👻", "ghost"},        {"🎩", "hat"},        {"👓", "glasses"},
    {"🔧", "wrench"},     {"🔨", "hammer"},       {"👑", "crown"},      {"🎈", "balloon"},
    {"⌛", "hourglass"},  {"⏰", "alarm clock"},  {"🎁", "gift"},       {"💡", "light bulb"},
    {"📕", "book"},       {"📎", "paper clip"},   {"🔒", "lock"},       {"🔑", "key"},
    {"📞", "telephone"},  {"🏁", "flag"},         {"🚂", "train"},      {"🚲", "bicycle"},
    {"🚗", "car"},        {"🚀", "rocket"},       {"🚢", "ship"},       {"⚽", "football"},
    {"🎸", "guitar"},     {"🎺", "trumpet"},      {"🔔", "bell"},       {"⚓", "anchor"},
    {"🎧", "headphones"}, {"📷", "camera"},       {"🏠", "house"},      {"🎲", "dice"},
}};

}  // namespace dropline
