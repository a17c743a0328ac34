// The hostile names once more, on every way in that a name can take to the disk.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <filesystem>
#include <string>

#include "net/api/safe_text.hpp"
#include "tests/transfer/hostile_names.hpp"
#include "tests/transfer/reception.hpp"
#include "tests/transfer/sender_frames.hpp"

using namespace dropline;
using namespace dropline::tests;
namespace fs = std::filesystem;

namespace {

/// What its receiver makes of an offer with this one file in it.
Result<Manifest> offered_list(const std::string& sent_path, std::uint64_t bytes) {
    wire::Offer offer;
    offer.files = 1;
    offer.bytes = bytes;
    offer.entries.push_back({.name = sent_path, .bytes = bytes});
    ManifestReader reader(offer);
    if (auto added = reader.add(offer.entries); !added) return added.fault();
    return reader.finish();
}

/// In a folder of its own (an "in/" in front) or at the top.
enum class Mode { at_the_top, in_a_folder, cut, restarted, beside_an_equal_one, given_up };

/// Receives "hello" under that name, in the way that the mode says.
void receive(Mode mode, const TestFolder& folder, const Manifest& list) {
    Reception reception(folder.receive(), list);
    REQUIRE(reception.prepare());
    const bool is_resumed = mode == Mode::cut || mode == Mode::restarted;
    if (is_resumed || mode == Mode::given_up) {
        REQUIRE(reception.take(data_frame(0, 0, "he")));
        if (mode == Mode::given_up) return reception.remove_staged();
        if (mode == Mode::restarted) reception.restart();
        REQUIRE(reception.prepare());
        REQUIRE(reception.take(begin_frame(0, 2) + data_frame(0, 2, "llo") +
                               end_frame(0, 5, digest_of("hello"))));
    } else {
        REQUIRE(reception.take(file_frames(0, "hello")));
    }
    REQUIRE(reception.has_all());
    if (mode != Mode::beside_an_equal_one) return;
    Reception again(folder.receive(), list);
    REQUIRE(again.prepare());
    REQUIRE(again.take(begin_frame(0, 5) + end_frame(0, 5, digest_of("hello"))));
    CHECK(again.state.files_skipped == 1);
}

}  // namespace

TEST_CASE("A1 A3 A4 A13 A14 A19: no hostile name leaves the folder, on any way to receive it") {
    const HostileName& name = GENERATE(from_range(hostile_names()));
    const Mode mode = GENERATE(Mode::at_the_top, Mode::in_a_folder, Mode::cut, Mode::restarted,
                               Mode::beside_an_equal_one, Mode::given_up);
    INFO(escape_for_display(name.sent));
    CAPTURE(static_cast<int>(mode));
    TestFolder folder;
    const std::string front = mode == Mode::in_a_folder ? "in/" : "";
    const auto list = offered_list(front + name.sent, 5);
    // What stands in front can make a path too long or too deep, and an absolute one relative.
    if (mode != Mode::in_a_folder) REQUIRE(list.has_value() == name.safe.has_value());
    if (!list) {
        CHECK(list.fault().code == FaultCode::bad_name);
        return;
    }
    receive(mode, folder, *list);
    if (mode == Mode::given_up) {
        CHECK(folder.received_names().empty());
    } else {
        CHECK(folder.received_names().size() == 1);
        // "c:/x" alone is refused; below a folder "c:" is a name like another.
        if (name.safe) CHECK(holds(folder.receive() / (front + *name.safe), "hello"));
    }
    CHECK(folder.is_rest_untouched());
}

TEST_CASE("A3 A4: the folder itself may be named through a link") {
    const HostileName& name = GENERATE(from_range(hostile_names()));
    INFO(escape_for_display(name.sent));
    const auto list = offered_list(name.sent, 5);
    if (!list) return;
    TestFolder folder;
    fs::create_directory_symlink("receive", folder.all() / "link");
    folder.remember();
    Reception reception(folder.all() / "link", *list);
    REQUIRE(reception.prepare());
    REQUIRE(reception.take(file_frames(0, "hello")));
    CHECK(holds(folder.receive() / *name.safe, "hello"));
    CHECK(folder.is_rest_untouched());
}

TEST_CASE(
    "A9: an offer that calls its top folder '.' or '..' is refused, so nothing is cleaned up") {
    const std::string top = GENERATE(".", "..", "./x", "../x", "", "/", " .", "..\u200b");
    CHECK_FALSE(offered_list(top, 5));
    CHECK_FALSE(offered_list(top + "/x", 5));
}
