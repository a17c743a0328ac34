// What is dropped, pressed or chosen reaches the one it was meant for, whatever comes or moves
// meanwhile.
#include <catch2/catch_test_macros.hpp>

#include <string_view>

#include "tests/ui/made_up.hpp"
#include "tests/ui/undisplayed_window.hpp"

using namespace dropline;
using namespace dropline::ui;
using made_up::happens;
using made_up::Screen;

namespace {

const Peer me = made_up::peer(1, "Mara", Role::host);
Model hosted_room(const std::vector<Peer>& people) {
    Model model(me.id, me.name);
    model.apply(happens(event::Hosting{"Studio", {"10.0.0.2:7788"}, 7788, {}, me}));
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

Commands draw(Screen& screen, const Model& model, int frames) {
    Commands all;
    for (int frame = 0; frame < frames; ++frame) {
        for (const Command& command : screen.draw(model)) all.push_back(command);
    }
    return all;
}

bool is_within(const ImRect& outer, const DropTarget& target) {
    return target.min.x >= outer.Min.x && target.min.y >= outer.Min.y &&
           target.max.x <= outer.Max.x && target.max.y <= outer.Max.y;
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
