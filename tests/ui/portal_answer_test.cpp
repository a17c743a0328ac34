// The words of a portal, read without a bus.
#include "ui/portal_answer.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "net/api/limits.hpp"

namespace dropline::ui {
namespace {

using Uris = std::vector<std::string_view>;

PortalAnswer files(std::uint32_t response, const Uris& uris) {
    return portal_answer(ChooserKind::files, response, uris);
}

TEST_CASE("the path of a Request is made of our name on the bus and the token") {
    CHECK(portal_request_path(":1.42", "t") == "/org/freedesktop/portal/desktop/request/1_42/t");
    CHECK(portal_request_path(":12.3.45", "a_1") ==
          "/org/freedesktop/portal/desktop/request/12_3_45/a_1");
}

TEST_CASE("files that were chosen come in their order, all of them") {
    const PortalAnswer answer = files(0, {"file:///b%20c", "file:///a"});
    CHECK(answer.end == PortalEnd::chosen);
    CHECK(answer.paths == std::vector<std::filesystem::path>{"/b c", "/a"});
}

TEST_CASE("a Response says who ended the dialog") {
    CHECK(files(1, {}).end == PortalEnd::cancelled);
    CHECK(files(2, {}).end == PortalEnd::cancelled);  // so GTK's says Escape and a closed window
    CHECK(files(3, {}).end == PortalEnd::broke_off);
    CHECK(files(0xFFFF'FFFF, {}).end == PortalEnd::broke_off);
    // Who cancels has chosen nothing, whatever else is said.
    CHECK(files(1, {"file:///a"}).paths.empty());
    CHECK(files(2, {"file:///a"}).paths.empty());
}

TEST_CASE("one thing among the chosen that is no file of this machine makes all unreadable") {
    const PortalAnswer answer = files(0, {"file:///a", "http://host/b", "file:///c"});
    CHECK(answer.end == PortalEnd::unreadable);
    CHECK(answer.paths.empty());
}

TEST_CASE("a yes that names nothing is unreadable, and so is one that names two folders") {
    CHECK(files(0, {}).end == PortalEnd::unreadable);
    CHECK(portal_answer(ChooserKind::folder, 0, Uris{}).end == PortalEnd::unreadable);
    CHECK(portal_answer(ChooserKind::folder, 0, Uris{"file:///a"}).end == PortalEnd::chosen);
    CHECK(portal_answer(ChooserKind::folder, 0, Uris{"file:///a", "file:///b"}).end ==
          PortalEnd::unreadable);
}

TEST_CASE("as many files as the limit can be chosen at once, and not one more") {
    CHECK(files(0, Uris(limits::chosen_paths_max, "file:///a")).end == PortalEnd::chosen);
    CHECK(files(0, Uris(limits::chosen_paths_max + 1, "file:///a")).end == PortalEnd::too_many);
}

}  // namespace
}  // namespace dropline::ui
