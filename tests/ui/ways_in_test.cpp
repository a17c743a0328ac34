// How the window lets people in, and how it asks to be let in.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

#include "tests/ui/undisplayed_window.hpp"
#include "ui/draw/qr_code.hpp"
#include "ui/panels/invites.hpp"
#include "ui/panels/join_form.hpp"

using namespace dropline;
using namespace dropline::ui;
using made_up::Screen;

namespace {

const std::string invite_link_text =
    "dropline://join?h=10.0.0.5:7788&k=AEBAGBAFAYDQQCIKBMGA2DQPCAIREEYUCULBOGAZDINRYHI6D4QA"
    "&t=AAAQEAYEAUDAOCAJBIFQYDIOB4&n=Physics";

Model hosting_with_ways_in(bool with_code = false) {
    Model model(made_up::id<PeerId>(1), "Anna");
    event::Hosting room{
        "Physics", {"10.0.0.5:7788"}, 7788, invite_link_text, made_up::peer(1, "Anna")};
    model.apply(made_up::happens(room));
    model.apply(made_up::happens(
        event::Invites{{{"0123456789abcdef", made_up::time_at(1), made_up::time_at(99'999), 49, 50},
                        {"0123456789abcdee", made_up::time_at(1), made_up::time_at(99'999), 0, 1},
                        {"%s##", made_up::time_at(1), made_up::time_at(2), 5, 5, true}},
                       with_code ? std::optional(made_up::time_at(2600)) : std::nullopt}));
    if (with_code) {
        model.apply(made_up::happens(event::Code{"7KQX3-MPD9T", made_up::time_at(2600)}));
    }
    return model;
}

Model turned_away(FaultCode code) {
    Model model(made_up::id<PeerId>(2), "Bob");
    model.apply(made_up::happens(event::Connecting{"10.0.0.5:7788", {}, 1}));
    model.apply(made_up::happens(event::RoleEnded{Fault{code, "The host refused: %s%n"}}));
    return model;
}

}  // namespace

TEST_CASE("the join field says what it understood, and never a secret") {
    use_language(Language::english);
    CHECK(understood_words("10.0.0.5") == "Address 10.0.0.5:7788");
    CHECK(understood_words("10.0.0.5 7KQX3-MPD9T") == "Address 10.0.0.5:7788 with a code");
    CHECK(understood_words("10.0.0.5 correct horse") == "Address 10.0.0.5:7788 with a password");
    CHECK(understood_words("10.0.0.5 basketball") ==
          "Address 10.0.0.5:7788 with a code or password");
    CHECK(understood_words(invite_link_text) == "Invite to Physics at 10.0.0.5:7788");
    CHECK(understood_words(invite_link_text.substr(0, invite_link_text.size() - 10)) ==
          "Invite to a room at 10.0.0.5:7788");
    CHECK(understood_words("").empty());
    CHECK(understood_words(invite_link_text.substr(0, 60)).empty());
}

TEST_CASE("a host's window can be drawn with its invite, a code, the QR code and the list") {
    Screen screen;
    const Model model = hosting_with_ways_in(true);
    screen.draw(model);
    screen.sweep(model);
    screen.state.is_qr_to_open = true;
    for (int i = 0; i < 3; ++i) screen.draw(model);
    CHECK(screen.state.qr.side >= 21);
    ImGui::GetIO().AddKeyEvent(ImGuiKey_Escape, true);
    screen.draw(model);
    ImGui::GetIO().AddKeyEvent(ImGuiKey_Escape, false);
    screen.draw(model);
    screen.state.is_invites_to_open = true;
    for (int i = 0; i < 3; ++i) screen.draw(model);
    screen.sweep(model);
    CHECK(screen.worst_conflicts <= 1);
}

TEST_CASE("a room for one address of ours is opened there again, until a click widens it") {
    const Model model(made_up::id<PeerId>(1), "Anna");
    Screen screen;
    screen.state.role.port = "7788";
    // Clicks down a column of the host's fields, below the switch, until the room would be opened.
    const auto opens_at = [&](float x) -> std::optional<command::Host> {
        for (float y = 150; y < 500; y += 11) {
            ImGui::GetIO().AddMousePosEvent(x, y);
            Screen::click(ImGuiMouseButton_Left);
            for (int frame = 0; frame < 4; ++frame) {
                for (const Command& command : screen.draw(model)) {
                    const auto* host = std::get_if<command::Host>(&command.body);
                    if (host != nullptr) return *host;
                }
            }
        }
        return std::nullopt;
    };
    screen.state.settings.bind_address = "127.0.0.1";
    screen.state.role.room_name = "Physics";
    const auto kept = opens_at(100);
    REQUIRE(kept);
    CHECK(kept->bind_address == "127.0.0.1");
    const auto widened = opens_at(282);  // where the cross is
    REQUIRE(widened);
    CHECK(widened->bind_address.empty());
    CHECK(screen.state.is_settings_changed);
    CHECK(screen.worst_conflicts <= 1);
}

TEST_CASE("the time a code has left is drawn anew every second, and a dead code is gone") {
    Screen screen;
    Model model = hosting_with_ways_in(true);
    screen.draw(model);
    REQUIRE(screen.state.redraw_in);
    CHECK(*screen.state.redraw_in <= std::chrono::seconds(1));
    model.apply(made_up::happens(event::Invites{}));
    CHECK_FALSE(model.room().code);
}

TEST_CASE("whoever was asked for a secret can type it right there, others are not bothered") {
    for (const FaultCode code : {FaultCode::secret_needed, FaultCode::secret_wrong,
                                 FaultCode::secret_expired, FaultCode::refused}) {
        Screen screen;
        screen.state.settings.role_tab = RoleTab::join;
        screen.state.role.target = "10.0.0.5";
        const Model model = turned_away(code);
        REQUIRE(model.join_fault());
        CHECK(model.join_fault()->code == code);
        screen.draw(model);
        screen.sweep(model);
        CHECK(screen.worst_conflicts <= 1);
    }
}

TEST_CASE("why a join failed is forgotten with the next wish") {
    Model model = turned_away(FaultCode::secret_wrong);
    model.apply(made_up::happens(event::Connecting{"10.0.0.6:7788", {}, 1}));
    CHECK_FALSE(model.join_fault());
}

TEST_CASE("C15 a secret that was typed does not stay in the fields of a room that was joined") {
    UiState state;
    state.settings.join_target = "10.0.0.5:7788";
    state.role.target = invite_link_text;
    state.role.secret = "correct horse battery";
    state.role.password = "another one";
    forget_typed_secrets(state);
    CHECK(state.role.target == "10.0.0.5:7788");
    CHECK(state.role.secret.empty());
    CHECK(state.role.password.empty());
}

TEST_CASE(
    "C15 a password for a room leaves its field with the wish, and is there for another try") {
    Screen screen;
    const Model model(made_up::id<PeerId>(1), "Anna");
    screen.state.settings.role_tab = RoleTab::host;
    screen.state.role.port = "7788";
    screen.state.role.password = "correct horse battery";
    const auto open = [&]() -> std::optional<command::Host> {
        for (float y = 4; y < ImGui::GetIO().DisplaySize.y; y += 6) {
            ImGui::GetIO().AddMousePosEvent(100, y);
            screen.draw(model);
            Screen::click(ImGuiMouseButton_Left);
            for (int frame = 0; frame < 3; ++frame) {
                for (const Command& command : screen.draw(model)) {
                    const auto* host = std::get_if<command::Host>(&command.body);
                    if (host != nullptr) return *host;
                }
            }
        }
        return std::nullopt;
    };
    for (int round = 0; round < 2; ++round) {
        const auto wish = open();
        REQUIRE(wish);
        REQUIRE(wish->password);
        CHECK(wish->password->view() == "correct horse battery");
        CHECK(screen.state.role.password.empty());
    }
    CHECK(screen.state.settings.has_password);
    forget_typed_secrets(screen.state);
    const auto later = open();
    REQUIRE(later);
    CHECK_FALSE(later->password);
    CHECK(later->keeps_password);
}

TEST_CASE("D13 settings that tell of no password are no wish to forget one") {
    Screen screen;
    Model open_room = hosting_with_ways_in();
    event::Hosting room{"Physics", {"10.0.0.5:7788"}, 7788, {}, made_up::peer(1, "Anna")};
    room.has_password = true;
    open_room.apply(made_up::happens(room));
    screen.draw(open_room);
    // What the profile still knew is what the settings say from now on.
    CHECK(screen.state.settings.has_password);
}

TEST_CASE("what lets people in is gone from the screen when the room is closed") {
    Model model = hosting_with_ways_in(true);
    model.apply(made_up::happens(event::RoleEnded{}));
    CHECK(model.room().invite.empty());
    CHECK(model.room().invites.empty());
    CHECK_FALSE(model.room().code);
}

TEST_CASE("an invite in the list says what is left of it, or what became of it") {
    use_language(Language::english);
    const Model model = hosting_with_ways_in();
    const auto& invites = model.room().invites;
    const WallTime now = made_up::time_at(2000);
    CHECK(invite_words(invites[0], now).find("49 of 50 left") == 0);
    CHECK(invite_words(invites[1], now) == "used up");
    CHECK(invite_words(invites[2], now) == "withdrawn");
    CHECK(invite_words(invites[0], made_up::time_at(99'999)) == "expired");
}

TEST_CASE("a QR code has the three corners that a camera looks for") {
    QrCode code;
    make_qr_code(code, invite_link_text);
    REQUIRE(code.side >= 21);
    const auto side = static_cast<std::size_t>(code.side);
    REQUIRE(code.dark.size() == side * side);
    for (const auto& [left, top] :
         {std::pair{0, 0}, std::pair{code.side - 7, 0}, std::pair{0, code.side - 7}}) {
        for (int i = 0; i < 7; ++i) {
            CHECK(code.is_dark(left + i, top));
            CHECK(code.is_dark(left, top + i));
        }
        CHECK_FALSE(code.is_dark(left + 1, top + 1));
        CHECK(code.is_dark(left + 3, top + 3));
    }
}
