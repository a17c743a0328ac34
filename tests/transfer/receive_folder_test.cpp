#include "net/transfer/receive_folder.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <filesystem>
#include <string>

#include "net/api/limits.hpp"
#include "tests/transfer/test_folder.hpp"

using namespace dropline;
using dropline::tests::TestFolder;

namespace {

ReceiveFolder open_with_space(const TestFolder& folder, FreeSpace space) {
    auto opened = ReceiveFolder::open(folder.receive(), [=](int) { return std::optional(space); });
    REQUIRE(opened);
    return std::move(*opened);
}

constexpr std::uint64_t gigabyte = 1'000'000'000;
constexpr std::uint64_t reserve = limits::disk_reserve_bytes;

}  // namespace

TEST_CASE("A4: a target that is no folder is a clear error") {
    TestFolder folder;
    for (const auto& target : {folder.all() / "missing", folder.all() / "canary"}) {
        const auto opened = ReceiveFolder::open(target);
        REQUIRE_FALSE(opened);
        CHECK(opened.fault().code == FaultCode::file_error);
        CHECK(opened.fault().sentence.find(target.string()) != std::string::npos);
    }
    CHECK(folder.is_rest_untouched());
}

TEST_CASE("A24: what does not fit is refused with both numbers, however large") {
    TestFolder folder;
    const auto target =
        open_with_space(folder, {reserve + 3 * gigabyte, 100 * gigabyte, std::nullopt});
    const std::uint64_t bytes = GENERATE(std::uint64_t{8} << 40U, limits::file_bytes_max,
                                         std::uint64_t{~0ULL >> 1U}, ~std::uint64_t{0});
    const auto huge = target.check_space("\"big.iso\"", bytes, 1);
    REQUIRE_FALSE(huge);
    CHECK(huge.fault().code == FaultCode::disk_full);
    const auto large = target.check_space("\"big.iso\"", 8 * gigabyte, 1);
    REQUIRE_FALSE(large);
    CHECK(large.fault().sentence ==
          "\"big.iso\" needs 8.0 GB, but only 3.0 GB of the disk can be "
          "used (536.9 MB are kept free).");
}

TEST_CASE("The reserve is 512 MiB or 5 percent of the disk, whichever is less") {
    TestFolder folder;
    const auto large = open_with_space(folder, {reserve + 1000, 100 * gigabyte, std::nullopt});
    CHECK(large.check_space("x", 1000, 1));
    CHECK_FALSE(large.check_space("x", 1001, 1));
    constexpr std::uint64_t disk = 20'000'000;
    const auto small = open_with_space(folder, {disk, disk, std::nullopt});
    CHECK(small.check_space("x", disk / 20 * 19, 1));
    CHECK_FALSE(small.check_space("x", disk / 20 * 19 + 1, 1));
}

TEST_CASE("A25: the last 10,000 names of a disk are kept free") {
    TestFolder folder;
    const FreeSpace space{50 * gigabyte, 100 * gigabyte, 10'005};
    const auto target = open_with_space(folder, space);
    CHECK(target.check_space("5 files", 1, 5));
    const auto refused = target.check_space("6 files", 1, 6);
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().code == FaultCode::disk_full);
}

TEST_CASE("A disk that cannot tell how much room it has is tried") {
    TestFolder folder;
    const auto target =
        ReceiveFolder::open(folder.receive(), [](int) { return std::optional<FreeSpace>(); });
    REQUIRE(target);
    CHECK(target->check_space("x", ~std::uint64_t{0}, 1));
}
