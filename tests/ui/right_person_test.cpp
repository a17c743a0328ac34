// What is dropped, pressed or chosen reaches the one it was meant for, whatever comes or moves
// meanwhile.
#include <catch2/catch_test_macros.hpp>

#include <functional>
#include <optional>
#include <string_view>

#include "tests/ui/made_up_transfers.hpp"
#include "tests/ui/undisplayed_window.hpp"
#include "ui/panels/plain_chooser.hpp"

using namespace dropline;
using namespace dropline::ui;
using made_up::first;
using made_up::happens;
using made_up::Screen;

namespace {

const Peer mara_hosting = made_up::peer(1, "Mara", Role::host);
const Peer bea = made_up::peer(11, "Bea");
const Peer carl = made_up::peer(12, "Carl");
const Peer newcomer = made_up::peer(13, "Ann");  // listed before the two when she comes

Model hosted_room(const std::vector<Peer>& people) {
    Model model(mara_hosting.id, mara_hosting.name);
    model.apply(happens(event::Hosting{"Studio", {"10.0.0.2:7788"}, 7788, {}, mara_hosting}));
    for (const Peer& peer : people) model.apply(happens(event::PeerJoined{peer}));
    return model;
}

Model crowded_room() {
    std::vector<Peer> people;
    for (std::uint32_t i = 0; i < 30; ++i) {
        people.push_back(made_up::peer(100 + i, "Person " + std::to_string(100 + i)));
    }
    return hosted_room(people);
}

/// The part of the screen in which a panel, dialog or list shows something.
ImRect place_of(std::string_view name_part) {
    for (const ImGuiWindow* window : ImGui::GetCurrentContext()->Windows) {
        const bool is_it = std::string_view(window->Name).find(name_part) != std::string_view::npos;
        if (is_it && window->Active) return window->InnerClipRect;
    }
    FAIL("nothing drawn is called " << name_part);
    return {};
}

std::optional<ImRect> place_of_menu() {
    for (const ImGuiWindow* window : ImGui::GetCurrentContext()->Windows) {
        const bool is_menu = (window->Flags & ImGuiWindowFlags_Popup) != 0 &&
                             (window->Flags & ImGuiWindowFlags_Modal) == 0;
        if (is_menu && window->Active && !window->Hidden) return window->InnerClipRect;
    }
    return std::nullopt;
}

Commands draw(Screen& screen, const Model& model, int frames) {
    Commands all;
    for (int frame = 0; frame < frames; ++frame) {
        for (const Command& command : screen.draw(model)) all.push_back(command);
    }
    return all;
}

/// The clock goes on by a second, and nothing else happens.
void wait_a_second(Screen& screen, const Model& model) {
    ImGui::GetIO().DeltaTime = 1;
    screen.draw(model);
    ImGui::GetIO().DeltaTime = 1.0F / 60;
}

Commands hold_button(Screen& screen, const Model& model, ImVec2 at,
                     int button = ImGuiMouseButton_Left) {
    ImGui::GetIO().AddMousePosEvent(at.x, at.y);
    Commands all = draw(screen, model, 1);
    ImGui::GetIO().AddMouseButtonEvent(button, true);
    for (const Command& command : draw(screen, model, 2)) all.push_back(command);
    return all;
}

Commands let_go(Screen& screen, const Model& model, int button = ImGuiMouseButton_Left) {
    ImGui::GetIO().AddMouseButtonEvent(button, false);
    return draw(screen, model, 2);
}

Commands press(Screen& screen, const Model& model, ImVec2 at, int button = ImGuiMouseButton_Left) {
    hold_button(screen, model, at, button);
    return let_go(screen, model, button);
}

bool is_within(const ImRect& outer, const DropTarget& target) {
    return target.min.x >= outer.Min.x && target.min.y >= outer.Min.y &&
           target.max.x <= outer.Max.x && target.max.y <= outer.Max.y;
}

// ---- A person's menu ----------------------------------------------------------------------------

ImVec2 row_of(const Screen& screen, const Peer& peer) {
    for (const DropTarget& target : screen.state.drop_targets) {
        if (target.to.peer == peer.id) return {target.min.x + 60, target.min.y + 10};
    }
    FAIL(peer.name << " is not listed");
    return {};
}

/// Opens Bea's menu, lets `happen` come to pass, and presses the menu so far below its top.
/// False when it is not that high.
bool press_in_menu_of_bea(Screen& screen, Model& model, float below,
                          const std::function<void(Model&)>& happen, Commands& commands) {
    draw(screen, model, 2);
    press(screen, model, row_of(screen, bea), ImGuiMouseButton_Right);
    draw(screen, model, 2);
    const std::optional<ImRect> menu = place_of_menu();
    REQUIRE(menu);
    if (menu->Min.y + below >= menu->Max.y) return false;
    happen(model);
    draw(screen, model, 2);
    commands = press(screen, model, {menu->Min.x + 30, menu->Min.y + below});
    return true;
}

// ---- Offers -------------------------------------------------------------------------------------

event::Offer offer_from(const Peer& peer, std::uint32_t number) {
    return made_up::offer_of({{"a.txt", {}, 1, false, false}}, peer, number);
}

/// Where the newest offer of a room has the button that accepts it.
ImVec2 place_of_accept(const Model& model) {
    Screen screen;
    draw(screen, model, 2);
    wait_a_second(screen, model);
    const float x = ImGui::GetIO().DisplaySize.x - 300;
    for (float y = 60; y < 500; y += 5) {
        if (first<command::Accept>(press(screen, model, {x, y}))) return {x, y};
    }
    FAIL("no button accepts anything");
    return {};
}

}  // namespace

TEST_CASE("a file can be dropped on what is seen of a list only, however far it is scrolled") {
    const Model model = crowded_room();
    Screen screen;
    draw(screen, model, 3);
    const ImRect people = place_of("/people");
    const ImRect profile = place_of("/me");
    ImGui::GetIO().AddMousePosEvent(people.GetCenter().x, people.GetCenter().y);
    bool was_everyone_out_of_sight = false;
    for (int notch = 0; notch < 40; ++notch) {
        ImGui::GetIO().AddMouseWheelEvent(0, -0.25F);
        draw(screen, model, 2);
        REQUIRE_FALSE(screen.state.drop_targets.empty());
        for (const DropTarget& target : screen.state.drop_targets) {
            CHECK(is_within(people, target));
            CHECK(target.max.y > target.min.y);
        }
        for (float y = profile.Min.y; y < profile.Max.y; y += 5) {
            CHECK_FALSE(drop_target_at(screen.state, {profile.GetCenter().x, y}));
        }
        was_everyone_out_of_sight |= !screen.state.drop_targets.front().to.is_everyone();
    }
    CHECK(was_everyone_out_of_sight);
}

TEST_CASE("who has moved under a dropped file a moment ago does not get it: it is asked to whom") {
    Model model = hosted_room({bea, carl});
    Screen screen;
    draw(screen, model, 2);
    const ImVec2 place = row_of(screen, bea);
    wait_a_second(screen, model);
    REQUIRE(drop_target_at(screen.state, place)->to.peer == bea.id);
    model.apply(made_up::happens(event::PeerJoined{made_up::peer(30, "Abe")}));
    draw(screen, model, 2);
    REQUIRE(drop_target_at(screen.state, place)->to.peer != bea.id);
    double frame_age_s = 0.3;
    SECTION("at once") {
        CHECK(take_dropped(model, screen.state, {"/tmp/a.txt"}, place, frame_age_s).empty());
        CHECK(screen.state.to_whom.is_to_open);
    }
    SECTION("when there was time to see it") {
        SECTION("in a window that went on drawing") { wait_a_second(screen, model); }
        SECTION("in one that had nothing to draw") { frame_age_s = 0.6; }
        CHECK(first<command::Send>(
            take_dropped(model, screen.state, {"/tmp/a.txt"}, place, frame_age_s)));
    }
}

TEST_CASE("an open menu stays the one of its person when others come and the list moves") {
    bool has_muted = false;
    bool has_made_guest = false;
    bool has_sent_files = false;
    for (float below = 3; below < 600; below += 12) {
        Model model = hosted_room({bea, carl});
        Screen screen;
        Commands commands;
        const bool is_pressed = press_in_menu_of_bea(
            screen, model, below,
            [](Model& room) { room.apply(happens(event::PeerJoined{newcomer})); }, commands);
        if (!is_pressed) break;
        if (const auto* mute = first<command::Mute>(commands)) {
            has_muted = true;
            CHECK(mute->peer == to_text(bea.id));
        }
        if (const auto* role = first<command::SetRole>(commands)) {
            has_made_guest = true;
            CHECK(role->peer == to_text(bea.id));
        }
        for (const WindowRequest& wish : screen.state.requests) {
            if (const auto* files = std::get_if<request::ChooseFiles>(&wish)) {
                has_sent_files = true;
                CHECK(files->to.peer == bea.id);
            }
        }
        if (screen.state.open.peer) CHECK(screen.state.open.peer == bea.id);
        if (screen.state.kick.peer) CHECK(screen.state.kick.peer == bea.id);
        if (screen.state.ban.peer) CHECK(screen.state.ban.peer == bea.id);
    }
    CHECK(has_muted);
    CHECK(has_made_guest);
    CHECK(has_sent_files);
}

TEST_CASE("a menu that is open survives a new name of its person, and is still theirs") {
    Model model = hosted_room({bea, carl});
    Screen screen;
    Peer renamed = bea;
    renamed.name = "Zoe";
    Commands commands;
    // The first entry below the name.
    press_in_menu_of_bea(
        screen, model, 40,
        [&](Model& room) {
            room.apply(happens(event::PeerChanged{renamed, bea.name}));
        },
        commands);
    CHECK(screen.state.open.peer == bea.id);
}

TEST_CASE("a press that begins on one receiver does not end on another who came in between") {
    Model model = crowded_room();
    Screen screen;
    screen.state.to_whom = {{"/tmp/a.txt"}, true};
    draw(screen, model, 3);
    const ImRect list = place_of("/receivers");
    const ImVec2 second{list.GetCenter().x, list.Min.y + list.GetHeight() / 6 * 1.5F};
    SECTION("somebody comes") {
        hold_button(screen, model, second);
        model.apply(happens(event::PeerJoined{newcomer}));
        draw(screen, model, 2);
        CHECK_FALSE(first<command::Send>(let_go(screen, model)));
    }
    SECTION("nobody comes") {
        const Commands commands = press(screen, model, second);
        REQUIRE(first<command::Send>(commands));
        CHECK(first<command::Send>(commands)->to == to_text(model.people().all()[0].peer.id));
    }
}

TEST_CASE("an offer that comes under a press that has begun is not accepted by it") {
    Model model = hosted_room({bea, carl});
    model.apply(happens(offer_from(bea, 50)));
    const ImVec2 accept = place_of_accept(model);
    Screen screen;
    draw(screen, model, 2);
    wait_a_second(screen, model);
    hold_button(screen, model, accept);
    model.apply(happens(offer_from(carl, 51)));
    draw(screen, model, 2);
    CHECK(let_go(screen, model).empty());
    CHECK(screen.state.answered.empty());
}

TEST_CASE("a click right after an offer has come under the pointer was meant for something else") {
    Model model = hosted_room({bea, carl});
    model.apply(happens(offer_from(bea, 50)));
    const ImVec2 accept = place_of_accept(model);
    model.apply(happens(offer_from(carl, 51)));
    Screen screen;
    draw(screen, model, 2);
    // Twice, as somebody whose hand was already on its way.
    CHECK(press(screen, model, accept).empty());
    CHECK(press(screen, model, accept).empty());
    wait_a_second(screen, model);
    const Commands commands = press(screen, model, accept);
    REQUIRE(first<command::Accept>(commands));
    CHECK(first<command::Accept>(commands)->transfer == made_up::id<TransferId>(51));
    // The next one is now in its place: a double click does not reach it.
    CHECK(press(screen, model, accept).empty());
    wait_a_second(screen, model);
    CHECK(first<command::Accept>(press(screen, model, accept)));
}

TEST_CASE(
    "a dialog that chooses files says for whom, and writes out what could deceive in a name") {
    Model model = hosted_room({bea});
    event::Offer offer = offer_from(bea, 50);
    offer.name = "a\u202eb";
    model.apply(happens(offer));
    const Conversation to{bea.id};
    CHECK(chooser_title(model, request::ChooseFiles{to}) == "Choose files to send to Bea");
    CHECK(chooser_title(model, request::ChooseFiles{{}}) == "Choose files to send to Everyone");
    CHECK(chooser_title(model, request::ChooseFolderToSend{to}) ==
          "Choose a folder to send to Bea");
    CHECK(chooser_title(model, request::ChooseFolderToSave{{offer.transfer, 0}, {}}) ==
          "Choose a folder for a\\u{202e}b from Bea");
    CHECK(chooser_title(model, request::ChooseFolderToTrust{bea.id}) ==
          "Choose a folder for what Bea sends");
}

TEST_CASE("a folder chosen for one person's files is not taken for those of another") {
    UiState state;
    state.trust.auto_accept = {carl.id, 1'000'000, "/for-carl", false};
    commands_for_chosen(state, request::ChooseFolderToTrust{bea.id}, {"/for-bea"});
    CHECK(state.trust.auto_accept.into == "/for-carl");
    CHECK_FALSE(state.trust.auto_accept.is_to_open);
    commands_for_chosen(state, request::ChooseFolderToTrust{carl.id}, {"/other"});
    CHECK(state.trust.auto_accept.into == "/other");
}

TEST_CASE("a long reason for sending somebody away is not cut within a character") {
    std::string reason = "a";
    for (int i = 0; i < 180; ++i) reason += "吵";
    const Model model = hosted_room({bea});
    Screen screen;
    draw(screen, model, 2);
    const auto enter = [&] {
        draw(screen, model, 3);
        ImGui::GetIO().AddKeyEvent(ImGuiKey_Enter, true);
        Commands commands = draw(screen, model, 2);
        ImGui::GetIO().AddKeyEvent(ImGuiKey_Enter, false);
        for (const Command& command : draw(screen, model, 2)) commands.push_back(command);
        return commands;
    };
    SECTION("for now") {
        screen.state.kick = {bea.id, reason, true};
        const Commands commands = enter();
        REQUIRE(first<command::Kick>(commands));
        CHECK(first<command::Kick>(commands)->reason == reason);
    }
    SECTION("for long") {
        screen.state.ban = {bea.id, 0, reason, true};
        const Commands commands = enter();
        REQUIRE(first<command::Ban>(commands));
        CHECK(first<command::Ban>(commands)->reason == reason);
    }
}
