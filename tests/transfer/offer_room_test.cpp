// What of an offer is there already needs no room.
#include "net/transfer/offer_room.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <atomic>
#include <filesystem>
#include <optional>
#include <string>

#include "net/api/limits.hpp"
#include "net/transfer/chosen_part.hpp"
#include "tests/transfer/reception.hpp"
#include "tests/transfer/test_folder.hpp"

namespace dropline::tests {
namespace {

/// A disk with room for so many bytes and no more.
struct SmallDisk {
    TestFolder folder;
    std::atomic<bool> is_given_up{false};

    Result<void> check(std::uint64_t room, const Manifest& list, const ReceiveState& wanted) const {
        const FreeSpace space{limits::disk_reserve_bytes + room, std::uint64_t{1} << 40U, {}};
        const auto target =
            ReceiveFolder::open(folder.receive(), [=](int) { return std::optional(space); });
        REQUIRE(target);
        return check_room_for(*target, list, wanted, is_given_up);
    }
    Result<void> check(std::uint64_t room, const Manifest& list) const {
        return check(room, list, ReceiveState::all_of(list));
    }
    void put(const std::string& name, std::size_t bytes) const {
        std::filesystem::create_directories((folder.receive() / name).parent_path());
        folder.write(folder.receive() / name, std::string(bytes, 'x'));
    }
};

TEST_CASE_METHOD(SmallDisk, "An offer that is there already needs no room on a disk that is full") {
    put("a", 100);
    put("d/1", 200);
    put("d/sub/2", 300);
    const Manifest list = list_of({{"a", 100}, {"d/", 0}, {"d/1", 200}, {"d/sub/2", 300}});
    CHECK(check(0, list));
}

TEST_CASE_METHOD(SmallDisk, "Only what is new of an offer needs room, and the sentence says so") {
    put("a", 100);
    put("b", 1000);
    const Manifest list = list_of({{"a", 100}, {"b", 500}, {"c", 700}});
    CHECK(check(1300, list));
    CHECK(check(1200, list));
    const auto refused = check(1199, list);
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().code == FaultCode::disk_full);
    CHECK(refused.fault().sentence.starts_with("What is new of the offer needs 1.2 kB, but only "));
    const auto all_new = check(10, list_of({{"c", 700}}));
    REQUIRE_FALSE(all_new);
    CHECK(all_new.fault().sentence.starts_with("The offer needs 700 B, but only "));
}

TEST_CASE_METHOD(SmallDisk, "What was left out needs no room, there or not") {
    put("b", 500);
    const Manifest list = list_of({{"a", 100}, {"b", 500}, {"c", 700}});
    CHECK(check(100, list, chosen_part(list, {"a", "b"}, {})));
    CHECK_FALSE(check(99, list, chosen_part(list, {"a", "b"}, {})));
}

TEST_CASE_METHOD(SmallDisk,
                 "What came an earlier time under a name with a number is there as well") {
    put("a", 1);
    put("a (2)", 100);
    CHECK(check(0, list_of({{"a", 100}})));
}

TEST_CASE_METHOD(SmallDisk,
                 "A folder that lacks one file, or has it in another size, needs all its room") {
    put("d/1", 200);
    put("d/2", GENERATE(299U, 301U));
    CHECK_FALSE(check(499, list_of({{"d/", 0}, {"d/1", 200}, {"d/2", 300}})));
    CHECK_FALSE(check(499, list_of({{"d/", 0}, {"d/1", 200}, {"d/3", 300}})));
}

TEST_CASE_METHOD(SmallDisk, "Nobody waits for a look at a disk that is not wanted any more") {
    put("a", 100);
    is_given_up = true;
    const auto checked = check(0, list_of({{"a", 100}}));
    REQUIRE_FALSE(checked);
    CHECK(checked.fault().code == FaultCode::cancelled);
}

TEST_CASE_METHOD(SmallDisk, "A24: what a link leads to is not there") {
    put("real", 100);
    std::filesystem::create_symlink(folder.receive() / "real", folder.receive() / "a");
    CHECK_FALSE(check(99, list_of({{"a", 100}})));
    put("a (2)", 100);
    CHECK(check(0, list_of({{"a", 100}})));
}

TEST_CASE_METHOD(SmallDisk, "A4: a target that is no folder takes nothing, however little") {
    const Manifest list = list_of({{"a", 1}});
    for (const auto& target : {folder.all() / "missing", folder.all() / "canary"}) {
        const auto checked = check_target(target, list, ReceiveState::all_of(list), is_given_up);
        REQUIRE_FALSE(checked);
        CHECK(checked.fault().code == FaultCode::file_error);
    }
    CHECK(check_target(folder.receive(), list, ReceiveState::all_of(list), is_given_up));
}

}  // namespace
}  // namespace dropline::tests
