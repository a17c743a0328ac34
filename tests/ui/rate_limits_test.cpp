#include <catch2/catch_test_macros.hpp>

#include "tests/ui/undisplayed_window.hpp"

using namespace dropline;
using namespace dropline::ui;
using made_up::Screen;

namespace {

const command::SetRateLimits* limits_in(const Commands& commands) {
    for (const Command& command : commands) {
        if (const auto* limits = std::get_if<command::SetRateLimits>(&command.body)) return limits;
    }
    return nullptr;
}

}  // namespace

TEST_CASE("a typed speed limit holds at once, and nonsense changes nothing") {
    const Model model(made_up::id<PeerId>(1), "Mara");
    Screen screen;
    screen.state.settings.rate_limit_down = 1'000'000;
    screen.state.is_settings_to_open = true;
    for (int frame = 0; frame < 3; ++frame) screen.draw(model);
    CHECK(screen.state.rates.up.empty());
    CHECK(screen.state.rates.down == "1M");
    const auto type_into_up = [&](const char* text) {
        Commands all;
        const auto draw = [&] {
            const Commands commands = screen.draw(model);
            all.insert(all.end(), commands.begin(), commands.end());
        };
        ImGui::GetIO().AddInputCharactersUTF8(text);
        for (int frame = 0; frame < 3; ++frame) draw();
        ImGui::GetIO().AddKeyEvent(ImGuiKey_Enter, true);
        ImGui::GetIO().AddKeyEvent(ImGuiKey_Enter, false);
        for (int frame = 0; frame < 4; ++frame) draw();
        return all;
    };
    const auto focus_up = [&] {
        // The field stands somewhere in the middle of the dialog: found by its cursor's shape.
        const ImVec2 size = ImGui::GetIO().DisplaySize;
        for (float y = size.y * 0.2F; y < size.y * 0.9F; y += 9) {
            ImGui::GetIO().AddMousePosEvent(size.x / 2 - 60, y);
            screen.draw(model);
            screen.draw(model);
            if (ImGui::GetMouseCursor() != ImGuiMouseCursor_TextInput) continue;
            Screen::click(ImGuiMouseButton_Left);
            for (int frame = 0; frame < 4; ++frame) screen.draw(model);
            return true;
        }
        return false;
    };
    REQUIRE(focus_up());
    const Commands commands = type_into_up("5M");
    REQUIRE(limits_in(commands));
    CHECK(limits_in(commands)->up == 5'000'000);
    CHECK(limits_in(commands)->down == 1'000'000);
    CHECK(screen.state.is_settings_changed);
    REQUIRE(focus_up());
    CHECK_FALSE(limits_in(type_into_up("x")));
    CHECK(screen.state.rates.is_bad);
    CHECK(screen.state.settings.rate_limit_up == 5'000'000);
    // The keyboard is still there, to correct it.
    ImGui::GetIO().AddKeyEvent(ImGuiKey_Backspace, true);
    ImGui::GetIO().AddKeyEvent(ImGuiKey_Backspace, false);
    for (int frame = 0; frame < 3; ++frame) screen.draw(model);
    type_into_up("");
    CHECK(screen.state.rates.up == "5M");
    CHECK_FALSE(screen.state.rates.is_bad);
}
