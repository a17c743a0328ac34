// The portal's file dialog over a real bus of the test's own, with a portal that behaves, and with
// others that do not.
#include "ui/file_portal.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <string>
#include <vector>

#include "net/platform/file_descriptor.hpp"
#include "tests/ui/portal_stand_in.hpp"
#include "tests/ui/private_bus.hpp"

namespace dropline::ui {
namespace {

using namespace std::chrono_literals;
using test::Bell;
using test::PortalStandIn;
using test::PrivateBus;
using test::Variable;
using Paths = std::vector<std::filesystem::path>;

const ChooserQuestion for_files{ChooserKind::files, "Which files?", "Take them", "x11:2a", {}};
const ChooserQuestion for_folder{ChooserKind::folder, "Into which?", "Into it", "", "/home/ann"};

/// A question under way.
class Asked {
  public:
    /// The patience is only for portals that are meant to exhaust it.
    explicit Asked(const ChooserQuestion& question = for_files,
                   std::chrono::milliseconds patience = 10min)
        : portal_(
              question, [this] { bell_.ring(); }, patience) {}

    const Bell& bell() const { return bell_; }
    PortalAnswer wait_for_answer() {
        bell_.wait_for_ring();
        const auto answer = portal_.take_answer();
        REQUIRE(answer);
        CHECK_FALSE(portal_.take_answer());
        return *answer;
    }

  private:
    const Bell bell_;
    FilePortal portal_;
};

TEST_CASE("files chosen in the portal's dialog arrive") {
    const PrivateBus bus;
    PortalStandIn portal;
    Asked asked;
    const auto call = portal.wait_for_dialog();
    CHECK(call.title == "Which files?");
    CHECK(call.accept_label == "Take them");
    CHECK(call.parent_window == "x11:2a");
    CHECK(call.is_multiple);
    CHECK_FALSE(call.is_directory);
    CHECK_FALSE(call.current_folder);
    CHECK(portal.handle() == portal_request_path(call.sender, call.token));
    portal.respond(0, {"file:///home/ann/%E6%96%87%20%231", "file://localhost/b"});
    const PortalAnswer answer = asked.wait_for_answer();
    CHECK(answer.end == PortalEnd::chosen);
    CHECK(answer.paths == Paths{"/home/ann/文 #1", "/b"});
}

TEST_CASE("a folder is asked for as a folder, and the dialog begins where it was wished") {
    const PrivateBus bus;
    PortalStandIn portal;
    Asked asked(for_folder);
    const auto call = portal.wait_for_dialog();
    CHECK(call.is_directory);
    CHECK_FALSE(call.is_multiple);
    CHECK(call.current_folder == "/home/ann");
    portal.respond(0, {"file:///home/ann/in"});
    CHECK(asked.wait_for_answer().paths == Paths{"/home/ann/in"});
}

TEST_CASE("each question has a token of its own") {
    const PrivateBus bus;
    std::vector<std::string> tokens;
    for (int i = 0; i < 2; ++i) {
        PortalStandIn portal;
        const Asked asked;
        tokens.push_back(portal.wait_for_dialog().token);
    }
    CHECK(tokens[0] != tokens[1]);
}

TEST_CASE("a dialog that was cancelled has chosen nothing, one that failed has broken off") {
    const PrivateBus bus;
    PortalStandIn portal;
    Asked asked;
    portal.wait_for_dialog();
    const std::uint32_t code = GENERATE(1U, 2U, 3U);
    portal.respond(code, {});
    const PortalAnswer answer = asked.wait_for_answer();
    CHECK(answer.end == (code < 3 ? PortalEnd::cancelled : PortalEnd::broke_off));
    CHECK(answer.paths.empty());
}

TEST_CASE("an old portal that makes up its own Request is heard") {
    const PrivateBus bus;
    PortalStandIn portal({.keeps_token = false});
    Asked asked;
    const auto call = portal.wait_for_dialog();
    CHECK(portal.handle() != portal_request_path(call.sender, call.token));
    portal.respond(0, {"file:///a"});
    CHECK(asked.wait_for_answer().paths == Paths{"/a"});
}

TEST_CASE("a Response that comes before the reply to the call is heard") {
    const PrivateBus bus;
    PortalStandIn portal({.responds_first = true});
    Asked asked;
    portal.wait_for_dialog();
    CHECK(asked.wait_for_answer().paths == Paths{"/first"});
}

TEST_CASE("what somebody says who is not the portal counts for nothing") {
    const PrivateBus bus;
    PortalStandIn portal;
    Asked asked;
    portal.wait_for_dialog();
    portal.let_a_stranger_lie();
    portal.respond(0, {"file:///a"});
    CHECK(asked.wait_for_answer().paths == Paths{"/a"});
}

TEST_CASE("where no portal is, or one that cannot do it, that is known at once") {
    SECTION("no portal on the bus") {
        const PrivateBus bus;
        CHECK(Asked().wait_for_answer().end == PortalEnd::not_there);
    }
    SECTION("one that cannot be started") {
        const PrivateBus bus({{"org.freedesktop.portal.Desktop", "/bin/false"}});
        CHECK(Asked().wait_for_answer().end == PortalEnd::not_there);
    }
    SECTION("one that chooses files but no folders") {
        const PrivateBus bus;
        PortalStandIn portal({.version = 2});
        Asked asked(for_folder);
        portal.serve_until(asked.bell());
        CHECK(asked.wait_for_answer().end == PortalEnd::not_there);
    }
    SECTION("no bus") {
        const Variable nowhere("DBUS_SESSION_BUS_ADDRESS", "unix:path=/dev/null/bus");
        CHECK(Asked().wait_for_answer().end == PortalEnd::not_there);
    }
    SECTION("no address of a bus") {
        const Variable nothing("DBUS_SESSION_BUS_ADDRESS", GENERATE("", "nonsense", "unix:"));
        CHECK(Asked().wait_for_answer().end == PortalEnd::not_there);
    }
}

TEST_CASE("a portal older than the wish where to begin is not told it") {
    const PrivateBus bus;
    PortalStandIn portal({.version = 3});
    const Asked asked(for_folder);
    CHECK_FALSE(portal.wait_for_dialog().current_folder);
}

TEST_CASE("a portal that never answers is given up, and the dialog it may open yet is closed") {
    const PrivateBus bus;
    PortalStandIn portal({.answers_open = false});
    Asked asked(for_files, 500ms);
    portal.serve_until(asked.bell());
    CHECK(asked.wait_for_answer().end == PortalEnd::no_answer);
    // On a machine so slow that no dialog was asked for yet, none is to be closed.
    if (!portal.was_asked()) return;
    CHECK(portal.wait_for_close() == portal.handle());
    portal.wait_for_caller_to_leave();
}

TEST_CASE("a portal that does not even say its version is given up") {
    const PrivateBus bus;
    PortalStandIn portal({.answers_version = false});
    Asked asked(for_files, 50ms);
    portal.serve_until(asked.bell());
    CHECK(asked.wait_for_answer().end == PortalEnd::no_answer);
}

TEST_CASE("a bus that lets us in and says nothing is given up") {
    const test::ScratchFolder folder;
    const FileDescriptor listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = (folder / "bus").string();
    REQUIRE(path.size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    REQUIRE(::bind(listening.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listening.number(), 1) == 0);
    const Variable named("DBUS_SESSION_BUS_ADDRESS", "unix:path=" + path);
    CHECK(Asked(for_files, 50ms).wait_for_answer().end == PortalEnd::no_answer);
}

TEST_CASE("a portal that refuses the dialog has broken off") {
    const PrivateBus bus;
    PortalStandIn portal({.refuses_open = true});
    Asked asked;
    portal.wait_for_dialog();
    CHECK(asked.wait_for_answer().end == PortalEnd::broke_off);
}

TEST_CASE("a portal that dies takes its dialog with it, and that is noticed") {
    const PrivateBus bus;
    const bool is_open = GENERATE(true, false);
    PortalStandIn portal({.answers_open = is_open});
    Asked asked;
    portal.wait_for_dialog();
    portal.die();
    CHECK(asked.wait_for_answer().end == PortalEnd::broke_off);
}

TEST_CASE("a bus that dies while the dialog is open is noticed") {
    PrivateBus bus;
    const bool is_open = GENERATE(true, false);
    PortalStandIn portal({.answers_open = is_open});
    Asked asked;
    portal.wait_for_dialog();
    bus.kill();
    CHECK(asked.wait_for_answer().end == PortalEnd::broke_off);
}

TEST_CASE("who leaves takes the open dialog away") {
    const PrivateBus bus;
    PortalStandIn portal;
    {
        const Asked asked;
        portal.wait_for_dialog();
    }
    CHECK(portal.wait_for_close() == portal.handle());
    portal.wait_for_caller_to_leave();
}

TEST_CASE("a dialog that has ended is not closed once more") {
    const PrivateBus bus;
    PortalStandIn portal;
    Asked asked;
    portal.wait_for_dialog();
    portal.respond(0, {"file:///a"});
    asked.wait_for_answer();
    portal.wait_for_caller_to_leave();
    CHECK_FALSE(portal.was_closed());
}

TEST_CASE("what names no file of this machine is not taken from a portal") {
    const PrivateBus bus;
    PortalStandIn portal;
    Asked asked;
    portal.wait_for_dialog();
    const auto uris = GENERATE(
        std::vector<std::string>{}, std::vector<std::string>{""},
        std::vector<std::string>{"http://host/a"}, std::vector<std::string>{"file://other-host/x"},
        std::vector<std::string>{"file:///a%00b"}, std::vector<std::string>{"a.txt"},
        std::vector<std::string>{"file:///" + std::string(1 << 20, 'x')},
        std::vector<std::string>{"file:///a", "file:b"});
    portal.respond(0, uris);
    const PortalAnswer answer = asked.wait_for_answer();
    CHECK(answer.end == PortalEnd::unreadable);
    CHECK(answer.paths.empty());
}

TEST_CASE("a portal may name as many files as the limit, and not one more") {
    const PrivateBus bus;
    PortalStandIn portal;
    Asked asked;
    portal.wait_for_dialog();
    const std::size_t count =
        GENERATE(limits::chosen_paths_max, limits::chosen_paths_max + 1, std::size_t{10'000});
    portal.respond(0, std::vector<std::string>(count, "file:///a"));
    const PortalAnswer answer = asked.wait_for_answer();
    const bool is_within = count <= limits::chosen_paths_max;
    CHECK(answer.end == (is_within ? PortalEnd::chosen : PortalEnd::too_many));
    CHECK(answer.paths.size() == (is_within ? count : 0));
}

TEST_CASE("words of other types than the specification has are unreadable, not a crash") {
    const PrivateBus bus;
    SECTION("a Response") {
        PortalStandIn portal;
        Asked asked;
        portal.wait_for_dialog();
        portal.respond_with_text("file:///a");
        CHECK(asked.wait_for_answer().end == PortalEnd::unreadable);
    }
    SECTION("its uris") {
        PortalStandIn portal;
        Asked asked;
        portal.wait_for_dialog();
        portal.respond_with_uris_as_text("file:///a");
        CHECK(asked.wait_for_answer().end == PortalEnd::unreadable);
    }
    SECTION("the version") {
        PortalStandIn portal({.is_version_text = true});
        Asked asked;
        portal.serve_until(asked.bell());
        CHECK(asked.wait_for_answer().end == PortalEnd::unreadable);
    }
}

TEST_CASE("only a bus that is a socket of this machine is asked") {
    CHECK(is_socket_of_this_machine("unix:path=/run/user/1000/bus"));
    CHECK(is_socket_of_this_machine("unix:abstract=/tmp/x,guid=1;unix:path=/b"));
    CHECK_FALSE(is_socket_of_this_machine("unixexec:path=/bin/sh"));
    CHECK_FALSE(is_socket_of_this_machine("tcp:host=example.org,port=1"));
    CHECK_FALSE(is_socket_of_this_machine("unix:path=/b;tcp:host=example.org,port=1"));
    CHECK_FALSE(is_socket_of_this_machine("autolaunch:"));
}

}  // namespace
}  // namespace dropline::ui
