// Which dialog a person gets: the portal's, else a program's, else one in the window.
#include "ui/desktop.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/ui/portal_stand_in.hpp"
#include "tests/ui/private_bus.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

using test::Bell;
using test::PortalStandIn;
using test::PrivateBus;
using test::Variable;
using Paths = std::vector<std::filesystem::path>;

const ChooserQuestion which_files{ChooserKind::files, "Which files?", "Take them", "", {}};

/// All that $PATH has, where a test wants it to have anything.
class Programs {
  public:
    void add_zenity(const std::string& says = "printf '/by/zenity\\037/b\\n'") const {
        const std::filesystem::path program = folder_ / "zenity";
        test::write_file(program, "#!/bin/sh\n" + says + "\n");
        std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    }

  private:
    test::ScratchFolder folder_;
    Variable path_{"PATH", folder_.path().string()};
};

/// A desktop and whoever waits for it. Their patience is only for portals meant to exhaust it.
struct PersonAtDesktop {
    std::chrono::milliseconds patience = std::chrono::minutes(10);
    Bell bell{};
    Desktop desktop{[this] { bell.ring(); }, patience};

    ChooserNews wait_for_news() {
        bell.wait_for_ring();
        const auto news = desktop.take_chooser_news();
        REQUIRE(news);
        bell.take_back();
        return *news;
    }
};

/// A dialog of the portal is open, and there is a program that could be asked instead.
struct AskedByPortal {
    const PrivateBus bus;
    const Programs programs;
    PortalStandIn portal;
    PersonAtDesktop person;

    AskedByPortal() {
        programs.add_zenity();
        REQUIRE(person.desktop.choose(which_files));
        portal.wait_for_dialog();
    }
};

TEST_CASE_METHOD(AskedByPortal,
                 "a person who has a portal chooses there, without a word about it") {
    CHECK_FALSE(person.desktop.choose(which_files));
    CHECK_FALSE(person.desktop.take_chooser_news());
    portal.respond(0, {"file:///by/portal"});
    const ChooserNews news = person.wait_for_news();
    CHECK(news.chosen == Paths{"/by/portal"});
    CHECK(news.sentence.empty());
    CHECK_FALSE(person.desktop.is_choosing());
}

TEST_CASE_METHOD(AskedByPortal, "who cancels the portal's dialog is not shown another") {
    portal.respond(GENERATE(1U, 2U), {});
    const ChooserNews news = person.wait_for_news();
    CHECK(news.chosen == Paths{});
    CHECK_FALSE(news.is_left_to_us);
    CHECK_FALSE(person.desktop.is_choosing());
}

TEST_CASE("where no portal is, a program is asked, without a word about it") {
    const PrivateBus bus;
    const Programs programs;
    programs.add_zenity();
    PersonAtDesktop person;
    REQUIRE(person.desktop.choose(which_files));
    const ChooserNews first = person.wait_for_news();
    CHECK(first.sentence.empty());
    CHECK_FALSE(first.chosen);
    CHECK_FALSE(first.is_left_to_us);
    CHECK(person.desktop.is_choosing());
    CHECK(person.wait_for_news().chosen == Paths{"/by/zenity", "/b"});
}

TEST_CASE("where there is neither portal nor program, the window asks") {
    const PrivateBus bus;
    const Programs none;
    PersonAtDesktop person;
    REQUIRE(person.desktop.choose(which_files));
    const ChooserNews news = person.wait_for_news();
    CHECK(news.is_left_to_us);
    CHECK_FALSE(news.chosen);
    CHECK(news.sentence.empty());
    CHECK_FALSE(person.desktop.is_choosing());
}

TEST_CASE_METHOD(AskedByPortal,
                 "a portal that dies leaves the question to a program, and that is said") {
    portal.die();
    CHECK(person.wait_for_news().sentence == say(Text::portal_broke_off));
    CHECK(person.wait_for_news().chosen == Paths{"/by/zenity", "/b"});
}

TEST_CASE("a program that is asked holds none of our sockets: it may outlive us") {
    const PrivateBus bus;
    const Programs programs;
    programs.add_zenity("[ -e /proc/self/fd/200 ] && echo /held || echo /free");
    REQUIRE(::dup2(STDOUT_FILENO, 200) == 200);
    PersonAtDesktop person;
    REQUIRE(person.desktop.choose(which_files));
    CHECK_FALSE(person.wait_for_news().chosen);
    CHECK(person.wait_for_news().chosen == Paths{"/free"});
    ::close(200);
}

TEST_CASE("a portal that names no files leaves the question to the window, and that is said") {
    const PrivateBus bus;
    const Programs none;
    PortalStandIn portal;
    PersonAtDesktop person;
    REQUIRE(person.desktop.choose(which_files));
    portal.wait_for_dialog();
    portal.respond(0, {"http://host/a"});
    const ChooserNews news = person.wait_for_news();
    CHECK(news.sentence == say(Text::portal_unreadable));
    CHECK(news.is_left_to_us);
}

TEST_CASE("a portal that makes a person wait in vain does it twice, and never again") {
    const PrivateBus bus;
    const Programs none;
    PortalStandIn portal({.answers_version = false});
    PersonAtDesktop person{std::chrono::milliseconds(20)};
    for (int i = 0; i < 2; ++i) {  // the first time it may only have been starting
        REQUIRE(person.desktop.choose(which_files));
        const ChooserNews news = person.wait_for_news();
        CHECK(news.sentence == say(Text::portal_silent));
        CHECK(news.is_left_to_us);
    }
    CHECK_FALSE(person.desktop.choose(which_files));
}

TEST_CASE_METHOD(AskedByPortal,
                 "who chooses too many files at once is told what to do, and not asked again") {
    portal.respond(0, std::vector<std::string>(10'000, "file:///a"));
    const ChooserNews news = person.wait_for_news();
    CHECK(news.sentence.find("4,096") != std::string::npos);
    CHECK(news.chosen == Paths{});
    CHECK_FALSE(person.desktop.is_choosing());
}

TEST_CASE("a desktop that is left takes the open dialog away") {
    const PrivateBus bus;
    const Programs none;
    PortalStandIn portal;
    {
        PersonAtDesktop person;
        REQUIRE(person.desktop.choose(which_files));
        portal.wait_for_dialog();
    }
    CHECK(portal.wait_for_close() == portal.handle());
}

}  // namespace
}  // namespace dropline::ui
