#include "ui/text/quantity.hpp"

#include <array>
#include <cstdio>
#include <ctime>
#include <string_view>

#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

std::tm local(WallTime at) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(
        std::chrono::time_point_cast<std::chrono::seconds>(at));
    std::tm result{};
    localtime_r(&seconds, &result);
    return result;
}

}  // namespace

void add_fact(std::string& line, std::string_view more) {
    if (more.empty()) return;
    if (!line.empty()) line += " · ";
    line += more;
}

std::string size_text(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 5> units{"B", "kB", "MB", "GB", "TB"};
    if (bytes < 1000) return std::to_string(bytes) + " B";
    double amount = static_cast<double>(bytes);
    std::size_t unit = 0;
    // 999.95 would be rounded up to 1000.0 of the smaller unit.
    while (amount >= 999.95 && unit + 1 < units.size()) {
        amount /= 1000;
        ++unit;
    }
    std::array<char, 32> digits{};
    std::snprintf(digits.data(), digits.size(), amount < 99.95 ? "%.1f " : "%.0f ", amount);
    return digits.data() + std::string(units[unit]);
}

std::string count_text(std::uint64_t count) {
    std::string digits = std::to_string(count);
    for (std::size_t from_end = 3; from_end < digits.size(); from_end += 4) {
        digits.insert(digits.size() - from_end, 1, ',');
    }
    return digits;
}

std::string duration_text(std::uint64_t seconds) {
    if (seconds < 60) return std::to_string(seconds) + " s";
    const std::uint64_t minutes = (seconds + 30) / 60;
    if (minutes < 60) return std::to_string(minutes) + " min";
    return std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
}

std::string clock_text(WallTime at) {
    const std::tm time = local(at);
    std::array<char, 16> text{};
    std::strftime(text.data(), text.size(), "%H:%M", &time);
    return text.data();
}

std::int64_t local_day(WallTime at) {
    const std::tm time = local(at);
    return std::int64_t{time.tm_year} * 400 + time.tm_yday;
}

std::string day_text(WallTime at, WallTime now) {
    if (local_day(at) == local_day(now)) return std::string(say(Text::today));
    if (local_day(at + std::chrono::hours(24)) == local_day(now)) {
        return std::string(say(Text::yesterday));
    }
    const std::tm time = local(at);
    std::array<char, 16> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%d", &time);
    return text.data();
}

}  // namespace dropline::ui
