// The content of the window without a display: ImGui's asserts and its search for equal ids are on.
// Thread: ui.
#pragma once

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>

#include "tests/ui/made_up.hpp"
#include "ui/fonts.hpp"
#include "ui/panels/window_content.hpp"
#include "ui/text/text.hpp"

namespace dropline::made_up {

/// The first command of the kind; null: none is.
template <typename Body>
const Body* first(const ui::Commands& commands) {
    for (const Command& command : commands) {
        if (const auto* body = std::get_if<Body>(&command.body)) return body;
    }
    return nullptr;
}

/// A context like the window's, with a renderer that takes textures and draws nothing.
class Screen {
  public:
    explicit Screen(ImVec2 size = {1200, 800}, ui::ThemeChoice theme = ui::ThemeChoice::dark) {
        ImGui::CreateContext();
        ImGuiIO& io = ImGui::GetIO();
        io.IniFilename = nullptr;
        io.DisplaySize = size;
        io.DeltaTime = 1.0F / 60;
        io.ConfigFlags |= ImGuiConfigFlags_NavEnableKeyboard;
        io.ConfigDebugHighlightIdConflicts = true;
        // A begin without its end is an assert, not a note on the screen.
        io.ConfigErrorRecovery = false;
        io.BackendFlags |=
            ImGuiBackendFlags_RendererHasTextures | ImGuiBackendFlags_RendererHasVtxOffset;
        ui::Settings settings;
        settings.theme = theme;
        ui::apply_theme(settings, 1.0F, ui::load_fonts());
        ui::use_language(ui::Language::english);
        state.now = time_at(2000);
    }
    ~Screen() {
        for (ImTextureData* texture : ImGui::GetPlatformIO().Textures) {
            texture->SetStatus(ImTextureStatus_Destroyed);
        }
        ImGui::DestroyContext();
    }
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;

    ui::Commands draw(const ui::Model& model) {
        ImGui::NewFrame();
        ui::Commands commands = ui::draw_window_content(model, state);
        // Two items of one id under the mouse are a conflict ImGui would show to the person.
        worst_conflicts =
            std::max(worst_conflicts, ImGui::GetCurrentContext()->HoveredIdPreviousFrameItemCount);
        ImGui::Render();
        for (ImTextureData* texture : *ImGui::GetDrawData()->Textures) {
            texture->SetTexID(1);
            texture->SetStatus(texture->WantDestroyNextFrame ? ImTextureStatus_Destroyed
                                                             : ImTextureStatus_OK);
        }
        return commands;
    }

    static void click(int button) {
        ImGui::GetIO().AddMouseButtonEvent(button, true);
        ImGui::GetIO().AddMouseButtonEvent(button, false);
    }

    /// Moves the mouse over everything, a step at a time, and opens every menu there is.
    void sweep(const ui::Model& model) {
        const ImVec2 size = ImGui::GetIO().DisplaySize;
        for (float y = 4; y < size.y; y += 23) {
            for (float x = 9; x < size.x; x += 97) {
                ImGui::GetIO().AddMousePosEvent(x, y);
                if (static_cast<int>(x) % 2 == 0) click(ImGuiMouseButton_Right);
                draw(model);
            }
        }
    }

    ui::UiState state;
    int worst_conflicts = 0;
};

}  // namespace dropline::made_up
