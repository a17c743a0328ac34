// Where a transfer lies until it is whole, and how it gets its final names.
#include "net/transfer/staging.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <limits>
#include <string>

#include "net/api/safe_text.hpp"
#include "net/platform/disk.hpp"
#include "net/platform/landlock.hpp"
#include "tests/transfer/hostile_names.hpp"
#include "tests/transfer/no_descriptors.hpp"
#include "tests/transfer/nothing_removed.hpp"
#include "tests/transfer/reception.hpp"
#include "tests/transfer/sender_frames.hpp"

using namespace dropline;
using namespace dropline::tests;
using Names = std::vector<std::string>;
namespace fs = std::filesystem;

namespace {

struct stat status_of(const fs::path& path) {
    struct stat status {};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    return status;
}

mode_t mode_of(const fs::path& path) { return status_of(path).st_mode & 07777; }

/// One connection that brings everything there is of this list.
Result<void> receive(Reception& reception, const std::string& stream) {
    if (auto prepared = reception.prepare(); !prepared) return prepared;
    return reception.take(stream);
}

}  // namespace

TEST_CASE("A file is NAME.part for its owner alone until it is whole, then NAME for all") {
    TestFolder folder;
    Reception reception(folder.receive(), list_of({{"photo.jpg", 5}}));
    REQUIRE(receive(reception, data_frame(0, 0, "hello")));
    CHECK(folder.received_names() == Names{"photo.jpg.part"});
    CHECK(mode_of(folder.receive() / "photo.jpg.part") == 0600);
    REQUIRE(receive(reception, begin_frame(0, 5) + end_frame(0, 5, digest_of("hello"))));
    CHECK(folder.received_names() == Names{"photo.jpg"});
    CHECK(mode_of(folder.receive() / "photo.jpg") == 0644);
    CHECK(holds(folder.receive() / "photo.jpg", "hello"));
    CHECK(reception.saved_as() == Names{"photo.jpg"});
}

TEST_CASE("A folder is hidden and for its owner alone until it is whole, then appears at once") {
    TestFolder folder;
    Reception reception(folder.receive(),
                        list_of({{"d/", 0}, {"d/a", 1}, {"d/sub/", 0}, {"d/sub/b", 1}}));
    REQUIRE(receive(reception, file_frames(1, "a")));
    CHECK(folder.received_names() == Names{".d.part"});
    CHECK(mode_of(folder.receive() / ".d.part") == 0700);
    REQUIRE(receive(reception, file_frames(3, "b")));
    CHECK(folder.received_names() == Names{"d"});
    CHECK(holds(folder.receive() / "d/a", "a"));
    CHECK(holds(folder.receive() / "d/sub/b", "b"));
    CHECK(mode_of(folder.receive() / "d") == 0755);
    CHECK(mode_of(folder.receive() / "d/sub") == 0755);
    CHECK(mode_of(folder.receive() / "d/a") == 0644);
}

TEST_CASE("What the umask takes away stays away, and the execute bit is for who may read") {
    struct Case {
        mode_t finished;
        mode_t plain;
        mode_t runnable;
    };
    const Case rights =
        GENERATE(Case{0644, 0644, 0755}, Case{0640, 0640, 0750}, Case{0600, 0600, 0700});
    TestFolder folder;
    Manifest list = list_of({{"d/", 0}, {"d/plain", 0}, {"d/run", 0}, {"run", 0}});
    list.entries[2].is_executable = true;
    list.entries[3].is_executable = true;
    Reception reception(folder.receive(), list);
    reception.finished_mode = rights.finished;
    REQUIRE(receive(reception, file_frames(1, "") + file_frames(2, "") + file_frames(3, "")));
    CHECK(mode_of(folder.receive() / "d/plain") == rights.plain);
    CHECK(mode_of(folder.receive() / "d/run") == rights.runnable);
    CHECK(mode_of(folder.receive() / "run") == rights.runnable);
    CHECK(mode_of(folder.receive() / "d") == rights.runnable);
}

TEST_CASE("Times of files and folders are kept, but never in the future") {
    TestFolder folder;
    const std::time_t begun_at = std::time(nullptr);
    Manifest list =
        list_of({{"d/", 0}, {"d/old", 1}, {"d/sub/", 0}, {"d/sub/epoch", 0}, {"d/tomorrow", 0}});
    list.entries[0].modified_at_s = 1'000'000'000;
    list.entries[1].modified_at_s = 1'100'000'000;
    list.entries[2].modified_at_s = 1'200'000'000;
    list.entries[3].modified_at_s = 0;
    list.entries[4].modified_at_s = std::numeric_limits<std::int64_t>::max();
    Reception reception(folder.receive(), list);
    REQUIRE(receive(reception, file_frames(1, "x") + file_frames(3, "") + file_frames(4, "")));
    const auto root = folder.receive();
    CHECK(status_of(root / "d").st_mtime == 1'000'000'000);
    CHECK(status_of(root / "d/old").st_mtime == 1'100'000'000);
    CHECK(status_of(root / "d/sub").st_mtime == 1'200'000'000);
    CHECK(status_of(root / "d/sub/epoch").st_mtime == 0);
    CHECK(status_of(root / "d/tomorrow").st_mtime >= begun_at);
    CHECK(status_of(root / "d/tomorrow").st_mtime <= std::time(nullptr));
}

TEST_CASE("Files without a byte and folders without a file arrive") {
    TestFolder folder;
    Reception reception(folder.receive(), list_of({{"d/", 0},
                                                   {"d/empty/", 0},
                                                   {"d/empty/deeper/", 0},
                                                   {"d/zero", 0},
                                                   {"only/", 0},
                                                   {"z", 0}}));
    REQUIRE(receive(reception, file_frames(3, "") + file_frames(5, "")));
    REQUIRE(reception.has_all());
    CHECK(folder.received_names() == Names{"d", "only", "z"});
    CHECK(fs::is_empty(folder.receive() / "d/empty/deeper"));
    CHECK(fs::is_empty(folder.receive() / "d/zero"));
    CHECK(fs::is_empty(folder.receive() / "only"));
}

TEST_CASE("Folders that the list does not name are as open as those it names") {
    TestFolder folder;
    Reception reception(folder.receive(), list_of({{"d/sub/x", 1}}));
    REQUIRE(receive(reception, file_frames(0, "x")));
    CHECK(holds(folder.receive() / "d/sub/x", "x"));
    CHECK(mode_of(folder.receive() / "d") == 0755);
    CHECK(mode_of(folder.receive() / "d/sub") == 0755);
}

TEST_CASE("Of a partial choice only that arrives, and the folders above it") {
    TestFolder folder;
    const Manifest list = list_of({{"d/", 0},
                                   {"d/no", 1},
                                   {"d/no folder/", 0},
                                   {"d/sub/", 0},
                                   {"d/sub/no", 1},
                                   {"d/sub/yes", 1},
                                   {"not", 1},
                                   {"single", 1}});
    Reception reception(folder.receive(), list);
    for (const std::uint32_t index : {1U, 2U, 4U, 6U}) reception.state.leave_out(list, index);
    CHECK(reception.state.bytes_wanted == 2);
    CHECK(reception.state.files_wanted == 2);
    REQUIRE(reception.prepare());
    CHECK(reception.plan.is_skipped ==
          std::vector<bool>{true, true, true, true, true, false, true, false});
    SECTION("in one connection") {
        REQUIRE(reception.take(file_frames(5, "y") + file_frames(7, "s")));
    }
    SECTION("after a restart in the middle") {
        REQUIRE(reception.take(file_frames(5, "y")));
        reception.restart();
        REQUIRE(receive(reception,
                        begin_frame(5, 1) + end_frame(5, 1, digest_of("y")) + file_frames(7, "s")));
    }
    SECTION("a file that was left out is not taken") {
        const auto taken = reception.take(file_frames(1, "n"));
        REQUIRE_FALSE(taken);
        CHECK(taken.fault().code == FaultCode::protocol_error);
        return;
    }
    REQUIRE(reception.has_all());
    CHECK(folder.received_names() == Names{"d", "single"});
    CHECK(folder.listing(folder.receive() / "d").size() == 2);
    CHECK(holds(folder.receive() / "d/sub/yes", "y"));
}

TEST_CASE("A24: an unfinished file is as large as what arrived, not as what was announced") {
    TestFolder folder;
    Reception reception(folder.receive(), list_of({{"x", 1'000'000'000}}),
                        [](int) { return std::optional<FreeSpace>(); });
    REQUIRE(receive(reception, data_frame(0, 0, "hello")));
    CHECK(fs::file_size(folder.receive() / "x.part") == 5);
}

TEST_CASE("A23: names of 255 bytes have room for their part, their number and their hidden place") {
    TestFolder folder;
    const std::string name = std::string(251, 'n') + ".txt";
    for (const char* content : {"1", "22"}) {
        Reception reception(folder.receive(), list_of({{name, std::string(content).size()}}));
        REQUIRE(receive(reception, file_frames(0, content)));
    }
    const std::string folder_name(255, 'f');
    Reception reception(folder.receive(),
                        list_of({{folder_name + "/", 0}, {folder_name + "/x", 1}}));
    REQUIRE(receive(reception, file_frames(1, "x")));
    CHECK(folder.received_names() == Names{folder_name, std::string(247, 'n') + " (2).txt", name});
}

TEST_CASE("Depth 32 and paths of a thousand bytes arrive") {
    TestFolder folder;
    std::string path = "d";
    while (std::ranges::count(path, '/') < 31) path += "/" + std::string(29, 'p');
    Reception reception(folder.receive(), list_of({{path, 1}}));
    REQUIRE(receive(reception, file_frames(0, "x")));
    CHECK(holds(folder.receive() / path, "x"));
}

// ---- Names that somebody else has ---------------------------------------------------------------

TEST_CASE("What has the name of our unfinished file or folder stays as well") {
    TestFolder folder;
    const auto root = folder.receive();
    SECTION("a file") { folder.write(root / "x.part", "mine"); }
    SECTION("a private file") {
        fs::permissions(folder.write(root / "x.part", "mine"), fs::perms(0600));
    }
    SECTION("a link") { fs::create_symlink(folder.all() / "canary", root / "x.part"); }
    SECTION("a folder") { fs::create_directory(root / "x.part"); }
    fs::create_directory(root / ".d.part");
    folder.write(root / ".d.part/theirs", "theirs");
    const auto before = status_of(root / "x.part");
    Reception reception(root, list_of({{"d/", 0}, {"d/a", 1}, {"x", 3}}));
    REQUIRE(receive(reception, file_frames(1, "a") + file_frames(2, "new")));
    CHECK(folder.received_names() == Names{".d.part", "d", "x", "x.part"});
    CHECK(status_of(root / "x.part").st_ino == before.st_ino);
    CHECK(holds(root / ".d.part/theirs", "theirs"));
    CHECK(folder.is_rest_untouched());
}

TEST_CASE("A name that somebody takes between our looking and our making is left to them") {
    TestFolder folder;
    const auto root = folder.receive();
    Reception reception(root, list_of({{"x", 3}}));
    REQUIRE(reception.prepare());
    fs::permissions(folder.write(root / "x.part", "somebody's own file"), fs::perms(0600));
    REQUIRE(reception.take(file_frames(0, "new")));
    CHECK(holds(root / "x.part", "somebody's own file"));
    CHECK(holds(root / "x", "new"));
}

TEST_CASE("Two transfers of one name at the same time never write into each other's file") {
    TestFolder folder;
    const auto root = folder.receive();
    const bool is_folder = GENERATE(false, true);
    const auto list = is_folder ? list_of({{"x/", 0}, {"x/f", 4}}) : list_of({{"x", 4}});
    const std::uint32_t file = is_folder ? 1 : 0;
    Reception one(root, list);
    Reception two(root, list);
    REQUIRE(one.prepare());
    REQUIRE(two.prepare());
    REQUIRE(one.take(data_frame(file, 0, "on")));
    REQUIRE(two.take(data_frame(file, 0, "tw")));
    REQUIRE(receive(one, begin_frame(file, 2) + data_frame(file, 2, "e!") +
                             end_frame(file, 4, digest_of("one!"))));
    REQUIRE(receive(two, begin_frame(file, 2) + data_frame(file, 2, "o!") +
                             end_frame(file, 4, digest_of("two!"))));
    const std::string inside = is_folder ? "/f" : "";
    CHECK(folder.received_names() == Names{"x", "x (2)"});
    CHECK(holds(root / ("x" + inside), "one!"));
    CHECK(holds(root / ("x (2)" + inside), "two!"));
}

TEST_CASE("A9: cleaning up removes our file or folder and no other that has taken its name") {
    TestFolder folder;
    const auto root = folder.receive();
    Reception reception(root, list_of({{"d/", 0}, {"d/a", 5}, {"x", 5}}));
    REQUIRE(receive(reception, file_frames(1, "aaaaa") + data_frame(2, 0, "xx")));
    CHECK(folder.received_names() == Names{".d.part", "x.part"});
    SECTION("ours") {
        reception.remove_staged();
        CHECK(folder.received_names().empty());
    }
    SECTION("ours, after a restart") {
        reception.restart(GENERATE(true, false));
        reception.remove_staged();
        CHECK(folder.received_names().empty());
    }
    SECTION("others'") {
        fs::rename(root / "x.part", root / "moved");
        folder.write(root / "x.part", "mine");
        fs::rename(root / ".d.part", root / "moved folder");
        fs::create_directory(root / ".d.part");
        folder.write(root / ".d.part/mine", "mine");
        if (GENERATE(false, true)) reception.restart();
        reception.remove_staged();
        CHECK(holds(root / "x.part", "mine"));
        CHECK(holds(root / ".d.part/mine", "mine"));
        CHECK(fs::exists(root / "moved"));
        CHECK(fs::exists(root / "moved folder/a"));
    }
    SECTION("a link in its place is not followed") {
        fs::create_directory(folder.all() / "elsewhere");
        folder.write(folder.all() / "elsewhere/a", "theirs");
        folder.remember();
        fs::remove_all(root / ".d.part");
        fs::create_directory_symlink(folder.all() / "elsewhere", root / ".d.part");
        reception.remove_staged();
        CHECK(fs::is_symlink(root / ".d.part"));
    }
    SECTION("links inside are removed and not followed") {
        fs::create_directory(folder.all() / "elsewhere");
        folder.write(folder.all() / "elsewhere/a", "theirs");
        folder.remember();
        fs::create_directory_symlink(folder.all() / "elsewhere", root / ".d.part/link");
        fs::create_symlink(folder.all() / "canary", root / ".d.part/canary");
        reception.remove_staged();
        CHECK(folder.received_names().empty());
    }
    CHECK(folder.is_rest_untouched());
}

TEST_CASE("A9: after a restart no file is taken for ours for its name and its looks") {
    TestFolder folder;
    const auto root = folder.receive();
    Reception reception(root, list_of({{"d/", 0}, {"d/a", 1}, {"x", 3}}));
    reception.marks = GENERATE(Staging::Marks::as_disk_can, Staging::Marks::none);
    const bool is_prepared = GENERATE(true, false);
    if (is_prepared) REQUIRE(reception.prepare());
    // Accepted, and the program ended before a byte came. Then another program stores beside it.
    reception.restart();
    fs::permissions(folder.write(root / "x.part", "xx"), fs::perms(0600));
    fs::create_directory(root / ".d.part");
    fs::permissions(root / ".d.part", fs::perms(0700));
    folder.write(root / ".d.part/a", "b");
    const auto before = folder.listing(root);
    SECTION("cancelling leaves it alone") {
        reception.remove_staged();
        CHECK(folder.listing(root) == before);
    }
    SECTION("going on leaves it alone") {
        REQUIRE(receive(reception, file_frames(1, "a") + file_frames(2, "new")));
        CHECK(folder.received_names() == Names{".d.part", "d", "x", "x.part"});
        CHECK(holds(root / "x.part", "xx"));
        CHECK(holds(root / ".d.part/a", "b"));
        CHECK(holds(root / "x", "new"));
        CHECK(holds(root / "d/a", "a"));
    }
    SECTION("cancelling later leaves it alone as well") {
        REQUIRE(receive(reception, file_frames(1, "a") + data_frame(2, 0, "ne")));
        if (GENERATE(false, true)) reception.restart();
        reception.remove_staged();
        CHECK(folder.received_names() == Names{".d.part", "x.part"});
        CHECK(holds(root / "x.part", "xx"));
        CHECK(holds(root / ".d.part/a", "b"));
    }
}

TEST_CASE("A9: of two transfers of one name each knows its own after a restart") {
    TestFolder folder;
    const auto root = folder.receive();
    const bool is_folder = GENERATE(false, true);
    const auto list = is_folder ? list_of({{"x/", 0}, {"x/f", 4}}) : list_of({{"x", 4}});
    const std::uint32_t file = is_folder ? 1 : 0;
    const auto marks = GENERATE(Staging::Marks::as_disk_can, Staging::Marks::none);
    const bool is_identity_kept = GENERATE(true, false);
    Reception one(root, list);
    Reception two(root, list);
    one.marks = marks;
    two.marks = marks;
    REQUIRE(receive(one, data_frame(file, 0, "on")));
    const bool has_two_begun = GENERATE(false, true);
    if (has_two_begun) REQUIRE(receive(two, data_frame(file, 0, "tw")));
    one.restart(is_identity_kept);
    two.restart(is_identity_kept);
    SECTION("both arrive") {
        const auto rest_of = [&](Reception& reception, const std::string& content, bool has_begun) {
            REQUIRE(reception.prepare());
            REQUIRE(reception.plan.stored.contains(file) == has_begun);
            if (!has_begun) return file_frames(file, content);
            return begin_frame(file, 2) + data_frame(file, 2, content.substr(2)) +
                   end_frame(file, 4, digest_of(content));
        };
        REQUIRE(two.take(rest_of(two, "two!", has_two_begun)));
        REQUIRE(one.take(rest_of(one, "one!", true)));
        const std::string inside = is_folder ? "/f" : "";
        CHECK(folder.received_names() == Names{"x", "x (2)"});
        CHECK(holds(root / ("x" + inside), "two!"));
        CHECK(holds(root / ("x (2)" + inside), "one!"));
    }
    SECTION("giving one up leaves the other") {
        two.remove_staged();
        REQUIRE(folder.received_names().size() == 1);
        one.remove_staged();
        CHECK(folder.received_names().empty());
    }
}

TEST_CASE("A9: two of one transfer that found the same name free stay two") {
    TestFolder folder;
    const auto root = folder.receive();
    const bool is_folder = GENERATE(false, true);
    const std::string inside = is_folder ? "/f" : "";
    std::string one = "x";
    std::string other = "x (2)";
    if (GENERATE(false, true)) {
        // Their names differ only behind the place where ".part" does not fit any more.
        one = std::string(250, 'n') + "1";
        other = std::string(250, 'n') + "2";
    } else {
        folder.write(root / "x.part", "mine");
        fs::create_directory(root / ".x.part");
    }
    const std::uint32_t first = is_folder ? 1 : 0;
    const std::uint32_t second = is_folder ? 3 : 1;
    const auto list =
        is_folder ? list_of({{one + "/", 0}, {one + "/f", 4}, {other + "/", 0}, {other + "/f", 4}})
                  : list_of({{one, 4}, {other, 4}});
    Reception reception(root, list);
    reception.marks = GENERATE(Staging::Marks::as_disk_can, Staging::Marks::none);
    SECTION("at one go") {
        REQUIRE(receive(reception, file_frames(first, "one!") + file_frames(second, "two!")));
    }
    SECTION("with a restart between them") {
        REQUIRE(receive(reception, data_frame(first, 0, "on")));
        reception.restart(GENERATE(true, false));
        REQUIRE(receive(reception, begin_frame(first, 2) + data_frame(first, 2, "e!") +
                                       end_frame(first, 4, digest_of("one!")) +
                                       file_frames(second, "two!")));
    }
    CHECK(holds(root / (one + inside), "one!"));
    CHECK(holds(root / (other + inside), "two!"));
}

TEST_CASE("A9: of two of one transfer that found the same name free one is given up alone") {
    TestFolder folder;
    const auto root = folder.receive();
    folder.write(root / "x.part", "mine");
    Reception reception(root, list_of({{"x", 4}, {"x (2)", 4}}));
    REQUIRE(receive(reception, data_frame(0, 0, "on")));
    REQUIRE(reception.renew(without(reception.manifest, {"x (2)"})));
    REQUIRE(receive(reception, begin_frame(0, 2) + data_frame(0, 2, "e!") +
                                   end_frame(0, 4, digest_of("one!"))));
    CHECK(holds(root / "x", "one!"));
}

TEST_CASE("A9: a file with a second name is nobody's unfinished file, whatever it is called") {
    TestFolder folder;
    const auto root = folder.receive();
    Reception reception(root, list_of({{"x", 4}}));
    reception.marks = Staging::Marks::none;
    REQUIRE(receive(reception, data_frame(0, 0, "on")));
    const auto staged = root / folder.received_names().front();
    reception.restart(false);
    fs::remove(staged);
    const auto theirs = folder.write(folder.all() / "theirs", "on their disk");
    fs::create_hard_link(theirs, staged);
    folder.remember();
    (void)reception.prepare();
    (void)reception.take(file_frames(0, "new!"));
    reception.remove_staged();
    CHECK(holds(theirs, "on their disk"));
    CHECK(holds(staged, "on their disk"));
}

TEST_CASE("What was made is ours or gone wherever we were killed while it got its name") {
    TestFolder folder;
    const auto root = folder.receive();
    const bool is_given_up = GENERATE(false, true);
    Reception reception(root, list_of({{"d/", 0}, {"d/a", 1}, {"x", 4}}));
    REQUIRE(receive(reception, file_frames(1, "a") + data_frame(2, 0, "on")));
    // As it was between its making and its naming.
    const std::string birth = ".dropline-" + to_hex(reception.id);
    fs::rename(root / ".d.part", root / (birth + "-0.part"));
    fs::rename(root / "x.part", root / (birth + "-1.part"));
    reception.restart(false);
    if (is_given_up) {
        reception.remove_staged();
        CHECK(folder.received_names().empty());
        return;
    }
    REQUIRE(reception.prepare());
    CHECK(reception.plan.stored.size() == 2);
    REQUIRE(reception.take(begin_frame(1, 1) + end_frame(1, 1, digest_of("a")) + begin_frame(2, 2) +
                           data_frame(2, 2, "e!") + end_frame(2, 4, digest_of("one!"))));
    CHECK(folder.received_names() == Names{"d", "x"});
    CHECK(holds(root / "x", "one!"));
}

TEST_CASE("What has its final name stays when the rest is given up") {
    TestFolder folder;
    Reception reception(folder.receive(), list_of({{"a", 1}}));
    REQUIRE(receive(reception, file_frames(0, "a")));
    reception.remove_staged();
    CHECK(folder.received_names() == Names{"a"});
}

TEST_CASE("A file that somebody put in our file's place is never published") {
    TestFolder folder;
    const auto root = folder.receive();
    Reception reception(root, list_of({{"x", 5}, {"y", 5}}));
    REQUIRE(reception.prepare());
    REQUIRE(reception.take(file_frames(0, "xxxxx") + data_frame(1, 0, "yy")));
    fs::rename(folder.write(root / "evil", "evil!"), root / "x.part");
    const auto received = receive(reception, begin_frame(1, 2) + data_frame(1, 2, "yyy") +
                                                 end_frame(1, 5, digest_of("yyyyy")));
    CHECK_FALSE((received && holds(root / "x", "evil!")));
    CHECK_FALSE(holds(root / "x", "evil!"));
}

TEST_CASE("A folder replaced by a link after it was chosen receives nothing elsewhere") {
    TestFolder folder;
    Reception reception(folder.receive(), list_of({{"x", 5}}));
    fs::create_directory(folder.all() / "elsewhere");
    fs::rename(folder.receive(), folder.all() / "moved");
    fs::create_directory_symlink("elsewhere", folder.receive());
    const auto received = receive(reception, file_frames(0, "hello"));
    REQUIRE_FALSE(received);
    CHECK(received.fault().code == FaultCode::file_error);
    CHECK(fs::is_empty(folder.all() / "elsewhere"));
    CHECK_FALSE(fs::exists(folder.all() / "moved/x"));
}

TEST_CASE(
    "A session whose folder became another one since the first time says so and writes nothing") {
    TestFolder folder;
    const auto list = std::make_shared<const Manifest>(list_of({{"x", 5}}));
    ReceiveSession session(random_id<TransferId>(), folder.receive(), list,
                           ReceiveState::all_of(*list));
    const std::atomic<bool> never{false};
    REQUIRE(prepare(session, never));
    fs::rename(folder.receive(), folder.all() / "moved");
    SECTION("gone") {}
    SECTION("another folder") { fs::create_directory(folder.receive()); }
    SECTION("a link to another folder") {
        fs::create_directory(folder.all() / "elsewhere");
        fs::create_directory_symlink("elsewhere", folder.receive());
    }
    const auto again = prepare(session, never);
    REQUIRE_FALSE(again);
    CHECK(again.fault().code == FaultCode::file_error);
    CHECK(fs::is_empty(folder.all() / "moved"));
    if (fs::exists(folder.receive())) CHECK(fs::is_empty(folder.receive()));
}

// ---- Disks whose number is another one after a restart ------------------------------------------

TEST_CASE("What is ours is known after a restart although its disk has another number") {
    TestFolder folder;
    const bool is_given_up = GENERATE(false, true);
    const bool is_birth_kept = GENERATE(true, false);  // an earlier version has kept none
    Reception reception(folder.receive(), list_of({{"d/", 0}, {"d/a", 1}, {"x", 4}}));
    REQUIRE(receive(reception, file_frames(1, "a") + data_frame(2, 0, "on")));
    for (RootState& root : reception.state.roots) {
        root.identity->device += 1;
        if (!is_birth_kept) root.identity->born_at_ns = 0;
    }
    reception.restart();
    if (is_given_up) {
        reception.remove_staged();
        CHECK(folder.received_names().empty());
        return;
    }
    REQUIRE(reception.prepare());
    CHECK(reception.plan.stored.size() == 2);
    REQUIRE(reception.take(begin_frame(1, 1) + end_frame(1, 1, digest_of("a")) + begin_frame(2, 2) +
                           data_frame(2, 2, "e!") + end_frame(2, 4, digest_of("one!"))));
    CHECK(folder.received_names() == Names{"d", "x"});
}

TEST_CASE("Of two files with one inode number only that which was made at that moment is ours") {
    const FileIdentity kept{1, 7, 1'000};
    CHECK(is_same_after_restart(kept, {1, 7, 1'000}));
    CHECK(is_same_after_restart(kept, {2, 7, 1'000}));
    CHECK_FALSE(is_same_after_restart(kept, {1, 7, 1'001}));
    CHECK_FALSE(is_same_after_restart(kept, {1, 8, 1'000}));
    SECTION("kept by a version that knew no birth") {
        CHECK(is_same_after_restart({1, 7, 0}, {1, 7, 1'000}));
        CHECK_FALSE(is_same_after_restart({1, 7, 0}, {2, 7, 1'000}));
    }
    SECTION("on a disk that knows none") {
        CHECK(is_same_after_restart({1, 7, 0}, {2, 7, 0}));
        CHECK_FALSE(is_same_after_restart({1, 7, 0}, {2, 8, 0}));
    }
}

TEST_CASE("A receive folder whose disk has another number is the same, another folder is not") {
    TestFolder folder;
    const auto list = std::make_shared<const Manifest>(list_of({{"x", 5}}));
    ReceiveSession session(random_id<TransferId>(), folder.receive(), list,
                           ReceiveState::all_of(*list));
    const std::atomic<bool> never{false};
    auto identity = identity_of(folder.receive());
    REQUIRE(identity);
    if (identity->born_at_ns == 0) SKIP("this disk does not keep when a folder was made");
    SECTION("another number") {
        identity->device += 1;
        session.expect_folder(identity);
        CHECK(prepare(session, never));
        CHECK_FALSE(session.is_folder_away());
    }
    SECTION("another folder") {
        identity->born_at_ns -= 1;
        session.expect_folder(identity);
        CHECK_FALSE(prepare(session, never));
        CHECK(session.is_folder_away());
    }
}

TEST_CASE("What is ours is known although its disk has given it another number meanwhile") {
    const auto marks = GENERATE(Staging::Marks::as_disk_can, Staging::Marks::none);
    TestFolder folder;
    const auto root = folder.receive();
    Reception reception(root, list_of({{"d/", 0}, {"d/a", 1}, {"x", 4}}));
    reception.marks = marks;
    REQUIRE(receive(reception, file_frames(1, "a") + data_frame(2, 0, "on")));
    for (RootState& state : reception.state.roots) state.identity->inode += 1;
    REQUIRE(reception.prepare());
    REQUIRE(reception.plan.stored.at(2).bytes == 2);
    REQUIRE(reception.take(begin_frame(2, 2) + data_frame(2, 2, "e!") +
                           end_frame(2, 4, digest_of("one!"))));
    CHECK(folder.received_names() == Names{"d", "x"});
    CHECK(holds(root / "x", "one!"));
    CHECK(holds(root / "d/a", "a"));
}

TEST_CASE(
    "A receive folder with another number is the former one when our unfinished file is in it") {
    TestFolder folder;
    const auto root = folder.receive();
    Reception reception(root, list_of({{"x", 4}}));
    const bool is_marked = GENERATE(true, false);
    if (!is_marked) reception.marks = Staging::Marks::none;
    REQUIRE(receive(reception, data_frame(0, 0, "on")));
    reception.restart();
    ReceiveSession session(reception.id, root, std::make_shared<const Manifest>(reception.manifest),
                           reception.state);
    auto former = *identity_of(root);
    former.inode += 1;
    former.born_at_ns -= 1;
    session.expect_folder(former);
    const std::atomic<bool> never{false};
    SECTION("it is") {
        REQUIRE(prepare(session, never));
        CHECK(session.state().bytes_stored == 2);
    }
    SECTION("another one, with a file of that name") {
        const auto staged = root / folder.received_names().front();
        fs::remove(staged);
        if (is_marked) folder.write(staged, "on");
        if (!is_marked) fs::create_hard_link(folder.all() / "canary", staged);
        folder.remember();
        CHECK_FALSE(prepare(session, never));
        CHECK(session.is_folder_away());
    }
    SECTION("a link to it in the place of the file") {
        const auto staged = root / folder.received_names().front();
        fs::rename(staged, folder.all() / "moved");
        fs::create_symlink(folder.all() / "moved", staged);
        folder.remember();
        CHECK_FALSE(prepare(session, never));
        CHECK(session.is_folder_away());
    }
    CHECK(folder.is_rest_untouched());
}

// ---- What its sender has no more ----------------------------------------------------------------

TEST_CASE("What has gone is taken away before the rest gets its name, also after a restart") {
    TestFolder folder;
    const auto root = folder.receive();
    Reception reception(
        root,
        list_of({{"d/", 0}, {"d/a", 1}, {"d/sub/", 0}, {"d/sub/b", 1}, {"d/y", 4}, {"d/z", 2}}));
    REQUIRE(receive(reception, file_frames(1, "a") + file_frames(3, "b") + data_frame(4, 0, "yy")));
    REQUIRE(reception.renew(without(reception.manifest, {"d/a", "d/sub", "d/sub/b", "d/z"})));
    if (GENERATE(false, true)) reception.restart();
    REQUIRE(reception.prepare());
    CHECK(TestFolder::listing(root / ".d.part").size() == 1);
    REQUIRE(reception.take(begin_frame(4, 2) + data_frame(4, 2, "yy") +
                           end_frame(4, 4, digest_of("yyyy"))));
    REQUIRE(reception.has_all());
    CHECK(folder.received_names() == Names{"d"});
    CHECK(TestFolder::listing(root / "d").size() == 1);
    CHECK(holds(root / "d/y", "yyyy"));
    CHECK(reception.state.bytes_sent_again == 0);
}

TEST_CASE("A file half gone through leaves nothing in a folder that is whole without it") {
    TestFolder folder;
    Reception reception(folder.receive(), list_of({{"d/", 0}, {"d/a", 1}, {"d/b", 4}}));
    REQUIRE(receive(reception, file_frames(1, "a") + data_frame(2, 0, "bb")));
    REQUIRE(reception.renew(without(reception.manifest, {"d/b"})));
    REQUIRE(receive(reception, begin_frame(1, 1) + end_frame(1, 1, digest_of("a"))));
    CHECK(folder.received_names() == Names{"d"});
    CHECK(TestFolder::listing(folder.receive() / "d").size() == 1);
}

TEST_CASE("Of several things the one that has gone leaves nothing, and nothing of others is lost") {
    TestFolder folder;
    const auto root = folder.receive();
    folder.write(root / "x.part", "theirs");
    Reception reception(root, list_of({{"d/", 0}, {"d/a", 4}, {"x", 4}, {"z", 1}}));
    reception.marks = GENERATE(Staging::Marks::as_disk_can, Staging::Marks::none);
    REQUIRE(receive(reception, file_frames(1, "aaaa") + data_frame(2, 0, "xx")));
    CHECK(folder.received_names().size() == 3);
    REQUIRE(reception.renew(without(reception.manifest, {"d", "d/a", "x"})));
    if (GENERATE(false, true)) reception.restart();
    REQUIRE(receive(reception, file_frames(3, "z")));
    CHECK(reception.has_all());
    CHECK(folder.received_names() == Names{"x.part", "z"});
    CHECK(holds(root / "x.part", "theirs"));
    CHECK(reception.saved_as() == Names{"z"});
}

TEST_CASE("What has its final name stays when its sender has it no more, and counts as saved") {
    TestFolder folder;
    Reception reception(folder.receive(), list_of({{"a", 1}, {"d/", 0}, {"d/b", 1}, {"z", 4}}));
    REQUIRE(receive(reception, file_frames(0, "a") + file_frames(2, "b") + data_frame(3, 0, "z")));
    // Names are given together, and these two have theirs by now.
    const auto target = ReceiveFolder::open(reception.into);
    REQUIRE(target);
    Staging staging(reception.id, *target, reception.manifest, reception.state, 0644);
    REQUIRE(staging.publish(std::vector<std::uint32_t>{0, 1}, false));
    REQUIRE(reception.renew(without(reception.manifest, {"a", "d", "d/b"})));
    if (GENERATE(false, true)) reception.restart();
    REQUIRE(receive(reception, begin_frame(3, 1) + data_frame(3, 1, "zzz") +
                                   end_frame(3, 4, digest_of("zzzz"))));
    CHECK(reception.has_all());
    CHECK(folder.received_names() == Names{"a", "d", "z"});
    CHECK(holds(folder.receive() / "d/b", "b"));
    CHECK(reception.saved_as() == Names{"a", "d", "z"});
}

TEST_CASE("A folder that was there already with all that is left is the same, and loses nothing") {
    TestFolder folder;
    fs::create_directory(folder.receive() / "d");
    folder.write(folder.receive() / "d/a", "a");
    folder.write(folder.receive() / "d/b", "b");
    Reception reception(folder.receive(), list_of({{"d/", 0}, {"d/a", 1}, {"d/b", 1}}));
    REQUIRE(reception.prepare());
    REQUIRE(reception.renew(without(reception.manifest, {"d/a"})));
    REQUIRE(receive(reception, begin_frame(2, 1) + end_frame(2, 1, digest_of("b"))));
    CHECK(reception.has_all());
    CHECK(folder.received_names() == Names{"d"});
    CHECK(TestFolder::listing(folder.receive() / "d").size() == 2);
    CHECK(reception.state.files_skipped == 1);
}

TEST_CASE("A7: nothing that others put in the place of what has gone is removed") {
    TestFolder folder;
    const auto root = folder.receive();
    fs::create_directory(folder.all() / "elsewhere");
    folder.write(folder.all() / "elsewhere/a", "theirs");
    folder.remember();
    Reception reception(root, list_of({{"d/", 0}, {"d/sub/", 0}, {"d/sub/a", 1}, {"d/z", 1}}));
    REQUIRE(receive(reception, file_frames(2, "a")));
    const bool is_restarted = GENERATE(false, true);
    std::string theirs;
    SECTION("a link where our folder was") {
        const auto ours = root / GENERATE(".d.part", ".d.part/sub");
        fs::rename(ours, root / "moved");
        fs::create_directory_symlink(folder.all() / "elsewhere", ours);
        theirs = "moved";
    }
    SECTION("a link where our file was") {
        fs::remove(root / ".d.part/sub/a");
        fs::create_symlink(folder.all() / "elsewhere/a", root / ".d.part/sub/a");
    }
    SECTION("a folder where our file was") {
        fs::remove(root / ".d.part/sub/a");
        fs::create_directory(root / ".d.part/sub/a");
        theirs = ".d.part/sub/a";
    }
    SECTION("a file beside ours") {
        folder.write(root / ".d.part/sub/theirs", "theirs");
        theirs = ".d.part/sub/theirs";
    }
    REQUIRE(reception.renew(without(reception.manifest, {"d/sub", "d/sub/a"})));
    if (is_restarted) reception.restart();
    (void)reception.prepare();
    CHECK(folder.is_rest_untouched());
    if (!theirs.empty()) CHECK(fs::exists(root / theirs));
}

// ---- Hostile names and links --------------------------------------------------------------------

TEST_CASE("A7: a link that somebody put where a folder of ours was leads nowhere") {
    TestFolder folder;
    const auto root = folder.receive();
    fs::create_directory(folder.all() / "elsewhere");
    folder.remember();
    Reception reception(root, list_of({{"d/", 0}, {"d/sub/", 0}, {"d/sub/a", 1}, {"d/sub/b", 1}}));
    REQUIRE(receive(reception, file_frames(2, "a")));
    const auto ours = root / GENERATE(".d.part", ".d.part/sub");
    const bool is_restarted = GENERATE(false, true);
    fs::rename(ours, root / "moved");
    fs::create_directory_symlink(folder.all() / "elsewhere", ours);
    if (is_restarted) reception.restart();
    if (reception.prepare()) {
        const bool has_a = reception.plan.is_skipped[2];
        (void)reception.take((has_a ? "" : file_frames(2, "a")) + file_frames(3, "b"));
    }
    CHECK(fs::is_empty(folder.all() / "elsewhere"));
    CHECK(folder.is_rest_untouched());
}

TEST_CASE("A7: folders that are there already, links or not, are not written into") {
    TestFolder folder;
    const auto root = folder.receive();
    fs::create_directory(folder.all() / "elsewhere");
    folder.remember();
    fs::create_directory_symlink(folder.all() / "elsewhere", root / "sub");
    Reception reception(root, list_of({{"sub/x", 1}}));
    REQUIRE(receive(reception, file_frames(0, "x")));
    CHECK(fs::is_symlink(root / "sub"));
    CHECK(holds(root / "sub (2)/x", "x"));
    CHECK(folder.is_rest_untouched());
}

TEST_CASE("What cannot be opened now for want of descriptors is not taken for lost") {
    TestFolder folder;
    const bool is_folder = GENERATE(true, false);
    const Manifest list = is_folder ? list_of({{"d/", 0}, {"d/a", 0}}) : list_of({{"a", 0}});
    const std::uint32_t file = is_folder ? 1 : 0;
    ReceiveState state = ReceiveState::all_of(list);
    const auto target = ReceiveFolder::open(folder.receive());
    REQUIRE(target);
    const auto id = random_id<TransferId>();
    Staging writing(id, *target, list, state, 0644);
    REQUIRE(writing.choose_names());
    REQUIRE(writing.open_for_writing(0, file, 0));
    Staging looking(id, *target, list, state, 0644);
    using StoredFile = Staging::StoredFile;
    StoredFile found = StoredFile::lost;
    bool is_removed = true;
    {
        const NoDescriptors none;
        found = looking.look_at_stored(0, file);
        is_removed = looking.remove();
    }
    CHECK(found == StoredFile::as_finished);
    CHECK_FALSE(is_removed);
    CHECK(looking.look_at_stored(0, file) != StoredFile::lost);
    REQUIRE(fs::remove_all(folder.receive() / state.roots[0].staged_as) > 0);
    Staging later(id, *target, list, state, 0644);
    CHECK(later.look_at_stored(0, file) == StoredFile::lost);
}

TEST_CASE("What cannot be removed now, whatever the reason, is not taken for removed") {
    TestFolder folder;
    const bool is_folder = GENERATE(true, false);
    const Manifest list = is_folder ? list_of({{"d/", 0}, {"d/a", 0}}) : list_of({{"a", 0}});
    ReceiveState state = ReceiveState::all_of(list);
    const auto target = ReceiveFolder::open(folder.receive());
    REQUIRE(target);
    Staging staging(random_id<TransferId>(), *target, list, state, 0644);
    REQUIRE(staging.choose_names());
    REQUIRE(staging.open_for_writing(0, is_folder ? 1 : 0, 0));
    for (const int error_number : {EROFS, EACCES, EIO}) {
        const NothingRemoved nothing(error_number);
        CHECK_FALSE(staging.remove());
    }
    CHECK(staging.remove());
    CHECK(folder.received_names().empty());
}
