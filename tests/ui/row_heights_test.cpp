#include "ui/model/row_heights.hpp"

#include <catch2/catch_test_macros.hpp>

#include <random>

using dropline::ui::RowHeights;

TEST_CASE("rows are found by their distance from the top") {
    RowHeights rows;
    rows.assign({10, 20, 30});
    CHECK(rows.total() == 60);
    CHECK(rows.top_of(0) == 0);
    CHECK(rows.top_of(2) == 30);
    CHECK(rows.row_at(0) == 0);
    CHECK(rows.row_at(9.5) == 0);
    CHECK(rows.row_at(10) == 1);
    CHECK(rows.row_at(59) == 2);
    CHECK(rows.row_at(1000) == 2);
}

TEST_CASE("heights added, set and summed agree with plain addition") {
    std::mt19937 random(20261123);
    RowHeights rows;
    std::vector<float> plain;
    for (int step = 0; step < 3000; ++step) {
        const auto height = static_cast<float>(random() % 100 + 1);
        if (plain.empty() || random() % 3 != 0) {
            rows.append(height);
            plain.push_back(height);
        } else {
            const std::size_t row = random() % plain.size();
            rows.set(row, height);
            plain[row] = height;
        }
    }
    double top = 0;
    for (std::size_t row = 0; row < plain.size(); ++row) {
        REQUIRE(rows.top_of(row) == top);
        REQUIRE(rows.row_at(top) == row);
        top += static_cast<double>(plain[row]);
    }
    CHECK(rows.total() == top);
}
