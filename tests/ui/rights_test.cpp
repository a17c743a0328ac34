// What the window shows of rights: marks, dialogs, words, and what a host's clicks ask for.
#include <catch2/catch_test_macros.hpp>

#include "tests/ui/made_up.hpp"
#include "tests/ui/undisplayed_window.hpp"
#include "ui/panels/rights_dialog.hpp"

using namespace dropline;
using namespace dropline::ui;
using made_up::Screen;

namespace {

Model hosting() {
    const Peer me = made_up::peer(1, "Mara", Role::host);
    Model model(me.id, me.name);
    model.apply(made_up::happens(event::Hosting{"Lab", {"10.0.0.1:7788"}, 7788, {}, me}));
    return model;
}

Ban made_up_ban(std::uint32_t number, std::string name) {
    return {made_up::id<PeerId>(number), std::move(name), made_up::time_at(0),
            number % 2 == 0 ? std::optional(made_up::time_at(90)) : std::nullopt, "%s##noise"};
}

}  // namespace

TEST_CASE("being banned is the trouble that is shown, and the end of the role does not hide it") {
    const Peer me = made_up::peer(1, "Mara");
    Model model(me.id, me.name);
    model.apply(made_up::happens(event::Connecting{"10.0.0.1:7788", {}, 1}));
    const Peer host = made_up::peer(2, "Anna", Role::host);
    model.apply(made_up::happens(event::Banned{host, "x\x1b]0;y", std::nullopt}));
    model.apply(made_up::happens(event::RoleEnded{Fault{FaultCode::banned, "The host has …"}}));
    REQUIRE(model.trouble());
    REQUIRE(model.trouble()->banned);
    CHECK(model.trouble()->banned->reason == "x\\u{1b}]0;y");
}

TEST_CASE("a new try to join forgets why the last stay ended, and its own failure is shown") {
    const Peer me = made_up::peer(1, "Mara");
    Model model(me.id, me.name);
    const Peer host = made_up::peer(2, "Anna", Role::host);
    model.apply(made_up::happens(event::Banned{host, {}, std::nullopt}));
    model.apply(made_up::happens(event::RoleEnded{Fault{FaultCode::banned, "banned"}}));
    model.apply(made_up::happens(event::Connecting{"elsewhere:7788", {}, 1}));
    CHECK_FALSE(model.trouble());
    model.apply(made_up::happens(event::RoleEnded{Fault{FaultCode::cannot_connect, "no answer"}}));
    REQUIRE(model.trouble());
    CHECK(model.trouble()->sentence == "no answer");
}

TEST_CASE("guests stand among the others by name, behind the host") {
    People people;
    Peer guest = made_up::peer(2, "Ada");
    guest.role = Role::guest;
    people.replace({made_up::peer(4, "Zoe", Role::host), made_up::peer(3, "Bob"), guest});
    REQUIRE(people.all().size() == 3);
    CHECK(people.all()[0].peer.name == "Zoe");
    CHECK(people.all()[1].peer.name == "Ada");
    CHECK(people.all()[2].peer.name == "Bob");
}

TEST_CASE("opening the rights asks for the bans and shows the rules in force") {
    Model model = hosting();
    model.apply(made_up::happens(event::Rules{{FileRule::only_to_host, 200'000'000}}));
    UiState state;
    const Commands commands = open_rights(model, state);
    REQUIRE(commands.size() == 1);
    CHECK(std::holds_alternative<command::ListBans>(commands[0].body));
    CHECK(state.rights.files == 1);
    CHECK(state.rights.size == "200M");
}

TEST_CASE("rights, bans and the room are drawn with hostile names, without two equal ids") {
    Model model = hosting();
    event::Bans bans;
    for (std::uint32_t i = 0; i < 40; ++i) bans.bans.push_back(made_up_ban(i + 10, "###%s"));
    model.apply(made_up::happens(bans));
    Peer guest = made_up::peer(60, "%n##");
    guest.role = Role::guest;
    guest.is_muted = true;
    model.apply(made_up::happens(event::PeerJoined{guest}));
    for (int dialog = 0; dialog < 4; ++dialog) {
        Screen screen({700, 560});
        screen.draw(model);
        if (dialog == 0) screen.state.ban = {guest.id, 0, "%s##", true};
        if (dialog == 1) screen.state.rights = {2, "nonsense", true, true};
        if (dialog == 2) screen.state.is_about_room_to_open = true;
        screen.draw(model);
        screen.sweep(model);
        CHECK(screen.worst_conflicts <= 1);
    }
}

TEST_CASE("the status line says of a ban why and until when, in both languages") {
    const Peer me = made_up::peer(1, "Mara");
    for (const Language language : {Language::english, Language::chinese}) {
        Model model(me.id, me.name);
        const Peer host = made_up::peer(2, "Anna", Role::host);
        for (const bool is_for_good : {true, false}) {
            for (const std::string reason : {"", "noise"}) {
                Screen screen;
                use_language(language);
                const auto until =
                    is_for_good ? std::nullopt : std::optional(made_up::time_at(5000));
                model.apply(made_up::happens(event::Banned{host, reason, until}));
                screen.draw(model);
                CHECK(screen.worst_conflicts <= 1);
            }
        }
    }
}
