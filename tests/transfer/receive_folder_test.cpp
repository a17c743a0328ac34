#include "net/transfer/receive_folder.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <string>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "tests/transfer/hostile_names.hpp"
#include "tests/transfer/test_folder.hpp"

using namespace dropline;
using dropline::tests::TestFolder;
namespace fs = std::filesystem;

namespace {

using Names = std::vector<std::string>;

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
}

struct stat status_of(const fs::path& path) {
    struct stat status {};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    return status;
}

Result<std::string> publish(PartFile& part,
                            std::optional<std::int64_t> modified_at_s = std::nullopt) {
    REQUIRE(part.sync(modified_at_s));
    return part.publish();
}

/// Stores `content` under `name`; the name it got.
std::string store(const ReceiveFolder& folder, const std::string& name,
                  const std::string& content) {
    auto part = folder.create_part(name, content.size());
    REQUIRE(part);
    REQUIRE(part->append(bytes_of(content)));
    auto stored = publish(*part);
    REQUIRE(stored);
    return *stored;
}

ReceiveFolder open_with_space(const TestFolder& folder, FreeSpace space) {
    auto opened = ReceiveFolder::open(folder.receive(), [=](int) { return std::optional(space); });
    REQUIRE(opened);
    return std::move(*opened);
}

constexpr std::uint64_t gigabyte = 1'000'000'000;

}  // namespace

TEST_CASE("A file is NAME.part for its owner alone until it is whole, then NAME for all") {
    TestFolder folder;
    const mode_t before = ::umask(022);
    const auto target = ReceiveFolder::open(folder.receive());
    REQUIRE(target);
    auto part = target->create_part("photo.jpg", 5);
    REQUIRE(part);
    REQUIRE(part->append(bytes_of("hello")));
    CHECK(folder.received_names() == Names{"photo.jpg.part"});
    CHECK((status_of(folder.receive() / "photo.jpg.part").st_mode & 07777) == 0600);
    CHECK(*publish(*part) == "photo.jpg");
    CHECK(folder.received_names() == Names{"photo.jpg"});
    CHECK((status_of(folder.receive() / "photo.jpg").st_mode & 07777) == 0644);
    CHECK(tests::read_file(folder.receive() / "photo.jpg") == "hello");
    ::umask(before);
}

TEST_CASE("A24: an unfinished file is as large as what arrived, not as what was announced") {
    TestFolder folder;
    const auto target = ReceiveFolder::open(folder.receive());
    auto part = target->create_part("x", 1'000'000'000);
    REQUIRE(part);
    REQUIRE(part->append(bytes_of("hello")));
    CHECK(status_of(folder.receive() / "x.part").st_size == 5);
}

TEST_CASE("The time of a file is kept, but never in the future") {
    TestFolder folder;
    const auto target = ReceiveFolder::open(folder.receive());
    const std::time_t begun_at = std::time(nullptr);
    const auto stored_time = [&](std::int64_t modified_at_s) {
        auto part = target->create_part("x", 0);
        REQUIRE(part);
        const auto name = publish(*part, modified_at_s);
        REQUIRE(name);
        return status_of(folder.receive() / *name).st_mtime;
    };
    CHECK(stored_time(1'000'000'000) == 1'000'000'000);
    CHECK(stored_time(0) == 0);
    const std::time_t clamped = stored_time(begun_at + 1'000'000);
    CHECK(clamped >= begun_at);
    CHECK(clamped <= std::time(nullptr));
    CHECK(stored_time(std::numeric_limits<std::int64_t>::max()) <= std::time(nullptr));
}

TEST_CASE("What has the name already stays, and the new file gets a number") {
    TestFolder folder;
    const auto root = folder.receive();
    const auto target = ReceiveFolder::open(root);
    SECTION("a file") {
        folder.write(root / "x.txt", "mine");
        CHECK(store(*target, "x.txt", "new") == "x (2).txt");
        CHECK(store(*target, "x.txt", "newer") == "x (3).txt");
        CHECK(tests::read_file(root / "x.txt") == "mine");
        CHECK(tests::read_file(root / "x (3).txt") == "newer");
    }
    SECTION("a read-only file") {
        fs::permissions(folder.write(root / "x.txt", "mine"), fs::perms::owner_read);
        CHECK(store(*target, "x.txt", "new") == "x (2).txt");
        CHECK(tests::read_file(root / "x.txt") == "mine");
    }
    SECTION("a folder") {
        fs::create_directory(root / "x.txt");
        CHECK(store(*target, "x.txt", "new") == "x (2).txt");
    }
    SECTION("a link to somebody else's file") {
        fs::create_symlink(folder.all() / "canary", root / "x.txt");
        CHECK(store(*target, "x.txt", "new") == "x (2).txt");
    }
    SECTION("a dangling link") {
        fs::create_symlink(folder.all() / "not-yet", root / "x.txt");
        CHECK(store(*target, "x.txt", "new") == "x (2).txt");
    }
    SECTION("a pipe") {
        REQUIRE(::mkfifo((root / "x.txt").c_str(), 0600) == 0);
        CHECK(store(*target, "x.txt", "new") == "x (2).txt");
    }
    CHECK(folder.is_rest_untouched());
}

TEST_CASE("What has the name of our unfinished file stays as well") {
    TestFolder folder;
    const auto root = folder.receive();
    const auto target = ReceiveFolder::open(root);
    SECTION("a file") { folder.write(root / "x.part", "mine"); }
    SECTION("a link") { fs::create_symlink(folder.all() / "canary", root / "x.part"); }
    const auto before = status_of(root / "x.part");
    auto part = target->create_part("x", 3);
    REQUIRE(part);
    CHECK(folder.received_names() == Names{"x (2).part", "x.part"});
    REQUIRE(part->append(bytes_of("new")));
    CHECK(*publish(*part) == "x");
    CHECK(status_of(root / "x.part").st_ino == before.st_ino);
    CHECK(folder.is_rest_untouched());
}

TEST_CASE("A23: names of 255 bytes have room for their part and their number") {
    TestFolder folder;
    const auto target = ReceiveFolder::open(folder.receive());
    const std::string name = std::string(251, 'n') + ".txt";
    CHECK(store(*target, name, "1") == name);
    CHECK(store(*target, name, "2") == std::string(247, 'n') + " (2).txt");
}

TEST_CASE("An abandoned file leaves nothing behind") {
    TestFolder folder;
    const auto target = ReceiveFolder::open(folder.receive());
    {
        auto part = target->create_part("x", 5);
        REQUIRE(part);
        REQUIRE(part->append(bytes_of("hell")));
        CHECK(folder.received_names() == Names{"x.part"});
    }
    CHECK(folder.received_names().empty());
}

TEST_CASE("A9: clean-up removes our file and no other that has taken its name") {
    TestFolder folder;
    const auto root = folder.receive();
    const auto target = ReceiveFolder::open(root);
    {
        auto part = target->create_part("x", 5);
        REQUIRE(part);
        fs::rename(root / "x.part", root / "moved");
        folder.write(root / "x.part", "mine");
    }
    CHECK(tests::read_file(root / "x.part") == "mine");
}

TEST_CASE("A file that somebody put in our file's place is never published") {
    TestFolder folder;
    const auto root = folder.receive();
    const auto target = ReceiveFolder::open(root);
    auto part = target->create_part("x", 0);
    REQUIRE(part);
    fs::rename(folder.write(root / "evil", "evil"), root / "x.part");
    const auto published = publish(*part);
    REQUIRE_FALSE(published);
    CHECK(published.fault().code == FaultCode::file_error);
    CHECK_FALSE(fs::exists(root / "x"));
}

TEST_CASE("A3 A4: no hostile name leaves the folder, whatever way the folder was named") {
    const tests::HostileName& name = GENERATE(from_range(tests::hostile_names()));
    INFO(escape_for_display(name.sent));
    TestFolder folder;
    fs::create_directory_symlink("receive", folder.all() / "link");
    folder.remember();
    const bool is_by_link = GENERATE(false, true);
    const auto target = ReceiveFolder::open(folder.all() / (is_by_link ? "link" : "receive"));
    REQUIRE(target);
    auto part = target->create_part(name.sent, 5);
    REQUIRE(part.has_value() == (name.safe.has_value() && name.is_single_file()));
    if (part) {
        REQUIRE(part->append(bytes_of("hello")));
        CHECK(*publish(*part) == *name.safe);
        CHECK(folder.received_names() == Names{*name.safe});
    } else {
        CHECK(part.fault().code == FaultCode::bad_name);
        CHECK(folder.received_names().empty());
    }
    CHECK(folder.is_rest_untouched());
}

TEST_CASE("A4: a target that is no folder is a clear error") {
    TestFolder folder;
    for (const auto& target : {folder.all() / "missing", folder.all() / "canary"}) {
        const auto opened = ReceiveFolder::open(target);
        REQUIRE_FALSE(opened);
        CHECK(opened.fault().code == FaultCode::file_error);
        CHECK(opened.fault().sentence.find(target.string()) != std::string::npos);
        CHECK_FALSE(check_target(target, 1));
    }
    CHECK(folder.is_rest_untouched());
}

TEST_CASE("A folder replaced by a link after it was chosen receives nothing elsewhere") {
    TestFolder folder;
    const auto target = ReceiveFolder::open(folder.receive());
    fs::create_directory(folder.all() / "elsewhere");
    fs::rename(folder.receive(), folder.all() / "moved");
    fs::create_directory_symlink("elsewhere", folder.receive());
    CHECK(store(*target, "x", "hello") == "x");
    CHECK(fs::is_empty(folder.all() / "elsewhere"));
    CHECK(tests::read_file(folder.all() / "moved/x") == "hello");
}

TEST_CASE("A folder that is removed meanwhile is a clear error") {
    TestFolder folder;
    const auto target = ReceiveFolder::open(folder.receive());
    fs::remove(folder.receive());
    const auto part = target->create_part("x", 1);
    REQUIRE_FALSE(part);
    CHECK(part.fault().code == FaultCode::file_error);
}

TEST_CASE("A24: what does not fit is refused before anything is made, with both numbers") {
    TestFolder folder;
    const auto target = open_with_space(folder, {3 * gigabyte, 100 * gigabyte, std::nullopt});
    const std::uint64_t bytes = GENERATE(std::uint64_t{8} << 40U, limits::file_bytes_max,
                                         std::uint64_t{~0ULL >> 1U}, ~std::uint64_t{0});
    const auto part = target.create_part("big.iso", bytes);
    REQUIRE_FALSE(part);
    CHECK(part.fault().code == FaultCode::disk_full);
    CHECK(folder.received_names().empty());
    const auto fits = target.check_space("\"big.iso\"", 8 * gigabyte, 1);
    REQUIRE_FALSE(fits);
    CHECK(fits.fault().sentence ==
          "\"big.iso\" needs 8.0 GB, but only 0 B of the disk can be used (5.0 GB are kept free).");
}

TEST_CASE("The reserve is 512 MiB or 5 percent of the disk, whichever is more") {
    TestFolder folder;
    const std::uint64_t small_reserve = limits::disk_reserve_bytes;
    const auto small = open_with_space(folder, {small_reserve + 1000, gigabyte, std::nullopt});
    CHECK(small.check_space("x", 1000, 1));
    CHECK_FALSE(small.check_space("x", 1001, 1));
    const auto large = open_with_space(folder, {6 * gigabyte, 100 * gigabyte, std::nullopt});
    CHECK(large.check_space("x", gigabyte, 1));
    CHECK_FALSE(large.check_space("x", gigabyte + 1, 1));
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

TEST_CASE("F2: room that vanishes on the way is noticed within 64 MiB and nothing stays") {
    TestFolder folder;
    std::uint64_t available = 50 * gigabyte;
    const auto target = ReceiveFolder::open(folder.receive(), [&](int) {
        return std::optional(FreeSpace{available, 60 * gigabyte, std::nullopt});
    });
    const std::string piece(1024 * 1024, 'x');
    std::optional<Fault> fault;
    {
        auto part = target->create_part("x", 40 * gigabyte);
        REQUIRE(part);
        REQUIRE(part->append(bytes_of(piece)));
        available = 4 * gigabyte;
        while (!fault && part->bytes_written() <= 65 * piece.size()) {
            const auto written = part->append(bytes_of(piece));
            if (!written) fault = written.fault();
        }
    }
    REQUIRE(fault);
    CHECK(fault->code == FaultCode::disk_full);
    CHECK(fault->sentence.find("39.9 GB") != std::string::npos);
    CHECK(fault->sentence.find("1.0 GB") != std::string::npos);
    CHECK(folder.received_names().empty());
}
