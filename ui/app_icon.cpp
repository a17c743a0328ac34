#include "ui/app_icon.hpp"

#include <algorithm>
#include <cmath>

namespace dropline::ui {
namespace {

/// How far outside the rounded square a place is; all in units of half the icon's side.
double outside_ground(double x, double y) {
    constexpr double half = 0.94;
    constexpr double corner = 0.42;
    const double dx = std::max(std::abs(x) - (half - corner), 0.0);
    const double dy = std::max(std::abs(y) - (half - corner), 0.0);
    return std::hypot(dx, dy) - corner;
}

/// A circle below, drawn out to a tip above.
double outside_drop(double x, double y) {
    constexpr double radius = 0.42;
    constexpr double center_y = 0.18;
    constexpr double tip_y = -0.68;
    const double circle = std::hypot(x, y - center_y) - radius;
    if (y > center_y || y < tip_y) return circle;
    const double share = (y - tip_y) / (center_y - tip_y);
    const double half_width = radius * std::sin(share * share * 1.5707963);
    return std::min(circle, (std::abs(x) - half_width) * 0.9);
}

double cover(double distance, double pixel) { return std::clamp(0.5 - distance / pixel, 0.0, 1.0); }

std::uint8_t channel(double ground, double drop, double amount) {
    return static_cast<std::uint8_t>(std::lround(ground + (drop - ground) * amount));
}

}  // namespace

std::vector<std::uint8_t> app_icon(int side) {
    std::vector<std::uint8_t> pixels;
    pixels.reserve(static_cast<std::size_t>(side) * static_cast<std::size_t>(side) * 4);
    const double pixel = 2.0 / side;
    for (int row = 0; row < side; ++row) {
        for (int column = 0; column < side; ++column) {
            const double x = (column + 0.5) * pixel - 1;
            const double y = (row + 0.5) * pixel - 1;
            const double drop = cover(outside_drop(x, y), pixel);
            pixels.push_back(channel(63 - 18 * y, 255, drop));
            pixels.push_back(channel(111 - 20 * y, 255, drop));
            pixels.push_back(channel(224 - 14 * y, 255, drop));
            pixels.push_back(
                static_cast<std::uint8_t>(std::lround(255 * cover(outside_ground(x, y), pixel))));
        }
    }
    return pixels;
}

}  // namespace dropline::ui
