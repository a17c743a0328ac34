#include <catch2/catch_test_macros.hpp>

#include "net/transfer/transfer_record.hpp"

namespace dropline {
namespace {

using std::chrono::seconds;
constexpr TimePoint noon{std::chrono::hours(1)};

TEST_CASE("A rate is bytes a second over the last two seconds") {
    RateMeter meter;
    CHECK(meter.bytes_per_s(noon) == 0);
    meter.add(noon, 0);
    meter.add(noon + seconds(1), 1000);
    CHECK(meter.bytes_per_s(noon + seconds(1)) == 1000);
    for (int second = 2; second <= 10; ++second) meter.add(noon + seconds(second), 1000);
    CHECK(meter.bytes_per_s(noon + seconds(10)) == 0);
}

TEST_CASE("A transfer that starts over has no rate of before, and no enormous one") {
    RateMeter meter;
    meter.add(noon, 5'000'000);
    meter.add(noon + seconds(1), 6'000'000);
    meter.add(noon + seconds(1), 0);
    CHECK(meter.bytes_per_s(noon + seconds(1)) == 0);
    meter.add(noon + seconds(2), 2000);
    CHECK(meter.bytes_per_s(noon + seconds(2)) == 2000);
}

}  // namespace
}  // namespace dropline
