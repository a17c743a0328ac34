#include "net/api/byte_count.hpp"

#include <array>
#include <cstdio>
#include <string_view>

namespace dropline {

std::string byte_count_text(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 5> units = {"B", "kB", "MB", "GB", "TB"};
    double amount = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; amount >= 999.95 && unit + 1 < units.size(); ++unit) amount /= 1000;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f" : "%.1f", amount);
    return std::string(text.data()) + " " + std::string(units[unit]);
}

}  // namespace dropline
