#include "ui/model/row_heights.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace dropline::ui {
namespace {

std::size_t lowest_bit(std::size_t i) { return i & (~i + 1); }

}  // namespace

double RowHeights::top_of(std::size_t row) const {
    double sum = 0;
    for (std::size_t i = row; i > 0; i -= lowest_bit(i)) sum += sums_[i];
    return sum;
}

std::size_t RowHeights::row_at(double distance) const {
    std::size_t row = 0;
    for (std::size_t step = std::bit_floor(heights_.size()); step > 0; step /= 2) {
        if (row + step > heights_.size() || sums_[row + step] > distance) continue;
        row += step;
        distance -= sums_[row];
    }
    return std::min(row, heights_.size() - 1);
}

void RowHeights::assign(std::vector<float> heights) {
    heights_ = std::move(heights);
    sums_.assign(heights_.size() + 1, 0.0);
    total_ = 0;
    for (std::size_t i = 1; i < sums_.size(); ++i) {
        const double height = static_cast<double>(heights_[i - 1]);
        sums_[i] += height;
        total_ += height;
        const std::size_t parent = i + lowest_bit(i);
        if (parent < sums_.size()) sums_[parent] += sums_[i];
    }
}

void RowHeights::append(float height) {
    heights_.push_back(height);
    const std::size_t i = heights_.size();
    const std::size_t first = i - lowest_bit(i);
    sums_.push_back(top_of(i - 1) - top_of(first) + static_cast<double>(height));
    total_ += static_cast<double>(height);
}

void RowHeights::set(std::size_t row, float height) {
    const double change = static_cast<double>(height) - static_cast<double>(heights_[row]);
    if (change == 0.0) return;
    heights_[row] = height;
    total_ += change;
    for (std::size_t i = row + 1; i < sums_.size(); i += lowest_bit(i)) sums_[i] += change;
}

}  // namespace dropline::ui
