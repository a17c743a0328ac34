// The heights of very many rows: which row is at a place, and where a row begins, in O(log n).
// Thread: ui. Rows not yet seen have a guessed height, put right when they are first drawn.
#pragma once

#include <cstddef>
#include <vector>

namespace dropline::ui {

class RowHeights {
  public:
    std::size_t size() const { return heights_.size(); }
    double total() const { return total_; }
    float at(std::size_t row) const { return heights_[row]; }

    /// The distance from the top of the first row to the top of `row`; `row` may be `size()`.
    double top_of(std::size_t row) const;
    /// The row that covers this distance from the top; the last one beyond the end. Not for none.
    std::size_t row_at(double distance) const;

    void assign(std::vector<float> heights);
    void append(float height);
    void set(std::size_t row, float height);

  private:
    // A Fenwick tree over the heights: sums_[i] covers the i & -i rows that end at row i - 1.
    std::vector<float> heights_;
    std::vector<double> sums_{0.0};
    double total_ = 0;
};

}  // namespace dropline::ui
