#include "ui/text/rate.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "net/api/ascii.hpp"

namespace dropline::ui {
namespace {

constexpr std::array<std::pair<char, std::uint64_t>, 3> units{
    {{'G', 1'000'000'000}, {'M', 1'000'000}, {'k', 1'000}}};

// No disk and no network card comes near it; beyond it the arithmetic would round.
constexpr double rate_bytes_per_s_max = 1e12;

/// Cuts the unit off `text`.
std::uint64_t take_unit(std::string_view& text) {
    if (text.empty()) return 1;
    for (const auto& [letter, factor] : units) {
        if (upper_case(text.back()) != upper_case(letter)) continue;
        text.remove_suffix(1);
        return factor;
    }
    return 1;
}

}  // namespace

std::optional<std::uint64_t> rate_from_text(std::string_view text) {
    const auto factor = static_cast<double>(take_unit(text));
    // Neither "1e3" nor ".5" nor "5." is how people write a rate.
    if (text.empty() || !is_digit(text.front()) || !is_digit(text.back())) return std::nullopt;
    double amount = 0;
    const auto* end = text.data() + text.size();
    const auto [stopped, error] =
        std::from_chars(text.data(), end, amount, std::chars_format::fixed);
    if (error != std::errc{} || stopped != end) return std::nullopt;
    const double rate = amount * factor;
    if (rate > rate_bytes_per_s_max) return std::nullopt;
    // "0.0001" is a limit, and no limit is something else.
    if (amount > 0)
        return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::llround(rate)));
    return 0;
}

std::string rate_setting_text(std::uint64_t bytes_per_s) {
    for (const auto& [letter, factor] : units) {
        if (bytes_per_s == 0 || bytes_per_s % factor != 0) continue;
        return std::to_string(bytes_per_s / factor) + letter;
    }
    return std::to_string(bytes_per_s);
}

}  // namespace dropline::ui
